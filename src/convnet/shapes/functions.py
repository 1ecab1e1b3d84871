"""What the functions that PyTorch networks call do to a sample.

The modules of ``torch.nn`` call functions too, so each operation is read in one place, whether a
network has it as a module, as a function, or as ``+``. The parameters below are those of PyTorch,
in its order.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from torch import Tensor

from convnet.shapes.maps import Pair
from convnet.shapes.operations import Add, Concatenate, Dense, Flatten, Operation, Pointwise
from convnet.shapes.resizing import Mean, Pad, Resize
from convnet.shapes.windows import AdaptivePooling, Convolution, Pooling, TransposedConvolution

Sizes = int | Sequence[int]

POINTWISE = {
    "alpha_dropout", "batch_norm", "celu", "clamp", "clone", "contiguous", "detach", "dropout",
    "dropout1d", "dropout2d", "elu", "feature_alpha_dropout", "feature_dropout", "float", "gelu",
    "group_norm", "hardsigmoid", "hardswish", "hardtanh", "instance_norm", "layer_norm",
    "leaky_relu", "log_softmax", "mish", "neg", "pow", "prelu", "relu", "relu6", "selu",
    "sigmoid", "silu", "softmax", "softplus", "softsign", "sqrt", "square", "tanh", "threshold",
    "to", "type",
}  # fmt: skip
ARITHMETIC = {
    "__radd__", "__rdiv__", "__rmul__", "__rsub__", "__rtruediv__", "add", "div", "maximum",
    "minimum", "mul", "multiply", "rsub", "sub", "subtract", "true_divide",
}  # fmt: skip


def operation_of(name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Operation | None:
    """Return what a function does to activations, or None if that is not known.

    Args:
        name: of the function, as ``conv2d`` or, in place, ``relu_``.
        args: all its arguments given by place.
        kwargs: all its arguments given by name.
    """
    if not name.endswith("__"):
        name = name.removesuffix("_")
    if name in POINTWISE:
        return Pointwise()
    if name in ARITHMETIC:
        return Add()
    rule = RULES.get(name)
    return None if rule is None else rule(*args, **kwargs)


def _conv2d(
    _x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | Literal["same", "valid"] = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Convolution:
    filters, channels, *kernel = weight.shape
    return Convolution(
        filters,
        _pair(kernel),
        _pair(stride),
        padding if padding in ("same", "valid") else _pair(padding),
        _pair(dilation),
        groups,
        bias is not None,
        channels * groups,
    )


def _conv_transpose2d(
    _x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> TransposedConvolution:
    channels, filters, *kernel = weight.shape
    return TransposedConvolution(
        filters * groups,
        _pair(kernel),
        _pair(stride),
        _pair(padding),
        _pair(output_padding),
        groups,
        bias is not None,
        _pair(dilation),
        channels,
    )


def _linear(_x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Dense:
    outputs, inputs = weight.shape
    return Dense(outputs, bias is not None, inputs)


def _max_pool2d(
    _x: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,  # noqa: ARG001  # changes no shape
) -> Pooling:
    window, border, spread = _pair(kernel_size), _pair(padding), _pair(dilation)
    return Pooling(window, _pair(stride) if stride else window, border, spread, ceil_mode)


def _avg_pool2d(
    x: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,  # noqa: ARG001  # changes no shape
    divisor_override: int | None = None,  # noqa: ARG001
) -> Pooling:
    return _max_pool2d(x, kernel_size, stride, padding, 1, ceil_mode)


def _adaptive_pool2d(
    _x: Tensor,
    output_size: int | Sequence[int | None],
    return_indices: bool = False,  # noqa: ARG001
) -> AdaptivePooling:
    height, width = (
        (output_size, output_size) if isinstance(output_size, int) else tuple(output_size)
    )
    return AdaptivePooling((height, width))


def _mean(_x: Tensor, dim: Any = None, keepdim: bool = False, **_options: Any) -> Operation | None:
    both = isinstance(dim, Sequence) and sorted(d % 4 for d in dim) == [2, 3]
    return Mean(keepdim) if both else None


def _cat(tensors: Sequence[Tensor], dim: int = 0) -> Operation | None:
    return Concatenate() if dim % tensors[0].ndim == 1 else None


def _flatten(*_args: Any, **_options: Any) -> Flatten:
    return Flatten()  # the tracer compares the shapes


def _pad(
    _x: Tensor,
    pad: Sequence[int],
    mode: str = "constant",
    value: float | None = None,  # noqa: ARG001
) -> Operation | None:
    left, right, top, bottom = (*pad, 0, 0)[:4]
    return Pad((top, bottom), (left, right)) if mode == "constant" and len(pad) <= 4 else None


def _interpolate(
    _x: Tensor,
    size: Sizes | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    **_options: Any,
) -> Resize:
    factors = scale_factor if isinstance(scale_factor, Sequence) else (scale_factor or 1,) * 2
    height, width = factors
    return Resize(None if size is None else _pair(size), (height, width), mode, bool(align_corners))


RULES: dict[str, Callable[..., Operation | None]] = {
    "conv2d": _conv2d,
    "conv_transpose2d": _conv_transpose2d,
    "linear": _linear,
    "max_pool2d": _max_pool2d,
    "avg_pool2d": _avg_pool2d,
    "adaptive_avg_pool2d": _adaptive_pool2d,
    "adaptive_max_pool2d": _adaptive_pool2d,
    "mean": _mean,
    "cat": _cat,
    "concat": _cat,
    "flatten": _flatten,
    "view": _flatten,
    "reshape": _flatten,
    "squeeze": _flatten,
    "pad": _pad,
    "interpolate": _interpolate,
}


def _pair(sizes: Any) -> Pair:
    """Return one or two integers, as PyTorch takes them, as two."""
    if isinstance(sizes, int):
        return sizes, sizes
    first, last = sizes[0], sizes[-1]
    return int(first), int(last)
