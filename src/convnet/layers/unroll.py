"""Row unrolling: what turns a convolution into one matrix product for each row of outputs.

The images are unrolled along their width only. Take ``K`` copies of every row, each shifted by one
pixel more: matrix ``L[r]`` holds, in column ``j``, all that a kernel row reads of image row ``r``
for output column ``j``. These matrices lie below each other, so the ``K`` of them that a row of
outputs reads *are* one matrix, and need no copy of their own:

    ``Y[i] = W @ L[i : i + K]``,    L[i : i + K]: (K C K) x (width * samples).

The usual im2col copies each pixel ``K * K`` times, this one ``K`` times: what neighbouring rows of
outputs read overlaps in memory. With a stride it begins ``s`` rows further down each time; with a
dilation ``d`` only every d-th row is unrolled, and the others are for other rows of outputs. A few
rows are done at a time, a band, whose matrices fit the processor's cache.

Samples come last, so that small images still make long rows. Large ones are taken as they lie, one
by one, since turning them around costs more than it saves. One row of one image is short, and BLAS
is slow with short matrices. So where rows are short those of a band lie side by side, and the sum
over kernel rows is one over products:

    ``Y = sum over a of  W[a] @ L[:, rows a and on]``.

Chapter: *Training LeNet*.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import gcd, prod
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from convnet.layers.memory import (
    Workspace,
    copy_samples_last,
    empty_maps,
    lies_samples_last,
    samples_last,
    slices,
)
from convnet.layers.window import Window

Array = npt.NDArray[Any]

BAND_BYTES = 2**21  # about a core's L2 cache
LARGE_BYTES = 2**19  # of one sample's matrices
TOGETHER = 64  # small samples that are taken at once
LONG = 112  # pixels; a product with half as long rows takes up to 1.5 times as long


class Band(NamedTuple):
    """Rows of outputs that are computed together.

    Attributes:
        outputs: these rows.
        rows: the rows of the padded image that they read.
    """

    outputs: range
    rows: slice

    @property
    def place(self) -> slice:
        """The rows of outputs, to cut them out."""
        return slice(self.outputs.start, self.outputs.stop, self.outputs.step)


class Product(NamedTuple):
    """What one matrix product reads.

    Attributes:
        outputs: the rows of outputs that it belongs to.
        kernel_rows: the rows of the kernel that it is for; those that begin at 0 come first.
        read: all that these read for each output, (groups, rows C/groups K_w, pixels).
    """

    outputs: slice
    kernel_rows: slice
    read: Array


@dataclass(frozen=True)
class RowUnroller:
    """Unrolls images for a window.

    Images come padded, as (C, padded H, padded W, m): :meth:`padded`.

    Attributes:
        window: the window that moves over the images.
        channels: channels C of the images.
        filters: kernels F, channels of the output.
        groups: groups that the channels are split into; each has matrices of its own.
    """

    window: Window
    channels: int
    filters: int
    groups: int = 1

    @cached_property
    def spread(self) -> int:
        """Rows from one that a window reads to the next; of a single one it is free to choose."""
        return self.window.dilation[0] if self.window.kernel[0] > 1 else self.window.stride[0]

    @cached_property
    def apart(self) -> int:
        """Rows of outputs from one to the next that reads rows of the same remainder."""
        return self.spread // gcd(self.spread, self.window.stride[0])

    @cached_property
    def step(self) -> int:
        """Unrolled rows from where an output of a band begins to read to where the next does."""
        return self.window.stride[0] // gcd(self.spread, self.window.stride[0])

    @cached_property
    def unrolled_row(self) -> int:
        """Numbers that one image row of one sample is unrolled to."""
        return self.channels * self.window.kernel[1] * self.window.output[1]

    @cached_property
    def output_row(self) -> int:
        """Numbers in one row of the outputs of one sample."""
        return self.filters * self.window.output[1]

    def turns(self, x: Array) -> bool:
        """Return whether images are taken samples last: small ones, or if they lie like that."""
        one_sample = self.unrolled_row * self.window.padded[0] * x.itemsize
        return one_sample <= LARGE_BYTES or lies_samples_last(x)

    def together(self, x: Array) -> int:
        """Return how many samples to take at once: many that are turned, one that is not."""
        one_window = self.unrolled_row * self.window.kernel[0] * x.itemsize
        return max(TOGETHER, BAND_BYTES // one_window) if self.turns(x) else 1

    def bands(self, image: Array, row: int) -> Iterator[Band]:
        """Split the rows of outputs for a padded image into bands that fit the cache.

        Each needs ``row`` numbers for a row of one sample. What a band and the next have in common
        is done for either, so a band is not shorter than that.
        """
        height = self.window.kernel[0]
        fitting = BAND_BYTES // max(1, row * image.shape[-1] * image.itemsize)
        most = max((fitting - height) // self.step + 1, height - self.step)
        for first in range(min(self.apart, self.window.output[0])):
            outputs = range(first, self.window.output[0], self.apart)
            for part in slices(len(outputs), most):
                begin = self.window.stride[0] * outputs[part].start
                below = self.step * (len(outputs[part]) - 1) + height - 1
                rows = slice(begin, begin + self.spread * below + 1, self.spread)
                yield Band(outputs[part], rows)

    def padded(self, x: Array, last: bool) -> Array:
        """Return images (m, C, H, W) as (C, padded H, padded W, m), border included."""
        if self.window.sides == ((0, 0), (0, 0)):
            return samples_last(x) if last else x.transpose(1, 2, 3, 0)
        shape = (len(x), self.channels, *self.window.padded)
        image = empty_maps(shape, x.dtype, last).transpose(1, 2, 3, 0)
        image.fill(0)
        (top, _), (left, _) = self.window.sides
        height, width = self.window.image
        copy_samples_last(image[:, top : top + height, left : left + width], x)
        return image

    def products(self, image: Array, room: Workspace) -> Iterator[Product]:
        """Yield what each matrix product reads of a padded image, band by band."""
        each = self._by_output if self.has_long_rows(image) else self._by_kernel_row
        for band in self.bands(image, self.unrolled_row):
            yield from each(image, band, room)

    def has_long_rows(self, image: Array) -> bool:
        """Return whether one row of outputs is enough for a matrix product."""
        pixels: int = self.window.output[1] * image.shape[-1]
        return pixels >= LONG

    def _by_output(self, image: Array, band: Band, room: Workspace) -> Iterator[Product]:
        """Yield one product for each row of outputs: its matrices lie below each other."""
        unrolled = self.unroll(image, band.rows, room)
        groups, _, channels, kernel_w, columns, samples = unrolled.shape
        height = self.window.kernel[0]
        shape = (groups, height * channels * kernel_w, columns * samples)
        for index, row in enumerate(band.outputs):
            read = unrolled[:, index * self.step :][:, :height]
            yield Product(slice(row, row + 1), slice(0, height), read.reshape(shape))

    def unroll(self, image: Array, rows: slice, room: Workspace) -> Array:
        """Return ``L`` for some rows of a padded image, (groups, rows, C/groups, K_w, OW, m)."""
        seen = self._split(image[:, rows])  # (groups, C/groups, rows, padded W, m)
        groups, channels, count, _, samples = seen.shape
        shape = (groups, count, channels, self.window.kernel[1], self.window.output[1], samples)
        unrolled = room.array("rows", shape, image.dtype)
        for b in range(self.window.kernel[1]):
            _, across = self.window.seen_at(0, b)
            unrolled[:, :, :, b] = seen[:, :, :, across].swapaxes(1, 2)
        return unrolled

    def _by_kernel_row(self, image: Array, band: Band, room: Workspace) -> Iterator[Product]:
        """Yield one product for each kernel row; what it reads lies side by side."""
        phases = self._unroll_across(image, band.rows, room)
        groups, channels, kernel_w, _, columns, samples = phases.shape[1:]
        inner, one_row = channels * kernel_w, columns * samples
        for a in range(self.window.kernel[0]):
            down, phase = divmod(a, self.step)
            matrix = phases[phase].reshape(groups, inner, -1)
            pixels = slice(down * one_row, (down + len(band.outputs)) * one_row)
            yield Product(band.place, slice(a, a + 1), matrix[:, :, pixels])

    def _unroll_across(self, image: Array, rows: slice, room: Workspace) -> Array:
        """Return (step, groups, C/groups, K_w, rows, OW, m): rows 0, step and so on, then 1 ...

        Entries that no kernel row reads are undefined.
        """
        seen = self._split(image[:, rows])  # (groups, C/groups, rows, padded W, m)
        groups, channels, count, _, samples = seen.shape
        kernel_w, columns = self.window.kernel[1], self.window.output[1]
        most = -(-count // self.step)
        shape = (self.step, groups, channels, kernel_w, most, columns, samples)
        phases = room.array("rows", shape, image.dtype)
        for phase, unrolled in enumerate(phases[: self.window.kernel[0]]):
            part = seen[:, :, phase :: self.step]
            for b in range(kernel_w):
                _, across = self.window.seen_at(0, b)
                unrolled[:, :, b, : part.shape[2]] = part[:, :, :, across]
        return phases

    def matrix(self, maps: Array) -> Array:
        """Return rows of outputs (F, rows, OW, m) as a matrix, (groups, F/groups, pixels).

        It is a view where the pixels lie one after the other.
        """
        return maps.reshape(self.groups, self.filters // self.groups, prod(maps.shape[1:]))

    def matrices(self, weight: Array) -> Array:
        """Return kernels (F, C/groups, K_h, K_w) as (groups, F/groups, K_h, C/groups K_w)."""
        # A copy: BLAS rounds by how its matrices lie, and equal kernels shall give equal maps.
        by_row = weight.transpose(0, 2, 1, 3).copy()  # (F, K_h, C/groups, K_w)
        split = (self.groups, self.filters // self.groups, self.window.kernel[0])
        return by_row.reshape(*split, prod(weight.shape[1::2]))

    def kernels(self, matrices: Array) -> Array:
        """Undo :meth:`matrices`: return kernels (F, C/groups, K_h, K_w), a new array."""
        kernel_h, kernel_w = self.window.kernel
        by_row = matrices.reshape(self.filters, kernel_h, -1, kernel_w)
        return np.ascontiguousarray(by_row.swapaxes(1, 2))

    def _split(self, maps: Array) -> Array:
        """Return maps (C, ...) as (groups, C/groups, ...), a view."""
        return maps.reshape(self.groups, -1, *maps.shape[1:])
