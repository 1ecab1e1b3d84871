"""The kinds of layers that can be described, with the arguments of ``torch.nn``."""

from collections.abc import Callable

from convnet._check import check_at_least, pair
from convnet.layers.window import Padding, Size
from convnet.shapes.operations import Add, Concatenate, Dense, Flatten, Operation, Pointwise
from convnet.shapes.windows import AdaptivePooling, Convolution, Pooling, TransposedConvolution


def conv2d(
    out_channels: int,
    kernel_size: Size,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
    bias: bool = True,
    in_channels: int | None = None,
) -> Convolution:
    """Return a convolution; ``in_channels``, if given, has to be what comes in."""
    return Convolution(
        check_at_least("out_channels", out_channels, 1),
        pair("kernel_size", kernel_size),
        pair("stride", stride),
        padding if isinstance(padding, str) else pair("padding", padding, 0),
        pair("dilation", dilation),
        check_at_least("groups", groups, 1),
        bias,
        in_channels,
    )


def conv_transpose2d(
    out_channels: int,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    bias: bool = True,
    dilation: Size = 1,
    in_channels: int | None = None,
) -> TransposedConvolution:
    """Return a transposed convolution."""
    return TransposedConvolution(
        check_at_least("out_channels", out_channels, 1),
        pair("kernel_size", kernel_size),
        pair("stride", stride),
        pair("padding", padding, 0),
        pair("output_padding", output_padding, 0),
        check_at_least("groups", groups, 1),
        bias,
        pair("dilation", dilation),
        in_channels,
    )


def pool2d(
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> Pooling:
    """Return a pooling; its stride is the window unless given."""
    return Pooling(
        pair("kernel_size", kernel_size),
        pair("stride", kernel_size if stride is None else stride),
        pair("padding", padding, 0),
        pair("dilation", dilation),
        ceil_mode,
    )


def adaptive_pool2d(output_size: int | tuple[int | None, int | None]) -> AdaptivePooling:
    """Return an adaptive pooling; None along an axis keeps its size."""
    height, width = output_size if isinstance(output_size, tuple) else (output_size, output_size)
    for size in (height, width):
        if size is not None:
            check_at_least("output_size", size, 1)
    return AdaptivePooling((height, width))


def global_pool2d() -> AdaptivePooling:
    """Return a pooling to a single position."""
    return AdaptivePooling((1, 1))


def linear(out_features: int, bias: bool = True, in_features: int | None = None) -> Dense:
    """Return a dense layer; ``in_features``, if given, has to be what comes in."""
    return Dense(check_at_least("out_features", out_features, 1), in_features, bias)


def norm2d(num_features: int, affine: bool = True) -> Pointwise:
    """Return a normalization with a scale and a shift a channel."""
    return Pointwise(channels=num_features, parameters=2 * num_features * affine)


def group_norm(num_groups: int, num_channels: int, affine: bool = True) -> Pointwise:
    """Return a normalization in groups, with a scale and a shift a channel."""
    if num_channels % check_at_least("num_groups", num_groups, 1):
        raise ValueError(f"num_groups is {num_groups}, but needs to divide {num_channels} channels")
    return norm2d(num_channels, affine)


def layer_norm(normalized_shape: Size | tuple[int, ...], affine: bool = True) -> Pointwise:
    """Return a normalization with a scale and a shift for each number of the last sizes."""
    shape = normalized_shape if isinstance(normalized_shape, tuple) else (normalized_shape,)
    count = 2 * affine
    for length in shape:
        count *= check_at_least("normalized_shape", length, 1)
    return Pointwise(shape=shape, parameters=count)


def activation(**_options: object) -> Pointwise:
    """Return a layer that changes numbers one by one; its options do not matter here."""
    return Pointwise()


KINDS: dict[str, Callable[..., Operation]] = {
    "Conv2d": conv2d,
    "ConvTranspose2d": conv_transpose2d,
    "MaxPool2d": pool2d,
    "MinPool2d": pool2d,
    "AvgPool2d": pool2d,
    "AdaptiveAvgPool2d": adaptive_pool2d,
    "AdaptiveMaxPool2d": adaptive_pool2d,
    "GlobalAvgPool2d": global_pool2d,
    "Linear": linear,
    "Flatten": Flatten,
    "BatchNorm2d": norm2d,
    "InstanceNorm2d": norm2d,
    "GroupNorm": group_norm,
    "LayerNorm": layer_norm,
    "Add": Add,
    "Concatenate": Concatenate,
    **dict.fromkeys(
        ("ReLU", "ReLU6", "LeakyReLU", "ELU", "Sigmoid", "Tanh", "Softmax", "Dropout"), activation
    ),
}
