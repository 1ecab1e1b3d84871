"""Other ways to convolve in NumPy, each as good as its idea allows, to compare ours with.

Each design is a pair: ``forward(case, x, weight) -> (y, kept)`` and
``backward(case, grad, weight, kept, need_dx) -> (dx or None, dweight)``. All are tested to agree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from benchmarks.cases import ConvCase
from convnet.layers import conv2d, conv2d_input_gradient, conv2d_weight_gradient

Array = npt.NDArray[Any]
Gradients = tuple[Array | None, Array]


@dataclass(frozen=True)
class Design:
    """A way to convolve, forward and backward."""

    name: str
    forward: Callable[[ConvCase, Array, Array], tuple[Array, Any]]
    backward: Callable[[ConvCase, Array, Array, Any, bool], Gradients]


def pad(case: ConvCase, x: Array) -> Array:
    """Return images with their border of zeros."""
    p = case.padding
    return np.pad(x, ((0, 0), (0, 0), (p, p), (p, p))) if p else x


def crop(case: ConvCase, x: Array) -> Array:
    """Return padded images without their border."""
    p = case.padding
    return x[:, :, p:-p, p:-p] if p else x


def seen_at(case: ConvCase, a: int, b: int) -> tuple[slice, slice, slice, slice]:
    """Return which padded pixels position (a, b) of the window reads."""
    _, _, height, width = case.output
    s = case.stride
    rows, columns = slice(a, a + s * (height - 1) + 1, s), slice(b, b + s * (width - 1) + 1, s)
    return slice(None), slice(None), rows, columns


# --- ours -----------------------------------------------------------------------------------------


def ours_forward(case: ConvCase, x: Array, weight: Array) -> tuple[Array, Array]:
    """What ``convnet`` does: row unrolling or tiles, in bands that fit the cache."""
    return conv2d(x, weight, None, case.stride, case.padding), x


def ours_backward(case: ConvCase, grad: Array, weight: Array, x: Array, need_dx: bool) -> Gradients:
    """Differentiate :func:`ours_forward`."""
    how = (case.stride, case.padding)
    dx = conv2d_input_gradient(grad, weight, x.shape, *how) if need_dx else None
    return dx, conv2d_weight_gradient(grad, x, weight.shape, *how)


# --- im2col ---------------------------------------------------------------------------------------


def columns_of(case: ConvCase, x: Array) -> Array:
    """Copy each window into a column: (N, C K K, OH OW)."""
    samples, _, height, width = case.output
    columns = np.empty((samples, x.shape[1], case.kernel, case.kernel, height, width), x.dtype)
    padded = pad(case, x)
    for a, b in np.ndindex(case.kernel, case.kernel):
        columns[:, :, a, b] = padded[seen_at(case, a, b)]
    return columns.reshape(samples, -1, height * width)


def image_of(case: ConvCase, columns: Array) -> Array:
    """Add up all copies of each pixel: the transpose of :func:`columns_of`."""
    samples, channels, height, width = case.batch
    p = case.padding
    padded = np.zeros((samples, channels, height + 2 * p, width + 2 * p), columns.dtype)
    parts = columns.reshape(samples, channels, case.kernel, case.kernel, *case.output[2:])
    for a, b in np.ndindex(case.kernel, case.kernel):
        padded[seen_at(case, a, b)] += parts[:, :, a, b]
    return crop(case, padded)


def batched_forward(case: ConvCase, x: Array, weight: Array) -> tuple[Array, Array]:
    """One matrix product a sample, on its columns."""
    columns = columns_of(case, x)
    return (weight.reshape(len(weight), -1) @ columns).reshape(case.output), columns


def batched_backward(
    case: ConvCase, grad: Array, weight: Array, columns: Array, need_dx: bool
) -> Gradients:
    """Differentiate :func:`batched_forward`."""
    g = grad.reshape(len(grad), len(weight), -1)
    dweight = (g @ columns.transpose(0, 2, 1)).sum(axis=0).reshape(weight.shape)
    if not need_dx:
        return None, dweight
    return image_of(case, weight.reshape(len(weight), -1).T @ g), dweight


def single_forward(case: ConvCase, x: Array, weight: Array) -> tuple[Array, Array]:
    """One matrix product for the whole batch, on the columns of all samples."""
    columns = columns_of(case, x).transpose(1, 0, 2).reshape(weight[0].size, -1)
    samples, filters, height, width = case.output
    y = (weight.reshape(filters, -1) @ columns).reshape(filters, samples, height, width)
    return np.ascontiguousarray(y.transpose(1, 0, 2, 3)), columns


def single_backward(
    case: ConvCase, grad: Array, weight: Array, columns: Array, need_dx: bool
) -> Gradients:
    """Differentiate :func:`single_forward`."""
    g = grad.transpose(1, 0, 2, 3).reshape(len(weight), -1)
    dweight = (g @ columns.T).reshape(weight.shape)
    if not need_dx:
        return None, dweight
    back = (weight.reshape(len(weight), -1).T @ g).reshape(weight[0].size, len(grad), -1)
    return image_of(case, np.ascontiguousarray(back.transpose(1, 0, 2))), dweight


# --- a loop over kernel positions -----------------------------------------------------------------


def positions_forward(case: ConvCase, x: Array, weight: Array) -> tuple[Array, Array]:
    """Add up one 1x1 convolution for each kernel position."""
    padded = pad(case, x)
    y = np.zeros((*case.output[:2], case.output[2] * case.output[3]), x.dtype)
    for a, b in np.ndindex(case.kernel, case.kernel):
        y += weight[:, :, a, b] @ padded[seen_at(case, a, b)].reshape(*x.shape[:2], -1)
    return y.reshape(case.output), padded


def positions_backward(
    case: ConvCase, grad: Array, weight: Array, padded: Array, need_dx: bool
) -> Gradients:
    """Differentiate :func:`positions_forward`."""
    g = grad.reshape(len(grad), len(weight), -1)
    dweight, dpadded = np.empty_like(weight), np.zeros_like(padded)
    for a, b in np.ndindex(case.kernel, case.kernel):
        where = seen_at(case, a, b)
        seen = padded[where].reshape(len(grad), weight.shape[1], -1)
        dweight[:, :, a, b] = (g @ seen.transpose(0, 2, 1)).sum(axis=0)
        if need_dx:
            back = weight[:, :, a, b].T @ g
            dpadded[where] += back.reshape(*back.shape[:2], *case.output[2:])
    return (crop(case, dpadded) if need_dx else None), dweight


# --- a view of all windows, and tensordot ---------------------------------------------------------


def windows_of(case: ConvCase, x: Array) -> Array:
    """Return a view of all windows: (N, C, OH, OW, K, K)."""
    views = sliding_window_view(pad(case, x), (case.kernel, case.kernel), axis=(2, 3))
    return views[:, :, :: case.stride, :: case.stride]


def tensordot_forward(case: ConvCase, x: Array, weight: Array) -> tuple[Array, Array]:
    """Contract all windows with the kernels; ``tensordot`` copies the windows on its way."""
    windows = windows_of(case, x)
    y = np.tensordot(windows, weight, axes=((1, 4, 5), (1, 2, 3)))
    return np.ascontiguousarray(y.transpose(0, 3, 1, 2)), windows


def tensordot_backward(
    case: ConvCase, grad: Array, weight: Array, windows: Array, need_dx: bool
) -> Gradients:
    """Differentiate :func:`tensordot_forward`."""
    dweight = np.tensordot(grad, windows, axes=((0, 2, 3), (0, 2, 3)))
    if not need_dx:
        return None, dweight
    back = np.tensordot(weight, grad, axes=((0,), (1,)))  # (C, K, K, N, OH, OW)
    columns = np.ascontiguousarray(back.transpose(3, 0, 1, 2, 4, 5))
    return image_of(case, columns.reshape(len(grad), -1, grad.shape[2] * grad.shape[3])), dweight


OURS = Design("convnet", ours_forward, ours_backward)
PEERS = (
    Design("im2col, a product a sample", batched_forward, batched_backward),
    Design("im2col, one product", single_forward, single_backward),
    Design("loop over kernel positions", positions_forward, positions_backward),
    Design("sliding windows, tensordot", tensordot_forward, tensordot_backward),
)
