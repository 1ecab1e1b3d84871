"""Max-pooling: the largest number of each window, one channel at a time."""

from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_floating, check_ndim, pair

Array = npt.NDArray[Any]


def max_pool2d_loops(
    x: Array, kernel_size: int | tuple[int, int], stride: int | tuple[int, int] | None = None
) -> Array:
    """Take the maximum of each window, one output number at a time.

    ``y[n,c,i,j] = max over a,b of x[n,c,s i + a,s j + b]``. This is :func:`max_pool2d` written as
    its definition; arguments, result, errors and source are the same.

    >>> max_pool2d_loops(np.arange(16.0).reshape(1, 1, 4, 4), 2)[0, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    (kernel_h, kernel_w), (step_h, step_w), shape = _checked(x, kernel_size, stride)
    y = np.empty(shape, dtype=x.dtype)
    for n, c, i, j in np.ndindex(*shape):
        top, left = i * step_h, j * step_w
        y[n, c, i, j] = np.max(x[n, c, top : top + kernel_h, left : left + kernel_w])
    return y


def max_pool2d(
    x: Array, kernel_size: int | tuple[int, int], stride: int | tuple[int, int] | None = None
) -> Array:
    """Take the maximum of each window, one array operation for each position in the window.

    ``y[n,c,i,j] = max over a,b of x[n,c,s i + a,s j + b]``. A NaN in a window makes its maximum
    NaN, as in PyTorch; rows and columns that the stride does not reach are left out.

    Args:
        x: feature maps (N, C, H, W), float32 or float64.
        kernel_size: window, one integer or (height, width).
        stride: step of the window; default the window itself, so that windows do not overlap.

    Returns:
        Array (N, C, OH, OW) with ``OH = floor((H - K_h) / s) + 1``; dtype of ``x``.

    Raises:
        TypeError: ``x`` is not floating-point.
        ValueError: a size does not fit; the message says which.

    Source:
        Ranzato, Huang, Boureau and LeCun (2007), *Unsupervised Learning of Invariant Feature
        Hierarchies*, section 2. Chapter: *A whole network by hand*.

    >>> max_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)[0, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    (kernel_h, kernel_w), (step_h, step_w), shape = _checked(x, kernel_size, stride)
    height, width = shape[2:]
    y = np.full(shape, -np.inf, dtype=x.dtype)
    for a, b in np.ndindex(kernel_h, kernel_w):
        bottom, right = a + step_h * (height - 1) + 1, b + step_w * (width - 1) + 1
        np.maximum(y, x[:, :, a:bottom:step_h, b:right:step_w], out=y)
    return y


def _checked(
    x: Array, kernel_size: int | tuple[int, int], stride: int | tuple[int, int] | None
) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int, int, int]]:
    """Check every argument once, for both forms; return window, step and output shape."""
    check_ndim("x", x, 4, "(N, C, H, W)")
    check_floating("x", x)
    window = pair("kernel_size", kernel_size)
    step = window if stride is None else pair("stride", stride)
    for name, size, kernel in zip(("height", "width"), x.shape[2:], window, strict=True):
        if kernel > size:
            raise ValueError(
                f"kernel_size has a {name} of {kernel}, but x has a {name} of only {size}; "
                "use a smaller window"
            )
    height, width = ((n - k) // s + 1 for n, k, s in zip(x.shape[2:], window, step, strict=True))
    return window, step, (x.shape[0], x.shape[1], height, width)
