"""Does every bad call get told the argument, its value, what is required and what to do?"""

import inspect
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from convnet import init, layers, network
from convnet.gradcheck import check_layer, numerical_gradient
from convnet.layers import Conv2d, ReLU
from convnet.network import Concatenate, Residual, Sequential

RNG = np.random.default_rng(0)
IMAGE, KERNEL, GRAD = np.zeros((1, 2, 4, 4)), np.zeros((3, 2, 3, 3)), np.zeros((1, 3, 2, 2))
ROWS, WEIGHT = np.zeros((4, 4)), np.zeros((3, 4))
BIAS = np.zeros(3)
SINGLE = IMAGE.astype(np.float32)
NAN = float("nan")


class Bad(NamedTuple):
    """A bad call, and the four parts of its message: each a regular expression."""

    of: str  # the function or class
    argument: str
    call: Callable[[], Any]
    error: type[Exception]
    value: str  # argument and value, as the message gives them
    requirement: str
    remedy: str


def conv2d_forms(**options: Any) -> list[tuple[str, Callable[[], Any]]]:
    """Return the call of every form of convolution, forward and backward, with these options."""
    return [
        ("conv2d", lambda: layers.conv2d(IMAGE, KERNEL, **options)),
        ("conv2d_loops", lambda: layers.conv2d_loops(IMAGE, KERNEL, **options)),
        ("conv2d_backward", lambda: layers.conv2d_backward(GRAD, IMAGE, KERNEL, **options)),
        (
            "conv2d_backward_loops",
            lambda: layers.conv2d_backward_loops(GRAD, IMAGE, KERNEL, **options),
        ),
        (
            "conv2d_weight_gradient",
            lambda: layers.conv2d_weight_gradient(GRAD, IMAGE, KERNEL.shape, **options),
        ),
        (
            "conv2d_input_gradient",
            lambda: layers.conv2d_input_gradient(GRAD, KERNEL, IMAGE.shape, **options),
        ),
        ("Conv2d", lambda: Conv2d(2, 3, 3, **options, rng=RNG)),
    ]


def transposed_forms(**options: Any) -> list[tuple[str, Callable[[], Any]]]:
    """Return the call of every form of transposed convolution with these options."""
    weight = KERNEL.transpose(1, 0, 2, 3)
    return [
        ("conv_transpose2d", lambda: layers.conv_transpose2d(IMAGE, weight, **options)),
        ("conv_transpose2d_loops", lambda: layers.conv_transpose2d_loops(IMAGE, weight, **options)),
        ("ConvTranspose2d", lambda: layers.ConvTranspose2d(2, 3, 3, **options, rng=RNG)),
    ]


def pooling_forms(*how: Any) -> list[tuple[str, Callable[[], Any]]]:
    """Return the call of every pooling with this window, step and padding."""
    y = np.zeros((1, 2, 2, 2))
    functions = ("max_pool2d", "max_pool2d_loops", "min_pool2d", "avg_pool2d", "avg_pool2d_loops")
    return [
        *((name, lambda name=name: getattr(layers, name)(IMAGE, *how)) for name in functions),
        ("max_pool2d_backward", lambda: layers.max_pool2d_backward(y, IMAGE, y, *how)),
        ("avg_pool2d_backward", lambda: layers.avg_pool2d_backward(y, IMAGE.shape, *how)),
        ("MaxPool2d", lambda: layers.MaxPool2d(*how)),
        ("MinPool2d", lambda: layers.MinPool2d(*how)),
        ("AvgPool2d", lambda: layers.AvgPool2d(*how)),
    ]


def each(
    forms: list[tuple[str, Callable[[], Any]]],
    argument: str,
    *message: str,
    error: Any = ValueError,
) -> list[Bad]:
    """Return one bad call a form, with the same message."""
    return [Bad(name, argument, call, error, *message) for name, call in forms]


ONE_OR_TWO = r"one integer or two \(height, width\), each at least 1"
NO_BORDER = r"one integer or two \(height, width\), each at least 0"
WHOLE = "a whole number of at least 1"

