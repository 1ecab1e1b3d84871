"""What the deep architectures are made of in NumPy.

The blocks are those of the same names in ``convnet.models``, made of layers by
:class:`~convnet.network.Sequential`, :class:`~convnet.network.Residual` and
:class:`~convnet.network.Concatenate`: their backward passes are theirs.
"""

import numpy as np
import numpy.typing as npt

from convnet.layers import BatchNorm2d, Conv2d, Layer


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
