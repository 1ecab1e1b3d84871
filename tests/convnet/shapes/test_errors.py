"""Does every error name the layer, what it got, what it needs and what to do?"""

import re
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from convnet import layers, network
from convnet.shapes import summarize

RNG = np.random.default_rng(0)
CONV = {"kind": "Conv2d", "out_channels": 4, "kernel_size": 3}


@pytest.mark.parametrize(
    ("description", "shape", "message"),
    [
        (
            [CONV, {**CONV, "in_channels": 3}],
            (1, 9, 9),
            "layer 1 (1, Conv2d) got an input of shape (4, 7, 7): it needs 3 channels; build it "
            "with in_channels=4",
        ),
        (
            ["ReLU", {**CONV, "kernel_size": 11}],
            (1, 9, 9),
            "layer 1 (1, Conv2d) got an input of shape (1, 9, 9): a kernel height of 11 with "
            "dilation 1 reaches over 11 pixels, but the image has a height of only 9, padding "
            "included; use a smaller window or dilation, or more padding",
        ),
        (
            [{**CONV, "groups": 2}],
            (1, 9, 9),
            "layer 0 (0, Conv2d) got an input of shape (1, 9, 9): groups is 2, but needs to divide "
            "in_channels = 1 and out_channels = 4; pass for example groups=1",
        ),
        (
            [{**CONV, "stride": 0}],
            (1, 9, 9),
            "layer 0 (0, Conv2d) got an input of shape (1, 9, 9): stride is 0, but needs one "
            "integer or two (height, width), each at least 1; pass for example stride=1",
        ),
        (
            [{**CONV, "out_channels": 0}],
            (1, 9, 9),
            "out_channels is 0, but needs to be a whole number of at least 1",
        ),
        (
            [CONV, {"kind": "Linear", "out_features": 10}],
            (1, 9, 9),
            "layer 1 (1, Linear) got an input of shape (4, 7, 7): it needs a row of features "
            "(features,); put Flatten before it",
        ),
        (
            ["Flatten", {"kind": "Linear", "out_features": 10, "in_features": 80}],
            (1, 9, 9),
            "layer 1 (1, Linear) got an input of shape (81,): it needs 80 features; build it with "
            "in_features=81",
        ),
        (
            ["Flatten", CONV],
            (1, 9, 9),
            "layer 1 (1, Conv2d) got an input of shape (81,): it needs feature maps (C, H, W); put "
            "it before Flatten, or start from an input of three sizes, for example (3, 32, 32)",
        ),
        (
            [CONV, {"kind": "Residual", "body": CONV}],
            (1, 9, 9),
            "layer 2 (1.add, Add) got an input of shape (4, 5, 5) and (4, 7, 7): its inputs need "
            "equal shapes; give the short cut a 1x1 convolution with the body's channels and "
            "stride",
        ),
        (
            [{"kind": "Concatenate", "paths": [None, CONV]}],
            (1, 9, 9),
            "layer 1 (0.concatenate, Concatenate) got an input of shape (1, 9, 9) and (4, 7, 7): "
            "its inputs may differ in channels only; give the paths the same stride, and the "
            "padding that keeps the size",
        ),
        (
            [{"kind": "BatchNorm2d", "num_features": 3}],
            (1, 9, 9),
            "layer 0 (0, BatchNorm2d) got an input of shape (1, 9, 9): it needs 3 channels; build "
            "it with 1",
        ),
        (
            [{"kind": "LayerNorm", "normalized_shape": 8}],
            (1, 9, 9),
            "layer 0 (0, LayerNorm) got an input of shape (1, 9, 9): its last sizes need to be "
            "(8,); build it with (9,)",
        ),
        (
            [{"kind": "MaxPool2d", "kernel_size": 2, "padding": 2}],
            (1, 9, 9),
            "padding is 2, but needs to be at most half of kernel_size = 2",
        ),
        (
            [{"kind": "MaxPool2d", "kernel_size": 12, "stride": 1, "ceil_mode": True}],
            (1, 9, 9),
            "layer 0 (0, MaxPool2d) got an input of shape (1, 9, 9): its window reaches over (12, "
            "12) pixels; use a smaller one",
        ),
        (
            [{"kind": "ConvTranspose2d", "out_channels": 1, "kernel_size": 1, "padding": 5}],
            (1, 9, 9),
            "its padding of 5 cuts off all of the output; pad less",
        ),
        (
            [{"kind": "ConvTranspose2d", "out_channels": 1, "kernel_size": 1, "output_padding": 1}],
            (1, 9, 9),
            "its output_padding 1 needs to be less than its stride 1 or dilation 1; pass for "
            "example output_padding=0",
        ),
        (
            [CONV, {"kind": "conv"}],
            (1, 9, 9),
            "layer 1 (1) has the kind 'conv', but needs one of Conv2d, ConvTranspose2d, ",
        ),
        (
            [{"kind": "Conv2d", "kernel_size": 3}],
            (1, 9, 9),
            "layer 0 (0) (Conv2d): missing a required argument: 'out_channels'; Conv2d takes "
            "out_channels, kernel_size, stride, padding, dilation, groups, bias, in_channels",
        ),
        (
            [{"kind": "Residual", "path": CONV}],
            (1, 9, 9),
            "layer 0 (0) (Residual) has ['path'], but needs body and perhaps shortcut, each a "
            "description or a list of them",
        ),
        (
            [{"kind": "GroupNorm", "num_groups": 2, "num_channels": 3}],
            (3, 9, 9),
            "layer 0 (0) (GroupNorm): num_groups is 2, but needs to divide num_channels = 3; pass "
            "for example num_groups=1",
        ),
        (
            ["ReLU"],
            (1, 1, 28, 28),
            "input_shape is (1, 1, 28, 28), but needs the sizes of one sample, (C, H, W) or "
            "(features,), without the batch axis; pass for example (3, 32, 32)",
        ),
        (["ReLU"], (0, 2, 2), "input_shape is 0, but needs to be a whole number of at least 1"),
    ],
)
def test_a_description_that_does_not_fit(
    description: Any, shape: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        summarize(description, shape)


def test_things_that_are_no_network() -> None:
    with pytest.raises(TypeError, match=r"layer 1 \(1\) is 3, but needs a description; pass for"):
        summarize(["ReLU", 3], (1, 9, 9))
    message = r"network is of type int, but needs to be a Layer of convnet, a torch.nn.Module or a"
    with pytest.raises(TypeError, match=message):
        summarize(3, (1, 9, 9))  # type: ignore[arg-type]


def test_numpy_layers_are_named_as_in_named_layers() -> None:
    block = network.Sequential(layers.Conv2d(4, 4, 3, rng=RNG), layers.Conv2d(5, 4, 3, rng=RNG))
    nested = network.Sequential(layers.Conv2d(1, 4, 3, rng=RNG), network.Residual(block))
    message = "layer 2 (1.body.1, Conv2d) got an input of shape (4, 5, 5): it needs 5 channels"
    with pytest.raises(ValueError, match=re.escape(message)):
        summarize(nested, (1, 9, 9))


class Odd(layers.Layer):
    """A layer that the calculator cannot know."""


class Halved(layers.Layer):
    """A layer that describes itself."""

    def describe(self) -> dict[str, Any]:
        """Say that it is a pooling."""
        return {"kind": "AvgPool2d", "kernel_size": 2}


def test_a_numpy_layer_of_ones_own() -> None:
    message = "Odd is no layer that can be described; give it a method describe() that returns"
    with pytest.raises(TypeError, match=re.escape(message)):
        summarize(network.Sequential(layers.ReLU(), Odd()), (1, 9, 9))
    assert summarize(Halved(), (1, 9, 9))[0].output_shape == (1, 4, 4)


def test_torch_layers_are_named_as_in_named_modules() -> None:
    nested = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Sequential(nn.ReLU(), nn.Conv2d(5, 4, 3)))
    message = "layer 2 (1.1, Conv2d) got an input of shape (4, 7, 7): it needs 5 channels; build it"
    with pytest.raises(ValueError, match=re.escape(message)):
        summarize(nested, (1, 9, 9))


