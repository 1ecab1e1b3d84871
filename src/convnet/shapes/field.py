"""The receptive field: which pixels of the network's input a number depends on."""

from dataclasses import dataclass
from fractions import Fraction

Number = int | Fraction


@dataclass(frozen=True)
class Field:
    """The pixels along one axis that the positions of a feature map depend on.

    Position i depends on pixels ``start + i jump`` to ``start + i jump + size - 1``, of which those
    outside the image are padding. All three are whole numbers unless the network enlarges its maps
    (transposed convolution, resizing) or pools them into windows of differing sizes; then the
    interval contains the pixels, and ``size`` is an upper bound.

    Attributes:
        size: pixels from the first to the last; default 1.
        jump: pixels from one position's field to the next's; default 1.
        start: first pixel of position 0; default 0, negative where there is padding.

    Source:
        Araujo, Norris and Sim (2019), *Computing Receptive Fields of Convolutional Neural
        Networks*, equations 2 to 5. Chapter: *VGG (2014)*.

    >>> convolved = Field().moved(step=1, first=-1, span=2)  # 3 pixels wide, padding 1
    >>> pooled = convolved.moved(step=2, first=0, span=1)
    >>> pooled
    Field(size=4, jump=2, start=-1)
    >>> pooled.pixels(0, 6), pooled.pixels(1, 6)
    (range(0, 3), range(1, 5))
    """

    size: Number = 1
    jump: Number = 1
    start: Number = 0

    def moved(self, step: Number, first: Number, span: Number) -> "Field":
        """Return the field after a window that moves over the map.

        Its output o reads positions ``step o + first`` to ``step o + first + span``.
        """
        return Field(
            _whole(self.size + span * self.jump),
            _whole(self.jump * step),
            _whole(self.start + first * self.jump),
        )

    def everywhere(self, positions: int) -> "Field":
        """Return the field of something that reads all ``positions`` of the map."""
        return self.moved(step=positions, first=0, span=positions - 1)

    def together(self, other: "Field", positions: int) -> "Field":
        """Return the field of something that reads both maps at the same position.

        With equal jumps that is the interval from the first pixel to the last. Fields that drift
        apart are covered by the one interval, of jump 0, that holds all of their ``positions``.
        """
        if self.jump != other.jump and positions > 1:
            return self._at_once(positions).together(other._at_once(positions), 1)
        start = min(self.start, other.start)
        end = max(self.start + self.size, other.start + other.size)
        return Field(_whole(end - start), self.jump, start)

    def _at_once(self, positions: int) -> "Field":
        return Field(_whole(self.size + (positions - 1) * self.jump), 0, self.start)

    def pixels(self, position: int, length: int) -> range:
        """Return the pixels, of ``length`` along the axis, that ``position`` depends on."""
        first = self.start + position * self.jump
        last = first + self.size - 1
        return range(max(0, -(-first // 1)), min(length, last // 1 + 1))


def _whole(number: Number) -> Number:
    """Return the number as ``int`` where it is one."""
    return int(number) if number == int(number) else number
