"""Networks for tests: two by name, and as many as Hypothesis cares to draw."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from hypothesis import strategies as st
from torch import Tensor

from convnet import layers
from convnet.layers import BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Tanh
from convnet.network import Concatenate, Residual, Sequential

from .parity import Tensors
from .strategies import RNGS

DOUBLE: Any = {"dtype": np.float64}


def lenet(rng: np.random.Generator, dtype: npt.DTypeLike = np.float64) -> Sequential:
    """Return a small network with every kind of layer that a LeNet has."""
    how: Any = {"rng": rng, "dtype": dtype}
    return Sequential(
        Conv2d(2, 4, 3, **how),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Linear(36, 5, **how),
        Tanh(),
        Linear(5, 3, **how),
    )


def resnet_block(rng: np.random.Generator) -> Residual:
    """Return a block that halves the maps and doubles the channels, with a learned short cut."""
    how: Any = {"bias": False, "rng": rng, **DOUBLE}
    body = Sequential(
        Conv2d(2, 4, 3, 2, 1, **how),
        BatchNorm2d(4, **DOUBLE),
        ReLU(),
        Conv2d(4, 4, 3, 1, 1, **how),
        BatchNorm2d(4, **DOUBLE),
    )
    return Residual(body, Sequential(Conv2d(2, 4, 1, 2, **how), BatchNorm2d(4, **DOUBLE)))


@dataclass(frozen=True)
class Block:
    """A network of ours, and the same computation in torch."""

    layer: layers.Layer
    torchs: Callable[[Tensor, Tensors, str], Tensor]  # of x, all tensors, and the block's prefix
    channels: int  # that come out; maps keep their size


def convolution_block(draw: st.DrawFn, channels: int, filters: int | None = None) -> Block:
    """Draw a convolution that keeps the size of the maps."""
    filters = draw(st.integers(1, 3)) if filters is None else filters
    side, rng = draw(st.sampled_from([1, 3])), draw(RNGS)
    layer = Conv2d(channels, filters, side, padding="same", rng=rng, **DOUBLE)

    def torchs(x: Tensor, t: Tensors, prefix: str) -> Tensor:
        return F.conv2d(x, t[f"{prefix}weight"], t[f"{prefix}bias"], padding=side // 2)

    return Block(layer, torchs, filters)


def activation_block(draw: st.DrawFn, channels: int) -> Block:
    """Draw an activation without kinks."""
    layer, function = draw(st.sampled_from([(Tanh, torch.tanh), (layers.Sigmoid, torch.sigmoid)]))
    return Block(layer(), lambda x, _t, _prefix: function(x), channels)


def sequence_block(draw: st.DrawFn, channels: int, depth: int) -> Block:
    """Draw blocks, one after the other."""
    chosen = []
    for _ in range(draw(st.integers(1, 3))):
        chosen.append(draw(blocks(chosen[-1].channels if chosen else channels, depth - 1)))

    def torchs(x: Tensor, t: Tensors, prefix: str) -> Tensor:
        for place, block in enumerate(chosen):
            x = block.torchs(x, t, f"{prefix}{place}.")
        return x

    return Block(Sequential(*(block.layer for block in chosen)), torchs, chosen[-1].channels)


def residual_block(draw: st.DrawFn, channels: int, depth: int) -> Block:
    """Draw a block and a short cut around it: the identity where channels allow it."""
    body = draw(blocks(channels, depth - 1))
    identity = body.channels == channels and draw(st.booleans())
    shortcut = None if identity else convolution_block(draw, channels, body.channels)

    def torchs(x: Tensor, t: Tensors, prefix: str) -> Tensor:
        around = x if shortcut is None else shortcut.torchs(x, t, f"{prefix}shortcut.")
        return body.torchs(x, t, f"{prefix}body.") + around

    return Block(Residual(body.layer, shortcut and shortcut.layer), torchs, body.channels)


def concatenation_block(draw: st.DrawFn, channels: int, depth: int) -> Block:
    """Draw paths side by side, some of which change nothing."""
    paths = [
        draw(st.one_of(st.none(), blocks(channels, depth - 1)))
        for _ in range(draw(st.integers(1, 3)))
    ]

    def torchs(x: Tensor, t: Tensors, prefix: str) -> Tensor:
        outputs = [
            x if path is None else path.torchs(x, t, f"{prefix}{place}.")
            for place, path in enumerate(paths)
        ]
        return torch.cat(outputs, dim=1)

    outputs = sum(channels if path is None else path.channels for path in paths)
    return Block(Concatenate(*(path and path.layer for path in paths)), torchs, outputs)


@st.composite
def blocks(draw: st.DrawFn, channels: int, depth: int = 2) -> Block:
    """Draw a network of networks, as deep as ``depth``."""
    if depth == 0:
        kind = draw(st.sampled_from([convolution_block, activation_block]))
        return kind(draw, channels)
    return draw(st.sampled_from([residual_block, concatenation_block, sequence_block]))(
        draw, channels, depth
    )
