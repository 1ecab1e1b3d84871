"""Operations whose outputs read a window: convolution, its transpose, pooling, resizing."""

from dataclasses import dataclass, replace
from fractions import Fraction

from convnet.layers.conv_arguments import check_groups
from convnet.layers.window import Padding, Window, window
from convnet.shapes.field import Field
from convnet.shapes.maps import Fields, Maps, Pair
from convnet.shapes.operations import Dropped, Effect


@dataclass(frozen=True)
class Convolution:
    """A kernel moves over the image: ``F (C / groups) K_h K_w`` products at each of its places."""

    out_channels: int
    kernel: Pair
    stride: Pair = (1, 1)
    padding: Padding = 0
    dilation: Pair = (1, 1)
    groups: int = 1
    bias: bool = True
    in_channels: int | None = None

    def apply(self, *inputs: Maps) -> Effect:
        """Return maps (F, OH, OW), as :func:`convnet.layers.conv2d` would."""
        (x,) = inputs
        channels, image, fields = x.image()
        check_channels(channels, self.in_channels)
        check_groups(channels, self.out_channels, self.groups)
        win = window(image, self.kernel, self.stride, self.padding, self.dilation)
        weights = self.out_channels * (channels // self.groups) * self.kernel[0] * self.kernel[1]
        places = win.output[0] * win.output[1]
        return Effect(
            x.seen((self.out_channels, *win.output), through(fields, win)),
            weights + self.bias * self.out_channels,
            weights * places,
            dropped(win),
        )


@dataclass(frozen=True)
class TransposedConvolution:
    """Every input pixel paints a kernel: ``C (F / groups) K_h K_w`` products a pixel."""

    out_channels: int
    kernel: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    output_padding: Pair = (0, 0)
    groups: int = 1
    bias: bool = True
    dilation: Pair = (1, 1)
    in_channels: int | None = None

    def apply(self, *inputs: Maps) -> Effect:
        """Return maps (F, OH, OW) with ``OH = (H - 1) s - 2 p + d (K_h - 1) + extra + 1``."""
        (x,) = inputs
        channels, image, fields = x.image()
        check_channels(channels, self.in_channels)
        check_groups(channels, self.out_channels, self.groups)
        height, width = (self._size(axis, n) for axis, n in enumerate(image))
        weights = channels * (self.out_channels // self.groups) * self.kernel[0] * self.kernel[1]
        rows, columns = (self._field(axis, field) for axis, field in enumerate(fields))
        output = x.seen((self.out_channels, height, width), (rows, columns))
        parameters = weights + self.bias * self.out_channels
        return Effect(output, parameters, weights * image[0] * image[1])

    def _size(self, axis: int, n: int) -> int:
        step, reach = self.stride[axis], self.dilation[axis] * (self.kernel[axis] - 1)
        size = (n - 1) * step - 2 * self.padding[axis] + reach + self.output_padding[axis] + 1
        if size < 1:
            raise ValueError(
                f"its padding of {self.padding[axis]} cuts off all of the output; pad less"
            )
        return size

    def _field(self, axis: int, field: Field) -> Field:
        """Output o is painted by pixels ``(o + p - d (k - 1)) / s`` to ``(o + p) / s``."""
        step, reach = self.stride[axis], self.dilation[axis] * (self.kernel[axis] - 1)
        first = Fraction(self.padding[axis] - reach, step)
        return field.moved(Fraction(1, step), first, Fraction(reach, step))


@dataclass(frozen=True)
class Pooling:
    """One number for each window of each channel; nothing to learn and no products."""

    kernel: Pair
    stride: Pair
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    ceil_mode: bool = False

    def apply(self, *inputs: Maps) -> Effect:
        """Return maps (C, OH, OW); with ``ceil_mode`` a last window may hang over the edge."""
        (x,) = inputs
        channels, image, fields = x.image()
        if any(2 * p > k for p, k in zip(self.padding, self.kernel, strict=True)):
            raise ValueError(
                f"its padding {self.padding} needs to be at most half of its window {self.kernel}; "
                "pad less"
            )
        win = self._window(image)
        height, width = self._ceiling(win) if self.ceil_mode else win.output
        output = x.seen((channels, height, width), through(fields, win))
        return Effect(output, dropped=dropped(win, (height, width)))

    def _window(self, image: Pair) -> Window:
        """Return how the window moves; with ``ceil_mode`` it may be larger than the image."""
        how = (self.kernel, self.stride, self.padding, self.dilation)
        return replace(window((2**30, 2**30) if self.ceil_mode else image, *how), image=image)

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

    output_size: tuple[int | None, int | None]

    def apply(self, *inputs: Maps) -> Effect:
        """Return maps (C, *output_size)."""
        (x,) = inputs
        channels, image, fields = x.image()
        height, width = (m or n for m, n in zip(self.output_size, image, strict=True))
        sizes = zip(fields, image, (height, width), strict=True)
        rows, columns = (self._field(*axis) for axis in sizes)
        return Effect(x.seen((channels, height, width), (rows, columns)))

    def _field(self, field: Field, n: int, m: int) -> Field:
        if n % m == 0:
            return field.moved(n // m, 0, n // m - 1)
        # Rounding moves either end of a window outwards, by less than a pixel.
        slack = Fraction(m - 1, m)
        return field.moved(Fraction(n, m), -slack, Fraction(n, m) - 1 + 2 * slack)


def check_channels(got: int, needed: int | None) -> None:
    """Raise ``ValueError`` unless as many channels come in as the kernels read."""
    if needed not in (None, got):
        raise ValueError(f"it needs {needed} channels; build it with in_channels={got}")


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
