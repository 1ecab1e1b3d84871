"""Functions applied after a layer: ReLU number by number, softmax over the classes."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_floating, check_ndim

Array = npt.NDArray[Any]


def relu_loops(x: Array) -> Array:
    """Replace negative numbers by zero, one at a time; see :func:`relu`.

    >>> relu_loops(np.array([-5.0, 0.0, 10.0]))
    array([ 0.,  0., 10.])
    """
    check_floating("x", x)
    y = x.copy()
    for index in np.ndindex(*x.shape):
        if x[index] < 0:
            y[index] = 0
    return y


def relu(x: Array) -> Array:
    """Replace negative numbers by zero: ``y = max(x, 0)``.

    Args:
        x: array of any shape, float32 or float64. NaN stays NaN.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: ``x`` is not floating-point.

    Source:
        Nair and Hinton (2010), *Rectified Linear Units Improve Restricted Boltzmann Machines*,
        section 2. Chapter: *A whole network by hand*.

    >>> relu(np.array([-5.0, 0.0, 10.0]))
    array([ 0.,  0., 10.])
    """
    check_floating("x", x)
    y: Array = np.maximum(x, x.dtype.type(0))
    return y


def softmax_loops(logits: Array) -> Array:
    """Turn each row of logits into probabilities, one number at a time; see :func:`softmax`.

    Args:
        logits: one row a sample, (N, classes).

    >>> softmax_loops(np.array([[0.0, 0.0]]))
    array([[0.5, 0.5]])
    """
    check_ndim("logits", logits, 2, "(N, classes)")
    check_floating("logits", logits)
    probabilities = np.empty_like(logits)
    for n, row in enumerate(logits):
        largest = max(row)
        powers = [math.exp(z - largest) for z in row]
        probabilities[n] = [power / sum(powers) for power in powers]
    return probabilities


def softmax(logits: Array, axis: int = -1) -> Array:
    """Turn logits into probabilities: ``p[k] = exp(z[k]) / sum over m of exp(z[m])``.

    The largest logit is subtracted first. That changes nothing in the quotient and keeps ``exp``
    from overflowing.

    Args:
        logits: array of any shape, float32 or float64.
        axis: the axis of the classes; default the last.

    Returns:
        Array of the shape and dtype of ``logits``; non-negative, sums to 1 along ``axis``.

    Raises:
        TypeError: ``logits`` is not floating-point.

    Source:
        Bridle (1990), *Probabilistic Interpretation of Feedforward Classification Network
        Outputs*, section 3. Chapter: *A whole network by hand*.

    >>> softmax(np.array([[0.0, 0.0], [1000.0, 0.0]]))
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    check_floating("logits", logits)
    powers = np.exp(logits - logits.max(axis=axis, keepdims=True))
    total = powers.sum(axis=axis, keepdims=True)
    probabilities: Array = powers / total
    return probabilities
