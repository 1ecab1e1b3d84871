"""Gradients of a tolerable size: cut their common length, or each number."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def grad_norm(gradients: Mapping[str, Array]) -> float:
    """Return the length of all gradients as one vector: the root of the sum of all squares.

    >>> grad_norm({"a": np.array([3.0]), "b": np.array([[4.0]])})
    5.0
    """
    return math.sqrt(sum(float(np.vdot(g, g)) for g in gradients.values()))


def clip_grad_norm(gradients: Mapping[str, Array], max_norm: float) -> float:
    """Shorten the gradients, in place, to a common length of at most ``max_norm``.

    ``g <- g min(1, max_norm / (|g| + 1e-6))`` with the length of :func:`grad_norm`: the direction
    stays.

    Args:
        gradients: arrays by name, changed in place.
        max_norm: greatest length, above 0.

    Returns:
        The length before.

    Raises:
        ValueError: ``max_norm`` is not above 0.

    Source:
        Pascanu, Mikolov and Bengio (2013), *On the Difficulty of Training Recurrent Neural
        Networks*, algorithm 1; the 1e-6 is PyTorch's. Chapter: *Optimizers, initialization,
        regularization*.

    >>> gradients = {"a": np.array([3.0, 4.0])}
    >>> clip_grad_norm(gradients, 1.0), gradients["a"].round(6)
    (5.0, array([0.6, 0.8]))
    """
    _check_positive("max_norm", max_norm)
    length = grad_norm(gradients)
    factor = min(1.0, max_norm / (length + 1e-6))
    for grad in gradients.values():
        grad *= factor
    return length


def clip_grad_value(gradients: Mapping[str, Array], clip_value: float) -> None:
    """Limit each number of the gradients, in place, to between ``-clip_value`` and ``clip_value``.

    The direction may change: large entries shrink and small ones stay.

    Args:
        gradients: arrays by name, changed in place.
        clip_value: greatest size of a number, above 0.

    Raises:
        ValueError: ``clip_value`` is not above 0.

    >>> gradients = {"a": np.array([3.0, -0.5])}
    >>> clip_grad_value(gradients, 1.0)
    >>> gradients["a"]
    array([ 1. , -0.5])
    """
    _check_positive("clip_value", clip_value)
    for grad in gradients.values():
        np.clip(grad, -clip_value, clip_value, out=grad)


def _check_positive(name: str, value: float) -> None:
    if not value > 0:
        raise ValueError(f"{name} is {value}, but needs to be above 0; pass for example {name}=1.0")
