"""One example of every layer, and of every loss, for what all of them promise."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet import layers
from convnet.network import Concatenate, Residual, Sequential

Array = npt.NDArray[Any]
Build = Callable[[np.random.Generator, npt.DTypeLike], layers.Layer]

# how to build it, and the shape of one sample
LAYERS: dict[str, tuple[Build, tuple[int, ...]]] = {
    "Conv2d": (lambda rng, dtype: layers.Conv2d(4, 6, 3, 2, 1, rng=rng, dtype=dtype), (4, 5, 6)),
    "ConvTranspose2d": (
        lambda rng, dtype: layers.ConvTranspose2d(4, 2, 3, 2, 1, 1, rng=rng, dtype=dtype),
        (4, 3, 2),
    ),
    "DepthwiseSeparableConv2d": (
        lambda rng, dtype: layers.DepthwiseSeparableConv2d(4, 3, 3, rng=rng, dtype=dtype),
        (4, 4, 5),
    ),
    "Linear": (lambda rng, dtype: layers.Linear(5, 3, rng=rng, dtype=dtype), (5,)),
    "Flatten": (lambda _rng, _dtype: layers.Flatten(), (2, 3, 4)),
    "MaxPool2d": (lambda _rng, _dtype: layers.MaxPool2d(3, 2, 1), (2, 5, 6)),
    "MinPool2d": (lambda _rng, _dtype: layers.MinPool2d(2), (2, 5, 6)),
    "AvgPool2d": (lambda _rng, _dtype: layers.AvgPool2d(3, 2, 1), (2, 5, 6)),
    "AdaptiveAvgPool2d": (lambda _rng, _dtype: layers.AdaptiveAvgPool2d((2, 3)), (2, 5, 4)),
    "GlobalAvgPool2d": (lambda _rng, _dtype: layers.GlobalAvgPool2d(), (2, 5, 4)),
    "ReLU": (lambda _rng, _dtype: layers.ReLU(), (7,)),
    "LeakyReLU": (lambda _rng, _dtype: layers.LeakyReLU(0.2), (7,)),
    "ELU": (lambda _rng, _dtype: layers.ELU(0.7), (7,)),
    "Sigmoid": (lambda _rng, _dtype: layers.Sigmoid(), (7,)),
    "Tanh": (lambda _rng, _dtype: layers.Tanh(), (7,)),
    "Softmax": (lambda _rng, _dtype: layers.Softmax(), (7,)),
    "BatchNorm2d": (lambda _rng, dtype: layers.BatchNorm2d(3, dtype=dtype), (3, 2, 4)),
    "LayerNorm": (lambda _rng, dtype: layers.LayerNorm((3, 2), dtype=dtype), (2, 3, 2)),
    "GroupNorm": (lambda _rng, dtype: layers.GroupNorm(2, 4, dtype=dtype), (4, 3, 2)),
    "InstanceNorm2d": (lambda _rng, dtype: layers.InstanceNorm2d(3, dtype=dtype), (3, 2, 4)),
    "Dropout": (lambda rng, _dtype: layers.Dropout(0.4, rng=rng), (9,)),
    "Sequential": (
        lambda rng, dtype: Sequential(
            layers.Conv2d(2, 3, 3, rng=rng, dtype=dtype),
            layers.Tanh(),
            layers.Flatten(),
            layers.Linear(12, 2, rng=rng, dtype=dtype),
        ),
        (2, 4, 4),
    ),
    "Residual": (
        lambda rng, dtype: Residual(
            Sequential(layers.Conv2d(2, 3, 3, 1, 1, rng=rng, dtype=dtype), layers.Tanh()),
            layers.Conv2d(2, 3, 1, rng=rng, dtype=dtype),
        ),
        (2, 4, 4),
    ),
    "Concatenate": (
        lambda rng, dtype: Concatenate(
            None, layers.Conv2d(2, 3, 3, padding=1, rng=rng, dtype=dtype), layers.Tanh()
        ),
        (2, 4, 4),
    ),
}
RANDOM = {"Dropout"}  # the same input gives another output
BATCH = {"BatchNorm2d"}  # needs several samples in training


def example(
    name: str, samples: int = 3, dtype: npt.DTypeLike = np.float64
) -> tuple[layers.Layer, Array, np.random.Generator]:
    """Return a layer, an input for it, and the generator that made both."""
    rng = np.random.default_rng(0)
    build, shape = LAYERS[name]
    layer = build(rng, dtype)
    return layer, rng.normal(size=(samples, *shape)).astype(dtype), rng
