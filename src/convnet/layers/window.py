"""How a window moves over an image: one description for convolution and for pooling."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from convnet._check import pair

Array = npt.NDArray[Any]
Size = int | tuple[int, int]
Padding = int | tuple[int, int] | Literal["same", "valid"]
Sides = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Window:
    """A window on images of one size; every pair is (along height, along width).

    Attributes:
        image: height and width of the image, without padding.
        kernel: pixels that the window reads.
        stride: step from one output to the next.
        dilation: distance between two pixels that the window reads.
        sides: zeros (above, below), (left, right).
    """

    image: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    sides: Sides

    @cached_property
    def padded(self) -> tuple[int, int]:
        """Height and width of the image with its padding."""
        height, width = (n + sum(side) for n, side in zip(self.image, self.sides, strict=True))
        return height, width

    @cached_property
    def reach(self) -> tuple[int, int]:
        """Pixels from the first to the last that the window reads: ``d (k - 1) + 1``."""
        height, width = (d * (k - 1) + 1 for d, k in zip(self.dilation, self.kernel, strict=True))
        return height, width

    @cached_property
    def output(self) -> tuple[int, int]:
        """Outputs along each axis: ``floor((n + p_before + p_after - reach) / s) + 1``."""
        sizes = zip(self.padded, self.reach, self.stride, strict=True)
        height, width = ((n - reach) // step + 1 for n, reach, step in sizes)
        return height, width

    @cached_property
    def covers(self) -> bool:
        """Whether every pixel is in exactly one window: no overlap, no gap, nothing left over."""
        tiled = tuple(count * step for count, step in zip(self.output, self.stride, strict=True))
        return self.kernel == self.stride and tiled == self.padded and self.dilation == (1, 1)

    @cached_property
    def is_symmetric(self) -> bool:
        """Whether there is as much padding before as after."""
        return all(before == after for before, after in self.sides)

    def seen_at(self, a: int, b: int) -> tuple[slice, slice]:
        """Return the padded rows and columns that position (a, b) of the window reads."""
        (step_h, step_w), (rows, columns) = self.stride, self.output
        top, left = a * self.dilation[0], b * self.dilation[1]
        return (
            slice(top, top + step_h * (rows - 1) + 1, step_h),
            slice(left, left + step_w * (columns - 1) + 1, step_w),
        )

    def pad(self, x: Array, value: float = 0.0) -> Array:
        """Return images (N, C, H, W) with their padding; ``x`` itself where there is none."""
        if self.sides == ((0, 0), (0, 0)):
            return x
        return np.pad(x, ((0, 0), (0, 0), *self.sides), constant_values=value)

    def crop(self, x: Array) -> Array:
        """Return padded images (N, C, padded H, padded W) without their padding."""
        (top, _), (left, _) = self.sides
        height, width = self.image
        return x[:, :, top : top + height, left : left + width]


def window(
    image: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: Size,
    padding: Padding,
    dilation: Size = 1,
) -> Window:
    """Return the checked description of a window that moves over an image.

    Raises:
        ValueError: an argument is out of range, or the window is larger than the padded image.
    """
    steps, spread = pair("stride", stride), pair("dilation", dilation)
    (rows, columns), (kernel_h, kernel_w) = image, kernel
    sides = _sides((kernel_h, kernel_w), steps, spread, padding)
    return _window((rows, columns), (kernel_h, kernel_w), steps, spread, sides)


@lru_cache(1000)  # layers ask for the same few in every step, and each works its sizes out once
def _window(
    image: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    sides: Sides,
) -> Window:
    result = Window(image, kernel, stride, dilation, sides)
    for axis in (0, 1):
        _check_fits(result, axis)
    return result


def _check_fits(window: Window, axis: int) -> None:
    """Raise ``ValueError`` if the window reaches over more pixels than there are."""
    if window.reach[axis] > window.padded[axis]:
        name = ("height", "width")[axis]
        raise ValueError(
            f"a kernel {name} of {window.kernel[axis]} with dilation {window.dilation[axis]} "
            f"reaches over {window.reach[axis]} pixels, but the image has a {name} of only "
            f"{window.padded[axis]}, padding included; use a smaller window or dilation, or more "
            "padding"
        )


def _sides(
    kernel: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int], padding: Padding
) -> Sides:
    """Return the zeros before and after along each of the two image axes."""
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding == "same":
        if stride != (1, 1):
            raise ValueError(
                f"padding is 'same' and stride is {stride}, but 'same' needs stride 1, as in "
                "PyTorch; pass the padding as a number"
            )
        total_h, total_w = (d * (k - 1) for k, d in zip(kernel, dilation, strict=True))
        return (total_h // 2, total_h - total_h // 2), (total_w // 2, total_w - total_w // 2)
    if isinstance(padding, str):
        raise ValueError(  # noqa: TRY004  # a word is a fine type here, only not this word
            f"padding is {padding!r}, but needs an integer, two integers, 'same' or 'valid'; "
            "pass for example padding=1"
        )
    along_height, along_width = pair("padding", padding, minimum=0)
    return (along_height, along_height), (along_width, along_width)
