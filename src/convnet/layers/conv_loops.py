"""Convolution written as its definition: loops over every output number, forward and backward."""

from typing import NamedTuple

import numpy as np

from convnet._check import Array
from convnet.layers.conv_arguments import check_output_gradient, checked_window
from convnet.layers.window import Padding, Size, Window


class ConvGradients(NamedTuple):
    """Gradients of a loss with respect to what a convolution read; see :func:`conv2d_backward`."""

    x: Array
    weight: Array
    bias: Array


def conv2d_loops(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Array:
    """Cross-correlate images with kernels, one output number at a time.

    This is :func:`~convnet.layers.conv.conv2d` written as its definition; arguments, result,
    errors and source are the same.

    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> conv2d_loops(x, np.arange(4.0).reshape(1, 1, 2, 2))[0, 0]
    array([[19., 25.],
           [37., 43.]])
    """
    win = checked_window(x, weight, bias, stride, padding, dilation, groups)
    padded = win.pad(x)
    y = np.zeros((len(x), len(weight), *win.output), dtype=x.dtype)
    for n, f, i, j in np.ndindex(*y.shape):
        y[n, f, i, j] = np.sum(weight[f] * _seen(padded[n], weight, win, groups, f, i, j))
        if bias is not None:
            y[n, f, i, j] += bias[f]
    return y


def conv2d_backward_loops(
    grad_output: Array,
    x: Array,
    weight: Array,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> ConvGradients:
    """Differentiate a convolution, one output number at a time.

    This is :func:`~convnet.layers.conv.conv2d_backward` written as its definition. Each output is a
    sum of products. It passes its gradient on to both factors of each of them, times the other
    factor; what is used many times adds up what it gets.

    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> ones = np.ones((1, 1, 2, 2))
    >>> conv2d_backward_loops(ones, x, np.arange(4.0).reshape(1, 1, 2, 2)).weight[0, 0]
    array([[ 8., 12.],
           [20., 24.]])
    """
    win = checked_window(x, weight, None, stride, padding, dilation, groups)
    check_output_gradient(grad_output, x, (len(x), len(weight), *win.output))
    padded = win.pad(x)
    grad_padded, grad_weight = np.zeros_like(padded), np.zeros_like(weight)
    grad_bias = np.zeros(len(weight), dtype=x.dtype)
    for n, f, i, j in np.ndindex(*grad_output.shape):
        g = grad_output[n, f, i, j]
        grad_weight[f] += g * _seen(padded[n], weight, win, groups, f, i, j)
        seen_gradient = _seen(grad_padded[n], weight, win, groups, f, i, j)
        seen_gradient += g * weight[f]
        grad_bias[f] += g
    return ConvGradients(win.crop(grad_padded), grad_weight, grad_bias)


def _seen(image: Array, weight: Array, win: Window, groups: int, f: int, i: int, j: int) -> Array:
    """Return the pixels (C/groups, K_h, K_w) of a padded image that output (f, i, j) reads."""
    channels, per_group = weight.shape[1], len(weight) // groups
    first = f // per_group * channels
    (step_h, step_w), (spread_h, spread_w) = win.stride, win.dilation
    top, left = i * step_h, j * step_w
    return image[
        first : first + channels,
        top : top + win.reach[0] : spread_h,
        left : left + win.reach[1] : spread_w,
    ]
