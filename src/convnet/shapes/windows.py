"""Operations whose outputs read a window: convolution, its transpose, pooling, resizing."""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod

from convnet._check import check_at_least, pair
from convnet.layers.conv_arguments import check_groups
from convnet.layers.pool_window import check_pooling
from convnet.layers.window import Padding, Size, Window, window
from convnet.shapes.field import Field
from convnet.shapes.maps import Fields, Maps, Pair
from convnet.shapes.operations import Dropped, Effect


@dataclass(frozen=True)
class Convolution:
    """A kernel moves over the image: ``F (C / groups) K_h K_w`` products at each of its places.

    ``in_channels``, if given, has to be what comes in.
    """

    out_channels: int
    kernel_size: Size
    stride: Size = 1
    padding: Padding = 0
    dilation: Size = 1
    groups: int = 1
    bias: bool = True
    in_channels: int | None = None

    def apply(self, *inputs: Maps) -> Effect:
        """Return maps (F, OH, OW), as :func:`convnet.layers.conv2d` would."""
        (x,) = inputs
        channels, image, fields = x.image()
        check_channels(channels, self.in_channels, self.out_channels, self.groups)
        kernel = pair("kernel_size", self.kernel_size)
        win = window(image, kernel, self.stride, self.padding, self.dilation)
        weights = self.out_channels * (channels // self.groups) * prod(kernel)
        return Effect(
            x.seen((self.out_channels, *win.output), through(fields, win)),
            weights + self.bias * self.out_channels,
            weights * prod(win.output),
            dropped(win),
        )


@dataclass(frozen=True)
class TransposedConvolution:
    """Every input pixel paints a kernel: ``C (F / groups) K_h K_w`` products a pixel."""

    out_channels: int
    kernel_size: Size
    stride: Size = 1
    padding: Size = 0
    output_padding: Size = 0
    groups: int = 1
    bias: bool = True
    dilation: Size = 1
    in_channels: int | None = None

    def apply(self, *inputs: Maps) -> Effect:
        """Return maps (F, OH, OW) with ``OH = (H - 1) s - 2 p + d (K_h - 1) + extra + 1``."""
        (x,) = inputs
        channels, image, fields = x.image()
        check_channels(channels, self.in_channels, self.out_channels, self.groups)
        axes = list(zip(image, fields, *self._pairs(), strict=True))
        height, width = (self._size(n, *how) for n, _, *how in axes)
        rows, columns = (self._field(field, *how[:3]) for _, field, *how in axes)
        output = x.seen((self.out_channels, height, width), (rows, columns))
        kernel = pair("kernel_size", self.kernel_size)
        weights = channels * (self.out_channels // self.groups) * prod(kernel)
        parameters = weights + self.bias * self.out_channels
        return Effect(output, parameters, weights * prod(image))

    def _pairs(self) -> tuple[Pair, Pair, Pair, Pair]:
        """Return reach ``d (k - 1)``, stride, padding and output padding along both axes."""
        kernel, spread = pair("kernel_size", self.kernel_size), pair("dilation", self.dilation)
        height, width = (d * (k - 1) for d, k in zip(spread, kernel, strict=True))
        extra = pair("output_padding", self.output_padding, 0)
        steps, border = pair("stride", self.stride), pair("padding", self.padding, 0)
        if any(e >= max(s, d) for e, s, d in zip(extra, steps, spread, strict=True)):
            raise ValueError(
                f"its output_padding {self.output_padding} needs to be less than its stride "
                f"{self.stride} or dilation {self.dilation}; pass for example output_padding=0"
            )
        return (height, width), steps, border, extra

    def _size(self, n: int, reach: int, step: int, border: int, extra: int) -> int:
        size = (n - 1) * step - 2 * border + reach + extra + 1
        if size < 1:
            raise ValueError(f"its padding of {border} cuts off all of the output; pad less")
        return size

    def _field(self, field: Field, reach: int, step: int, border: int) -> Field:
        """Output o is painted by pixels ``(o + p - reach) / s`` to ``(o + p) / s``."""
        first, span = Fraction(border - reach, step), Fraction(reach, step)
        return field.moved(Fraction(1, step), first, span)


@dataclass(frozen=True)
class Pooling:
    """One number for each window of each channel; nothing to learn and no products.

    The stride is the window unless given. With ``ceil_mode`` a last window may hang over the edge.
    """

    kernel_size: Size
    stride: Size | None = None
    padding: Size = 0
    dilation: Size = 1
    ceil_mode: bool = False

    def apply(self, *inputs: Maps) -> Effect:
        """Return maps (C, OH, OW)."""
        (x,) = inputs
        channels, image, fields = x.image()
        win = self._window(image)
        height, width = self._ceiling(win) if self.ceil_mode else win.output
        output = x.seen((channels, height, width), through(fields, win))
        return Effect(output, dropped=dropped(win, (height, width)))

    def _window(self, image: Pair) -> Window:
        """Return how the window moves; with ``ceil_mode`` it may be larger than the image."""
        kernel, stride, border = check_pooling(self.kernel_size, self.stride, self.padding)
        room = (2**30, 2**30) if self.ceil_mode else image
        return replace(window(room, kernel, stride, border, self.dilation), image=image)

    def _ceiling(self, win: Window) -> Pair:
        """Round up, unless the last window would start beyond the image and its left padding."""
        sizes = []
        for axis in (0, 1):
            step, room = win.stride[axis], win.image[axis] + win.sides[axis][0]
            size = -(-(win.padded[axis] - win.reach[axis]) // step) + 1
            sizes.append(size if (size - 1) * step < room else size - 1)
        if min(sizes) < 1:
            raise ValueError(f"its window reaches over {win.reach} pixels; use a smaller one")
        return sizes[0], sizes[1]


@dataclass(frozen=True)
class AdaptivePooling:
    """As many windows as asked for: output i reads ``floor(i n / m)`` up to ``ceil((i+1) n / m)``.

    ``output_size`` None along an axis keeps its size.
    """

    output_size: int | tuple[int | None, int | None] = 1

    def apply(self, *inputs: Maps) -> Effect:
        """Return maps (C, *output_size)."""
        (x,) = inputs
        channels, image, fields = x.image()
        wanted = (
            self.output_size if isinstance(self.output_size, tuple) else (self.output_size,) * 2
        )
        height, width = (
            n if m is None else check_at_least("output_size", m, 1)
            for m, n in zip(wanted, image, strict=True)
        )
        sizes = zip(fields, image, (height, width), strict=True)
        rows, columns = (self._field(*axis) for axis in sizes)
        return Effect(x.seen((channels, height, width), (rows, columns)))

    def _field(self, field: Field, n: int, m: int) -> Field:
        if n % m == 0:
            return field.moved(n // m, 0, n // m - 1)
        # Rounding moves either end of a window outwards, by less than a pixel.
        slack = Fraction(m - 1, m)
        return field.moved(Fraction(n, m), -slack, Fraction(n, m) - 1 + 2 * slack)


def check_channels(got: int, needed: int | None, outputs: int, groups: int) -> None:
    """Raise ``ValueError`` unless the channels that come in are those that the kernels read."""
    check_at_least("out_channels", outputs, 1)
    if needed not in (None, got):
        raise ValueError(f"it needs {needed} channels; build it with in_channels={got}")
    check_groups(got, outputs, groups)


def through(fields: Fields, win: Window) -> Fields:
    """Return the fields of a window that moves over maps with ``fields``."""
    rows, columns = (
        field.moved(win.stride[axis], -win.sides[axis][0], win.reach[axis] - 1)
        for axis, field in enumerate(fields)
    )
    return rows, columns


def dropped(win: Window, output: Pair | None = None) -> Dropped:
    """Return the rows and columns beyond the last window, numbered from the image's first."""
    rows, columns = (
        range((m - 1) * step + reach - before, n + before + after - before)
        for m, step, reach, n, (before, after) in zip(
            output or win.output, win.stride, win.reach, win.image, win.sides, strict=True
        )
    )
    return rows, columns