class Turned(nn.Module):
    """Calls what the calculator does not know."""

    def forward(self, x: Tensor) -> Tensor:
        """Exchange height and width."""
        return x.transpose(2, 3)


class Told(Turned):
    """The same, described: on square images nothing changes."""

    def describe(self) -> dict[str, Any]:
        """Say that numbers stay numbers."""
        return {"kind": "ReLU"}


def test_a_torch_module_of_ones_own() -> None:
    message = (
        "layer 1 (1) calls transpose, which gives shape (1, 7, 9) in a way the calculator does not "
        "know; use the function of a layer, or give the module a method describe() that returns a "
        'description, for example {"kind": "ReLU"}'
    )
    unknown = nn.Sequential(nn.ReLU(), Turned())
    with pytest.raises(ValueError, match=re.escape(message)):
        summarize(unknown, (1, 9, 7))
    assert not any(module._forward_hooks for module in unknown)
    summary = summarize(nn.Sequential(nn.Conv2d(1, 2, 3), Told()), (1, 9, 9))
    assert (summary["1"].kind, summary["1"].output_shape) == ("Told", (2, 7, 7))


def test_a_description_that_does_not_hold_is_noticed() -> None:
    with pytest.raises(ValueError, match=r"layer 1 \(1\) calls describe, which gives shape"):
        summarize(nn.Sequential(nn.ReLU(), Told()), (1, 9, 7))


def test_reshaping_that_is_no_flattening_is_noticed() -> None:
    class Reshaped(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            """Make four channels of one."""
            return x.reshape(len(x), 4, 2, 2)

    with pytest.raises(ValueError, match=r"layer 0 \(the network\) calls reshape, which gives"):
        summarize(Reshaped(), (1, 4, 4))


def test_an_unknown_layer_is_asked_for() -> None:
    with pytest.raises(KeyError, match="there is no layer '7'; pass one of 0, 1"):
        summarize(nn.Sequential(nn.ReLU(), nn.ReLU()), (1, 4, 4))["7"]
    assert summarize(nn.ReLU(), (1, 4, 4))[0].name == ""
    assert torch.is_grad_enabled()
