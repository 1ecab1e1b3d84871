"""The blocks of the deep architectures in NumPy: what is added, and what is put side by side.

Each is the block of the same name in ``convnet.models``, made of layers by
:class:`~convnet.network.Sequential`, :class:`~convnet.network.Residual` and
:class:`~convnet.network.Concatenate`: its backward pass is theirs. All of them take ``rng``, source
of the initial weights, and ``dtype``, float32 (default) or float64.
"""

import numpy as np
import numpy.typing as npt

from convnet._check import check_at_least
from convnet.layers import AvgPool2d, BatchNorm2d, Conv2d, Layer, MaxPool2d, ReLU
from convnet.network import Concatenate, Residual, Sequential


def conv_bn(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    stride: int = 1,
    eps: float = 1e-5,
    *,
    rng: np.random.Generator,
    dtype: npt.DTypeLike = np.float32,
) -> list[Layer]:
    """Return a convolution that keeps the size (at stride 1) and batch normalization.

    The convolution has no bias: the normalization would subtract it.

    Args:
        in_channels: channels C of the images (N, C, H, W).
        out_channels: channels F of the result (N, F, OH, OW), ``OH = ceil(H / stride)``.
        kernel_size: side of the square kernel, odd.
        stride: step of the kernel; default 1.
        eps: number added to the variance; default 1e-5.
        rng: source of the initial weights.
        dtype: float32 (default) or float64.

    Source:
        Ioffe and Szegedy (2015), *Batch Normalization*, section 3.2. Chapter: *Activations,
        normalization, dropout*.

    >>> [type(layer).__name__ for layer in conv_bn(3, 8, 3, rng=np.random.default_rng(0))]
    ['Conv2d', 'BatchNorm2d']
    """
    how = (kernel_size, stride, kernel_size // 2)
    return [
        Conv2d(in_channels, out_channels, *how, bias=False, rng=rng, dtype=dtype),
        BatchNorm2d(out_channels, eps, dtype=dtype),
    ]


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


def inception(
    in_channels: int,
    one: int,
    three: tuple[int, int],
    five: tuple[int, int],
    pool: int,
    large_kernel: int = 5,
    *,
    rng: np.random.Generator,
    dtype: npt.DTypeLike = np.float32,
) -> Concatenate:
    """Return four paths side by side: 1x1, 3x3 after 1x1, 5x5 after 1x1, and 1x1 after pooling.

    Args:
        in_channels: channels C of the images (N, C, H, W).
        one: channels of the 1x1 convolution.
        three: channels of the 1x1 convolution before the 3x3 one, and of that one.
        five: likewise, of the path with the large kernel.
        pool: channels of the convolution after the pooling.
        large_kernel: side of the large kernel; default 5, as in the paper.
        rng: source of the initial weights.
        dtype: float32 (default) or float64.

    Source:
        Szegedy et al. (2015), *Going Deeper with Convolutions*, figure 2(b); each convolution is
        followed by batch normalization and ReLU. Chapter: *GoogLeNet (2014)*.

    >>> module = inception(8, 4, (3, 4), (2, 4), 4, rng=np.random.default_rng(0))
    >>> module(np.ones((2, 8, 5, 5), dtype=np.float32)).shape
    (2, 16, 5, 5)
    """

    def unit(channels: int, out_channels: int, kernel_size: int) -> list[Layer]:
        pair = conv_bn(channels, out_channels, kernel_size, eps=1e-3, rng=rng, dtype=dtype)
        return [*pair, ReLU()]

    return Concatenate(
        Sequential(*unit(in_channels, one, 1)),
        Sequential(*unit(in_channels, three[0], 1), *unit(*three, 3)),
        Sequential(*unit(in_channels, five[0], 1), *unit(*five, large_kernel)),
        Sequential(MaxPool2d(3, stride=1, padding=1), *unit(in_channels, pool, 1)),
    )


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
