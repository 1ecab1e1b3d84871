"""What flows between layers: the shape of one sample, and what its positions have seen."""

from dataclasses import dataclass, replace
from math import prod

from convnet.shapes.field import Field

Pair = tuple[int, int]
Fields = tuple[Field, Field]


@dataclass(frozen=True)
class Maps:
    """The output of a layer for one sample, without its numbers.

    Attributes:
        shape: (C, H, W) for feature maps, (features,) for a row of numbers.
        fields: receptive field along height and width; None if the network's input is no image.
        positions: places along height and width that the fields belong to. A row made by
            flattening maps still has those of the maps.

    >>> Maps.of((3, 8, 8)).positions, Maps.of((13,)).fields
    ((8, 8), None)
    """

    shape: tuple[int, ...]
    fields: Fields | None = None
    positions: Pair = (1, 1)

    @classmethod
    def of(cls, shape: tuple[int, ...]) -> "Maps":
        """Return the network's input, where every position has seen itself."""
        if len(shape) == 3:
            return cls(shape, (Field(), Field()), (shape[1], shape[2]))
        return cls(shape)

    @property
    def numbers(self) -> int:
        """How many numbers a sample has here."""
        return prod(self.shape)

    def image(self) -> tuple[int, Pair, Fields]:
        """Return (channels, (height, width), fields); raise ``ValueError`` for a row."""
        if len(self.shape) != 3 or self.fields is None:
            raise ValueError(
                "it needs feature maps (C, H, W); put it before Flatten, or start from an "
                "input of three sizes, for example (3, 32, 32)"
            )
        channels, height, width = self.shape
        return channels, (height, width), self.fields

    def row(self) -> int:
        """Return the number of features; raise ``ValueError`` for feature maps."""
        if len(self.shape) != 1:
            raise ValueError("it needs a row of features (features,); put Flatten before it")
        return self.shape[0]

    def flat(self) -> "Maps":
        """Return the same numbers as one row."""
        return replace(self, shape=(self.numbers,))

    def collapsed(self, features: int) -> "Maps":
        """Return a row of ``features``, each of which has seen all positions."""
        if self.fields is None:
            return Maps((features,))
        height, width = (f.everywhere(n) for f, n in zip(self.fields, self.positions, strict=True))
        return Maps((features,), (height, width))

    def seen(self, shape: tuple[int, ...], fields: Fields) -> "Maps":
        """Return feature maps of ``shape`` (C, H, W) with these fields."""
        return Maps(shape, fields, (shape[1], shape[2]))


def seen_together(inputs: tuple[Maps, ...]) -> tuple[Fields | None, Pair]:
    """Return fields and positions of a layer that reads all inputs, position by position.

    A single position that is added to many, such as a global average, is at all of them.
    """
    fields, positions = inputs[0].fields, inputs[0].positions
    for maps in inputs[1:]:
        if fields is None or maps.fields is None:
            return None, (1, 1)
        pairs = list(zip(fields, positions, maps.fields, maps.positions, strict=True))
        height, width = (_axis(*pair) for pair in pairs)
        fields = (height, width)
        positions = (max(positions[0], maps.positions[0]), max(positions[1], maps.positions[1]))
    return fields, positions


def _axis(mine: Field, my_positions: int, other: Field, other_positions: int) -> Field:
    positions = max(my_positions, other_positions)
    if my_positions == 1:
        mine = replace(mine, jump=0 if positions > 1 else other.jump)
    if other_positions == 1:
        other = replace(other, jump=0 if positions > 1 else mine.jump)
    return mine.together(other, positions)
