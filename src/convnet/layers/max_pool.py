"""Max-pooling, and its mirror image min-pooling: one number of each window."""

from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_floating, check_same_dtype, check_shape
from convnet.layers.base import Layer
from convnet.layers.phases import PhasedPlanes, maps_of, plane_chunks, planes, readings
from convnet.layers.pool_window import check_pooling, part, pooling_window
from convnet.layers.window import Size, Window

Array = npt.NDArray[Any]


def max_pool2d_loops(
    x: Array, kernel_size: Size, stride: Size | None = None, padding: Size = 0
) -> Array:
    """Take the maximum of each window, one output number at a time.

    This is :func:`max_pool2d` written as its definition; arguments, result, errors and source are
    the same.

    >>> max_pool2d_loops(np.arange(16.0).reshape(1, 1, 4, 4), 2)[0, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    win = pooling_window(x, kernel_size, stride, padding)
    padded = win.pad(x, -np.inf)
    y = np.empty((*x.shape[:2], *win.output), dtype=x.dtype)
    for n, c, i, j in np.ndindex(*y.shape):
        y[n, c, i, j] = np.max(padded[n, c][part(win, i, j)])
    return y


def max_pool2d(x: Array, kernel_size: Size, stride: Size | None = None, padding: Size = 0) -> Array:
    """Take the maximum of each window, one array operation for each position in the window.

    ``y[n,c,i,j] = max over a,b of x[n,c,s i + a - p,s j + b - p]``. A NaN in a window makes its
    maximum NaN, as in PyTorch; rows and columns that the stride does not reach are left out.

    Args:
        x: feature maps (N, C, H, W), float32 or float64.
        kernel_size: window, one integer or (height, width).
        stride: step of the window; default the window itself, so that windows do not overlap.
        padding: border of minus infinity on each side, at most half the window; default 0.

    Returns:
        Array (N, C, OH, OW) with ``OH = floor((H + 2 p - K_h) / s) + 1``; dtype of ``x``.

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
    win = pooling_window(x, kernel_size, stride, padding)
    maps = planes(x)
    y = np.empty((len(maps), *win.output, maps.shape[3]), dtype=x.dtype)
    for chunk, (first, *others), windows_of in readings(win, maps, -np.inf):
        top = first.copy()
        for seen in others:
            np.maximum(top, seen, out=top)
        y[chunk] = windows_of(top)
    return maps_of(y, x.shape[:2])


def max_pool2d_backward(
    grad_output: Array,
    x: Array,
    y: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
) -> Array:
    """Pass each output's gradient to the pixel that was its maximum: the switch.

    Of several equal maxima the first gets all of it, rows before columns, as in PyTorch's pooling;
    to share it out would be a subgradient too, and another one. A pixel that was the maximum of
    several windows gets the sum.

    Args:
        grad_output: gradient with respect to the output, (N, C, OH, OW).
        x: the feature maps that were pooled.
        y: the output for them.
        kernel_size: as in the forward call; so are ``stride`` and ``padding``.
        stride: see ``kernel_size``.
        padding: see ``kernel_size``.

    Returns:
        Gradient in the shape of ``x``; zero where no window's maximum was. A window with NaN
        passes its gradient to its last NaN, as in PyTorch.

    Raises:
        TypeError: the dtypes differ.
        ValueError: a shape does not fit; the message says which.

    Source:
        Zeiler and Fergus (2014), *Visualizing and Understanding Convolutional Networks*, section
        2.1 (switches). Chapter: *Backpropagation through pooling, ReLU and normalization*.

    >>> x = np.array([[[[1.0, 7.0], [7.0, 0.0]]]])
    >>> max_pool2d_backward(np.ones((1, 1, 1, 1)), x, max_pool2d(x, 2), 2)[0, 0]
    array([[0., 1.],
           [0., 0.]])
    """
    win = pooling_window(x, kernel_size, stride, padding)
    check_shape("grad_output", grad_output, (*x.shape[:2], *win.output), "the output")
    check_same_dtype("grad_output", grad_output, x)
    check_shape("y", y, grad_output.shape, "the output")
    maps = planes(x)
    tops, grads = (planes(array, last=maps.shape[3] == len(x)) for array in (y, grad_output))
    apart = win.sides == ((0, 0), (0, 0)) and all(np.less_equal(win.kernel, win.stride))
    route = _route_apart if apart else _route_overlapping
    return maps_of(route(maps, tops, grads, win), x.shape[:2])


