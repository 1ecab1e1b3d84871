"""Stride phases: what makes pooling read and write its memory in order.

A window that steps by ``s`` reads every ``s``-th pixel, one by one from places far apart. So the
planes (one channel of one sample each) are first split by phase: all pixels whose row and column
are 0 modulo ``s``, then those whose column is 1 modulo ``s``, and so on. What position (a, b) of
*all* windows reads is then a block of phase ``(a mod s, b mod s)`` whose pixels are neighbours. The
planes are taken a few at a time, so that a phase is still in the processor's cache when the next
position of the window reads it again, and the memory of the first few serves all.

Chapter: *Training LeNet*.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet.layers.window import Window

Array = npt.NDArray[Any]

CHUNK_BYTES = 2**20  # about a core's L2 cache


class PhasedPlanes:
    """A few padded planes, split by the phases of a window's stride.

    Args:
        window: the window that moves over the planes; its dilation is 1.
        planes: how many planes there are in all.
        dtype: of the planes.
        border: value of the padding.
    """

    def __init__(self, window: Window, planes: int, dtype: npt.DTypeLike, border: float) -> None:
        self._window, self._planes = window, planes
        (step_h, step_w), (height, width) = window.stride, window.padded
        shape = (step_h, step_w, -(-height // step_h), -(-width // step_w))
        one_plane = int(np.prod(shape)) * np.dtype(dtype).itemsize
        self._size = min(planes, max(1, CHUNK_BYTES // one_plane))
        # (step_h, step_w, planes, rows of a phase, columns of a phase)
        self._phases = np.full((*shape[:2], self._size, *shape[2:]), border, dtype=dtype)
        self._count = 0

    def chunks(self) -> Iterator[slice]:
        """Yield which planes to take next: as many at a time as fit the cache."""
        return _slices(self._planes, self._size)

    def fill(self, planes: Array) -> None:
        """Copy planes (m, H, W) in; the border stays what it is."""
        self._count = len(planes)
        for phase, pixels in self._pairs(planes):
            phase[...] = pixels

    def clear(self, count: int) -> None:
        """Set ``count`` planes, border included, to zero."""
        self._count = count
        self._phases.fill(0)

    def read(self, planes: Array) -> None:
        """Copy out into planes (m, H, W) without the border."""
        for phase, pixels in self._pairs(planes):
            pixels[...] = phase

    def seen_at(self, a: int, b: int) -> Array:
        """Return what position (a, b) of all windows reads: a view (m, OH, OW)."""
        (step_h, step_w), (rows, columns) = self._window.stride, self._window.output
        top, left = a // step_h, b // step_w
        phase = self._phases[a % step_h, b % step_w, : self._count]
        return phase[:, top : top + rows, left : left + columns]

    def _pairs(self, planes: Array) -> Iterator[tuple[Array, Array]]:
        """Pair each phase, less its border, with the pixels of ``planes`` that belong there."""
        (step_h, step_w), ((above, _), (before, _)) = self._window.stride, self._window.sides
        for i, j in np.ndindex(step_h, step_w):
            row, column = (i - above) % step_h, (j - before) % step_w  # first of this phase
            pixels = planes[:, row::step_h, column::step_w]
            top, left = (row + above) // step_h, (column + before) // step_w
            height, width = pixels.shape[1:]
            inside = self._phases[i, j, : len(planes)]
            yield inside[:, top : top + height, left : left + width], pixels


def planes(maps: Array) -> Array:
    """Return feature maps (N, C, H, W) as planes (N C, H, W)."""
    return maps.reshape(maps.shape[0] * maps.shape[1], *maps.shape[2:])


def plane_chunks(planes: Array) -> Iterator[slice]:
    """Yield which planes (m, H, W) to take next, as many at a time as fit half the cache."""
    return _slices(len(planes), CHUNK_BYTES // 2 // max(1, planes[:1].nbytes))


def _slices(count: int, size: int) -> Iterator[slice]:
    starts = range(0, count, max(1, size))
    return (slice(start, min(start + max(1, size), count)) for start in starts)
