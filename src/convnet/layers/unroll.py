"""Row unrolling: what turns a convolution into one matrix product for each kernel row.

The images are unrolled along their width only. Take ``K`` copies of every row, each shifted by one
pixel more: column ``j`` of the result holds all that a kernel row reads at output column ``j``.
Rows stay in order, so the pixels that kernel row ``a`` reads for *all* outputs are a contiguous
block of rows, and need no copy of their own:

    ``Y = sum over a of  W[a] @ L[:, block a]``,    L: (C K) x (rows * width * samples).

The usual im2col copies each pixel ``K * K`` times, this one ``K`` times. A stride of ``s`` splits
the rows into ``s`` phases, each of which is contiguous again. Samples come last, so that small
images still make long rows; large ones are taken one by one. A few rows of outputs are computed at
a time, a band, whose matrices fit the processor's cache. Where a kernel row reads very few numbers,
as in a first layer, the ``K`` blocks are copied after all, for one product in place of ``K`` thin
ones.

Chapter: *Backpropagation through convolution*.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product as product_of
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet.layers.memory import (
    copy_samples_last,
    lies_samples_last,
    samples_last,
    slices,
)
from convnet.layers.window import Window

Array = npt.NDArray[Any]

BAND_BYTES = 2**21  # about a core's L2 cache; from 0.5 to 4 MB make little difference
LARGE_BYTES = 2**19  # of one sample's matrices
QUICK = 10**6  # multiplications; BLAS takes smaller matrix products without packing them first
LONG = 1024  # pixels; shorter rows of a matrix make its product slow, whatever way it goes
THIN = 16  # numbers; a matrix product whose inner axis is shorter costs as much as a longer one
TOGETHER = 64  # samples that are taken at once, though a band may then be a few rows only


@dataclass(frozen=True)
class RowUnroller:
    """Unrolls images for a window, and paints gradients back.

    Images come padded and samples last, (C, padded H, padded W, m): :meth:`padded`.

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
    def phases(self) -> list[int]:
        """Which of the ``stride`` phases of rows some kernel row reads."""
        step, spread = self.window.stride[0], self.window.dilation[0]
        return sorted({a * spread % step for a in range(self.window.kernel[0])})

    @cached_property
    def below(self) -> int:
        """Rows of a phase that the window reaches below the first."""
        return (self.window.reach[0] - 1) // self.window.stride[0]

    def together(self, x: Array) -> int:
        """Return how many samples to take at once: many of small images, one of large ones.

        Many small products cost more than few large ones, but turning large images around costs
        more than it saves, unless they lie samples last already.
        """
        one_sample = self._row_bytes(x.itemsize) * (self.window.output[0] + self.below)
        if one_sample > LARGE_BYTES and not lies_samples_last(x):
            return 1
        return max(TOGETHER, BAND_BYTES // max(1, one_sample))

    def bands(self, image: Array) -> Iterator[slice]:
        """Split the rows of outputs for a padded image into bands whose matrices fit the cache.

        What the window reads below a band is copied for the next one again, so that a band has at
        least as many rows as that; and no more than BLAS takes the quick way, if these are enough.
        """
        samples = image.shape[-1]
        fitting = BAND_BYTES // max(1, self._row_bytes(image.itemsize) * samples)
        one_row = self.window.output[1] * samples
        quick = QUICK // max(1, self.filters // self.groups * self.inner * one_row)
        least = max(1, self.below)
        rows = min(fitting, quick) if quick >= least and quick * one_row >= LONG else fitting
        return slices(self.window.output[0], max(rows, least))

    def padded(self, x: Array) -> Array:
        """Return images (m, C, H, W) as (C, padded H, padded W, m), border included."""
        if self.window.sides == ((0, 0), (0, 0)):
            return samples_last(x)
        (top, _), (left, _) = self.window.sides
        height, width = self.window.image
        image = np.zeros((self.channels, *self.window.padded, len(x)), dtype=x.dtype)
        copy_samples_last(image[:, top : top + height, left : left + width], x)
        return image

    def unroll(self, image: Array, band: slice) -> Array:
        """Return ``L`` for a band of output rows, as (phases, groups, C/groups K_w, row pixels).

        A row pixel is one of ``rows * OW * m``, where the rows are those of the band and those
        below that it needs. Entries that no kernel row reads are undefined.
        """
        if self._is_pointwise():
            return image[:, band].reshape(1, self.groups, self.channels // self.groups, -1)
        kernel_w, columns = self.window.kernel[1], self.window.output[1]
        rows = band.stop - band.start + self.below
        shape = (len(self.phases), self.channels, kernel_w, rows, columns, image.shape[-1])
        unrolled = np.empty(shape, dtype=image.dtype)
        for copies, phase in zip(unrolled, self.phases, strict=True):
            for b in range(kernel_w):
                _, across = self.window.seen_at(0, b)
                source = image[:, phase :: self.window.stride[0], across][:, band.start :][:, :rows]
                copies[:, b, : source.shape[1]] = source
        inner = self.channels // self.groups * kernel_w
        return unrolled.reshape(len(self.phases), self.groups, inner, -1)

    def blocks(self, image: Array, band: slice) -> Iterator[Array]:
        """Yield what each product of a band reads of ``L``: (groups, inner, row pixels).

        That is a view for one kernel row after the other. Thin ones are copied below each other,
        for a single product.
        """
        each = self._slices_of(self.unroll(image, band), band, image.shape[-1])
        if self.thin:
            yield np.concatenate(list(each), axis=1)
        else:
            yield from each

    def _slices_of(self, matrices: Array, band: slice, samples: int) -> Iterator[Array]:
        """Yield the part of ``L`` that each kernel row reads: (groups, C/groups K_w, pixels)."""
        one_row = self.window.output[1] * samples
        for a in range(self.window.kernel[0]):
            down, phase = divmod(a * self.window.dilation[0], self.window.stride[0])
            pixels = slice(down * one_row, (down + band.stop - band.start) * one_row)
            yield matrices[self.phases.index(phase), :, :, pixels]

    def errors(self, grad_output: Array) -> Array:
        """Return the gradient of a band of outputs, (m, F, rows, OW), as a product reads it.

        That is (groups, F/groups, row pixels).
        """
        return samples_last(grad_output).reshape(self.groups, self.filters // self.groups, -1)

    def paint(self, image: Array, band: slice, product: int, painted: Array) -> None:
        """Add what a product has for the pixels that it read: the transpose of :meth:`blocks`.

        ``painted`` is (groups, inner, row pixels): for each output of the band, what it gives to
        each pixel that its window read.
        """
        kernel_h, kernel_w = self.window.kernel
        pixels = (band.stop - band.start, self.window.output[1], image.shape[-1])
        kernel_rows = range(kernel_h) if self.thin else [product]
        shape = (self.groups, len(kernel_rows), self.channels // self.groups, kernel_w, *pixels)
        parts = painted.reshape(shape)
        grouped = image.reshape(self.groups, -1, *image.shape[1:])  # (groups, C/groups, H, W, m)
        for (index, a), b in product_of(enumerate(kernel_rows), range(kernel_w)):
            down, across = self.window.seen_at(a, b)
            seen = grouped[:, :, down, across][:, :, band]
            seen += parts[:, index, :, b]

    @cached_property
    def thin(self) -> bool:
        """Whether a kernel row reads so few numbers that a product of its own would not pay."""
        kernel_h, kernel_w = self.window.kernel
        return kernel_h > 1 and self.channels // self.groups * kernel_w < THIN

    @cached_property
    def inner(self) -> int:
        """Numbers that one output reads in one product."""
        kernel_h, kernel_w = self.window.kernel
        return self.channels // self.groups * kernel_w * (kernel_h if self.thin else 1)

    def matrices(self, weight: Array) -> Array:
        """Return kernels (F, C/groups, K_h, K_w) as (products, groups, F/groups, inner)."""
        # A copy: BLAS rounds by how its matrices lie, and equal kernels shall give equal maps.
        by_row = weight.transpose(2, 0, 1, 3).copy()  # (K_h, F, C/groups, K_w)
        split = (self.window.kernel[0], self.groups, self.filters // self.groups, -1)
        matrices = by_row.reshape(split)
        if self.thin:
            return matrices.transpose(1, 2, 0, 3).reshape(1, *split[1:3], -1)
        return matrices

    def kernels(self, matrices: Array) -> Array:
        """Undo :meth:`matrices`: return kernels (F, C/groups, K_h, K_w), a new array."""
        kernel_h, kernel_w = self.window.kernel
        if self.thin:
            split = (self.groups, self.filters // self.groups, kernel_h, -1)
            matrices = matrices.reshape(split).transpose(2, 0, 1, 3)
        by_row = matrices.reshape(kernel_h, self.filters, self.channels // self.groups, kernel_w)
        return np.ascontiguousarray(by_row.transpose(1, 2, 0, 3))

    def _row_bytes(self, itemsize: int) -> int:
        """Return the bytes of one row's matrices for one sample."""
        copies = len(self.phases) + (self.window.kernel[0] if self.thin else 0)
        in_and_out = copies * self.channels * self.window.kernel[1] + self.filters
        return in_and_out * self.window.output[1] * itemsize

    def _is_pointwise(self) -> bool:
        return self.window.kernel == (1, 1) and self.window.stride == (1, 1)
