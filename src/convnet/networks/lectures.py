"""The lectures' networks in NumPy: layers one after the other."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from convnet.examples import SIX_BY_SIX
from convnet.layers import Conv2d, Flatten, Layer, Linear, MaxPool2d, ReLU
from convnet.network import Sequential


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

    >>> from convnet.networks import count_parameters
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

    >>> from convnet.networks import count_parameters
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


def six_by_six(*, dtype: npt.DTypeLike = np.float64) -> Sequential:
    """Return the network of the 6x6 exercise, with its weights: 25 = 10 + 0 + 15 parameters.

    A 3x3 kernel, ReLU, 2x2 max-pooling, and a dense layer of three classes.

    Args:
        dtype: float64 (default) or float32.

    Source:
        Lecture D. Chapter: *A whole network by hand*.

    >>> network = six_by_six()
    >>> network(SIX_BY_SIX.image[None, None]).round(6)
    array([[-3.9, -9.3, 12.6]])
    """
    rng = np.random.default_rng(0)  # what it draws is replaced
    conv, dense = Conv2d(1, 1, 3, rng=rng, dtype=dtype), Linear(4, 3, rng=rng, dtype=dtype)
    conv.parameters["weight"][...] = SIX_BY_SIX.kernel
    conv.parameters["bias"][...] = SIX_BY_SIX.conv_bias
    dense.parameters["weight"][...] = SIX_BY_SIX.weight
    dense.parameters["bias"][...] = SIX_BY_SIX.bias
    return Sequential(conv, ReLU(), MaxPool2d(2), Flatten(), dense)
