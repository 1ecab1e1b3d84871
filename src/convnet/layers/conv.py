"""Convolution of images, as matrix products, and the layer that learns its kernels."""

import numpy as np
import numpy.typing as npt

from convnet import init
from convnet._check import Array, check_at_least, pair
from convnet.layers.base import Layer, as_parameter
from convnet.layers.conv_arguments import check_groups, check_output_gradient, checked_window
from convnet.layers.conv_loops import ConvGradients
from convnet.layers.unroll import RowUnroller, samples_first, samples_last
from convnet.layers.window import Padding, Size, window


def conv2d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Array:
    """Cross-correlate images with kernels, as one matrix product for each kernel row.

    ``y[n,f,i,j] = bias[f] + sum over c,a,b of weight[f,c,a,b] x[n,c,s i + d a - p,s j + d b - p]``
    where pixels outside the image are zero. The field calls this convolution; the kernel is not
    flipped. How the products come about: :mod:`convnet.layers.unroll`.

    Args:
        x: images (N, C, H, W), float32 or float64.
        weight: kernels (F, C/groups, K_h, K_w), same dtype as ``x``.
        bias: one number a kernel, (F,), or None for no bias.
        stride: step s of the window, one integer or (along height, along width); default 1.
        padding: zeros added on each side, one integer or two, ``"valid"`` for none, or ``"same"``
            for an output as large as the input (stride 1; an odd one out goes to the bottom right).
        dilation: distance d between the pixels a window reads; default 1.
        groups: parts that the channels are split into; kernel f reads only the channels of its own
            part, ``c = C/groups * (f // (F/groups))`` and on. Default 1: every kernel reads all.

    Returns:
        Feature maps (N, F, OH, OW) with ``OH = floor((H + 2 p - d (K_h - 1) - 1) / s) + 1``; dtype
        of ``x``.

    Raises:
        TypeError: ``x`` is not floating-point, or the dtypes differ.
        ValueError: a shape, the stride, the padding, the dilation or the groups do not fit; the
            message says which.

    Source:
        LeCun, Bottou, Bengio and Haffner (1998), *Gradient-Based Learning Applied to Document
        Recognition*, section II.A. Chapter: *A whole network by hand*.

    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> conv2d(x, np.arange(4.0).reshape(1, 1, 2, 2))[0, 0]
    array([[19., 25.],
           [37., 43.]])
    """
    win = checked_window(x, weight, bias, stride, padding, dilation, groups)
    rows = RowUnroller(win, x.shape[1], groups)
    kernel_rows = _rows_of_kernels(weight, groups)  # (K_h, groups, F/groups, C/groups K_w)
    y = np.empty((len(x), len(weight), *win.output), dtype=x.dtype)
    for chunk in rows.chunks(len(x), len(weight), x.itemsize):
        unrolled = rows.unroll(x[chunk])
        target = y[chunk].transpose(1, 2, 3, 0)  # (F, OH, OW, m)
        # One sample alone is in that order already: its products go where they belong.
        maps = target if target.shape[-1] == 1 else np.empty(target.shape, dtype=x.dtype)
        _sum_of_products(kernel_rows, rows, unrolled, maps.reshape(*kernel_rows.shape[1:3], -1))
        if bias is not None:
            maps += bias[:, None, None, None]
        if maps is not target:
            y[chunk] = samples_first(maps)
    return y


def _sum_of_products(kernel_rows: Array, rows: RowUnroller, unrolled: Array, total: Array) -> None:
    """Set ``total`` to the sum over kernel rows of kernel row times the block that it reads."""
    product = None
    for which, block in rows.blocks(unrolled):
        kernels = _side_by_side(kernel_rows[which])
        if product is None:
            np.matmul(kernels, block, out=total)
            product = np.empty_like(total)
        else:
            total += np.matmul(kernels, block, out=product)