CONVOLUTIONS = [
    *each(conv2d_forms(stride=0), "stride", "stride is 0", ONE_OR_TWO, "pass for example stride=1"),
    *each(conv2d_forms(stride=True), "stride", "stride is True", ONE_OR_TWO, "stride=1"),
    *each(
        conv2d_forms(stride=(1, 2, 3)), "stride", r"stride is \(1, 2, 3\)", ONE_OR_TWO, r"\(1, 1\)"
    ),
    *each(conv2d_forms(padding=-1), "padding", "padding is -1", NO_BORDER, "padding=0"),
    *each(conv2d_forms(padding=1.5), "padding", r"padding is 1\.5", NO_BORDER, "padding=0"),
    *each(
        conv2d_forms(padding="full"),
        "padding",
        "padding is 'full'",
        "an integer, two integers, 'same' or 'valid'",
        "pass for example padding=1",
    ),
    *each(
        conv2d_forms(padding="same", stride=2),
        "padding",
        r"padding is 'same' and stride is \(2, 2\)",
        "'same' needs stride 1",
        "pass the padding as a number",
    ),
    *each(conv2d_forms(dilation=0), "dilation", "dilation is 0", ONE_OR_TWO, "dilation=1"),
    *each(conv2d_forms(groups=0), "groups", "groups is 0", WHOLE, "groups=1"),
    *each(
        conv2d_forms(groups=2),
        "groups",
        "groups is 2",
        "to divide in_channels = 2 and out_channels = 3",
        "groups=1",
    ),
    *each(
        conv2d_forms(dilation=3)[:-1],
        "dilation",
        "height of 3 with dilation 3 reaches over 7 pixels",
        "height of only 4, padding included",
        "use a smaller window or dilation, or more padding",
    ),
    *each(
        [("conv2d", lambda: layers.conv2d(IMAGE[0, 0], KERNEL))],
        "x",
        r"x has shape \(4, 4\)",
        r"4 axes \(N, C, H, W\)",
        r"x\[None, None\]",
    ),
    *each(
        [("conv2d", lambda: layers.conv2d(IMAGE[None], KERNEL))],
        "x",
        r"x has shape \(1, 1, 2, 4, 4\)",
        "4 axes",
        "remove 1 axes, for example",
    ),
    *each(
        [("conv2d", lambda: layers.conv2d(IMAGE, KERNEL[0]))],
        "weight",
        r"weight has shape \(2, 3, 3\)",
        r"4 axes \(out_channels, in_channels/groups, height, width\)",
        r"weight\[None\]",
    ),
    *each(
        [("conv2d", lambda: layers.conv2d(IMAGE[:, :1], KERNEL))],
        "weight",
        r"weight has shape \(3, 2, 3, 3\)",
        "reads 2 channels, but x has 1",
        r"give weight the shape \(out_channels, 1, ...\)",
    ),
    *each(
        [
            ("conv2d", lambda: layers.conv2d(IMAGE, KERNEL, np.zeros(2))),
            ("conv2d_loops", lambda: layers.conv2d_loops(IMAGE, KERNEL, np.zeros(2))),
        ],
        "bias",
        r"bias has shape \(2,\)",
        "one number for each of the 3 output channels",
        r"pass an array of shape \(3,\) or None",
    ),
    *each(
        [
            ("conv2d", lambda: layers.conv2d(SINGLE, KERNEL)),
            ("conv2d_backward_loops", lambda: layers.conv2d_backward_loops(GRAD, SINGLE, KERNEL)),
        ],
        "weight",
        "weight has dtype float64",
        "x has float32, and mixing them would silently compute in the wider one",
        r"weight\.astype\(x\.dtype\)",
        error=TypeError,
    ),
    *each(
        [
            ("conv2d_backward", lambda: layers.conv2d_backward(IMAGE, IMAGE, KERNEL)),
            ("conv2d_backward_loops", lambda: layers.conv2d_backward_loops(IMAGE, IMAGE, KERNEL)),
        ],
        "grad_output",
        r"grad_output has shape \(1, 2, 4, 4\)",
        r"output has shape \(1, 3, 2, 2\)",
        "pass one number for each",
    ),
    *each(transposed_forms(stride=0), "stride", "stride is 0", ONE_OR_TWO, "stride=1"),
    *each(transposed_forms(padding="same"), "padding", "padding is 'same'", NO_BORDER, "padding=0"),
    *each(transposed_forms(padding=-1), "padding", "padding is -1", NO_BORDER, "padding=0"),
    *each(transposed_forms(dilation=0), "dilation", "dilation is 0", ONE_OR_TWO, "dilation=1"),
    *each(transposed_forms(groups=0), "groups", "groups is 0", WHOLE, "groups=1"),
    *each(
        transposed_forms(output_padding=-1),
        "output_padding",
        "output_padding is -1",
        NO_BORDER,
        "0",
    ),
    *each(
        transposed_forms(output_padding=2, stride=2),
        "output_padding",
        "output_padding is 2",
        "less than stride = 2 or dilation = 1",
        "output_padding=0",
    ),
    *each(
        transposed_forms(padding=3)[:-1],
        "padding",
        "padding is 3",
        "needs to leave some of the output",
        "padding=0",
    ),
    *each(
        [("conv_transpose2d", lambda: layers.conv_transpose2d(IMAGE, KERNEL))],
        "weight",
        r"weight has shape \(3, 2, 3, 3\)",
        "reads 3 channels, but x has 2",
        r"give weight the shape \(2, out_channels/groups, ...\)",
    ),
    *each(
        [
            ("conv_transpose2d", lambda: layers.conv_transpose2d(IMAGE, KERNEL[:2], np.zeros(1))),
            (
                "conv_transpose2d_loops",
                lambda: layers.conv_transpose2d_loops(IMAGE, KERNEL[:2], np.zeros(1)),
            ),
        ],
        "bias",
        r"bias has shape \(1,\)",
        "one number for each of the 2 output channels",
        r"pass an array of shape \(2,\) or None",
    ),
    *each(
        [
            ("conv_transpose2d", lambda: layers.conv_transpose2d(SINGLE, KERNEL[:2])),
            ("conv_transpose2d_loops", lambda: layers.conv_transpose2d_loops(SINGLE, KERNEL[:2])),
        ],
        "weight",
        "weight has dtype float64",
        "x has float32",
        r"weight\.astype\(x\.dtype\)",
        error=TypeError,
    ),
]

