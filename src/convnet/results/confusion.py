"""Which classes a trained network takes for which, counted once on the test images."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet.layers import Layer

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Confusion:
    """How often each class was called what.

    Attributes:
        experiment: whose weights were tested.
        seed: of the run that they are of.
        weights: their SHA-256.
        data: name of the data set.
        classes: names, in the order of rows and columns.
        counts: test images by true class (row) and answer (column).
    """

    experiment: str
    seed: int
    weights: str
    data: str
    classes: list[str]
    counts: list[list[int]]

    @property
    def accuracy(self) -> float:
        """Share of images on the diagonal."""
        table = np.array(self.counts)
        return float(np.trace(table) / table.sum())


def count_answers(network: Layer, x: Array, labels: Array, classes: int, batch: int = 500) -> Array:
    """Return a table (classes, classes): images of each class (row) that got each answer (column).

    Args:
        network: in use (``eval``), maps (N, C, H, W) to logits (N, classes).
        x: images, prepared as in training.
        labels: (N,), whole numbers from 0.
        classes: how many there are.
        batch: images at a time; default 500.

    >>> from convnet.layers import Flatten
    >>> count_answers(Flatten(), np.eye(2)[:, None, None], np.array([0, 0]), 2)
    array([[1, 1],
           [0, 0]])
    """
    counts = np.zeros((classes, classes), dtype=np.int64)
    for start in range(0, len(x), batch):
        answers = network.forward(x[start : start + batch]).argmax(axis=1)
        np.add.at(counts, (labels[start : start + batch], answers), 1)
    return counts


def write_confusion(confusion: Confusion, folder: str | Path) -> Path:
    """Write a table to ``<experiment>-confusion.json`` in ``folder``; return the file."""
    path = Path(folder) / f"{confusion.experiment}-confusion.json"
    path.write_text(json.dumps(asdict(confusion)) + "\n", encoding="utf-8")
    return path


def read_confusion(path: str | Path) -> Confusion:
    """Read what :func:`write_confusion` wrote.

    Raises:
        FileNotFoundError: there is no such file; says what makes it.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(
            f"{path} does not exist, but should hold a table of confusions; run "
            f"`python -m scripts.confusion {path.stem.removesuffix('-confusion')}`"
        )
    return Confusion(**json.loads(path.read_text(encoding="utf-8")))
