"""How a network fares on samples, taken in batches that fit the memory."""

from typing import Any, NamedTuple

import numpy.typing as npt

from convnet._check import check_at_least
from convnet.train.learner import Learner, Outcome

Array = npt.NDArray[Any]
Samples = tuple[Array, Array]


class Score(NamedTuple):
    """Mean loss over samples, and the share that was right (None: the targets are no classes)."""

    loss: float
    accuracy: float | None


class Tally:
    """Batches' outcomes, added up: each counts by its samples, so a short last one counts less.

    >>> tally = Tally()
    >>> tally.add(Outcome(1.0, 3), 3)
    >>> tally.add(Outcome(5.0, 0), 1)
    >>> tally.score()
    Score(loss=2.0, accuracy=0.75)
    """

    def __init__(self) -> None:
        self._loss, self._samples, self._correct = 0.0, 0, 0
        self._has_classes = True

    def add(self, outcome: Outcome, samples: int) -> None:
        """Count a batch of so many samples."""
        self._loss += outcome.loss * samples
        self._samples += samples
        self._has_classes = self._has_classes and outcome.correct is not None
        self._correct += outcome.correct or 0

    def score(self) -> Score:
        """Return the means so far."""
        accuracy = self._correct / self._samples if self._has_classes else None
        return Score(self._loss / self._samples, accuracy)


def evaluate(learner: Learner, x: Array, y: Array, batch_size: int = 256) -> Score:
    """Return mean loss and accuracy with the network as it is used (dropout off, averages on).

    Args:
        learner: whose network to use; of its state nothing changes, but it is left in use.
        x: samples (N, ...).
        y: their targets (N, ...).
        batch_size: samples at a time; default 256. It bounds the memory, not the result.

    Raises:
        ValueError: there is no sample, or not one target for each.

    Source:
        Chapter: *Training LeNet*.
    """
    check_samples("x", "y", (x, y))
    check_at_least("batch_size", batch_size, 1)
    tally = Tally()
    for start in range(0, len(x), batch_size):
        part = slice(start, start + batch_size)
        tally.add(learner.evaluate_batch(x[part], y[part]), len(x[part]))
    return tally.score()


def check_samples(x_name: str, y_name: str, samples: Samples) -> None:
    """Raise ``ValueError`` unless there are samples, and a target for each.

    >>> import numpy as np
    >>> check_samples("x", "y", (np.zeros((3, 2)), np.zeros(2)))
    Traceback (most recent call last):
        ...
    ValueError: x has 3 samples and y 2 targets, but needs one target for each of at least one
    sample; pass arrays of one length
    """
    x, y = samples
    if len(x) != len(y) or not len(x):
        raise ValueError(
            f"{x_name} has {len(x)} samples and {y_name} {len(y)} targets, but needs one target "
            "for each of at least one sample; pass arrays of one length"
        )