LEARNING = [
    Bad(
        "Conv2d",
        "in_channels",
        lambda: Conv2d(0, 3, 3, rng=RNG),
        ValueError,
        "in_channels is 0",
        WHOLE,
        "in_channels=1",
    ),
    Bad(
        "Conv2d",
        "out_channels",
        lambda: Conv2d(2, 2.0, 3, rng=RNG),
        ValueError,
        r"out_channels is 2\.0",
        WHOLE,
        "out_channels=1",
    ),
    Bad(
        "Conv2d",
        "kernel_size",
        lambda: Conv2d(2, 3, (3, 0), rng=RNG),
        ValueError,
        r"kernel_size is \(3, 0\)",
        ONE_OR_TWO,
        "kernel_size=1",
    ),
    Bad(
        "ConvTranspose2d",
        "in_channels",
        lambda: layers.ConvTranspose2d(-1, 3, 3, rng=RNG),
        ValueError,
        "in_channels is -1",
        WHOLE,
        "in_channels=1",
    ),
    Bad(
        "ConvTranspose2d",
        "out_channels",
        lambda: layers.ConvTranspose2d(1, "3", 3, rng=RNG),
        ValueError,
        "out_channels is '3'",
        WHOLE,
        "out_channels=1",
    ),
    Bad(
        "ConvTranspose2d",
        "kernel_size",
        lambda: layers.ConvTranspose2d(1, 3, None, rng=RNG),
        ValueError,
        "kernel_size is None",
        ONE_OR_TWO,
        "kernel_size=1",
    ),
    Bad(
        "DepthwiseSeparableConv2d",
        "in_channels",
        lambda: layers.DepthwiseSeparableConv2d(0, 3, 3, rng=RNG),
        ValueError,
        "in_channels is 0",
        WHOLE,
        "in_channels=1",
    ),
    Bad(
        "DepthwiseSeparableConv2d",
        "out_channels",
        lambda: layers.DepthwiseSeparableConv2d(2, 0, 3, rng=RNG),
        ValueError,
        "out_channels is 0",
        WHOLE,
        "out_channels=1",
    ),
    Bad(
        "DepthwiseSeparableConv2d",
        "kernel_size",
        lambda: layers.DepthwiseSeparableConv2d(2, 3, 0, rng=RNG),
        ValueError,
        "kernel_size is 0",
        ONE_OR_TWO,
        "kernel_size=1",
    ),
    Bad(
        "DepthwiseSeparableConv2d",
        "stride",
        lambda: layers.DepthwiseSeparableConv2d(2, 3, 3, 0, rng=RNG),
        ValueError,
        "stride is 0",
        ONE_OR_TWO,
        "stride=1",
    ),
    Bad(
        "DepthwiseSeparableConv2d",
        "padding",
        lambda: layers.DepthwiseSeparableConv2d(2, 3, 3, 1, "half", rng=RNG),
        ValueError,
        "padding is 'half'",
        "'same' or 'valid'",
        "padding=1",
    ),
    Bad(
        "DepthwiseSeparableConv2d",
        "dilation",
        lambda: layers.DepthwiseSeparableConv2d(2, 3, 3, 1, 0, -1, rng=RNG),
        ValueError,
        "dilation is -1",
        ONE_OR_TWO,
        "dilation=1",
    ),
    Bad(
        "Linear",
        "in_features",
        lambda: layers.Linear(0, 3, rng=RNG),
        ValueError,
        "in_features is 0",
        WHOLE,
        "in_features=1",
    ),
    Bad(
        "Linear",
        "out_features",
        lambda: layers.Linear(3, False, rng=RNG),
        ValueError,
        "out_features is False",
        WHOLE,
        "out_features=1",
    ),
    Bad(
        "linear",
        "x",
        lambda: layers.linear(IMAGE, WEIGHT),
        ValueError,
        r"x has shape \(1, 2, 4, 4\)",
        r"2 axes \(N, in_features\)",
        "remove 2 axes",
    ),
    Bad(
        "linear",
        "weight",
        lambda: layers.linear(ROWS[:, :3], WEIGHT),
        ValueError,
        r"weight has shape \(3, 4\)",
        "reads 4 features, but x has 3",
        r"shape \(out_features, 3\)",
    ),
    Bad(
        "linear_loops",
        "weight",
        lambda: layers.linear_loops(ROWS, BIAS),
        ValueError,
        r"weight has shape \(3,\)",
        r"2 axes \(out_features, in_features\)",
        r"weight\[None\]",
    ),
    Bad(
        "linear",
        "bias",
        lambda: layers.linear(ROWS, WEIGHT, np.zeros(4)),
        ValueError,
        r"bias has shape \(4,\)",
        "each of the 3 outputs",
        r"shape \(3,\) or None",
    ),
    Bad(
        "linear_loops",
        "bias",
        lambda: layers.linear_loops(ROWS, WEIGHT, BIAS.astype(np.float32)),
        TypeError,
        "bias has dtype float32",
        "x has float64",
        r"bias\.astype\(x\.dtype\)",
    ),
]

