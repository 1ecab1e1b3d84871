"""The inception module, which looks at several scales side by side, in NumPy."""

import numpy as np
import numpy.typing as npt

from convnet.layers import Layer, MaxPool2d, ReLU
from convnet.network import Concatenate, Sequential
from convnet.networks.blocks import conv_bn


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