def _route_apart(maps: Array, tops: Array, grads: Array, win: Window) -> Array:
    """Return the planes' gradient where no pixel is in two windows: each is written just once."""
    grad_maps = (np.empty_like if win.covers else np.zeros_like)(maps)
    for chunk in plane_chunks(maps):
        pixels, into = maps[chunk], grad_maps[chunk]
        waiting = np.ones(tops[chunk].shape, dtype=bool)  # windows whose maximum was not met yet
        for a, b in np.ndindex(*win.kernel):
            at = (slice(None), *win.seen_at(a, b))
            hit = pixels[at] == tops[chunk]
            hit &= waiting
            waiting ^= hit
            np.multiply(grads[chunk], hit, out=into[at])
        for a, b in reversed(list(np.ndindex(*win.kernel))) if waiting.any() else ():
            at = (slice(None), *win.seen_at(a, b))
            hit = np.isnan(pixels[at]) & waiting  # only NaN equals nothing, and the last counts
            waiting ^= hit
            into[at] += grads[chunk] * hit
    return grad_maps


def _route_overlapping(maps: Array, tops: Array, grads: Array, win: Window) -> Array:
    """Return the planes' gradient where a pixel may get something from several windows."""
    grad_maps = np.empty_like(maps)
    # The border is NaN: it equals no maximum, not even minus infinity.
    pixels = PhasedPlanes(win, maps, np.nan)
    grad = PhasedPlanes(win, maps, 0)
    for chunk in pixels.chunks():
        pixels.fill(maps[chunk])
        grad.clear(len(tops[chunk]))
        top, g = pixels.run_of(tops[chunk]), grad.run_of(grads[chunk])
        waiting = pixels.run_of(np.ones(tops[chunk].shape, dtype=bool))  # False between windows
        for a, b in np.ndindex(*win.kernel):
            hit = pixels.seen_at(a, b) == top
            hit &= waiting
            waiting ^= hit
            into = grad.seen_at(a, b)
            into += g * hit
        if waiting.any():
            _pass_to_last_nan(grad, g, maps[chunk], waiting, win)
        grad.read(grad_maps[chunk])
    return grad_maps


def _pass_to_last_nan(
    grad: PhasedPlanes, grads: Array, maps: Array, waiting: Array, win: Window
) -> None:
    """Add to ``grad`` what the windows ``waiting`` pass on, each to the last NaN in it."""
    is_nan = PhasedPlanes(win, maps, False, bool)
    is_nan.fill(np.isnan(maps))
    for a, b in reversed(list(np.ndindex(*win.kernel))):
        hit = is_nan.seen_at(a, b) & waiting
        waiting ^= hit
        into = grad.seen_at(a, b)
        into += grads * hit


def min_pool2d(x: Array, kernel_size: Size, stride: Size | None = None, padding: Size = 0) -> Array:
    """Take the minimum of each window: ``-max_pool2d(-x)``; see :func:`max_pool2d`.

    >>> min_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)[0, 0]
    array([[ 0.,  2.],
           [ 8., 10.]])
    """
    check_floating("x", x)
    return -max_pool2d(-x, kernel_size, stride, padding)


class MaxPool2d(Layer):
    """Max-pooling as a layer: :func:`max_pool2d` and :func:`max_pool2d_backward`.

    Args:
        kernel_size: window, one integer or (height, width).
        stride: step; default the window itself.
        padding: border of minus infinity on each side; default 0.

    >>> layer = MaxPool2d(2)
    >>> layer(np.array([[[[1.0, 4.0], [3.0, 2.0]]]]))
    array([[[[4.]]]])
    >>> layer.backward(np.ones((1, 1, 1, 1)))[0, 0]
    array([[0., 1.],
           [0., 0.]])
    """

    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        check_pooling(kernel_size, stride, padding)

    def forward(self, x: Array) -> Array:
        """Return the maximum of each window."""
        self._x = x
        self._y = max_pool2d(x, self.kernel_size, self.stride, self.padding)
        return self._y

    def backward(self, grad_output: Array) -> Array:
        """Return each gradient at the place of its window's first maximum."""
        x: Array = self._latest("_x")
        how = (self.kernel_size, self.stride, self.padding)
        return max_pool2d_backward(grad_output, x, self._y, *how)


class MinPool2d(MaxPool2d):
    """Min-pooling as a layer: the minimum of each window; arguments as for :class:`MaxPool2d`.

    >>> MinPool2d(2)(np.array([[[[1.0, 4.0], [3.0, 2.0]]]]))
    array([[[[1.]]]])
    """

    def forward(self, x: Array) -> Array:
        """Return the minimum of each window."""
        check_floating("x", x)
        return -super().forward(-x)

    # y = -max(-x): the two signs cancel in the derivative, so backward is that of the maximum.