for _name, _build in {
    "Conv2d": lambda **how: Conv2d(2, 3, 3, **{"rng": RNG, **how}),
    "ConvTranspose2d": lambda **how: layers.ConvTranspose2d(2, 3, 3, **{"rng": RNG, **how}),
    "DepthwiseSeparableConv2d": lambda **how: layers.DepthwiseSeparableConv2d(
        2, 3, 3, **{"rng": RNG, **how}
    ),
    "Linear": lambda **how: layers.Linear(2, 3, **{"rng": RNG, **how}),
}.items():
    LEARNING += [
        Bad(
            _name,
            "rng",
            lambda build=_build: build(rng=0),
            TypeError,
            "rng is 0",
            r"a np\.random\.Generator",
            r"rng=np\.random\.default_rng\(0\)",
        ),
        Bad(
            _name,
            "dtype",
            lambda build=_build: build(dtype=np.int64),
            TypeError,
            "dtype is int64",
            "float32 or float64",
            r"dtype=np\.float32",
        ),
    ]

HALF = "at most half of kernel_size = 2"
POOLINGS = [
    *each(pooling_forms(0), "kernel_size", "kernel_size is 0", ONE_OR_TWO, "kernel_size=1"),
    *each(pooling_forms("2"), "kernel_size", "kernel_size is '2'", ONE_OR_TWO, "kernel_size=1"),
    *each(pooling_forms(2, 0), "stride", "stride is 0", ONE_OR_TWO, "stride=1"),
    *each(pooling_forms(2, 2, -1), "padding", "padding is -1", NO_BORDER, "padding=0"),
    *each(pooling_forms(2, 2, 2), "padding", "padding is 2", HALF, "padding=1"),
    *each(
        pooling_forms(5)[:-3],
        "kernel_size",
        "height of 5",
        "height of only 4, padding included",
        "use a smaller window",
    ),
    Bad(
        "max_pool2d",
        "x",
        lambda: layers.max_pool2d(ROWS, 2),
        ValueError,
        r"x has shape \(4, 4\)",
        "4 axes",
        r"x\[None, None\]",
    ),
    Bad(
        "max_pool2d_backward",
        "grad_output",
        lambda: layers.max_pool2d_backward(IMAGE, IMAGE, IMAGE, 2),
        ValueError,
        r"grad_output has shape \(1, 2, 4, 4\)",
        r"the output, \(1, 2, 2, 2\)",
        "pass one number for each",
    ),
    Bad(
        "max_pool2d_backward",
        "y",
        lambda: layers.max_pool2d_backward(IMAGE[..., :2, :2], IMAGE, IMAGE, 2),
        ValueError,
        r"y has shape \(1, 2, 4, 4\)",
        r"the output, \(1, 2, 2, 2\)",
        "pass one number for each",
    ),
    Bad(
        "avg_pool2d_backward",
        "grad_output",
        lambda: layers.avg_pool2d_backward(IMAGE, IMAGE.shape, 2),
        ValueError,
        r"grad_output has shape \(1, 2, 4, 4\)",
        r"\(1, 2, 2, 2\)",
        "pass one number for each",
    ),
    Bad(
        "AdaptiveAvgPool2d",
        "output_size",
        lambda: layers.AdaptiveAvgPool2d(0),
        ValueError,
        "output_size is 0",
        ONE_OR_TWO,
        "output_size=1",
    ),
    Bad(
        "adaptive_avg_pool2d",
        "output_size",
        lambda: layers.adaptive_avg_pool2d(IMAGE, (1, 2, 3)),
        ValueError,
        r"output_size is \(1, 2, 3\)",
        ONE_OR_TWO,
        "output_size=1",
    ),
    Bad(
        "adaptive_avg_pool2d",
        "x",
        lambda: layers.adaptive_avg_pool2d(ROWS, 1),
        ValueError,
        r"x has shape \(4, 4\)",
        "4 axes",
        r"x\[None, None\]",
    ),
    Bad(
        "adaptive_avg_pool2d_backward",
        "grad_output",
        lambda: layers.adaptive_avg_pool2d_backward(ROWS, (4, 4)),
        ValueError,
        r"grad_output has shape \(4, 4\)",
        "4 axes",
        r"grad_output\[None, None\]",
    ),
]

