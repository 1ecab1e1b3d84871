"""Stride phases: what makes pooling read and write its memory in order.

A window that steps by ``s`` reads every ``s``-th pixel, one by one from places far apart. So the
planes are first split by phase: all pixels whose row and column are 0 modulo ``s``, then those
whose column is 1 modulo ``s``, and so on. What position (a, b) of *all* windows reads is then the
phase ``(a mod s, b mod s)``, from row ``a // s`` and column ``b // s`` on: one run of neighbours
through all rows and planes. What lies between the end of one row of windows and the begin of the
next is in it, too, and means nothing; NumPy passes one long run faster than many short ones. The
planes are taken a few at a time, so that a phase is still in the processor's cache when the next
position of the window reads it again, and the memory of the first few serves all.

Planes are (count, H, W, inner): of maps that lie samples first, one for each channel of each sample
and ``inner`` is 1; of maps that lie samples last, one for each channel and ``inner`` is the number
of samples. Then a pixel is a run by itself, and where there is no border, no phases are needed.

Chapter: *Training LeNet*.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet.layers.memory import CHUNK_BYTES, FEW, lies_samples_last, samples_last, slices
from convnet.layers.window import Window

Array = npt.NDArray[Any]


def planes(maps: Array, last: bool | None = None) -> Array:
    """Return feature maps (N, C, H, W) as planes; a copy only where they lie otherwise than asked.

    Args:
        maps: the feature maps.
        last: whether samples are the innermost axis; by default as they lie.
    """
    if lies_samples_last(maps) if last is None else last:
        return samples_last(maps)  # (C, H, W, N)
    return maps.reshape(maps.shape[0] * maps.shape[1], *maps.shape[2:], 1)  # (N C, H, W, 1)


def maps_of(planes: Array, counts: tuple[int, ...]) -> Array:
    """Return planes as feature maps (N, C, H, W), with ``counts`` (N, C): undo :func:`planes`."""
    if planes.shape[3] == counts[0]:
        return planes.transpose(3, 0, 1, 2)
    return planes.reshape(*counts, *planes.shape[1:3])


def readings(
    window: Window, planes: Array, border: float
) -> Iterator[tuple[slice, list[Array], Callable[[Array], Array]]]:
    """Yield a few planes after the other, and what each position of their windows reads.

    Args:
        window: the window that moves over the planes.
        planes: the planes.
        border: value of the padding.

    Yields:
        Which planes; an array for each position, in reading order, all of one shape; and a function
        that takes from such an array what belongs to windows, (m, OH, OW, inner).
    """
    positions = list(np.ndindex(*window.kernel))
    if window.sides == ((0, 0), (0, 0)) and planes.shape[3] > FEW:
        for chunk in plane_chunks(planes):
            seen = [planes[chunk, *window.seen_at(a, b)] for a, b in positions]
            yield chunk, seen, lambda values: values
        return
    phased = PhasedPlanes(window, planes, border)
    for chunk in phased.chunks():
        phased.fill(planes[chunk])
        yield chunk, [phased.seen_at(a, b) for a, b in positions], phased.windows_of


class PhasedPlanes:
    """A few padded planes, split by the phases of a window's stride.

    Args:
        window: the window that moves over the planes; its dilation is 1.
        planes: all the planes, or others of their shape.
        border: value of the padding.
        dtype: of the split planes; default that of ``planes``.
    """

    def __init__(
        self, window: Window, planes: Array, border: float, dtype: npt.DTypeLike | None = None
    ) -> None:
        self._window, self._planes = window, len(planes)
        (step_h, step_w), (height, width) = window.stride, window.padded
        rows, columns, inner = -(-height // step_h), -(-width // step_w), planes.shape[3]
        kind = planes.dtype if dtype is None else np.dtype(dtype)
        one_plane = step_h * step_w * rows * columns * inner * kind.itemsize
        self._size = min(len(planes), max(1, CHUNK_BYTES // one_plane))
        self._grid = rows, columns, inner  # of a phase
        # The last runs begin late, and end as much behind the last plane.
        late = (window.kernel[0] - 1) // step_h * columns + (window.kernel[1] - 1) // step_w
        pixels = self._size * rows * columns
        self._runs = np.full((step_h, step_w, (pixels + late) * inner), border, dtype=kind)
        phases = self._runs[..., : pixels * inner]
        self._phases = phases.reshape(step_h, step_w, self._size, rows, columns, inner)
        self._count = 0

    def chunks(self) -> Iterator[slice]:
        """Yield which planes to take next: as many at a time as fit the cache."""
        return slices(self._planes, self._size)

    def fill(self, planes: Array) -> None:
        """Copy planes (m, H, W, inner) in; the border stays what it is."""
        self._count = len(planes)
        for phase, pixels in self._pairs(planes):
            phase[...] = pixels

    def clear(self, count: int) -> None:
        """Set ``count`` planes, border included, to zero."""
        self._count = count
        self._runs.fill(0)

    def read(self, planes: Array) -> None:
        """Copy out into planes (m, H, W, inner) without the border."""
        for phase, pixels in self._pairs(planes):
            pixels[...] = phase

    def seen_at(self, a: int, b: int) -> Array:
        """Return the run that position (a, b) of all windows reads; it is a view."""
        (step_h, step_w), (rows, columns, inner) = self._window.stride, self._grid
        begin = (a // step_h * columns + b // step_w) * inner
        run: Array = self._runs[a % step_h, b % step_w]
        return run[begin : begin + self._count * rows * columns * inner]

    def run_of(self, values: Array) -> Array:
        """Return one value a window, (m, OH, OW, inner), as a run with zeros between windows."""
        run = np.zeros((len(values), *self._grid), dtype=values.dtype)
        rows, columns = self._window.output
        run[:, :rows, :columns] = values
        return run.reshape(-1)

    def windows_of(self, run: Array) -> Array:
        """Return the values of a run that belong to windows: a view (m, OH, OW, inner)."""
        rows, columns = self._window.output
        return run.reshape(-1, *self._grid)[:, :rows, :columns]

    def _pairs(self, planes: Array) -> Iterator[tuple[Array, Array]]:
        """Pair each phase, less its border, with the pixels of ``planes`` that belong there."""
        (step_h, step_w), ((above, _), (before, _)) = self._window.stride, self._window.sides
        for i, j in np.ndindex(step_h, step_w):
            row, column = (i - above) % step_h, (j - before) % step_w  # first of this phase
            pixels = planes[:, row::step_h, column::step_w]
            top, left = (row + above) // step_h, (column + before) // step_w
            height, width = pixels.shape[1:3]
            inside = self._phases[i, j, : len(planes)]
            yield inside[:, top : top + height, left : left + width], pixels


def plane_chunks(planes: Array) -> Iterator[slice]:
    """Yield which planes (m, H, W) to take next, as many at a time as fit half the cache."""
    return slices(len(planes), CHUNK_BYTES // 2 // max(1, planes[:1].nbytes))
