"""Convolution of images, as matrix products, and the layer that learns its kernels."""

import numpy as np
import numpy.typing as npt

from convnet import init
from convnet._check import Array, check_at_least, pair
from convnet.layers.base import Layer, as_parameter
from convnet.layers.conv_arguments import check_groups, check_output_gradient, checked_window
from convnet.layers.conv_loops import ConvGradients
from convnet.layers.memory import Workspace, empty_maps, slices
from convnet.layers.painting import paint_planes, paint_rows, suits_planes
from convnet.layers.pointwise import (
    is_pointwise,
    pointwise_conv2d,
    pointwise_input_gradient,
    pointwise_weight_gradient,
)
from convnet.layers.unroll import Product, RowUnroller
from convnet.layers.window import Padding, Size, window
from convnet.layers.winograd import suits_winograd, winograd_conv2d, winograd_weight_gradient


def conv2d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Array:
    """Cross-correlate images with kernels, as one matrix product for each row of outputs.

    ``y[n,f,i,j] = bias[f] + sum over c,a,b of weight[f,c,a,b] x[n,c,s i + d a - p,s j + d b - p]``
    where pixels outside the image are zero. The field calls this convolution; the kernel is not
    flipped. How the products come about: :mod:`convnet.layers.unroll`; with fewer multiplications,
    for kernels of 3 x 3 between many channels: :mod:`convnet.layers.winograd`.

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
    if is_pointwise(win):
        return pointwise_conv2d(x, weight, bias, win, groups)
    if suits_winograd(win, x.shape[1], len(weight), groups):
        return winograd_conv2d(x, weight, bias, win)
    rows = RowUnroller(win, x.shape[1], len(weight), groups)
    kernels = rows.matrices(weight)  # (groups, F/groups, K_h, inner)
    last, room = rows.turns(x), Workspace()
    y = empty_maps((len(x), len(weight), *win.output), x.dtype, last)
    for part in slices(len(x), rows.together(x)):
        maps = y[part].transpose(1, 2, 3, 0)  # (F, OH, OW, m)
        for product in rows.products(rows.padded(x[part], last), room):
            there = maps[:, product.outputs]
            into = rows.matrix(there)  # (groups, F/groups, pixels)
            _multiply(kernels, product, into)
            if not np.may_share_memory(into, y):  # no view, but a copy
                there[...] = into.reshape(there.shape)
    if bias is not None:
        y += bias[:, np.newaxis, np.newaxis]
    return y


def _multiply(kernels: Array, product: Product, into: Array) -> None:
    """Set ``into`` to kernels times what they read, or add that from the second kernel row on."""
    part = kernels[:, :, product.kernel_rows]
    matrix = part.reshape(*part.shape[:2], -1)  # (groups, F/groups, kernel rows * C/groups K_w)
    if product.kernel_rows.start == 0:
        np.matmul(matrix, product.read, out=into)
    else:
        into += matrix @ product.read


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
    how = (stride, padding, dilation, groups)
    grad_weight = conv2d_weight_gradient(grad_output, x, weight.shape, *how)
    grad_x = conv2d_input_gradient(grad_output, weight, x.shape, *how)
    return ConvGradients(grad_x, grad_weight, grad_output.sum(axis=(0, 2, 3)))


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
    if is_pointwise(win):
        return pointwise_weight_gradient(grad_output, x, win, groups)
    if suits_winograd(win, x.shape[1], len(weight), groups):
        return winograd_weight_gradient(grad_output, x, win)
    rows = RowUnroller(win, x.shape[1], len(weight), groups)
    # Transposed, since BLAS is faster with the many pixels along the rows of its left matrix.
    totals = np.zeros_like(rows.matrices(weight).transpose(0, 2, 3, 1), order="C")
    last, room = rows.turns(x), Workspace()
    for part in slices(len(x), rows.together(x)):
        grad = grad_output[part].transpose(1, 2, 3, 0)  # (F, OH, OW, m)
        for product in rows.products(rows.padded(x[part], last), room):
            errors = rows.matrix(grad[:, product.outputs])  # (groups, F/groups, pixels)
            total = totals[:, product.kernel_rows]
            total += (product.read @ errors.swapaxes(1, 2)).reshape(total.shape)
    return rows.kernels(totals.transpose(0, 3, 1, 2))


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
    if is_pointwise(win):
        return pointwise_input_gradient(grad_output, weight, win, groups)
    if win.output == win.image and win.stride == (1, 1) and win.is_symmetric:
        return conv2d(grad_output, _flipped(weight, groups), None, 1, padding, dilation, groups)
    rows = RowUnroller(win, x.shape[1], len(weight), groups)
    if not rows.turns(grad_output) and suits_planes(win, weight, groups):
        return paint_planes(grad_output, weight, win)
    return paint_rows(grad_output, weight, rows)


def _flipped(weight: Array, groups: int) -> Array:
    """Return kernels (F, C/groups, K_h, K_w) upside down and back to front, as (C, F/groups, ...).

    With these, and where a convolution keeps the size of its images, their gradient is a
    convolution itself: position (u, v) gets from every output that read it.
    """
    filters, channels, *kernel = weight.shape
    split = weight[:, :, ::-1, ::-1].reshape(groups, filters // groups, channels, *kernel)
    return split.swapaxes(1, 2).reshape(groups * channels, filters // groups, *kernel)


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
