"""Describe a NumPy network, so that the calculator and a web page can read it."""

from typing import Any

from convnet import layers
from convnet.layers.base import Layer
from convnet.network import Concatenate, Residual, Sequential

ACTIVATIONS = (
    layers.ReLU,
    layers.LeakyReLU,
    layers.ELU,
    layers.Sigmoid,
    layers.Tanh,
    layers.Softmax,
    layers.Dropout,
)


def describe(layer: Layer) -> dict[str, Any]:
    """Return the description of a layer and of all layers inside it.

    Args:
        layer: of ``convnet.layers`` or ``convnet.network``; or a layer of your own with a method
            ``describe()`` that returns its description.

    Raises:
        TypeError: the layer is of a kind that has no description.

    >>> from convnet.layers import MaxPool2d, ReLU
    >>> describe(Sequential(ReLU(), MaxPool2d(2)))["layers"][1]
    {'name': '1', 'kind': 'MaxPool2d', 'kernel_size': 2, 'stride': None, 'padding': 0}
    """
    if hasattr(layer, "describe"):
        own: dict[str, Any] = layer.describe()
        return own
    kind = type(layer).__name__
    if isinstance(layer, Sequential | Residual | Concatenate | layers.DepthwiseSeparableConv2d):
        return _container(layer)
    options = _options(layer)
    if options is None:
        raise TypeError(
            f"{kind} is no layer that can be described; give it a method describe() that returns "
            'a description, for example {"kind": "ReLU"} if it changes numbers one by one'
        )
    return {"kind": kind, **options}


def _container(layer: Layer) -> dict[str, Any]:
    match layer:
        case Residual():
            shortcut = None if layer.shortcut is None else describe(layer.shortcut)
            return {"kind": "Residual", "body": describe(layer.body), "shortcut": shortcut}
        case Concatenate():
            paths = [None if path is None else describe(path) for path in layer.paths]
            return {"kind": "Concatenate", "paths": paths}
        case _:
            children = [{"name": name, **describe(child)} for name, child in layer.children()]
            return {"kind": "Sequential", "layers": children}


def _options(layer: Layer) -> dict[str, Any] | None:
    """Return the arguments that ``torch.nn`` has for it, or None if it is unknown."""
    match layer:
        case layers.Conv2d():
            return _convolution(layer)
        case layers.ConvTranspose2d():
            return _transposed(layer)
        case layers.MaxPool2d() | layers.AvgPool2d():
            names = ("kernel_size", "stride", "padding")
            return {name: getattr(layer, name) for name in names}
        case layers.GlobalAvgPool2d():
            return {}
        case layers.AdaptiveAvgPool2d():
            return {"output_size": layer.output_size}
        case layers.Linear():
            outputs, inputs = layer.parameters["weight"].shape
            bias = "bias" in layer.parameters
            return {"out_features": outputs, "bias": bias, "in_features": inputs}
        case layers.Flatten():
            return {}
        case _:
            return {} if isinstance(layer, ACTIVATIONS) else _normalization(layer)


def _convolution(layer: layers.Conv2d) -> dict[str, Any]:
    filters, channels, *kernel = layer.parameters["weight"].shape
    return {
        "out_channels": filters,
        "kernel_size": tuple(kernel),
        "stride": layer.stride,
        "padding": layer.padding,
        "dilation": layer.dilation,
        "groups": layer.groups,
        "bias": "bias" in layer.parameters,
        "in_channels": channels * layer.groups,
    }


def _transposed(layer: layers.ConvTranspose2d) -> dict[str, Any]:
    channels, filters, *kernel = layer.parameters["weight"].shape
    return {
        "out_channels": filters * layer.groups,
        "kernel_size": tuple(kernel),
        "stride": layer.stride,
        "padding": layer.padding,
        "output_padding": layer.output_padding,
        "groups": layer.groups,
        "bias": "bias" in layer.parameters,
        "dilation": layer.dilation,
        "in_channels": channels,
    }


def _normalization(layer: Layer) -> dict[str, Any] | None:
    affine = "weight" in layer.parameters
    match layer:
        case layers.BatchNorm2d():
            return {"num_features": layer.num_features, "affine": affine}
        case layers.InstanceNorm2d():
            return {"num_features": layer.num_channels, "affine": affine}
        case layers.GroupNorm():
            groups, channels = layer.num_groups, layer.num_channels
            return {"num_groups": groups, "num_channels": channels, "affine": affine}
        case layers.LayerNorm():
            return {"normalized_shape": layer.normalized_shape, "affine": affine}
        case _:
            return None
