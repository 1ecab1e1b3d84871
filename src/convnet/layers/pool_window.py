"""What all poolings share: the window, and the arguments that describe it."""

from typing import Any

import numpy.typing as npt

from convnet._check import check_floating, check_ndim, pair
from convnet.layers.window import Size, Window, window

Array = npt.NDArray[Any]


def pooling_window(
    x: Array, kernel_size: Size, stride: Size | None = None, padding: Size = 0
) -> Window:
    """Check a pooling's arguments; return how its window moves over ``x``."""
    check_ndim("x", x, 4, "(N, C, H, W)")
    check_floating("x", x)
    kernel, steps, border = check_pooling(kernel_size, stride, padding)
    return window(x.shape[2:], kernel, steps, border)


def check_pooling(
    kernel_size: Size, stride: Size | None, padding: Size
) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Return window, step and padding as pairs; raise ``ValueError`` where one is out of range.

    >>> check_pooling(2, None, 2)
    Traceback (most recent call last):
        ...
    ValueError: padding is 2, but needs to be at most half of kernel_size = 2, or a window would
    lie wholly outside; pass for example padding=1
    """
    kernel = pair("kernel_size", kernel_size)
    border = pair("padding", padding, minimum=0)
    if any(2 * p > k for p, k in zip(border, kernel, strict=True)):
        raise ValueError(
            f"padding is {padding!r}, but needs to be at most half of kernel_size = {kernel_size}, "
            f"or a window would lie wholly outside; pass for example padding={min(kernel) // 2}"
        )
    return kernel, kernel if stride is None else pair("stride", stride), border


def part(win: Window, i: int, j: int) -> tuple[slice, slice]:
    """Return the padded rows and columns that output (i, j) reads."""
    (step_h, step_w), (reach_h, reach_w) = win.stride, win.reach
    top, left = i * step_h, j * step_w
    return slice(top, top + reach_h), slice(left, left + reach_w)
