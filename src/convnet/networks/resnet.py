"""ResNet in NumPy: blocks that learn what to add to their input."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from convnet.layers import Flatten, GlobalAvgPool2d, Layer, Linear, ReLU
from convnet.network import Residual, Sequential
from convnet.networks.blocks import conv_bn


def basic_block(
    in_channels: int,
    channels: int,
    stride: int = 1,
    *,
    rng: np.random.Generator,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return a residual block of two 3x3 convolutions: ``max(0, x + F(x))``.

    The short cut is the identity where shapes allow it, else a 1x1 convolution with batch
    normalization.

    Args:
        in_channels: channels C of the images (N, C, H, W).
        channels: channels of both convolutions and of the result.
        stride: step of the first convolution, and of the short cut; default 1.
        rng: source of the initial weights.
        dtype: float32 (default) or float64.

    Source:
        He, Zhang, Ren and Sun (2016), *Deep Residual Learning for Image Recognition*, figure 5,
        left. Chapter: *ResNet (2015)*.

    >>> block = basic_block(4, 8, stride=2, rng=np.random.default_rng(0))
    >>> block(np.ones((2, 4, 6, 6), dtype=np.float32)).shape
    (2, 8, 3, 3)
    """
    body = Sequential(
        *conv_bn(in_channels, channels, 3, stride, rng=rng, dtype=dtype),
        ReLU(),
        *conv_bn(channels, channels, 3, rng=rng, dtype=dtype),
    )
    return _added(body, in_channels, channels, stride, rng=rng, dtype=dtype)


def bottleneck(
    in_channels: int,
    channels: int,
    stride: int = 1,
    *,
    rng: np.random.Generator,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return a residual block that is thin inside: 1x1, 3x3, 1x1 with four times the channels.

    Args:
        in_channels: channels C of the images (N, C, H, W).
        channels: channels inside; the result has ``4 channels``.
        stride: step of the 3x3 convolution, and of the short cut; default 1.
        rng: source of the initial weights.
        dtype: float32 (default) or float64.

    Source:
        He et al. (2016), figure 5, right. Chapter: *ResNet (2015)*.

    >>> block = bottleneck(4, 8, rng=np.random.default_rng(0))
    >>> block(np.ones((2, 4, 6, 6), dtype=np.float32)).shape
    (2, 32, 6, 6)
    """
    body = Sequential(
        *conv_bn(in_channels, channels, 1, rng=rng, dtype=dtype),
        ReLU(),
        *conv_bn(channels, channels, 3, stride, rng=rng, dtype=dtype),
        ReLU(),
        *conv_bn(channels, 4 * channels, 1, rng=rng, dtype=dtype),
    )
    return _added(body, in_channels, 4 * channels, stride, rng=rng, dtype=dtype)


def _added(
    body: Sequential,
    in_channels: int,
    out_channels: int,
    stride: int,
    *,
    rng: np.random.Generator,
    dtype: npt.DTypeLike,
) -> Sequential:
    """Return the body with its short cut and the ReLU after the sum."""
    shortcut = None
    if stride != 1 or in_channels != out_channels:
        shortcut = Sequential(*conv_bn(in_channels, out_channels, 1, stride, rng=rng, dtype=dtype))
    return Sequential(Residual(body, shortcut), ReLU())


def small_resnet(
    depths: Sequence[int] = (1, 1, 1),
    channels: int = 16,
    num_classes: int = 10,
    in_channels: int = 3,
    *,
    rng: np.random.Generator,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return a 3x3 convolution, stages of residual blocks, the global average and a dense layer.

    Every stage but the first halves the image and doubles the channels in its first block. With
    depths (n, n, n) and 16 channels it is the paper's network of ``6 n + 2`` weight layers, but for
    the short cuts, which are 1x1 convolutions here where shapes change.

    Args:
        depths: blocks in each stage; default one block in each of three.
        channels: of the first stage; default 16.
        num_classes: length of the result; default 10.
        in_channels: channels of the images (N, C, H, W); default 3.
        rng: source of the initial weights.
        dtype: float32 (default) or float64.

    Raises:
        ValueError: ``depths`` is empty, or a number is below 1.

    Source:
        He, Zhang, Ren and Sun (2016), *Deep Residual Learning for Image Recognition*, section 4.2.
        Chapter: *ResNet (2015)*.

    >>> network = small_resnet(rng=np.random.default_rng(0))
    >>> network(np.ones((2, 3, 32, 32), dtype=np.float32)).shape
    (2, 10)
    """
    if not depths or min(depths) < 1:
        raise ValueError(
            f"depths is {tuple(depths)}, but needs at least one number of blocks, each at least 1; "
            "pass for example (1, 1, 1)"
        )
    layers: list[Layer] = [*conv_bn(in_channels, channels, 3, rng=rng, dtype=dtype), ReLU()]
    for stage, depth in enumerate(depths):
        width = channels * 2**stage
        for index in range(depth):
            first = index == 0 and stage > 0
            stride, reads = (2, width // 2) if first else (1, width)
            layers.append(basic_block(reads, width, stride, rng=rng, dtype=dtype))
    dense = Linear(width, num_classes, rng=rng, dtype=dtype)
    return Sequential(*layers, GlobalAvgPool2d(), Flatten(), dense)
