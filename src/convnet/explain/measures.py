"""Numbers to hold pictures to: do two maps agree, is a kernel symmetric?

Chapter: *What the layers learn*.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_ndim, check_shape

Array = npt.NDArray[Any]


def rank_correlation(a: Array, b: Array) -> float:
    """Return Spearman's correlation of two arrays of one shape: that of their ranks, from -1 to 1.

    Only order counts, so maps in different units compare. Equal numbers share the mean of their
    ranks. Not a number (NaN) if an array is constant.

    Raises:
        ValueError: the shapes differ.

    >>> round(rank_correlation(np.array([1, 2, 30]), np.array([0.1, 0.2, 0.3])), 12)
    1.0
    """
    check_shape("b", b, a.shape, "a")
    first, second = (_ranks(array.ravel()) for array in (a, b))
    first, second = first - first.mean(), second - second.mean()
    size = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / size if size else float("nan")


def half_turn_share(kernels: Array) -> Array:
    """Return which share of each kernel's sum of squares survives half a turn: (F,), 0 to 1.

    A kernel is the sum of a part that half a turn leaves as it is, ``(K + K turned) / 2``, and one
    whose sign it changes. The share of the first is 1 if convolution and cross-correlation agree
    for this kernel; of independent normal numbers it is ``(K K + 1) / (2 K K)`` on average for an
    odd side K.

    Args:
        kernels: (F, C, K_h, K_w).

    Source:
        Chapter: *Convolution and cross-correlation*.

    >>> half_turn_share(np.array([[[[1.0, 2.0, 1.0]]], [[[1.0, 0.0, -1.0]]]]))
    array([1., 0.])
    """
    check_ndim("kernels", kernels, 4, "(F, C, K_h, K_w)")
    even = (kernels + kernels[..., ::-1, ::-1]) / 2
    axes = (1, 2, 3)
    share: Array = (even**2).sum(axis=axes) / (kernels**2).sum(axis=axes)
    return share


def _ranks(values: Array) -> Array:
    """Return the rank of each number; equal ones share their mean rank."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Array = (ends - (counts - 1) / 2)[where]
    return ranks
