"""Convolution of images, as a definition to read and as matrix products to run."""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from convnet._check import check_floating, check_ndim, pair

Array = npt.NDArray[Any]
Padding = int | tuple[int, int] | Literal["same", "valid"]


def conv2d_loops(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: int | tuple[int, int] = 1,
    padding: Padding = 0,
) -> Array:
    """Cross-correlate images with kernels, one output number at a time.

    ``y[n,f,i,j] = bias[f] + sum over c,a,b of weight[f,c,a,b] x[n,c,s i + a - p,s j + b - p]``,
    where pixels outside the image are zero. This is :func:`conv2d` written as its definition;
    arguments, result, errors and source are the same.

    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> conv2d_loops(x, np.arange(4.0).reshape(1, 1, 2, 2))[0, 0]
    array([[19., 25.],
           [37., 43.]])
    """
    (step_h, step_w), x = _prepared(x, weight, bias, stride, padding)
    kernel_h, kernel_w = weight.shape[2:]
    height = (x.shape[2] - kernel_h) // step_h + 1
    width = (x.shape[3] - kernel_w) // step_w + 1
    y = np.zeros((len(x), len(weight), height, width), dtype=x.dtype)
    for n, f, i, j in np.ndindex(*y.shape):
        top, left = i * step_h, j * step_w
        window = x[n, :, top : top + kernel_h, left : left + kernel_w]
        y[n, f, i, j] = np.sum(window * weight[f]) + (0 if bias is None else bias[f])
    return y


def conv2d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: int | tuple[int, int] = 1,
    padding: Padding = 0,
) -> Array:
    """Cross-correlate images with kernels, as one matrix product for each kernel row.

    ``y[n,f,i,j] = bias[f] + sum over c,a,b of weight[f,c,a,b] x[n,c,s i + a - p,s j + b - p]``,
    where pixels outside the image are zero. The field calls this convolution; the kernel is not
    flipped. The padded rows are unrolled along the width only: kernel row ``a`` then needs a
    contiguous slice of that matrix, so ``y`` is a sum of as many products as the kernel has rows.

    Args:
        x: images (N, C, H, W), float32 or float64.
        weight: kernels (F, C, K_h, K_w), same dtype as ``x``.
        bias: one number a kernel, (F,), or None for no bias.
        stride: step of the window, one integer or (along height, along width); default 1.
        padding: zeros added on each side, one integer or two, ``"valid"`` for none, or ``"same"``
            for an output as large as the input (stride 1; an odd one out goes to the bottom right).

    Returns:
        Feature maps (N, F, OH, OW) with ``OH = floor((H + 2 p - K_h) / s) + 1``; dtype of ``x``.

    Raises:
        TypeError: ``x`` is not floating-point.
        ValueError: a shape, the stride or the padding does not fit; the message says which.

    Source:
        LeCun, Bottou, Bengio and Haffner (1998), *Gradient-Based Learning Applied to Document
        Recognition*, section II.A. Chapter: *A whole network by hand*.

    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> conv2d(x, np.arange(4.0).reshape(1, 1, 2, 2))[0, 0]
    array([[19., 25.],
           [37., 43.]])
    """
    (step_h, step_w), x = _prepared(x, weight, bias, stride, padding)
    images, channels, rows, columns = x.shape
    filters, _, kernel_h, kernel_w = weight.shape
    height = (rows - kernel_h) // step_h + 1
    width = (columns - kernel_w) // step_w + 1
    unrolled = _unroll_width(x, kernel_w, step_w, width)  # (N, C*K_w, H, OW)
    y = np.zeros((images, filters, height * width), dtype=x.dtype)
    for a in range(kernel_h):
        seen = unrolled[:, :, a : a + step_h * (height - 1) + 1 : step_h]  # (N, C*K_w, OH, OW)
        y += weight[:, :, a].reshape(filters, -1) @ seen.reshape(images, channels * kernel_w, -1)
    if bias is not None:
        y += bias[:, None]
    return y.reshape(images, filters, height, width)


def _unroll_width(x: Array, kernel_w: int, step_w: int, width: int) -> Array:
    """Stack, for each channel, the ``kernel_w`` horizontal shifts of every row."""
    shifts = [x[..., b : b + step_w * (width - 1) + 1 : step_w] for b in range(kernel_w)]
    stacked = np.stack(shifts, axis=2)  # (N, C, K_w, H, OW)
    return stacked.reshape(len(x), -1, *stacked.shape[3:])


def _prepared(
    x: Array, weight: Array, bias: Array | None, stride: int | tuple[int, int], padding: Padding
) -> tuple[tuple[int, int], Array]:
    """Check every argument once, for both forms; return the stride and the padded images."""
    check_ndim("x", x, 4, "(N, C, H, W)")
    check_ndim("weight", weight, 4, "(out_channels, in_channels, kernel_height, kernel_width)")
    check_floating("x", x)
    if weight.shape[1] != x.shape[1]:
        raise ValueError(
            f"weight has shape {weight.shape}, so it reads {weight.shape[1]} channels, but x has "
            f"{x.shape[1]}; give weight the shape (out_channels, {x.shape[1]}, ...)"
        )
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(
            f"bias has shape {bias.shape}, but needs one number for each of the "
            f"{len(weight)} kernels; pass an array of shape ({len(weight)},) or None"
        )
    steps = pair("stride", stride)
    padded = np.pad(x, ((0, 0), (0, 0), *_sides(weight.shape[2:], steps, padding)))
    for name, size, kernel in zip(
        ("height", "width"), padded.shape[2:], weight.shape[2:], strict=True
    ):
        if kernel > size:
            raise ValueError(
                f"weight has a kernel {name} of {kernel}, but the padded image has a {name} of "
                f"only {size}; use a smaller kernel or more padding"
            )
    return steps, padded


def _sides(
    kernel: tuple[int, ...], steps: tuple[int, int], padding: Padding
) -> list[tuple[int, int]]:
    """Return the zeros before and after each of the two image axes."""
    if padding == "valid":
        return [(0, 0), (0, 0)]
    if padding == "same":
        if steps != (1, 1):
            raise ValueError(
                f"padding is 'same' and stride is {steps}, but 'same' needs stride 1, as in "
                "PyTorch; pass the padding as a number"
            )
        return [((k - 1) // 2, k - 1 - (k - 1) // 2) for k in kernel]
    if isinstance(padding, str):
        raise ValueError(  # noqa: TRY004  # a word is a fine type here, only not this word
            f"padding is {padding!r}, but needs an integer, two integers, 'same' or 'valid'; "
            "pass for example padding=1"
        )
    return [(p, p) for p in pair("padding", padding, minimum=0)]
