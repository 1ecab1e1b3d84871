"""Painting kernels in long runs: the gradient of large images, sample by sample.

Each output paints its kernel, scaled, over the pixels that it read. What kernel position (a, b)
paints for *all* outputs is one run through all rows and channels, in planes that are split by the
phases of the stride (:mod:`convnet.layers.phases`). NumPy adds one long run several times as fast
as many short ones. Between the rows of outputs the run has zeros, which change nothing as long as
the kernels are finite: zero times infinity is NaN.

Chapter: *Training LeNet*.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from convnet.layers.phases import PhasedPlanes
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
