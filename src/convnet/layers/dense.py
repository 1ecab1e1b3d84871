"""The dense layer: every output reads every input."""

from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_floating, check_ndim

Array = npt.NDArray[Any]


def linear_loops(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Compute a dense layer one product at a time; see :func:`linear`.

    >>> linear_loops(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), np.array([5.0]))
    array([[16.]])
    """
    _check(x, weight, bias)
    y = np.zeros((len(x), len(weight)), dtype=x.dtype)
    for n, k in np.ndindex(*y.shape):
        y[n, k] = 0 if bias is None else bias[k]
        for i in range(x.shape[1]):
            y[n, k] += weight[k, i] * x[n, i]
    return y


def linear(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Compute a dense layer, ``y = x W^T + b``.

    Args:
        x: batch (N, in_features), float32 or float64.
        weight: (out_features, in_features), one row an output, as in PyTorch.
        bias: (out_features,), or None for no bias.

    Returns:
        Array (N, out_features), dtype of ``x``.

    Raises:
        TypeError: ``x`` is not floating-point.
        ValueError: the shapes do not fit; the message says which.

    Source:
        Rumelhart, Hinton and Williams (1986), *Learning Representations by Back-Propagating
        Errors*, equation 1. Chapter: *A whole network by hand*.

    >>> linear(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), np.array([5.0]))
    array([[16.]])
    """
    _check(x, weight, bias)
    y: Array = x @ weight.T
    return y if bias is None else y + bias


def _check(x: Array, weight: Array, bias: Array | None) -> None:
    """Check the arguments of both forms."""
    check_ndim("x", x, 2, "(N, in_features)")
    check_ndim("weight", weight, 2, "(out_features, in_features)")
    check_floating("x", x)
    if weight.shape[1] != x.shape[1]:
        raise ValueError(
            f"weight has shape {weight.shape}, so it reads {weight.shape[1]} features, but x has "
            f"{x.shape[1]}; give weight the shape (out_features, {x.shape[1]})"
        )
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(
            f"bias has shape {bias.shape}, but needs one number for each of the "
            f"{len(weight)} outputs; pass an array of shape ({len(weight)},) or None"
        )