ACTIVATIONS = [
    *(
        Bad(
            name,
            "negative_slope",
            call,
            ValueError,
            "negative_slope is -1",
            "at least 0",
            r"negative_slope=0\.01",
        )
        for name, call in (
            ("LeakyReLU", lambda: layers.LeakyReLU(-1)),
            ("leaky_relu", lambda: layers.leaky_relu(ROWS, -1)),
        )
    ),
    *(
        Bad(name, "alpha", call, ValueError, "alpha is nan", "at least 0", r"alpha=1\.0")
        for name, call in (("ELU", lambda: layers.ELU(NAN)), ("elu", lambda: layers.elu(ROWS, NAN)))
    ),
    Bad(
        "Softmax",
        "axis",
        lambda: layers.Softmax(2)(ROWS),
        ValueError,
        r"axis is 2, but logits has shape \(4, 4\)",
        "from -2 to 1",
        "axis=-1",
    ),
    Bad(
        "softmax",
        "axis",
        lambda: layers.softmax(ROWS, -3),
        ValueError,
        "axis is -3",
        "from -2 to 1",
        "axis=-1",
    ),
    Bad(
        "softmax",
        "logits",
        lambda: layers.softmax(ROWS[:, :0]),
        ValueError,
        r"logits has shape \(4, 0\)",
        "at least one class along axis -1",
        "give the network an output for each class",
    ),
    Bad(
        "softmax_loops",
        "logits",
        lambda: layers.softmax_loops(ROWS[:, :0]),
        ValueError,
        r"logits has shape \(4, 0\)",
        "at least one class",
        "give the network an output",
    ),
    Bad(
        "softmax_loops",
        "logits",
        lambda: layers.softmax_loops(BIAS),
        ValueError,
        r"logits has shape \(3,\)",
        r"2 axes \(N, classes\)",
        r"logits\[None\]",
    ),
    *(
        Bad(
            name,
            "x",
            lambda name=name: getattr(layers, name)(np.arange(3)),
            TypeError,
            "x has dtype int64",
            "floating-point",
            r"x\.astype\(np\.float32\)",
        )
        for name in ("relu", "relu_loops", "leaky_relu", "elu", "sigmoid")
    ),
]

