"""Numbers of each student's own: drawn from the student's id, the same in notebook and grader.

The id is the one that the course knows the student by. ``checked_id`` compares it with the one
under which the work was handed in, where that is known; own numbers are always computed from what
it returns. This module uses NumPy alone, so that it also runs inside the autograder's sandbox.
"""

import hashlib
import os
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet.examples import VERTICAL_EDGE, SixBySix

Array = npt.NDArray[Any]

PLACEHOLDERS = ("your id", "your-id", "student id", "student-id", "student_id", "...", "none")
LONGEST = 100  # characters of an id
VARIABLE = "AUTOGRADER_STUDENT"  # set in the autograder's trusted process, for one submission
STOCK = "autograde"  # what nbgrader says in NBGRADER_EXECUTION while it grades
FOLDER = Path.cwd()  # a notebook imports this before anything in it can go elsewhere

BIASES = (-5, -4, -3, -2, -1, 1, 2)  # never 0, so that forgetting it shows
# Turned by right angles they make all the kernels that are drawn.
KERNELS = (VERTICAL_EDGE, np.array([[0.0, 1, 1], [-1, 0, 1], [-1, -1, 0]]))


def student_rng(student_id: str, exercise: str) -> np.random.Generator:
    """Return the random generator of one student for one exercise.

    Args:
        student_id: the id that the course knows the student by; case and spaces around it do not
            matter.
        exercise: a name, so that two exercises of a student have nothing to do with each other.

    Raises:
        TypeError: the id is no text.
        ValueError: the id is empty, a placeholder, or too long.

    >>> int(student_rng("Ada", "demo").integers(100)) == int(
    ...     student_rng(" ada ", "demo").integers(100)
    ... )
    True
    """
    text = f"{clean_id(student_id)}\n{exercise}".encode()
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text).digest()[:16], "big"))


def clean_id(student_id: object) -> str:
    """Return an id in the one spelling that counts: small letters, single spaces.

    Raises:
        TypeError: the id is no text.
        ValueError: the id is empty, a placeholder, or too long.

    >>> clean_id("  Ada   LOVELACE ")
    'ada lovelace'
    >>> clean_id("")
    Traceback (most recent call last):
        ...
    ValueError: STUDENT_ID is '', but needs to be the id that your course knows you by; write it
    between the quotation marks, for example STUDENT_ID = "ada42"
    """
    remedy = 'write it between the quotation marks, for example STUDENT_ID = "ada42"'
    if type(student_id) is not str:
        raise TypeError(
            f"STUDENT_ID is of type {type(student_id).__name__}, but needs to be text; {remedy}"
        )
    text = " ".join(unicodedata.normalize("NFKC", student_id).split()).casefold()
    if not text or text in PLACEHOLDERS or len(text) > LONGEST:
        raise ValueError(
            f"STUDENT_ID is {student_id[:LONGEST]!r}, but needs to be the id that your course "
            f"knows you by; {remedy}"
        )
    return text


def handed_in_by() -> str | None:
    """Return the id under which the work being graded was handed in; None outside of grading.

    The autograder tells its trusted process, where no code of a student's runs. Under stock
    nbgrader it is in the folder that the notebook is graded in, ``autograded/STUDENT/ASSIGNMENT``.
    """
    if name := os.environ.get(VARIABLE):
        return name
    graded = os.environ.get("NBGRADER_EXECUTION") == STOCK
    if graded and FOLDER.parent.parent.name == "autograded":
        return FOLDER.parent.name
    return None


def checked_id(student_id: object) -> str:
    """Return a student's id, which must be the one under which the work was handed in.

    A student who tries a notebook out is believed; whoever grades compares.

    Args:
        student_id: what the student wrote.

    Raises:
        TypeError: the id is no text.
        ValueError: the id is empty, a placeholder, or too long.
        AssertionError: the work was handed in under another id.

    >>> checked_id(" Ada ")
    'ada'
    """
    found = clean_id(student_id)
    owner = handed_in_by()
    if owner is not None and clean_id(owner) != found:
        raise AssertionError(
            f"STUDENT_ID is {student_id!r}, but this notebook was handed in under another id; own "
            "numbers are drawn from the id that your course knows you by, so write that one"
        )
    return found


def own_network(student_id: str) -> SixBySix:
    """Draw a student's own variant of the 6 x 6 exercise.

    The image holds whole numbers from 0 to 5, the kernel -1, 0 and 1; the convolution's bias is a
    whole number other than 0, weights and biases of the dense layer are tenths. Draws are repeated
    until ReLU changes something and leaves something, each window of the pooling has one largest
    number or none above 0, three of the pooled numbers differ, and one class wins by 0.5 to 6, so
    that rounding decides nothing and softmax shows something.

    Args:
        student_id: as for ``student_rng``.

    Returns:
        image (6, 6), kernel (3, 3), conv_bias, weight (3, 4) and bias (3,), float64.

    Raises:
        TypeError: the id is no text.
        ValueError: the id is empty, a placeholder, or too long.

    Source:
        Chapter: *A whole network by hand*.

    >>> network = own_network("ada42")
    >>> network.image.shape, network.kernel.shape, network.weight.shape
    ((6, 6), (3, 3), (3, 4))
    """
    rng = student_rng(student_id, "six-by-six")
    while True:
        image, kernel, conv_bias = _draw_convolution(rng)
        pooled = _pooled(image, kernel, conv_bias)
        if pooled is None:
            continue
        weight, bias = rng.integers(-9, 10, (3, 4)) / 10, rng.integers(-9, 10, 3) / 10
        second, best = np.sort(weight @ pooled + bias)[1:]
        if 0.5 <= best - second <= 6:
            return SixBySix(image, kernel, conv_bias, weight, bias)


def _draw_convolution(rng: np.random.Generator) -> tuple[Array, Array, float]:
    """Return an image, a kernel and a bias drawn at random."""
    image = rng.integers(0, 6, (6, 6)).astype(float)
    kernel = np.rot90(KERNELS[int(rng.integers(len(KERNELS)))], int(rng.integers(4)))
    return image, np.ascontiguousarray(kernel), float(rng.choice(BIASES))


def _pooled(image: Array, kernel: Array, bias: float) -> Array | None:
    """Return the four pooled numbers of a 6 x 6 image, or None where a step shows nothing."""
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3))  # (4, 4, 3, 3)
    features = (windows * kernel).sum(axis=(2, 3)) + bias
    if (features < 0).sum() < 4 or (features > 0).sum() < 4:
        return None
    quarters = np.maximum(features, 0).reshape(2, 2, 2, 2).swapaxes(1, 2).reshape(4, 4)
    ordered = np.sort(quarters, axis=1)  # a row for each window of the pooling
    pooled: Array = ordered[:, -1]
    tied = (pooled > 0) & (ordered[:, -2] == pooled)
    return None if tied.any() or len(set(pooled.tolist())) < 3 else pooled
