"""Stride phases: what makes pooling read and write its memory in order.

A window that steps by ``s`` reads every ``s``-th pixel, one by one from places far apart. So the
planes (one channel of one sample each) are first split by phase: all pixels whose row and column
are 0 modulo ``s``, then those whose column is 1 modulo ``s``, and so on. What position (a, b) of
*all* windows reads is then the phase ``(a mod s, b mod s)``, from row ``a // s`` and column
``b // s`` on: one run of neighbours through all rows and planes. What lies between the end of one
row of windows and the begin of the next is in it, too, and means nothing; NumPy passes one long run
faster than many short ones. The planes are taken a few at a time, so that a phase is still in the
processor's cache when the next position of the window reads it again, and the memory of the first
few serves all.

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
        self._grid = rows, columns = shape[2:]  # of a phase
        # The last runs begin late, and end as much behind the last plane.
        late = (window.kernel[0] - 1) // step_h * columns + (window.kernel[1] - 1) // step_w
        pixels = self._size * rows * columns
        self._runs = np.full((step_h, step_w, pixels + late), border, dtype=dtype)
        self._phases = self._runs[..., :pixels].reshape(step_h, step_w, self._size, rows, columns)
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
        self._runs.fill(0)

    def read(self, planes: Array) -> None:
        """Copy out into planes (m, H, W) without the border."""
        for phase, pixels in self._pairs(planes):
            pixels[...] = phase

    def seen_at(self, a: int, b: int) -> Array:
        """Return the run that position (a, b) of all windows reads; it is a view."""
        (step_h, step_w), (rows, columns) = self._window.stride, self._grid
        begin = a // step_h * columns + b // step_w
        run: Array = self._runs[a % step_h, b % step_w]
        return run[begin : begin + self._count * rows * columns]

    def run_of(self, values: Array) -> Array:
        """Return one value a window, (m, OH, OW), as a run, with zeros between the windows."""
        run = np.zeros((len(values), *self._grid), dtype=values.dtype)
        rows, columns = self._window.output
        run[:, :rows, :columns] = values
        return run.reshape(-1)

    def windows_of(self, run: Array) -> Array:
        """Return the values of a run that belong to windows: a view (m, OH, OW)."""
        rows, columns = self._window.output
        return run.reshape(-1, *self._grid)[:, :rows, :columns]

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
