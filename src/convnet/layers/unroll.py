"""Row unrolling: what turns a convolution into one matrix product for each kernel row.

The images of a chunk are unrolled along their width only. Take ``K`` copies of every row, each
shifted by one pixel more: column ``j`` of the result holds all that a kernel row reads at output
column ``j``. Rows stay in order, so the pixels that kernel row ``a`` reads for *all* outputs are a
contiguous block of rows, and need no copy of their own:

    ``Y = sum over a of  W[a] @ L[:, block a]``,    L: (C K) x (rows * width * samples).

The usual im2col copies each pixel ``K * K`` times, this one ``K`` times. A stride of ``s`` splits
the rows into ``s`` phases, each of which is contiguous again. Samples come last, so that small
images still make long rows, and the batch is taken in chunks that fit the processor's cache. Where
a kernel row reads very few numbers, as in a first layer, the ``K`` blocks are copied after all, for
one product in place of ``K`` thin ones.

Chapter: *Backpropagation through convolution*.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet.layers.window import Window

Array = npt.NDArray[Any]

CHUNK_BYTES = 2**20  # about a core's L2 cache; from 0.5 to 2 MB make little difference


FEW = 8  # samples; NumPy copies innermost axes as short as that slowly
THIN = 16  # numbers; a matrix product whose inner axis is shorter costs as much as a longer one


def samples_last(maps: Array) -> Array:
    """Return feature maps (m, C, H, W) in a new array (C, H, W, m)."""
    turned = np.empty((*maps.shape[1:], len(maps)), dtype=maps.dtype)
    copy_samples_last(turned, maps)
    return turned


def copy_samples_last(turned: Array, maps: Array) -> None:
    """Copy feature maps (m, C, H, W) into ``turned`` (C, H, W, m)."""
    if len(maps) > FEW:
        turned[...] = _apart(maps).transpose(1, 2, 3, 0)
        return
    for index, sample in enumerate(maps):
        turned[..., index] = sample


def samples_first(maps: Array) -> Array:
    """Return feature maps (C, H, W, m) as (m, C, H, W), to be copied; it is a view."""
    return _apart(maps.transpose(3, 0, 1, 2))


def _apart(maps: Array) -> Array:
    """Return feature maps (m, C, H, W) whose samples do not begin a power of two apart.

    Where they do, as with 32 maps of 32 x 32, the same pixel of all samples competes for the same
    few places in the cache, and turning the array takes up to ten times as long.
    """
    samples, pixels = len(maps), maps[:1].size
    if samples <= FEW or pixels * maps.itemsize % 1024:
        return maps
    room = np.empty((samples, pixels + 16), dtype=maps.dtype)[:, :pixels].reshape(maps.shape)
    room[...] = maps
    return room


@dataclass(frozen=True)
class RowUnroller:
    """Unrolls images for a window, and folds gradients back.

    Attributes:
        window: the window that moves over the images.
        channels: channels of the images.
        groups: groups that the channels are split into; each has matrices of its own.
    """

    window: Window
    channels: int
    groups: int

    @cached_property
    def phases(self) -> list[int]:
        """Which of the ``stride`` phases of rows some kernel row reads."""
        step, spread = self.window.stride[0], self.window.dilation[0]
        return sorted({a * spread % step for a in range(self.window.kernel[0])})

    @cached_property
    def rows(self) -> int:
        """Rows of one phase that are kept: those of the output, and those below that it needs."""
        window = self.window
        return window.output[0] + (window.reach[0] - 1) // window.stride[0]

    def chunks(self, samples: int, out_channels: int, itemsize: int) -> Iterator[slice]:
        """Split a batch evenly into chunks whose matrices fit the cache."""
        copies = len(self.phases) + (self.window.kernel[0] if self._is_thin() else 0)
        per_row = copies * self.channels * self.window.kernel[1] + out_channels
        one_sample = per_row * self.rows * self.window.output[1] * itemsize
        fitting = min(max(samples, 1), max(1, CHUNK_BYTES // max(1, one_sample)))
        count = -(-samples // fitting)
        size = -(-samples // max(1, count))
        return (slice(i, min(i + size, samples)) for i in range(0, samples, max(1, size)))

    def unroll(self, x: Array) -> Array:
        """Return ``L`` for images (m, C, H, W), as (phases, groups, C/groups K_w, row pixels).

        A row pixel is one of ``rows * OW * m``. Entries that no kernel row reads are undefined.
        """
        image = self._padded_samples_last(x)  # (C, padded H, padded W, m)
        if self._is_pointwise():
            return image.reshape(1, self.groups, self.channels // self.groups, -1)
        unrolled = np.empty(self._shape(len(x)), dtype=x.dtype)
        for copies, phase in zip(unrolled, self.phases, strict=True):
            for copied, source in self._shifts(copies, image, phase):
                copied[...] = source
        return unrolled.reshape(len(self.phases), self.groups, -1, self._row_pixels(len(x)))

    def fold(self, matrices: list[Array], samples: int) -> Array:
        """Add up all copies of each pixel: the transpose of :meth:`unroll`, as (m, C, H, W)."""
        shape = (self.channels, *self.window.padded, samples)
        if self._is_pointwise():
            return self.window.crop(samples_first(matrices[0].reshape(shape)))
        image = np.zeros(shape, matrices[0].dtype)
        for unrolled, phase in zip(matrices, self.phases, strict=True):
            copies = unrolled.reshape(self._shape(samples)[1:])
            for copied, source in self._shifts(copies, image, phase):
                source += copied
        return self.window.crop(samples_first(image))

    def blocks(self, matrices: Array) -> Iterator[tuple[slice, Array]]:
        """Yield which kernel rows go together, and the part of ``L`` that they read.

        That is (groups, rows C/groups K_w, OH OW m) and, but for thin kernel rows, a view for one
        kernel row after the other. Thin ones are copied below each other, for a single product.
        """
        each = [self._block(matrices, a) for a in range(self.window.kernel[0])]
        if self._is_thin():
            yield slice(None), np.concatenate(each, axis=1)
        else:
            yield from ((slice(a, a + 1), block) for a, block in enumerate(each))

    def _block(self, matrices: Array, a: int) -> Array:
        """Return the part of ``L`` that kernel row ``a`` reads: (groups, C/groups K_w, OH OW m)."""
        phase, pixels = self._place(a, matrices.shape[-1])
        return matrices[phase, :, :, pixels]

    def _is_thin(self) -> bool:
        """Return whether a kernel row reads so few numbers that its products would not pay."""
        kernel_h, kernel_w = self.window.kernel
        return kernel_h > 1 and self.channels // self.groups * kernel_w < THIN

    def stack(self, maps: Array, phase: int) -> Array:
        """Unroll an output's gradient along the height, for the kernel rows that read ``phase``.

        ``maps`` (groups, F/groups, OH OW m) is copied once for each of these kernel rows, as many
        rows down as that kernel row reads below the first; between are zeros. The result is
        (groups, kernel rows F/groups, row pixels).
        """
        if self._is_pointwise():
            return maps
        groups, filters, pixels = maps.shape
        kernel_rows = self.kernel_rows(phase)
        row_pixels = pixels // self.window.output[0] * self.rows
        stacked = np.zeros((groups, len(kernel_rows), filters, row_pixels), dtype=maps.dtype)
        for index, a in enumerate(kernel_rows):
            stacked[:, index, :, self._place(a, row_pixels)[1]] = maps
        return stacked.reshape(groups, -1, row_pixels)

    def kernel_rows(self, phase: int) -> list[int]:
        """Return the kernel rows that read rows of ``phase`` (an index into ``phases``)."""
        kernel_h = self.window.kernel[0]
        return [a for a in range(kernel_h) if self._place(a, self.rows)[0] == phase]

    def _place(self, a: int, row_pixels: int) -> tuple[int, slice]:
        """Return in which phase, and at which of its pixels, kernel row ``a`` reads."""
        down, phase = divmod(a * self.window.dilation[0], self.window.stride[0])
        one_row = row_pixels // self.rows  # OW m
        pixels = slice(down * one_row, (down + self.window.output[0]) * one_row)
        return self.phases.index(phase), pixels

    def _row_pixels(self, samples: int) -> int:
        return self.rows * self.window.output[1] * samples

    def _shape(self, samples: int) -> tuple[int, ...]:
        kernel_w, columns = self.window.kernel[1], self.window.output[1]
        return (len(self.phases), self.channels, kernel_w, self.rows, columns, samples)

    def _is_pointwise(self) -> bool:
        window = self.window
        return window.kernel == (1, 1) and window.stride == (1, 1)

    def _padded_samples_last(self, x: Array) -> Array:
        if self.window.sides == ((0, 0), (0, 0)):
            return samples_last(x)
        (top, _), (left, _) = self.window.sides
        height, width = self.window.image
        image = np.zeros((self.channels, *self.window.padded, len(x)), dtype=x.dtype)
        copy_samples_last(image[:, top : top + height, left : left + width], x)
        return image

    def _shifts(self, unrolled: Array, image: Array, phase: int) -> Iterator[tuple[Array, Array]]:
        """Pair each shifted copy in ``unrolled`` with the pixels of ``image`` it shows."""
        step_h, step_w = self.window.stride
        columns = self.window.output[1]
        rows = image[:, phase::step_h][:, : self.rows]  # (C, rows, padded W, m)
        for b in range(self.window.kernel[1]):
            left = b * self.window.dilation[1]
            shown = rows[:, :, left : left + step_w * (columns - 1) + 1 : step_w]
            yield unrolled[:, b, : rows.shape[1]], shown
