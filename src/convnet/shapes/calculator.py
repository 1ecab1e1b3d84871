"""The network calculator: what every layer does to one sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from convnet._check import check_at_least
from convnet.layers.base import Layer
from convnet.network import named_parameters
from convnet.shapes.descriptions import Description, follow
from convnet.shapes.from_layers import describe
from convnet.shapes.maps import Maps
from convnet.shapes.recorder import Recorder
from convnet.shapes.summary import Summary

if TYPE_CHECKING:
    from torch import nn


def summarize(
    network: Layer | nn.Module | Description,
    input_shape: tuple[int, ...],
    itemsize: int | None = None,
) -> Summary:
    """Return output shape, parameters, multiply-adds, memory and receptive field of every layer.

    All figures are for one sample in use (``eval``): multiply by the length of the batch. Sizes
    follow PyTorch: the floor of ``(n + 2 p - d (k - 1) - 1) / s``, plus 1, and the table says which
    rows and columns that floor leaves unread.

    Args:
        network: of ``convnet.layers``, of ``torch.nn``, or a list of descriptions (see
            :mod:`convnet.shapes.descriptions`). A PyTorch network is run on tensors without numbers
            and not changed.
        input_shape: one sample, (C, H, W) or (features,), without the batch axis.
        itemsize: bytes a number takes; default that of the network's parameters, else 4.

    Returns:
        A table to print, to show in a notebook, or to send to a web page (``to_dict``).

    Raises:
        TypeError: ``network`` is of another kind, or has a layer that is.
        ValueError: a layer cannot read what comes in; the message names the layer's index and name,
            the shape it got, what it needs and what to do.

    Source:
        Dumoulin and Visin (2016), *A guide to convolution arithmetic*; Araujo, Norris and Sim
        (2019), *Computing Receptive Fields of Convolutional Neural Networks*. Chapter: *Stride and
        output size*.

    >>> conv, pool = {"kind": "Conv2d", "out_channels": 1, "kernel_size": 3}, "MaxPool2d"
    >>> dense = {"kind": "Linear", "out_features": 3}
    >>> network = [conv, "ReLU", {"kind": pool, "kernel_size": 2}, "Flatten", dense]
    >>> summary = summarize(network, (1, 6, 6))
    >>> summary.parameters, summary.macs, summary[2].output_shape
    (25, 156, (1, 2, 2))
    >>> summary[2].receptive_field[0]
    Field(size=4, jump=2, start=0)
    """
    shape = _checked(input_shape)
    if isinstance(network, Layer):
        recorder = Recorder(itemsize or _bytes_of(network))
        follow(describe(network), Maps.of(shape), recorder)
        return recorder.summary(shape)
    if isinstance(network, str | Mapping | Sequence):
        recorder = Recorder(itemsize or 4)
        follow(network, Maps.of(shape), recorder)
        return recorder.summary(shape)
    return _of_torch(network, shape, itemsize)


def _of_torch(network: nn.Module, shape: tuple[int, ...], itemsize: int | None) -> Summary:
    # Imported where it is needed: the others work without PyTorch.
    from torch import nn

    from convnet.shapes.from_torch import dtype_of, follow_torch

    if not isinstance(network, nn.Module):
        raise TypeError(
            f"network is of type {type(network).__name__}, but needs to be a Layer of convnet, a "
            "torch.nn.Module or a list of descriptions; pass for example "
            'summarize(["ReLU", "Flatten"], (1, 28, 28))'
        )
    recorder = Recorder(itemsize or dtype_of(network).itemsize)
    unused = follow_torch(network, shape, recorder)
    return recorder.summary(shape, unused)


def _checked(input_shape: object) -> tuple[int, ...]:
    """Return the sample's shape; raise ``ValueError`` unless it has one or three sizes."""
    if not isinstance(input_shape, tuple | list) or len(input_shape) not in (1, 3):
        raise ValueError(
            f"input_shape is {input_shape!r}, but needs the sizes of one sample, (C, H, W) or "
            "(features,), without the batch axis; pass for example (3, 32, 32)"
        )
    return tuple(check_at_least("input_shape", size, 1) for size in input_shape)


def _bytes_of(network: Layer) -> int:
    """Return the bytes of a parameter's number; 4 if the network has no parameters."""
    sizes = [array.itemsize for array in named_parameters(network).values()]
    return max(sizes, default=4)
