"""Average pooling: the mean of each window, of given windows or of a given number of them."""

from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_floating, check_ndim, check_shape, pair
from convnet.layers.base import Layer
from convnet.layers.phases import PhasedPlanes, maps_of, planes, readings
from convnet.layers.pool_window import check_pooling, part, pooling_window
from convnet.layers.window import Size

Array = npt.NDArray[Any]


def avg_pool2d_loops(
    x: Array, kernel_size: Size, stride: Size | None = None, padding: Size = 0
) -> Array:
    """Take the mean of each window, one output number at a time; see :func:`avg_pool2d`.

    >>> avg_pool2d_loops(np.arange(16.0).reshape(1, 1, 4, 4), 2)[0, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    win = pooling_window(x, kernel_size, stride, padding)
    padded = win.pad(x)
    y = np.empty((*x.shape[:2], *win.output), dtype=x.dtype)
    for n, c, i, j in np.ndindex(*y.shape):
        y[n, c, i, j] = np.mean(padded[n, c][part(win, i, j)])
    return y


def avg_pool2d(x: Array, kernel_size: Size, stride: Size | None = None, padding: Size = 0) -> Array:
    """Take the mean of each window, zeros of the padding included, as PyTorch does by default.

    ``y[n,c,i,j] = 1/(K_h K_w) sum over a,b of x[n,c,s i + a - p,s j + b - p]``. Arguments, shape of
    the result and errors are those of :func:`max_pool2d`; the padding is of zeros.

    Source:
        LeCun et al. (1990), *Handwritten Digit Recognition with a Back-Propagation Network*,
        section 4. Chapter: *Pooling*.

    >>> avg_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)[0, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    win = pooling_window(x, kernel_size, stride, padding)
    maps = planes(x)
    y = np.empty((len(maps), *win.output, maps.shape[3]), dtype=x.dtype)
    for chunk, (first, *others), windows_of in readings(win, maps, 0):
        total = first.copy()
        for seen in others:
            total += seen
        y[chunk] = windows_of(total)
    y /= x.dtype.type(win.kernel[0] * win.kernel[1])
    return maps_of(y, x.shape[:2])


def avg_pool2d_backward(
    grad_output: Array,
    x_shape: tuple[int, ...],
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
) -> Array:
    """Give each pixel of a window an equal share of the output's gradient.

    ``dL/dx`` gets ``g[n,c,i,j] / (K_h K_w)`` at every pixel that output (i, j) read. Other
    arguments are those of the forward call.

    Source:
        The derivative of :func:`avg_pool2d`. Chapter: *Backpropagation through pooling, ReLU and
        normalization*.

    >>> avg_pool2d_backward(np.ones((1, 1, 1, 1)), (1, 1, 2, 2), 2)[0, 0]
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """
    x = np.broadcast_to(grad_output.dtype.type(0), x_shape)
    win = pooling_window(x, kernel_size, stride, padding)
    check_shape("grad_output", grad_output, (*x_shape[:2], *win.output), "the output")
    share = planes(grad_output / grad_output.dtype.type(win.kernel[0] * win.kernel[1]))
    grad_x = np.empty((len(share), *x_shape[2:], share.shape[3]), dtype=grad_output.dtype)
    grad = PhasedPlanes(win, share, 0)
    for chunk in grad.chunks():
        grad.clear(len(share[chunk]))
        shares = grad.run_of(share[chunk])
        for a, b in np.ndindex(*win.kernel):
            into = grad.seen_at(a, b)
            into += shares
        grad.read(grad_x[chunk])
    return maps_of(grad_x, x_shape[:2])


def adaptive_avg_pool2d(x: Array, output_size: Size) -> Array:
    """Average over as many windows as asked for, whatever the size of the input.

    Output i reads rows ``floor(i H / OH)`` up to, not including, ``ceil((i + 1) H / OH)``; columns
    likewise. With ``output_size=1`` it is the global average.

    Args:
        x: feature maps (N, C, H, W), float32 or float64.
        output_size: outputs, one integer or (height, width).

    Returns:
        Array (N, C, OH, OW), dtype of ``x``.

    Source:
        Lin, Chen and Yan (2014), *Network in Network*, section 3.2 (global); the general rule is
        PyTorch's. Chapter: *Pooling*.

    >>> adaptive_avg_pool2d(np.arange(9.0).reshape(1, 1, 3, 3), (1, 2))[0, 0]
    array([[3.5, 4.5]])
    """
    check_ndim("x", x, 4, "(N, C, H, W)")
    check_floating("x", x)
    by_rows, by_columns = _shares(x.shape[2:], output_size, x.dtype)
    y: Array = by_rows @ x @ by_columns.T
    return y


def adaptive_avg_pool2d_backward(grad_output: Array, image: tuple[int, ...]) -> Array:
    """Give each pixel its share of the gradient of every window that it was part of.

    The derivative of :func:`adaptive_avg_pool2d`.

    Args:
        grad_output: gradient with respect to the output, (N, C, OH, OW).
        image: height and width of the input.

    Returns:
        Gradient in the shape of the input, (N, C, H, W).

    >>> adaptive_avg_pool2d_backward(np.ones((1, 1, 1, 1)), (2, 2))[0, 0]
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """
    check_ndim("grad_output", grad_output, 4, "(N, C, OH, OW)")
    rows, columns = grad_output.shape[2:]
    by_rows, by_columns = _shares(image, (rows, columns), grad_output.dtype)
    grad: Array = by_rows.T @ grad_output @ by_columns
    return grad


class AvgPool2d(Layer):
    """Average pooling as a layer: :func:`avg_pool2d`; arguments as for :class:`MaxPool2d`.

    >>> AvgPool2d(2)(np.array([[[[1.0, 4.0], [3.0, 2.0]]]]))
    array([[[[2.5]]]])
    """

    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        check_pooling(kernel_size, stride, padding)

    def forward(self, x: Array) -> Array:
        """Return the mean of each window."""
        y = avg_pool2d(x, self.kernel_size, self.stride, self.padding)
        self._shape, self._output, self._dtype = x.shape, y.shape, y.dtype
        return y

    def backward(self, grad_output: Array) -> Array:
        """Return the gradient, shared out equally among the pixels of each window."""
        shape: tuple[int, ...] = self._latest("_shape")
        self._check_gradient(grad_output, self._output, self._dtype)
        how = (self.kernel_size, self.stride, self.padding)
        return avg_pool2d_backward(grad_output, shape, *how)


class AdaptiveAvgPool2d(Layer):
    """Average pooling to a size that is given: :func:`adaptive_avg_pool2d`.

    >>> AdaptiveAvgPool2d(1)(np.arange(4.0).reshape(1, 1, 2, 2))
    array([[[[1.5]]]])
    """

    def __init__(self, output_size: Size) -> None:
        super().__init__()
        self.output_size = pair("output_size", output_size)

    def forward(self, x: Array) -> Array:
        """Return ``output_size`` means of each channel."""
        y = adaptive_avg_pool2d(x, self.output_size)
        self._image, self._output, self._dtype = x.shape[2:], y.shape, y.dtype
        return y

    def backward(self, grad_output: Array) -> Array:
        """Return the gradient, shared out among the pixels of each window."""
        image: tuple[int, ...] = self._latest("_image")
        self._check_gradient(grad_output, self._output, self._dtype)
        return adaptive_avg_pool2d_backward(grad_output, image)


class GlobalAvgPool2d(AdaptiveAvgPool2d):
    """The mean of each channel, (N, C, 1, 1): :class:`AdaptiveAvgPool2d` to a single number.

    >>> GlobalAvgPool2d()(np.arange(4.0).reshape(1, 1, 2, 2))
    array([[[[1.5]]]])
    """

    def __init__(self) -> None:
        super().__init__(1)


def _shares(image: tuple[int, ...], output_size: Size, dtype: npt.DTypeLike) -> tuple[Array, Array]:
    """Return what each row, and each column, contributes to each output: (outputs, pixels)."""
    shares = []
    for pixels, outputs in zip(image, pair("output_size", output_size), strict=True):
        share = np.zeros((outputs, pixels), dtype=dtype)
        for i in range(outputs):
            first, end = i * pixels // outputs, -(-(i + 1) * pixels // outputs)
            share[i, first:end] = 1 / (end - first)
        shares.append(share)
    return shares[0], shares[1]
