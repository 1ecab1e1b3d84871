"""The course's networks in NumPy: the same layers as in ``convnet.models``, one after the other.

>>> network = lenet5(rng=np.random.default_rng(0))
>>> network(np.zeros((2, 1, 28, 28), dtype=np.float32)).shape, count_parameters(network)
((2, 10), 44426)
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from convnet.layers import Conv2d, Flatten, Layer, Linear, MaxPool2d, ReLU
from convnet.network import Sequential, named_parameters

if TYPE_CHECKING:
    from torch import nn

Array = npt.NDArray[Any]


def mlp(
    sizes: Sequence[int], *, rng: np.random.Generator, dtype: npt.DTypeLike = np.float32
) -> Sequential:
    """Return dense layers with ReLU between them, as :class:`convnet.models.MLP`.

    Args:
        sizes: numbers a sample has, of each hidden layer, and of the result: two or more, such as
            (784, 128, 64, 10) with 109,386 parameters.
        rng: source of the initial weights.
        dtype: float32 (default) or float64.

    Raises:
        ValueError: fewer than two sizes, or one below 1.

    Source:
        Chapter: *What an MLP cannot do*.

    >>> count_parameters(mlp((784, 128, 64, 10), rng=np.random.default_rng(0)))
    109386
    """
    if len(sizes) < 2:
        raise ValueError(
            f"sizes is {tuple(sizes)}, but needs at least two numbers, of inputs and of outputs; "
            "pass for example (784, 128, 64, 10)"
        )
    layers: list[Layer] = [Flatten()]
    for fan_in, fan_out in pairwise(sizes):
        layers += [Linear(fan_in, fan_out, rng=rng, dtype=dtype), ReLU()]
    return Sequential(*layers[:-1])  # no ReLU on the logits


def lenet5(*, rng: np.random.Generator, dtype: npt.DTypeLike = np.float32) -> Sequential:
    """Return LeNet-5 as it is taught, for images of 28 x 28: 44,426 parameters.

    Args:
        rng: source of the initial weights.
        dtype: float32 (default) or float64.

    Source:
        As :class:`convnet.models.LeNet5`, which has the table of layers. Chapter: *Training LeNet*.
    """
    return Sequential(
        Conv2d(1, 6, 5, rng=rng, dtype=dtype),
        ReLU(),
        MaxPool2d(2),
        Conv2d(6, 16, 5, rng=rng, dtype=dtype),
        ReLU(),
        MaxPool2d(2),
        *mlp((256, 120, 84, 10), rng=rng, dtype=dtype).layers,
    )


def cifar_net(*, rng: np.random.Generator, dtype: npt.DTypeLike = np.float32) -> Sequential:
    """Return the lectures' CNN for colour images of 32 x 32: 545,098 parameters.

    Args:
        rng: source of the initial weights.
        dtype: float32 (default) or float64.

    Source:
        As :class:`convnet.models.CIFARNet`, which has the table of layers. Chapter: *MLP against
        CNN on colour*.

    >>> count_parameters(cifar_net(rng=np.random.default_rng(0)))
    545098
    """
    return Sequential(
        Conv2d(3, 32, 3, padding=1, rng=rng, dtype=dtype),
        ReLU(),
        MaxPool2d(2),
        Conv2d(32, 64, 3, padding=1, rng=rng, dtype=dtype),
        ReLU(),
        MaxPool2d(2),
        *mlp((4096, 128, 10), rng=rng, dtype=dtype).layers,
    )


def count_parameters(network: Layer) -> int:
    """Return how many numbers training changes.

    >>> count_parameters(Linear(4, 3, rng=np.random.default_rng(0)))
    15
    """
    return sum(array.size for array in named_parameters(network).values())


def copy_from_torch(module: "nn.Module", network: Layer) -> None:
    """Copy the parameters of a PyTorch module into a NumPy network, matched by order.

    Args:
        module: the source.
        network: changed in place, after everything has been checked; it keeps its dtype.

    Raises:
        ValueError: the number of parameters or a shape differs; says which.

    >>> import torch
    >>> layer = Linear(2, 1, rng=np.random.default_rng(0))
    >>> copy_from_torch(torch.nn.Linear(2, 1), layer)
    """
    theirs = {name: tensor.detach().numpy() for name, tensor in module.named_parameters()}
    _copy(theirs, named_parameters(network))


def copy_to_torch(network: Layer, module: "nn.Module") -> None:
    """Copy the parameters of a NumPy network into a PyTorch module, matched by order.

    Arguments are checked as in :func:`copy_from_torch`.

    >>> import torch
    >>> module = torch.nn.Linear(2, 1)
    >>> layer = Linear(2, 1, rng=np.random.default_rng(0))
    >>> copy_to_torch(layer, module)
    >>> bool(np.allclose(layer.parameters["bias"], module.bias.detach()))
    True
    """
    # Tensors share their memory with these arrays, so that writing to one writes to the other.
    theirs = {name: tensor.detach().numpy() for name, tensor in module.named_parameters()}
    _copy(named_parameters(network), theirs)


def _copy(source: dict[str, Array], target: dict[str, Array]) -> None:
    pairs: Iterable[Any] = zip(source.items(), target.items(), strict=False)
    for (old_name, old), (new_name, new) in pairs:
        if old.shape != new.shape:
            raise ValueError(
                f"the source's {old_name} has shape {old.shape}, but the target's {new_name} "
                f"{new.shape}; build both with the same layers and sizes"
            )
    if len(source) != len(target):
        raise ValueError(
            f"the source has {len(source)} parameters and the target {len(target)}, but they need "
            "as many; build both with the same layers"
        )
    for old, new in zip(source.values(), target.values(), strict=True):
        new[...] = old
