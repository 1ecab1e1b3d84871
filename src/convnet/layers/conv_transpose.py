"""Transposed convolution: each input pixel paints a scaled kernel; it makes images larger."""

import numpy as np
import numpy.typing as npt

from convnet import init
from convnet._check import (
    Array,
    check_at_least,
    check_floating,
    check_ndim,
    check_same_dtype,
    pair,
)
from convnet.layers.base import Layer, as_parameter
from convnet.layers.conv import conv2d, conv2d_input_gradient, conv2d_weight_gradient
from convnet.layers.conv_arguments import check_bias, check_groups
from convnet.layers.window import Size


def conv_transpose2d_loops(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Array:
    """Paint a kernel for each input number, one at a time; see :func:`conv_transpose2d`.

    >>> x = np.array([[[[1.0, 2.0]]]])
    >>> conv_transpose2d_loops(x, np.array([[[[3.0, 4.0]]]]), stride=2)[0, 0]
    array([[3., 4., 6., 8.]])
    """
    shape = _output_shape(x, weight, bias, stride, padding, output_padding, groups, dilation)
    (step_h, step_w), (spread_h, spread_w) = pair("stride", stride), pair("dilation", dilation)
    border_h, border_w = pair("padding", padding, minimum=0)
    kernel_h, kernel_w = weight.shape[2:]
    # A canvas with room for what the padding cuts off afterwards.
    canvas = np.zeros((*shape[:2], shape[2] + 2 * border_h, shape[3] + 2 * border_w), x.dtype)
    per_group, filters = x.shape[1] // groups, weight.shape[1]
    for n, c, i, j in np.ndindex(*x.shape):
        first = c // per_group * filters
        rows = slice(i * step_h, i * step_h + spread_h * (kernel_h - 1) + 1, spread_h)
        columns = slice(j * step_w, j * step_w + spread_w * (kernel_w - 1) + 1, spread_w)
        canvas[n, first : first + filters, rows, columns] += x[n, c, i, j] * weight[c]
    y = canvas[:, :, border_h : border_h + shape[2], border_w : border_w + shape[3]]
    return y if bias is None else y + bias[:, None, None]


def conv_transpose2d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Array:
    """Let each input pixel paint its kernel: the transpose of a convolution's matrix.

    ``y[n,f,s i + d a - p,s j + d b - p] += x[n,c,i,j] weight[c,f,a,b]``, plus the bias. That is
    what :func:`~convnet.layers.conv.conv2d` does backward with respect to its images. It undoes the
    change of shape, not the convolution. Overlaps that are uneven (K no multiple of s) leave a
    checkerboard.

    Args:
        x: feature maps (N, C, H, W), float32 or float64.
        weight: kernels (C, F/groups, K_h, K_w), same dtype: input channels first, as in PyTorch.
        bias: (F,), or None for no bias.
        stride: distance s between painted kernels; default 1.
        padding: rows and columns cut off on each side; default 0.
        output_padding: rows and columns added at the bottom and right, less than stride or
            dilation, to choose among the sizes that a strided convolution maps to one; default 0.
        groups: parts that the channels are split into; default 1.
        dilation: distance d between a kernel's pixels; default 1.

    Returns:
        Array (N, F, OH, OW) with ``OH = (H - 1) s - 2 p + d (K_h - 1) + output_padding + 1``.

    Raises:
        TypeError: ``x`` is not floating-point, or the dtypes differ.
        ValueError: a shape or a number does not fit; the message says which.

    Source:
        Zeiler, Krishnan, Taylor and Fergus (2010), *Deconvolutional Networks*, section 3; Dumoulin
        and Visin (2016), section 4. Chapter: *Semantic segmentation*.

    >>> x = np.array([[[[1.0, 2.0]]]])
    >>> conv_transpose2d(x, np.array([[[[3.0, 4.0]]]]), stride=2)[0, 0]
    array([[3., 4., 6., 8.]])
    """
    shape = _output_shape(x, weight, bias, stride, padding, output_padding, groups, dilation)
    # padding is of one or two numbers here, so it means the same to a convolution.
    x = _with_unseen(x, stride, output_padding)
    y = conv2d_input_gradient(x, weight, shape, stride, padding, dilation, groups)
    return y if bias is None else y + bias[:, None, None]


class ConvTranspose2d(Layer):
    """A transposed convolution that learns its kernels: :func:`conv_transpose2d`.

    Backward, everything changes places with a convolution: the gradient of the input is the
    convolution of the output's gradient with the same kernels.

    Args:
        in_channels: channels C that it reads.
        out_channels: channels F of its output.
        kernel_size: one integer or (height, width).
        stride: distance between painted kernels; default 1.
        padding: rows and columns cut off on each side; default 0.
        output_padding: rows and columns added at the bottom and right; default 0.
        groups: parts that the channels are split into; default 1.
        bias: whether each output channel has a bias; default True.
        dilation: distance between a kernel's pixels; default 1.
        rng: source of the initial kernels.
        dtype: float32 (default) or float64.

    Attributes:
        parameters: ``weight`` (C, F/groups, K_h, K_w) and ``bias`` (F,), initially uniform between
            plus and minus ``1/sqrt(F/groups K_h K_w)``, as in PyTorch.

    >>> layer = ConvTranspose2d(4, 2, 2, stride=2, rng=np.random.default_rng(0))
    >>> layer(np.zeros((1, 4, 5, 5), dtype=np.float32)).shape
    (1, 2, 10, 10)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        output_padding: Size = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Size = 1,
        *,
        rng: np.random.Generator,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        channels = check_at_least("in_channels", in_channels, 1)
        filters = check_at_least("out_channels", out_channels, 1)
        check_groups(channels, filters, groups)
        self.stride, self.padding, self.dilation = stride, padding, dilation
        self.output_padding, self.groups = output_padding, groups
        shape = (channels, filters // groups, *pair("kernel_size", kernel_size))
        # An image that no padding cuts off says now what is wrong with the other arguments.
        image = (2**30, 2**30)
        _output_size(image, shape[2:], stride, padding, output_padding, dilation)
        self.parameters["weight"] = as_parameter(init.uniform_fan_in(shape, rng), dtype)
        if bias:
            start = init.uniform_fan_in(shape, rng, size=(filters,))
            self.parameters["bias"] = as_parameter(start, dtype)

    def forward(self, x: Array) -> Array:
        """Return the painted maps (N, F, OH, OW)."""
        y = conv_transpose2d(
            x,
            self.parameters["weight"],
            self.parameters.get("bias"),
            self.stride,
            self.padding,
            self.output_padding,
            self.groups,
            self.dilation,
        )
        self._x, self._output = x, y.shape
        return y

    def backward(self, grad_output: Array) -> Array:
        """Set the gradients of ``weight`` and ``bias``; return that of the input."""
        self.backward_parameters(grad_output)
        how = (self.stride, self.padding, self.dilation, self.groups)
        grad = conv2d(grad_output, self.parameters["weight"], None, *how)
        # output_padding can make room for more positions, which the input does not have.
        return grad[:, :, : self._x.shape[2], : self._x.shape[3]]

    def backward_parameters(self, grad_output: Array) -> None:
        """Set the gradients of ``weight`` and ``bias``."""
        x: Array = self._latest("_x")
        self._check_gradient(grad_output, self._output, x.dtype)
        x = _with_unseen(x, self.stride, self.output_padding)
        how = (self.stride, self.padding, self.dilation, self.groups)
        shape = self.parameters["weight"].shape
        self.gradients["weight"] = conv2d_weight_gradient(x, grad_output, shape, *how)
        if "bias" in self.parameters:
            self.gradients["bias"] = grad_output.sum(axis=(0, 2, 3))


def _with_unseen(x: Array, stride: Size, output_padding: Size) -> Array:
    """Return ``x`` with zeros below and right for the positions that ``output_padding`` adds.

    An output larger by a whole stride has room for kernels that no input pixel paints.
    """
    extras = zip(pair("output_padding", output_padding, 0), pair("stride", stride), strict=True)
    rows, columns = (extra // step for extra, step in extras)
    return np.pad(x, ((0, 0), (0, 0), (0, rows), (0, columns))) if rows or columns else x


def _output_shape(
    x: Array,
    weight: Array,
    bias: Array | None,
    stride: Size,
    padding: Size,
    output_padding: Size,
    groups: int,
    dilation: Size,
) -> tuple[int, ...]:
    """Check the arguments; return the shape (N, F, OH, OW) of the result."""
    check_ndim("x", x, 4, "(N, C, H, W)")
    check_ndim("weight", weight, 4, "(in_channels, out_channels/groups, height, width)")
    check_floating("x", x)
    check_same_dtype("weight", weight, x)
    if len(weight) != x.shape[1]:
        raise ValueError(
            f"weight has shape {weight.shape}, so it reads {len(weight)} channels, but x has "
            f"{x.shape[1]}; give weight the shape ({x.shape[1]}, out_channels/groups, ...)"
        )
    filters = weight.shape[1] * check_at_least("groups", groups, 1)
    check_groups(x.shape[1], filters, groups)
    check_bias(bias, x, filters)
    size = _output_size(x.shape[2:], weight.shape[2:], stride, padding, output_padding, dilation)
    return (len(x), filters, *size)


def _output_size(
    image: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: Size,
    padding: Size,
    output_padding: Size,
    dilation: Size,
) -> tuple[int, ...]:
    """Check how the kernel moves; return the height and width of the result."""
    steps, spread = pair("stride", stride), pair("dilation", dilation)
    borders = pair("padding", padding, minimum=0)
    extras = pair("output_padding", output_padding, minimum=0)
    sizes = []
    for n, k, s, d, p, extra in zip(image, kernel, steps, spread, borders, extras, strict=True):
        if extra >= max(s, d):
            raise ValueError(
                f"output_padding is {output_padding}, but needs to be less than stride = {stride} "
                f"or dilation = {dilation}; pass for example output_padding=0"
            )
        size = (n - 1) * s - 2 * p + d * (k - 1) + extra + 1
        if size < 1:
            raise ValueError(
                f"padding is {padding}, but needs to leave some of the output, and cuts off all of "
                "it; pass for example padding=0"
            )
        sizes.append(size)
    return tuple(sizes)
