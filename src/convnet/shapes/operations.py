"""What a layer does to one sample, said once for NumPy, PyTorch and descriptions.

Every operation turns the :class:`~convnet.shapes.maps.Maps` that it reads into an :class:`Effect`,
or raises ``ValueError`` with what it needs and what to do.
"""

from dataclasses import dataclass
from typing import Protocol

from convnet._check import check_at_least
from convnet.shapes.maps import Maps, seen_together

Dropped = tuple[range, range]
NOTHING: Dropped = (range(0), range(0))


@dataclass(frozen=True)
class Effect:
    """The consequences of one operation on one sample.

    Attributes:
        output: shape and receptive field of the result.
        parameters: learned numbers.
        macs: multiplications that are followed by an addition.
        dropped: rows and columns at the end of the input that no window reaches, numbered from the
            image's first; those from its height or width on are padding.
        view: whether the result is the input itself in another shape, which takes no memory.
    """

    output: Maps
    parameters: int = 0
    macs: int = 0
    dropped: Dropped = NOTHING
    view: bool = False


class Operation(Protocol):
    """Anything that can say what it does to its inputs."""

    def apply(self, *inputs: Maps) -> Effect:
        """Return the effect; raise ``ValueError`` if the inputs do not fit."""


@dataclass(frozen=True)
class Pointwise:
    """Every number becomes another: activation, normalization, dropout.

    The statistics that a normalization takes over pixels do not count as receptive field, as is
    usual: they are a scale, not a view. Its multiplications are not counted either: at use they can
    be folded into the layer before.

    Attributes:
        channels: channels or features it needs; None for any.
        shape: the last sizes it needs; None for any.
        parameters: learned numbers.
    """

    channels: int | None = None
    shape: tuple[int, ...] | None = None
    parameters: int = 0

    def apply(self, *inputs: Maps) -> Effect:
        """Return the input's shape and field."""
        (x,) = inputs
        if self.channels is not None and x.shape[0] != self.channels:
            raise ValueError(f"it needs {self.channels} channels; build it with {x.shape[0]}")
        last = x.shape[-len(self.shape) :] if self.shape else None
        if last != self.shape:
            raise ValueError(f"its last sizes need to be {self.shape}; build it with {last}")
        return Effect(x, self.parameters)


@dataclass(frozen=True)
class Flatten:
    """Feature maps become one row; nothing is computed."""

    def apply(self, *inputs: Maps) -> Effect:
        """Return the same numbers in one row."""
        (x,) = inputs
        return Effect(x.flat(), view=True)


@dataclass(frozen=True)
class Dense:
    """Every output reads every input: ``in * out`` products.

    ``in_features``, if given, has to be what comes in.
    """

    out_features: int
    bias: bool = True
    in_features: int | None = None

    def apply(self, *inputs: Maps) -> Effect:
        """Return a row of ``out_features``."""
        (x,) = inputs
        features = x.row()
        if self.in_features not in (None, features):
            raise ValueError(
                f"it needs {self.in_features} features; build it with in_features={features}"
            )
        products = features * check_at_least("out_features", self.out_features, 1)
        parameters = products + self.bias * self.out_features
        return Effect(x.collapsed(self.out_features), parameters, products)


@dataclass(frozen=True)
class Add:
    """Paths that meet: the sum (or product) of their numbers, position by position."""

    def apply(self, *inputs: Maps) -> Effect:
        """Return the common shape; sizes of 1 stretch, as in array arithmetic."""
        shape = inputs[0].shape
        for other in inputs[1:]:
            pairs = list(zip(shape, other.shape, strict=False))
            if len(shape) != len(other.shape) or any(a != b and 1 not in (a, b) for a, b in pairs):
                raise ValueError(
                    "its inputs need equal shapes; give the short cut a 1x1 convolution with the "
                    "body's channels and stride"
                )
            shape = tuple(max(pair) for pair in pairs)
        fields, positions = seen_together(inputs)
        return Effect(Maps(shape, fields, positions))


@dataclass(frozen=True)
class Concatenate:
    """Paths that meet: their channels (or features) are stacked."""

    def apply(self, *inputs: Maps) -> Effect:
        """Return the shape with as many channels as all inputs have together."""
        sizes = {x.shape[1:] for x in inputs}
        if len(sizes) > 1:
            raise ValueError(
                "its inputs may differ in channels only; give the paths the same stride, and the "
                "padding that keeps the size"
            )
        fields, positions = seen_together(inputs)
        channels = sum(x.shape[0] for x in inputs)
        return Effect(Maps((channels, *inputs[0].shape[1:]), fields, positions))
