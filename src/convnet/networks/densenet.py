"""Blocks in which every layer reads what all before it have written, in NumPy."""

import numpy as np
import numpy.typing as npt

from convnet._check import check_at_least
from convnet.layers import AvgPool2d, BatchNorm2d, Conv2d, Layer, ReLU
from convnet.network import Concatenate, Sequential


def dense_block(
    depth: int,
    in_channels: int,
    growth: int,
    *,
    rng: np.random.Generator,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return layers that each read what all before them have written: ``x, H_1(x), H_2(x, ...)``.

    Each is batch norm, ReLU, 1x1 convolution to ``4 growth`` maps, batch norm, ReLU, 3x3
    convolution to ``growth`` maps.

    Args:
        depth: number of layers.
        in_channels: channels C of the images (N, C, H, W).
        growth: maps that each layer adds; the result is (N, C + depth growth, H, W).
        rng: source of the initial weights.
        dtype: float32 (default) or float64.

    Raises:
        ValueError: ``depth``, or a number of channels, is below 1.

    Source:
        Huang, Liu, van der Maaten and Weinberger (2017), *Densely Connected Convolutional
        Networks*, equation 2 and section 3, "Bottleneck layers". Chapter: *DenseNet*.

    >>> block = dense_block(3, 8, growth=4, rng=np.random.default_rng(0))
    >>> block(np.ones((2, 8, 5, 5), dtype=np.float32)).shape
    (2, 20, 5, 5)
    """

    def unit(channels: int, out_channels: int, kernel_size: int) -> list[Layer]:
        how = (kernel_size, 1, kernel_size // 2)
        conv = Conv2d(channels, out_channels, *how, bias=False, rng=rng, dtype=dtype)
        return [BatchNorm2d(channels, dtype=dtype), ReLU(), conv]

    def layer(channels: int) -> Sequential:
        return Sequential(*unit(channels, 4 * growth, 1), *unit(4 * growth, growth, 3))

    check_at_least("depth", depth, 1)
    widths = [in_channels + index * growth for index in range(depth)]
    return Sequential(*(Concatenate(None, layer(channels)) for channels in widths))


def transition(
    in_channels: int,
    out_channels: int,
    *,
    rng: np.random.Generator,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return what stands between dense blocks: fewer channels by 1x1, a quarter of the pixels.

    Args:
        in_channels: channels C of the images (N, C, H, W).
        out_channels: channels F of the result (N, F, H // 2, W // 2).
        rng: source of the initial weights.
        dtype: float32 (default) or float64.

    Source:
        Huang et al. (2017), section 3, "Pooling layers" and "Compression". Chapter: *DenseNet*.

    >>> block = transition(20, 10, rng=np.random.default_rng(0))
    >>> block(np.ones((2, 20, 5, 5), dtype=np.float32)).shape
    (2, 10, 2, 2)
    """
    return Sequential(
        BatchNorm2d(in_channels, dtype=dtype),
        ReLU(),
        Conv2d(in_channels, out_channels, 1, bias=False, rng=rng, dtype=dtype),
        AvgPool2d(2),
    )
