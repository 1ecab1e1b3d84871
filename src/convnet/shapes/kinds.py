"""The kinds of layers that can be described, with the arguments of ``torch.nn``."""

from collections.abc import Callable

from convnet._check import check_at_least
from convnet.shapes.operations import Dense, Flatten, Operation, Pointwise
from convnet.shapes.windows import AdaptivePooling, Convolution, Pooling, TransposedConvolution


def global_pool2d() -> AdaptivePooling:
    """Return a pooling to a single position."""
    return AdaptivePooling(1)


def norm2d(num_features: int, affine: bool = True) -> Pointwise:
    """Return a normalization with a scale and a shift a channel."""
    return Pointwise(channels=num_features, parameters=2 * num_features * affine)


def group_norm(num_groups: int, num_channels: int, affine: bool = True) -> Pointwise:
    """Return a normalization in groups, with a scale and a shift a channel."""
    if num_channels % check_at_least("num_groups", num_groups, 1):
        raise ValueError(
            f"num_groups is {num_groups}, but needs to divide num_channels = {num_channels}; "
            "pass for example num_groups=1"
        )
    return norm2d(num_channels, affine)


def layer_norm(normalized_shape: int | tuple[int, ...], affine: bool = True) -> Pointwise:
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
    "Conv2d": Convolution,
    "ConvTranspose2d": TransposedConvolution,
    **dict.fromkeys(("MaxPool2d", "MinPool2d", "AvgPool2d"), Pooling),
    **dict.fromkeys(("AdaptiveAvgPool2d", "AdaptiveMaxPool2d"), AdaptivePooling),
    "GlobalAvgPool2d": global_pool2d,
    "Linear": Dense,
    "Flatten": Flatten,
    **dict.fromkeys(("BatchNorm2d", "InstanceNorm2d"), norm2d),
    "GroupNorm": group_norm,
    "LayerNorm": layer_norm,
    **dict.fromkeys(
        ("ReLU", "ReLU6", "LeakyReLU", "ELU", "Sigmoid", "Tanh", "Softmax", "Dropout"), activation
    ),
}
