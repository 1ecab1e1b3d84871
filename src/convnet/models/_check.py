"""Arguments and images that every network checks, with errors that say what to do instead."""

import math

from torch import Tensor


def check_count(name: str, value: object, remedy: str, least: int = 1) -> None:
    """Raise ``ValueError`` unless ``value`` is an integer of at least ``least``.

    >>> check_count("num_classes", 0, "pass the number of labels, for example num_classes=10")
    Traceback (most recent call last):
        ...
    ValueError: num_classes is 0, but needs to be an integer of at least 1; pass the number of
    labels, for example num_classes=10
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(
            f"{name} is {value!r}, but needs to be an integer of at least {least}; {remedy}"
        )


def check_width(width: float) -> None:
    """Raise ``ValueError`` unless ``width`` is a positive finite number.

    >>> check_width(-1)
    Traceback (most recent call last):
        ...
    ValueError: width is -1, but needs to be a positive finite number; pass 1.0 for the published
    size or, for example, 0.25 for a quarter of the channels
    """
    if not (math.isfinite(width) and width > 0):
        raise ValueError(
            f"width is {width!r}, but needs to be a positive finite number; pass 1.0 for the "
            "published size or, for example, 0.25 for a quarter of the channels"
        )


def check_dropout(name: str, probability: float) -> None:
    """Raise ``ValueError`` unless ``probability`` is at least 0 and less than 1.

    >>> check_dropout("dropout", 1.0)
    Traceback (most recent call last):
        ...
    ValueError: dropout is 1.0, but needs to be at least 0 and less than 1, the share of numbers
    that are set to zero in training; pass for example dropout=0.5
    """
    if not 0 <= probability < 1:
        raise ValueError(
            f"{name} is {probability!r}, but needs to be at least 0 and less than 1, the share of "
            f"numbers that are set to zero in training; pass for example {name}=0.5"
        )


def check_depths(depths: tuple[int, ...], stages: int) -> None:
    """Raise ``ValueError`` unless ``depths`` gives each of ``stages`` stages at least one block.

    >>> check_depths((2, 2, 0, 2), stages=4)
    Traceback (most recent call last):
        ...
    ValueError: depths is (2, 2, 0, 2), but needs 4 integers of at least 1, one for each stage;
    pass for example depths=(2, 2, 2, 2)
    """
    if len(depths) != stages or min(depths) < 1:
        raise ValueError(
            f"depths is {depths!r}, but needs {stages} integers of at least 1, one for each stage; "
            f"pass for example depths={(2,) * stages}"
        )


def check_images(
    network: str, x: Tensor, in_channels: int, smallest: int, largest: float = math.inf
) -> None:
    """Raise unless ``x`` is a batch of floating-point images that ``network`` can read.

    Args:
        network: the class to name in the message.
        x: images (N, C, H, W), which need ``in_channels`` channels and sides from ``smallest``
            to ``largest`` pixels.
        in_channels: channels that the first convolution reads.
        smallest: fewest pixels along a side that leave every layer at least one.
        largest: most pixels along a side; default no limit.

    Raises:
        TypeError: ``x`` is not floating-point.
        ValueError: the number of axes, the channels or the size do not fit.

    >>> import torch
    >>> check_images("VGG", torch.zeros(1, 3, 28, 28), in_channels=3, smallest=32)
    Traceback (most recent call last):
        ...
    ValueError: x has images of 28 x 28 pixels, but VGG needs at least 32 x 32; enlarge them, for
    example torch.nn.functional.interpolate(x, size=32)
    """
    shape = tuple(x.shape)
    if len(shape) != 4:
        raise ValueError(
            f"x has shape {shape}, but {network} needs 4 axes (N, C, H, W); "
            "give one image a batch axis with x[None], grey images a channel axis with x[:, None]"
        )
    if not x.is_floating_point():
        raise TypeError(
            f"x has dtype {x.dtype}, but {network} needs floating-point numbers; "
            "convert it, for example x.float() / 255"
        )
    if shape[1] != in_channels:
        raise ValueError(
            f"x has {shape[1]} channels (shape {shape}), but this {network} reads {in_channels}; "
            f"pass images of {in_channels} channels or build {network}(in_channels={shape[1]})"
        )
    _check_sides(network, shape[2:], smallest, largest)


def _check_sides(network: str, sides: tuple[int, ...], smallest: int, largest: float) -> None:
    if smallest <= min(sides) and max(sides) <= largest:
        return
    needs = "exactly" if smallest == largest else "at least"
    verb = "resize" if smallest == largest else "enlarge"
    raise ValueError(
        f"x has images of {sides[0]} x {sides[1]} pixels, but {network} needs {needs} "
        f"{smallest} x {smallest}; {verb} them, for example "
        f"torch.nn.functional.interpolate(x, size={smallest})"
    )
