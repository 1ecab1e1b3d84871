"""Operations that change the size of maps without learning: interpolation, padding, means."""

from dataclasses import dataclass, replace
from fractions import Fraction

from convnet.shapes.field import Field
from convnet.shapes.maps import Maps, Pair
from convnet.shapes.operations import Effect
from convnet.shapes.windows import AdaptivePooling


@dataclass(frozen=True)
class Resize:
    """Interpolation to another size: each output reads its nearest pixel, or a 2x2 neighbourhood.

    Attributes:
        size: height and width of the result, if given.
        scale: factors on height and width otherwise; the result is rounded down.
        mode: "nearest" or "bilinear".
        align_corners: whether the outermost pixels' centres stay where they are (bilinear only).
    """

    size: Pair | None = None
    scale: tuple[float, float] = (1, 1)
    mode: str = "nearest"
    align_corners: bool = False

    def apply(self, *inputs: Maps) -> Effect:
        """Return maps of the new size; the products of an interpolation are not counted."""
        (x,) = inputs
        channels, image, fields = x.image()
        if self.mode not in ("nearest", "bilinear"):
            raise ValueError(f"it resizes with {self.mode!r}; use 'nearest' or 'bilinear'")
        height, width = self.size or (int(n * s) for n, s in zip(image, self.scale, strict=True))
        axes = zip(fields, image, (height, width), strict=True)
        rows, columns = (self._field(*axis) for axis in axes)
        return Effect(x.seen((channels, height, width), (rows, columns)))

    def _field(self, field: Field, n: int, m: int) -> Field:
        """Output o reads the pixels next to ``step o + offset``; rounding takes less than one."""
        step, offset = Fraction(n, m), Fraction(0)
        if self.mode == "nearest":
            slack = 1 - Fraction(1, step.denominator)
            return field.moved(step, -slack, slack)
        if self.align_corners:
            step = Fraction(n - 1, m - 1) if m > 1 else Fraction(0)
        else:
            offset = step / 2 - Fraction(1, 2)
        slack = 1 - Fraction(1, step.denominator * offset.denominator)
        return field.moved(step, offset - slack, 2 * slack)


@dataclass(frozen=True)
class Pad:
    """A border around maps: rows (above, below) and columns (left, right); negative ones crop."""

    rows: Pair
    columns: Pair

    def apply(self, *inputs: Maps) -> Effect:
        """Return larger maps."""
        (x,) = inputs
        channels, (height, width), fields = x.image()
        shape = (channels, height + sum(self.rows), width + sum(self.columns))
        if min(shape) < 1:
            raise ValueError(f"it crops {self.rows} and {self.columns}: nothing is left; crop less")
        before = (self.rows[0], self.columns[0])
        rows, columns = (f.moved(1, -first, 0) for f, first in zip(fields, before, strict=True))
        return Effect(x.seen(shape, (rows, columns)))


@dataclass(frozen=True)
class Mean:
    """The mean over both image axes."""

    keepdim: bool

    def apply(self, *inputs: Maps) -> Effect:
        """Return one number a channel."""
        effect = AdaptivePooling(1).apply(*inputs)
        return effect if self.keepdim else replace(effect, output=effect.output.flat())