def conv2d_backward(
    grad_output: Array,
    x: Array,
    weight: Array,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> ConvGradients:
    """Differentiate a convolution with respect to its images, kernels and biases.

    For ``y = conv2d(x, weight, bias)`` and ``g = dL/dy``: the bias gets the sum of ``g``, the
    kernels get :func:`conv2d_weight_gradient`, the images :func:`conv2d_input_gradient`.

    Args:
        grad_output: gradient of the loss with respect to the output, (N, F, OH, OW).
        x: the images that were convolved, (N, C, H, W).
        weight: the kernels, (F, C/groups, K_h, K_w).
        stride: as in the forward call; so are ``padding``, ``dilation`` and ``groups``.
        padding: see ``stride``.
        dilation: see ``stride``.
        groups: see ``stride``.

    Returns:
        Gradients named ``x``, ``weight`` and ``bias``, in the shapes of these arrays.

    Raises:
        TypeError: an array is not floating-point, or the dtypes differ.
        ValueError: a shape does not fit; the message says which.

    Source:
        LeCun, Boser, Denker et al. (1989), *Backpropagation Applied to Handwritten Zip Code
        Recognition*. Chapter: *Backpropagation through convolution*.

    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> conv2d_backward(np.ones((1, 1, 2, 2)), x, np.arange(4.0).reshape(1, 1, 2, 2)).x[0, 0]
    array([[0., 1., 1.],
           [2., 6., 4.],
           [2., 5., 3.]])
    """
    win = checked_window(x, weight, None, stride, padding, dilation, groups)
    check_output_gradient(grad_output, x, (len(x), len(weight), *win.output))
    rows, kernel_rows = RowUnroller(win, x.shape[1], groups), _rows_of_kernels(weight, groups)
    total, grad_x = np.zeros_like(kernel_rows), np.empty_like(x)
    for chunk in rows.chunks(len(x), len(weight), x.itemsize):
        g = _samples_last(grad_output[chunk], groups)
        _add_weight_gradient(total, rows, g, x[chunk])
        _set_input_gradient(grad_x[chunk], rows, g, kernel_rows)
    grad_bias = grad_output.sum(axis=(0, 2, 3))
    return ConvGradients(grad_x, _kernels_of_rows(total, weight.shape), grad_bias)


def conv2d_weight_gradient(
    grad_output: Array,
    x: Array,
    weight_shape: tuple[int, ...],
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Array:
    """Return the gradient of a convolution's kernels: images correlated with the output's gradient.

    ``dL/dweight[f,c,a,b] = sum over n,i,j of g[n,f,i,j] x[n,c,s i + d a - p,s j + d b - p]``: one
    kernel is used at every position, so the gradients of all positions add up. Arguments and errors
    are those of :func:`conv2d_backward`.

    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> conv2d_weight_gradient(np.ones((1, 1, 2, 2)), x, (1, 1, 2, 2))[0, 0]
    array([[ 8., 12.],
           [20., 24.]])
    """
    # Its shape is all that is asked of the kernel here, so it takes no memory.
    weight = np.broadcast_to(x.dtype.type(0), weight_shape)
    win = checked_window(x, weight, None, stride, padding, dilation, groups)
    check_output_gradient(grad_output, x, (len(x), len(weight), *win.output))
    rows = RowUnroller(win, x.shape[1], groups)
    total = np.zeros_like(_rows_of_kernels(weight, groups))
    for chunk in rows.chunks(len(x), len(weight), x.itemsize):
        _add_weight_gradient(total, rows, _samples_last(grad_output[chunk], groups), x[chunk])
    return _kernels_of_rows(total, weight_shape)


def _add_weight_gradient(total: Array, rows: RowUnroller, g: Array, x: Array) -> None:
    """Add a chunk's part to ``total``: the error times what each kernel row read, transposed."""
    for which, block in rows.blocks(rows.unroll(x)):
        # Transposed, since BLAS is faster with the many pixels along the rows of its left matrix.
        part = block @ g.transpose(0, 2, 1)  # (groups, rows C/groups K_w, F/groups)
        count, groups, filters, inner = total[which].shape
        total[which] += part.reshape(groups, count, inner, filters).transpose(1, 0, 3, 2)


def conv2d_input_gradient(
    grad_output: Array,
    weight: Array,
    x_shape: tuple[int, ...],
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Array:
    """Return the gradient of a convolution's images: each output paints its kernel, scaled.

    ``dL/dx[n,c,u,v] = sum of g[n,f,i,j] weight[f,c,a,b]`` over all f, i, j, a, b with
    ``s i + d a - p = u`` and ``s j + d b - p = v``. For stride 1 that is a full convolution of
    ``g`` with the flipped kernels. Arguments and errors are those of :func:`conv2d_backward`.

    >>> kernel = np.arange(4.0).reshape(1, 1, 2, 2)
    >>> conv2d_input_gradient(np.ones((1, 1, 2, 2)), kernel, (1, 1, 3, 3))[0, 0]
    array([[0., 1., 1.],
           [2., 6., 4.],
           [2., 5., 3.]])
    """
    # Its shape is all that is asked of the image here, so it takes no memory.
    x = np.broadcast_to(weight.dtype.type(0), x_shape)
    win = checked_window(x, weight, None, stride, padding, dilation, groups)
    check_output_gradient(grad_output, weight, (len(x), len(weight), *win.output), "weight")
    rows, kernel_rows = RowUnroller(win, x.shape[1], groups), _rows_of_kernels(weight, groups)
    grad_x = np.empty(x_shape, dtype=weight.dtype)
    for chunk in rows.chunks(len(x), len(weight), weight.itemsize):
        g = _samples_last(grad_output[chunk], groups)
        _set_input_gradient(grad_x[chunk], rows, g, kernel_rows)
    return grad_x


def _set_input_gradient(grad_x: Array, rows: RowUnroller, g: Array, kernel_rows: Array) -> None:
    """Set a chunk's part: each kernel row, transposed, times the error, folded together again."""
    unrolled = []
    for phase in range(len(rows.phases)):
        kernels = kernel_rows[rows.kernel_rows(phase)]  # (rows, groups, F/groups, C/groups K_w)
        transposed = kernels.transpose(1, 3, 0, 2).reshape(len(g), kernels.shape[3], -1)
        unrolled.append(transposed @ rows.stack(g, phase))
    grad_x[...] = rows.fold(unrolled, len(grad_x))


class Conv2d(Layer):
    """A convolution that learns its kernels: :func:`conv2d` and :func:`conv2d_backward`.

    Args:
        in_channels: channels C of the images it reads.
        out_channels: kernels F, and channels of its output.
        kernel_size: one integer or (height, width).
        stride: step of the window; default 1.
        padding: zeros on each side, ``"same"`` or ``"valid"``; default 0.
        dilation: distance between the pixels a window reads; default 1.
        groups: parts that the channels are split into; default 1. With ``groups=in_channels`` the
            convolution is depthwise.
        bias: whether each kernel has a bias; default True.
        rng: source of the initial kernels.
        dtype: float32 (default) or float64.

    Attributes:
        parameters: ``weight`` (F, C/groups, K_h, K_w) and ``bias`` (F,), initially uniform between
            plus and minus ``1/sqrt(C/groups K_h K_w)``, as in PyTorch.

    Raises:
        ValueError: an argument is out of range, or ``groups`` does not divide both channel counts.

    Source:
        LeCun et al. (1998), section II.A; groups: Krizhevsky et al. (2012), section 3.5; dilation:
        Yu and Koltun (2016), section 2. Chapter: *Backpropagation through convolution*.

    >>> layer = Conv2d(3, 8, 5, stride=2, padding=2, rng=np.random.default_rng(0))
    >>> layer(np.zeros((1, 3, 32, 32), dtype=np.float32)).shape
    (1, 8, 16, 16)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Padding = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        rng: np.random.Generator,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        channels = check_at_least("in_channels", in_channels, 1)
        filters = check_at_least("out_channels", out_channels, 1)
        check_groups(channels, filters, groups)
        self.stride, self.padding, self.dilation, self.groups = stride, padding, dilation, groups
        shape = (filters, channels // groups, *pair("kernel_size", kernel_size))
        window((2**30, 2**30), shape[2:], stride, padding, dilation)  # says now what is wrong
        self.parameters["weight"] = as_parameter(init.uniform_fan_in(shape, rng), dtype)
        if bias:
            bound = init.uniform_fan_in(shape, rng, size=(filters,))
            self.parameters["bias"] = as_parameter(bound, dtype)

    @property
    def _how(self) -> tuple[Size, Padding, Size, int]:
        return self.stride, self.padding, self.dilation, self.groups

    def forward(self, x: Array) -> Array:
        """Return the feature maps (N, F, OH, OW) of images (N, C, H, W)."""
        y = conv2d(x, self.parameters["weight"], self.parameters.get("bias"), *self._how)
        self._x = x
        return y

    def backward(self, grad_output: Array) -> Array:
        """Set the gradients of ``weight`` and ``bias``; return that of the images."""
        x: Array = self._latest("_x")
        gradients = conv2d_backward(grad_output, x, self.parameters["weight"], *self._how)
        self._set_gradients(gradients.weight, gradients.bias)
        return gradients.x

    def backward_parameters(self, grad_output: Array) -> None:
        """Set the gradients of ``weight`` and ``bias`` without computing that of the images."""
        x: Array = self._latest("_x")
        shape = self.parameters["weight"].shape
        weight = conv2d_weight_gradient(grad_output, x, shape, *self._how)
        self._set_gradients(weight, grad_output.sum(axis=(0, 2, 3)))

    def _set_gradients(self, weight: Array, bias: Array) -> None:
        self.gradients["weight"] = weight
        if "bias" in self.parameters:
            self.gradients["bias"] = bias


def _rows_of_kernels(weight: Array, groups: int) -> Array:
    """Return the kernels row by row, as matrices (K_h, groups, F/groups, C/groups K_w)."""
    filters, channels, kernel_h, kernel_w = weight.shape
    by_row = np.ascontiguousarray(weight.transpose(2, 0, 1, 3))  # (K_h, F, C/groups, K_w)
    return by_row.reshape(kernel_h, groups, filters // groups, channels * kernel_w)


def _side_by_side(kernel_rows: Array) -> Array:
    """Return kernel rows (rows, groups, F/groups, inner) as (groups, F/groups, rows inner)."""
    _, groups, filters, _ = kernel_rows.shape
    return kernel_rows.transpose(1, 2, 0, 3).reshape(groups, filters, -1)


def _kernels_of_rows(kernel_rows: Array, shape: tuple[int, ...]) -> Array:
    """Undo :func:`_rows_of_kernels`: return kernels of ``shape`` (F, C/groups, K_h, K_w)."""
    filters, channels, kernel_h, kernel_w = shape
    by_row = kernel_rows.reshape(kernel_h, filters, channels, kernel_w)
    return np.ascontiguousarray(by_row.transpose(1, 2, 0, 3))


def _samples_last(grad_output: Array, groups: int) -> Array:
    """Return a chunk's error (m, F, OH, OW) as matrices (groups, F/groups, OH OW m)."""
    return samples_last(grad_output).reshape(groups, grad_output.shape[1] // groups, -1)
