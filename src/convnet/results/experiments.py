"""The experiments: each couples a data set, a network and the way it is trained.

All start from the weights that NumPy draws, whatever framework trains them, so that one seed means
one start. They are judged once, after the last epoch: nothing is chosen by looking at test images
(rates were compared on 5,000 training images that were held out).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from torch import nn

from convnet.data.augment import Augment, chain, random_flip, random_shift
from convnet.models import MLP, CIFARNet, LeNet5
from convnet.models import mlp as sizes
from convnet.network import Sequential
from convnet.networks import cifar_net, lenet5, mlp


@dataclass(frozen=True)
class Network:
    """One architecture in both frameworks.

    Attributes:
        numpy: builds it in NumPy; takes ``rng``.
        torch: builds it in PyTorch.
        layers: its layers in words.
    """

    numpy: Callable[..., Sequential]
    torch: Callable[[], nn.Module]
    layers: str


@dataclass(frozen=True)
class Experiment:
    """What is trained, on what, and how.

    Attributes:
        name: of the experiment, and of its files.
        data: ``"mnist"``, ``"cifar10"`` or ``"digits"``.
        network: what is trained.
        framework: ``"NumPy"`` or ``"PyTorch"``.
        epochs: times that every image is seen.
        batch_size: images a step.
        lr: learning rate of AdamW at the start; it falls to 0 along half a cosine.
        weight_decay: of AdamW, on all but biases.
        augmentation: the images' random changes; a key of ``AUGMENTATIONS``.
        permuted: whether all images' pixels are put into one random order first.
        lecture: the accuracy that the lectures report, if they do.
        keeps_weights: whether the first seed's weights are kept for pages and widgets.
    """

    name: str
    data: str
    network: Network
    framework: str = "PyTorch"
    epochs: int = 12
    batch_size: int = 64
    lr: float = 1e-3
    weight_decay: float = 1e-2
    augmentation: str = "none"
    permuted: bool = False
    lecture: float | None = None
    keeps_weights: bool = False

    def settings(self) -> dict[str, Any]:
        """Return what the accuracy depends on, fit for JSON."""
        return {
            "data": self.data,
            "permuted": self.permuted,
            "network": self.network.layers,
            "framework": self.framework,
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "optimizer": "AdamW",
            "lr": self.lr,
            "schedule": "cosine to 0 by step",
            "weight_decay": self.weight_decay,
            "augmentation": self.augmentation,
        }


AUGMENTATIONS: dict[str, Augment | None] = {
    "none": None,
    "shift by up to 2 pixels": partial(random_shift, pixels=2),
    "mirror, shift by up to 2 pixels": chain(random_flip, partial(random_shift, pixels=2)),
}
SHIFT, MIRROR = list(AUGMENTATIONS)[1:]


def _dense(layers: tuple[int, ...]) -> Network:
    words = "-".join(str(size) for size in layers)
    return Network(partial(mlp, layers), partial(MLP, layers), f"MLP {words}")


MNIST_MLP, CIFAR_MLP = _dense(sizes.MNIST), _dense(sizes.CIFAR)
LENET = Network(lenet5, LeNet5, "LeNet-5: 5x5-6, pool, 5x5-16, pool, 120, 84, 10")
CIFAR_CNN = Network(cifar_net, CIFARNet, "CNN: 3x3-32, pool, 3x3-64, pool, 128, 10")

EXPERIMENTS = (
    Experiment("mnist-mlp", "mnist", MNIST_MLP, epochs=15, lecture=0.9836, augmentation=SHIFT),
    Experiment(
        "mnist-lenet-numpy",
        "mnist",
        LENET,
        framework="NumPy",
        lr=2e-3,
        augmentation=SHIFT,
        lecture=0.9936,
        keeps_weights=True,
    ),
    Experiment("mnist-lenet-torch", "mnist", LENET, lr=2e-3, augmentation=SHIFT, lecture=0.9936),
    Experiment("cifar10-mlp", "cifar10", CIFAR_MLP, augmentation=MIRROR, lecture=0.55),
    Experiment(
        "cifar10-cnn",
        "cifar10",
        CIFAR_CNN,
        epochs=24,
        augmentation=MIRROR,
        lecture=0.78,
        keeps_weights=True,
    ),
    # Does order matter? Four of one kind, without augmentation: mirroring and shifting mean nothing
    # once neighbours are apart.
    Experiment("cifar10-ordered-mlp", "cifar10", CIFAR_MLP, epochs=6),
    Experiment("cifar10-permuted-mlp", "cifar10", CIFAR_MLP, epochs=6, permuted=True),
    Experiment("cifar10-ordered-cnn", "cifar10", CIFAR_CNN, epochs=6),
    Experiment("cifar10-permuted-cnn", "cifar10", CIFAR_CNN, epochs=6, permuted=True),
)


def by_name(names: list[str] | None) -> list[Experiment]:
    """Return the experiments of these names, or all.

    Raises:
        ValueError: there is none of a name.

    >>> [experiment.framework for experiment in by_name(["mnist-lenet-numpy"])]
    ['NumPy']
    """
    known = {experiment.name: experiment for experiment in EXPERIMENTS}
    for name in names or ():
        if name not in known:
            raise ValueError(
                f"there is no experiment {name!r}; pass some of {', '.join(known)}, or none for all"
            )
    return [known[name] for name in names or known]


def start(network: Network, seed: int) -> Sequential:
    """Return the network in NumPy with the weights that ``seed`` draws."""
    return network.numpy(rng=np.random.default_rng(seed))