NORMS = [
    *(
        Bad(
            name,
            "eps",
            lambda build=build: build(eps=0),
            ValueError,
            "eps is 0",
            "a finite number above 0",
            "eps=1e-05",
        )
        for name, build in {
            "BatchNorm2d": lambda **how: layers.BatchNorm2d(2, **how),
            "LayerNorm": lambda **how: layers.LayerNorm(2, **how),
            "GroupNorm": lambda **how: layers.GroupNorm(1, 2, **how),
            "InstanceNorm2d": lambda **how: layers.InstanceNorm2d(2, **how),
        }.items()
    ),
    *(
        Bad(
            name,
            "dtype",
            call,
            TypeError,
            "dtype is float16",
            "float32 or float64",
            r"dtype=np\.float32",
        )
        for name, call in {
            "BatchNorm2d": lambda: layers.BatchNorm2d(2, dtype=np.float16),
            "LayerNorm": lambda: layers.LayerNorm(2, dtype=np.float16),
            "GroupNorm": lambda: layers.GroupNorm(1, 2, dtype=np.float16),
            "InstanceNorm2d": lambda: layers.InstanceNorm2d(2, dtype=np.float16),
        }.items()
    ),
    *(
        Bad(
            name,
            "x",
            call,
            TypeError,
            "x has dtype float32",
            f"{name} has float64, and mixing",
            r"x\.astype\(np\.float64\)",
        )
        for name, call in {
            "BatchNorm2d": lambda: layers.BatchNorm2d(2, dtype=np.float64)(SINGLE),
            "LayerNorm": lambda: layers.LayerNorm(4, dtype=np.float64)(SINGLE),
            "GroupNorm": lambda: layers.GroupNorm(1, 2, dtype=np.float64)(SINGLE),
            "InstanceNorm2d": lambda: layers.InstanceNorm2d(2, affine=True, dtype=np.float64)(
                SINGLE
            ),
        }.items()
    ),
    Bad(
        "BatchNorm2d",
        "num_features",
        lambda: layers.BatchNorm2d(0),
        ValueError,
        "num_features is 0",
        WHOLE,
        "num_features=1",
    ),
    Bad(
        "BatchNorm2d",
        "momentum",
        lambda: layers.BatchNorm2d(2, momentum=1.5),
        ValueError,
        r"momentum is 1\.5",
        "from 0 to 1",
        r"momentum=0\.1",
    ),
    Bad(
        "BatchNorm2d",
        "momentum",
        lambda: layers.BatchNorm2d(2, momentum=None),
        ValueError,
        "momentum is None",
        "from 0 to 1",
        r"momentum=0\.1",
    ),
    Bad(
        "BatchNorm2d",
        "x",
        lambda: layers.BatchNorm2d(3)(SINGLE),
        ValueError,
        r"x has shape \(1, 2, 4, 4\)",
        "axis 1 needs num_features = 3 channels",
        "build the layer with the channels that come in",
    ),
    Bad(
        "BatchNorm2d",
        "x",
        lambda: layers.BatchNorm2d(2)(SINGLE[..., :1, :1]),
        ValueError,
        r"x has shape \(1, 2, 1, 1\)",
        "has 1 numbers, but a variance needs at least 2",
        r"call eval\(\) first",
    ),
    Bad(
        "BatchNorm2d",
        "x",
        lambda: layers.BatchNorm2d(2)(SINGLE[:0]),
        ValueError,
        r"x has shape \(0, 2, 4, 4\)",
        "has 0 numbers, but a variance needs at least 2",
        "train with a larger batch",
    ),
    Bad(
        "LayerNorm",
        "normalized_shape",
        lambda: layers.LayerNorm((2, 0)),
        ValueError,
        "normalized_shape is 0",
        WHOLE,
        "normalized_shape=1",
    ),
    Bad(
        "LayerNorm",
        "normalized_shape",
        lambda: layers.LayerNorm(()),
        ValueError,
        r"normalized_shape is \(\)",
        "at least one axis",
        r"normalized_shape=\(C, H, W\)",
    ),
    Bad(
        "LayerNorm",
        "x",
        lambda: layers.LayerNorm((4, 3))(SINGLE),
        ValueError,
        r"x has shape \(1, 2, 4, 4\)",
        r"last axes need the lengths \(4, 3\)",
        "build LayerNorm with the shape that comes in",
    ),
    Bad(
        "GroupNorm",
        "num_groups",
        lambda: layers.GroupNorm(2, 3),
        ValueError,
        "num_groups is 2",
        "to divide num_channels = 3",
        "num_groups=1",
    ),
    Bad(
        "GroupNorm",
        "num_groups",
        lambda: layers.GroupNorm(0, 3),
        ValueError,
        "num_groups is 0",
        WHOLE,
        "num_groups=1",
    ),
    Bad(
        "GroupNorm",
        "num_channels",
        lambda: layers.GroupNorm(1, 0),
        ValueError,
        "num_channels is 0",
        WHOLE,
        "num_channels=1",
    ),
    Bad(
        "GroupNorm",
        "x",
        lambda: layers.GroupNorm(1, 3)(SINGLE),
        ValueError,
        r"x has shape \(1, 2, 4, 4\)",
        "num_channels = 3",
        "build the layer with",
    ),
    Bad(
        "InstanceNorm2d",
        "num_features",
        lambda: layers.InstanceNorm2d(0),
        ValueError,
        "num_features is 0",
        WHOLE,
        "num_features=1",
    ),
    Bad(
        "InstanceNorm2d",
        "x",
        lambda: layers.InstanceNorm2d(3)(SINGLE),
        ValueError,
        r"x has shape \(1, 2, 4, 4\)",
        "num_features = 3",
        "build the layer with",
    ),
    Bad(
        "InstanceNorm2d",
        "x",
        lambda: layers.InstanceNorm2d(2)(SINGLE[..., :1, :1]),
        ValueError,
        r"x has shape \(1, 2, 1, 1\)",
        "has 1 pixels, but a variance needs at least 2",
        "use GroupNorm",
    ),
    Bad(
        "normalize",
        "x",
        lambda: layers.normalize(np.arange(3), (0,)),
        TypeError,
        "x has dtype int64",
        "floating-point",
        "astype",
    ),
]

