"""The worked examples of the lectures, as arrays that book, tests and assignments share.

Answers are not stored: whoever needs one computes it with ``convnet.layers``.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def _frozen(rows: Any) -> Array:
    """Return a float64 array that cannot be changed by accident, since all readers share it."""
    array = np.array(rows, dtype=np.float64)
    array.setflags(write=False)
    return array


VERTICAL_EDGE = _frozen([[1, 0, -1]] * 3)
SHARPEN = _frozen([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])

# A first convolution: the numbers 0 to 8, and a kernel that no symmetry hides.
COUNTING_IMAGE = _frozen(np.arange(9).reshape(3, 3))
COUNTING_KERNEL = _frozen(np.arange(4).reshape(2, 2))

# A binary image of two strokes, with a filter for diagonals and one for vertical bars.
STROKES_IMAGE = _frozen(
    [
        [1, 0, 0, 0, 0, 1],
        [0, 1, 0, 0, 1, 0],
        [0, 0, 1, 1, 0, 0],
        [1, 0, 0, 0, 1, 0],
        [0, 1, 0, 0, 1, 0],
        [0, 0, 1, 0, 1, 0],
    ]
)
DIAGONAL_FILTER = _frozen([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
BAR_FILTER = _frozen([[-1, 1, -1]] * 3)

# Two grey images for valid and for same padding.
VALID_IMAGE = _frozen(
    [[7, 2, 3, 3, 8], [4, 5, 3, 8, 4], [3, 3, 2, 8, 4], [2, 8, 7, 2, 7], [5, 4, 4, 5, 4]]
)
SAME_IMAGE = _frozen(
    [
        [60, 113, 56, 139, 85],
        [73, 121, 54, 84, 128],
        [131, 99, 70, 129, 127],
        [80, 57, 115, 69, 134],
        [104, 126, 123, 95, 130],
    ]
)

# Binary images with a plus-shaped and an x-shaped kernel.
PLUS_IMAGE = _frozen(
    [[1, 1, 1, 1, 0], [0, 0, 1, 1, 0], [0, 0, 1, 0, 1], [0, 0, 1, 1, 1], [1, 1, 0, 1, 0]]
)
PLUS_KERNEL = _frozen([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
CROSS_IMAGE = _frozen(
    [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]
)
CROSS_KERNEL = _frozen([[1, 0, 1], [0, 1, 0], [1, 0, 1]])


@dataclass(frozen=True)
class SixBySix:
    """The 6x6 exercise: one image, one kernel, a ReLU, a max-pool, one dense layer, three classes.

    >>> SIX_BY_SIX.image.shape, SIX_BY_SIX.kernel.shape, SIX_BY_SIX.weight.shape
    ((6, 6), (3, 3), (3, 4))
    """

    image: Array = field(
        default_factory=lambda: _frozen([[0, 5, 5, 5, 5, 0]] * 2 + [[0, 5, 0, 5, 5, 0]] * 4)
    )
    kernel: Array = field(default_factory=lambda: VERTICAL_EDGE)
    conv_bias: float = -5.0
    weight: Array = field(
        default_factory=lambda: _frozen(
            [[0.8, -0.2, 0.1, -0.2], [0.2, -0.6, 0.5, -0.3], [0.5, 0.3, -0.8, 0.9]]
        )
    )
    bias: Array = field(default_factory=lambda: _frozen([0.1, -0.3, 0.6]))


SIX_BY_SIX = SixBySix()
