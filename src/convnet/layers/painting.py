"""Painting kernels: the gradient of images.

Each output paints its kernel, scaled, over the pixels that it read. One matrix product gives what
all rows of outputs that read a row of pixels paint over it, in K rows that are added to it, each
shifted by one pixel more: row unrolling, transposed. Where rows are short there is a product for
each kernel row instead.

Large images come one by one, and NumPy adds short rows slowly. What kernel position (a, b) paints
for *all* outputs is one run through all rows and channels, in planes that are split by the phases
of the stride (:mod:`convnet.layers.phases`). Between the rows of outputs the run has zeros, which
change nothing as long as the kernels are finite: zero times infinity is NaN.

Chapter: *Training LeNet*.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from convnet.layers.memory import Workspace, empty_maps, slices
from convnet.layers.phases import PhasedPlanes
from convnet.layers.unroll import RowUnroller
from convnet.layers.window import Window

Array = npt.NDArray[Any]

LONG_ROW = 20  # outputs; the zeros after shorter rows cost more products than long runs save


def suits_planes(window: Window, weight: Array, groups: int) -> bool:
    """Return whether long runs are right and pay: windows overlap, and rows of outputs are long."""
    overlap = any(np.greater(window.kernel, window.stride))
    plain = window.dilation == (1, 1) and groups == 1
    return plain and overlap and window.output[1] >= LONG_ROW and bool(np.isfinite(weight).all())


def paint_planes(grad_output: Array, weight: Array, window: Window) -> Array:
    """Return the gradient of images (N, C, H, W), of that of the outputs, (N, F, OH, OW).

    ``weight`` is (F, C, K_h, K_w); the window has no dilation. Arguments are checked by who calls
    it: :func:`convnet.layers.conv.conv2d_input_gradient`.
    """
    samples, (filters, channels, *kernel) = len(grad_output), weight.shape
    grad_x = np.empty((samples, channels, *window.image), dtype=weight.dtype)
    kernels = np.ascontiguousarray(weight.transpose(2, 3, 1, 0))  # (K_h, K_w, C, F)
    shape = (channels, *window.image, 1)
    canvas = PhasedPlanes(window, np.broadcast_to(weight.dtype.type(0), shape), 0)
    pairs = zip(grad_output[..., np.newaxis], grad_x[..., np.newaxis], strict=True)
    for grad, planes in pairs:  # (F, OH, OW, 1), (C, H, W, 1)
        errors = canvas.run_of(grad).reshape(filters, -1)
        for chunk in canvas.chunks():
            canvas.clear(chunk.stop - chunk.start)
            for a, kernel_row in enumerate(kernels):
                painted = kernel_row[:, chunk].reshape(-1, filters) @ errors
                for b, run in enumerate(painted.reshape(kernel[1], -1)):
                    into = canvas.seen_at(a, b)
                    into += run
            canvas.read(planes[chunk])
    return grad_x


def paint_rows(grad_output: Array, weight: Array, rows: RowUnroller) -> Array:
    """Return the gradient of images (N, C, H, W), of that of the outputs, (N, F, OH, OW).

    ``weight`` is (F, C/groups, K_h, K_w), and ``rows`` says how images were unrolled for it.
    Arguments are checked by who calls it.
    """
    samples, last, window = len(grad_output), rows.turns(grad_output), rows.window
    painter, room = RowPainter(rows, weight), Workspace()
    # Of the images with their border: kernels are painted over it, too.
    grad_x = empty_maps((samples, rows.channels, *window.padded), weight.dtype, last)
    grad_x.fill(0)
    for part in slices(samples, rows.together(grad_output)):
        image = grad_x[part].transpose(1, 2, 3, 0)  # (C, padded H, padded W, m)
        errors = grad_output[part].transpose(1, 2, 3, 0)  # (F, OH, OW, m)
        paint = painter.by_row if rows.has_long_rows(image) else painter.by_kernel_row
        for band in rows.bands(image, rows.output_row):
            paint(image[:, band.rows], errors[:, band.place], room)
    return window.crop(grad_x)


class RowPainter:
    """Paints bands of outputs over the rows of an image that they read.

    Args:
        rows: how images are unrolled.
        weight: kernels (F, C/groups, K_h, K_w).
    """

    def __init__(self, rows: RowUnroller, weight: Array) -> None:
        self.rows, (kernel_h, kernel_w) = rows, weight.shape[2:]
        split = weight.reshape(rows.groups, -1, *weight.shape[1:])
        columns = split.transpose(3, 0, 2, 4, 1)  # (K_h, groups, C/groups, K_w, F/groups)
        inner = weight.shape[1] * kernel_w
        self.kernel_rows = columns.reshape(kernel_h, rows.groups, inner, -1)
        # Row t of a band is painted by kernel rows t % step, t % step + step and so on, and by the
        # last of them for the uppermost output. So they lie side by side, the last one first.
        phases = (self.kernel_rows[phase :: rows.step][::-1] for phase in range(rows.step))
        self.by_phase = [np.ascontiguousarray(each.transpose(1, 2, 0, 3)) for each in phases]

    def by_row(self, image: Array, grad: Array, room: Workspace) -> None:
        """Add what outputs (F, outputs, OW, m) paint, for each row of (C, rows, padded W, m)."""
        groups, outputs = self.rows.groups, grad.shape[1]
        filters, pixels = len(grad) // groups, grad.shape[2] * grad.shape[3]
        errors = room.array("errors", (groups, outputs, filters, *grad.shape[2:]), grad.dtype)
        errors[...] = grad.reshape(groups, filters, *grad.shape[1:]).swapaxes(1, 2)
        for row in range(image.shape[1]):
            down, phase = divmod(row, self.rows.step)
            brush = self.by_phase[phase]  # (groups, inner, kernel rows, F/groups)
            first = down + 1 - brush.shape[2]  # the output that the first of them belongs to
            there = slice(max(0, first), min(outputs, down + 1))
            kernels = brush[:, :, there.start - first : there.stop - first]
            terms = kernels.shape[2] * filters
            if terms:  # no kernel row paints where windows lie apart
                matrix = kernels.reshape(groups, -1, terms)
                painted = room.array("painted", (*matrix.shape[:2], pixels), grad.dtype)
                np.matmul(matrix, errors[:, there].reshape(groups, terms, pixels), out=painted)
                self._add(image[:, row : row + 1], painted)

    def by_kernel_row(self, image: Array, grad: Array, room: Workspace) -> None:
        """Add what outputs (F, outputs, OW, m) paint, for each row of the kernels."""
        outputs, errors = grad.shape[1], self.rows.matrix(grad)
        for a, kernels in enumerate(self.kernel_rows):
            shape = (*kernels.shape[:2], errors.shape[2])
            painted = np.matmul(kernels, errors, out=room.array("painted", shape, grad.dtype))
            self._add(image[:, a :: self.rows.step][:, :outputs], painted)

    def _add(self, image: Array, painted: Array) -> None:
        """Add (groups, C/groups K_w, pixels) to rows of an image (C, rows, padded W, m)."""
        (_, height, _, samples), columns = image.shape, self.rows.window.output[1]
        kernel_w = self.rows.window.kernel[1]
        parts = painted.reshape(len(image), kernel_w, height, columns, samples)
        for b in range(kernel_w):
            _, across = self.rows.window.seen_at(0, b)
            seen = image[:, :, across]
            seen += parts[:, b]