CLASSES = np.array([0, 1, 2, 3])
LOSSES = [
    *(
        Bad(
            name,
            "target",
            lambda loss=loss: loss(ROWS, CLASSES + 1),
            ValueError,
            "target has values from 1 to 4",
            "classes from 0 to 3",
            "count classes from 0",
        )
        for name, loss in {
            "SoftmaxCrossEntropy": layers.SoftmaxCrossEntropy(),
            "softmax_cross_entropy_loops": layers.softmax_cross_entropy_loops,
        }.items()
    ),
    *(
        Bad(
            name,
            "target",
            lambda loss=loss: loss(ROWS, ROWS[0]),
            TypeError,
            "target has dtype float64",
            "whole numbers",
            r"target\.astype\(np\.int64\), or onehot\.argmax",
        )
        for name, loss in {
            "SoftmaxCrossEntropy": layers.SoftmaxCrossEntropy(),
            "softmax_cross_entropy_loops": layers.softmax_cross_entropy_loops,
        }.items()
    ),
    Bad(
        "SoftmaxCrossEntropy",
        "target",
        lambda: layers.SoftmaxCrossEntropy()(ROWS, ROWS),
        ValueError,
        r"target has shape \(4, 4\)",
        r"the shape of the batch, \(4,\)",
        "pass one number for each",
    ),
    Bad(
        "SoftmaxCrossEntropy",
        "logits",
        lambda: layers.SoftmaxCrossEntropy()(ROWS[:0], CLASSES[:0]),
        ValueError,
        r"logits has shape \(0, 4\)",
        "the mean of no numbers is undefined",
        "pass at least one sample",
    ),
    Bad(
        "SoftmaxCrossEntropy",
        "logits",
        lambda: layers.SoftmaxCrossEntropy()(IMAGE, CLASSES),
        ValueError,
        r"logits has shape \(1, 2, 4, 4\)",
        "2 axes",
        "remove 2 axes",
    ),
    Bad(
        "SoftmaxCrossEntropy",
        "backward",
        lambda: layers.SoftmaxCrossEntropy().backward(),
        RuntimeError,
        "backward was called before forward",
        "no loss to differentiate",
        r"call forward\(prediction, target\) first",
    ),
    *(
        bad
        for name, loss in {
            "BinaryCrossEntropyWithLogits": layers.BinaryCrossEntropyWithLogits(),
            "MeanSquaredError": layers.MeanSquaredError(),
            "SmoothL1": layers.SmoothL1(),
        }.items()
        for bad in (
            Bad(
                name,
                "target",
                lambda loss=loss: loss(ROWS, WEIGHT),
                ValueError,
                r"target has shape \(3, 4\)",
                r"the shape of prediction, \(4, 4\)",
                "pass one number for each",
            ),
            Bad(
                name,
                "target",
                lambda loss=loss: loss(ROWS, ROWS.astype(np.float32)),
                TypeError,
                "target has dtype float32",
                "prediction has float64",
                r"target\.astype\(prediction\.dtype\)",
            ),
            Bad(
                name,
                "prediction",
                lambda loss=loss: loss(ROWS[:0], ROWS[:0]),
                ValueError,
                r"prediction has shape \(0, 4\)",
                "the mean of no numbers is undefined",
                "pass at least one sample",
            ),
            Bad(
                name,
                "prediction",
                lambda loss=loss: loss(CLASSES, CLASSES),
                TypeError,
                "prediction has dtype int64",
                "floating-point",
                r"prediction\.astype",
            ),
        )
    ),
    Bad(
        "BinaryCrossEntropyWithLogits",
        "target",
        lambda: layers.BinaryCrossEntropyWithLogits()(ROWS, ROWS + 2),
        ValueError,
        r"target has values from 2\.0 to 2\.0",
        "probabilities from 0 to 1",
        "pass 0 for absent and 1 for present",
    ),
    Bad(
        "SmoothL1",
        "beta",
        lambda: layers.SmoothL1(0),
        ValueError,
        "beta is 0",
        "above 0",
        r"beta=1\.0",
    ),
]

