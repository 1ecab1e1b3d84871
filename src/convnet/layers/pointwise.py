"""Convolution with kernels of one pixel: a matrix product over the channels, and nothing to unroll.

Maps are read as matrices of channels by pixels, of each sample or of all of them, as they lie.

Chapter: *Channels*.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from convnet.layers.memory import empty_maps, lies_samples_last
from convnet.layers.window import Window

Array = npt.NDArray[Any]


def is_pointwise(window: Window) -> bool:
    """Return whether each output reads one pixel, and none of a border."""
    return window.kernel == (1, 1) and window.sides == ((0, 0), (0, 0))


def pointwise_conv2d(
    x: Array, weight: Array, bias: Array | None, window: Window, groups: int
) -> Array:
    """Return ``Y = W X + b`` for images (N, C, H, W) and kernels (F, C/groups, 1, 1)."""
    y = _multiplied(weight.reshape(groups, len(weight) // groups, -1), _read(x, window))
    if bias is not None:
        y += bias[:, np.newaxis, np.newaxis]
    return y


def pointwise_input_gradient(
    grad_output: Array, weight: Array, window: Window, groups: int
) -> Array:
    """Return ``dL/dX = W^T dL/dY``, (N, C, H, W); zero for pixels that a stride leaves out."""
    kernels = weight.reshape(groups, len(weight) // groups, -1)
    grad_read = _multiplied(kernels.swapaxes(1, 2), grad_output)
    if window.output == window.image:
        return grad_read
    shape = (*grad_read.shape[:2], *window.image)
    grad_x = empty_maps(shape, weight.dtype, lies_samples_last(grad_output))
    grad_x.fill(0)
    _read(grad_x, window)[...] = grad_read
    return grad_x


def pointwise_weight_gradient(grad_output: Array, x: Array, window: Window, groups: int) -> Array:
    """Return ``dL/dW = sum over samples of dL/dY X^T``, (F, C/groups, 1, 1)."""
    last = lies_samples_last(x)
    errors, pixels = (_matrices(a, groups, last) for a in (grad_output, _read(x, window)))
    products = errors @ pixels.swapaxes(-1, -2)  # (N, groups, F/groups, C/groups), or without N
    total = products if last else products.sum(axis=0)
    return total.reshape(grad_output.shape[1], -1, 1, 1)


def _read(x: Array, window: Window) -> Array:
    """Return the pixels that outputs read, (N, C, OH, OW), a view."""
    down, across = window.seen_at(0, 0)
    return x[:, :, down, across]


def _multiplied(kernels: Array, x: Array) -> Array:
    """Return kernels (groups, F/groups, C/groups) times maps (N, C, H, W), (N, F, H, W)."""
    groups, filters, _ = kernels.shape
    last = lies_samples_last(x)
    y = empty_maps((len(x), groups * filters, *x.shape[2:]), x.dtype, last)
    np.matmul(kernels, _matrices(x, groups, last), out=_matrices(y, groups, last))
    return y


def _matrices(maps: Array, groups: int, last: bool) -> Array:
    """Return maps (N, C, H, W) as (groups, C/groups, pixels), or as one such for each sample."""
    samples, channels, height, width = maps.shape
    shape = groups, channels // groups, height * width
    if last:
        return maps.transpose(1, 2, 3, 0).reshape(*shape[:2], shape[2] * samples)
    return maps.reshape(samples, *shape)