OTHERS = [
    Bad(
        "Dropout",
        "p",
        lambda: layers.Dropout(1, rng=RNG),
        ValueError,
        "p is 1",
        "at least 0 and less than 1",
        r"p=0\.5",
    ),
    Bad(
        "Dropout",
        "p",
        lambda: layers.Dropout("0.5", rng=RNG),
        ValueError,
        r"p is '0\.5'",
        "at least 0 and less than 1",
        r"p=0\.5",
    ),
    Bad(
        "Dropout",
        "rng",
        lambda: layers.Dropout(0.5, rng=None),
        TypeError,
        "rng is None",
        r"np\.random\.Generator",
        r"rng=np\.random\.default_rng\(0\)",
    ),
    Bad(
        "Flatten",
        "x",
        lambda: layers.Flatten()(BIAS),
        ValueError,
        r"x has shape \(3,\)",
        r"at least 2 axes \(N, ...\)",
        r"x\[None\]",
    ),
    Bad(
        "Sequential",
        "layers",
        Sequential,
        ValueError,
        "Sequential has no layers",
        "at least one",
        r"Sequential\(Flatten\(\), Linear",
    ),
    Bad(
        "Sequential",
        "layers",
        lambda: Sequential(ReLU(), ReLU),
        TypeError,
        "argument 1 of Sequential is ReLU",
        "a Layer",
        r"pass an object, for example ReLU\(\)",
    ),
    Bad(
        "Sequential",
        "layers",
        lambda: Sequential(layers.relu),
        TypeError,
        "argument 0 of Sequential is of type function",
        "a Layer",
        r"ReLU\(\) and not ReLU or relu",
    ),
    Bad(
        "Sequential",
        "layers",
        lambda: Sequential(*[ReLU()] * 2),
        ValueError,
        "one ReLU object in two places, 0 and 1",
        "one for each",
        "build another ReLU",
    ),
    Bad(
        "Residual",
        "body",
        lambda: Residual(ReLU),
        TypeError,
        "body is ReLU",
        "a Layer",
        r"pass an object, for example ReLU\(\)",
    ),
    Bad(
        "Residual",
        "shortcut",
        lambda: Residual(ReLU(), np.tanh),
        TypeError,
        "shortcut is of type ufunc",
        "a Layer",
        "pass an object",
    ),
    Bad(
        "Residual",
        "body",
        lambda: Residual(layers.Flatten())(IMAGE),
        ValueError,
        r"body gives shape \(1, 32\), but the short cut \(1, 2, 4, 4\)",
        "to be added",
        "pass a shortcut",
    ),
    Bad(
        "Concatenate",
        "paths",
        Concatenate,
        ValueError,
        "Concatenate has no paths",
        "at least one",
        "pass layers, or None",
    ),
    Bad(
        "Concatenate",
        "paths",
        lambda: Concatenate(None, 3),
        TypeError,
        "argument 1 of Concatenate is of type int",
        "a Layer",
        "pass an object",
    ),
    Bad(
        "Concatenate",
        "paths",
        lambda: Concatenate(None, layers.MaxPool2d(2))(IMAGE),
        ValueError,
        r"shapes \[\(1, 2, 4, 4\), \(1, 2, 2, 2\)\]",
        "may differ in channels only",
        "give them the same stride",
    ),
    Bad(
        "load_state",
        "arrays",
        lambda: network.load_state(Conv2d(1, 1, 1, rng=RNG), {"weight": IMAGE, "b": BIAS}),
        ValueError,
        r"lack \['bias'\] and have \['b'\] too many",
        "exactly the network's names",
        "build the network as when they were saved",
    ),
    Bad(
        "load_state",
        "arrays",
        lambda: network.load_state(Conv2d(1, 1, 1, bias=False, rng=RNG), {"weight": IMAGE}),
        ValueError,
        r"weight has shape \(1, 2, 4, 4\)",
        r"the network's has \(1, 1, 1, 1\)",
        "build the network with the sizes",
    ),
    Bad(
        "numerical_gradient",
        "array",
        lambda: numerical_gradient(lambda: 0.0, SINGLE),
        TypeError,
        "array has dtype float32",
        "lost in all but float64",
        r"array\.astype\(np\.float64\)",
    ),
    Bad(
        "check_layer",
        "rng",
        lambda: check_layer(ReLU(), ROWS, 1),
        TypeError,
        "rng is 1",
        r"np\.random\.Generator",
        r"rng=np\.random\.default_rng",
    ),
    Bad(
        "hand_designed",
        "out_channels",
        lambda: init.hand_designed(0),
        ValueError,
        "out_channels is 0",
        WHOLE,
        "out_channels=1",
    ),
    Bad(
        "hand_designed",
        "in_channels",
        lambda: init.hand_designed(1, 1.5),
        ValueError,
        r"in_channels is 1\.5",
        WHOLE,
        "in_channels=1",
    ),
    Bad(
        "fans",
        "shape",
        lambda: init.fans((3,)),
        ValueError,
        r"shape is \(3,\)",
        "at least two axes",
        "start them with zeros and ones",
    ),
    *(
        Bad(
            name,
            "rng",
            lambda name=name: getattr(init, name)((2, 2), 0),
            TypeError,
            "rng is 0",
            r"np\.random\.Generator",
            r"rng=np\.random\.default_rng",
        )
        for name in ("uniform_fan_in", "glorot_uniform", "glorot_normal", "he_normal", "he_uniform")
    ),
]

BAD_CALLS = [*CONVOLUTIONS, *LEARNING, *POOLINGS, *ACTIVATIONS, *NORMS, *LOSSES, *OTHERS]


@pytest.mark.parametrize("bad", BAD_CALLS, ids=lambda bad: f"{bad.of}-{bad.argument}-{bad.value}")
def test_a_bad_call_is_told_argument_value_requirement_and_remedy(bad: Bad) -> None:
    with pytest.raises(bad.error) as raised:
        bad.call()
    message = str(raised.value)
    pattern = ".*".join((bad.value, bad.requirement, bad.remedy))
    assert re.search(pattern, message), f"{message!r} does not say {pattern!r}"
    assert "\n" not in message


# What any value is right for, or what the language itself checks.
ANY_VALUE = {"self", "bias", "affine", "args", "kwargs"}


def test_every_argument_of_every_class_has_a_bad_call() -> None:
    classes = {
        name: found
        for name, found in {**vars(layers), **vars(network)}.items()
        if inspect.isclass(found) and issubclass(found, layers.Layer | layers.Loss)
    }
    told = {(bad.of, bad.argument) for bad in BAD_CALLS}
    missing = [
        (name, argument)
        for name, found in classes.items()
        for argument in inspect.signature(found).parameters
        if argument not in ANY_VALUE and (name, argument) not in told
    ]
    assert missing == []
