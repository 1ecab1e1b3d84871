"""Words for test cells that say which mistake was made: they raise ``AssertionError``.

They work in a plain notebook, under stock nbgrader and in the autograder's trusted process. What
comes back from a student's function is received as plain numbers before anything is compared.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from autograder.syntax import modules_used
from autograder.vocabulary import as_array

Array = npt.NDArray[Any]
ALLOWED = ("numpy", "math", "typing", "itertools", "functools", "collections", "operator")


def check(
    got: Any,
    expected: npt.ArrayLike,
    hints: Iterable[tuple[npt.ArrayLike, str]] = (),
    *,
    name: str = "the answer",
    tolerance: float = 1e-6,
    hidden: str | None = None,
) -> None:
    r"""Compare an answer with what it should be; name the mistake where it is a known one.

    A number is right if |got - expected| <= tolerance max(1, |expected|). Nothing is broadcast.

    Args:
        got: the answer: a number, an array or lists of numbers.
        expected: what it should be, of the shape that it should have.
        hints: pairs (wrong answer, what to say to somebody who gives it); a wrong answer may have
            another shape. One that is right after all is not blamed.
        name: what the answer is called in the messages.
        tolerance: largest error that counts as rounding, relative to numbers above 1; default 1e-6.
        hidden: in a hidden test, the message for every failure but known mistakes whose own hint
            begins with ``Hint:``; a literal text that begins so, too, because the autograder shows
            nothing else of a hidden test. Default: say what is wrong.

    Raises:
        AssertionError: the answer is missing, no numbers, of another shape, or wrong; the message
            names the known mistake, or the first wrong index with both numbers.

    Source:
        Chapter: *A whole network by hand*.

    >>> check([1.0, 2.0], [1, 2])
    >>> check([4, 3], [3, 4], [([4, 3], "Rows and columns are exchanged.")])
    Traceback (most recent call last):
        ...
    AssertionError: Rows and columns are exchanged.
    >>> check([[0, 5]], [[0, 7]], name="relu(x)")
    Traceback (most recent call last):
        ...
    AssertionError: relu(x): at index (0, 1) it is 5, but it should be 7.
    """
    wrong = _fault(got, np.asarray(expected), hints, name, tolerance)
    if wrong is None:
        return
    if hidden is not None and not wrong.startswith("Hint:"):
        wrong = hidden
    raise AssertionError(wrong)


def _fault(
    got: Any,
    expected: Array,
    hints: Iterable[tuple[npt.ArrayLike, str]],
    name: str,
    tolerance: float,
) -> str | None:
    """Return what is wrong with an answer, or None."""
    if got is None:
        return f"{name} is None: does the function end with return, is the variable set?"
    try:
        found = as_array(got)
    except AssertionError as error:
        return f"{name}: {error}."
    if found.dtype == bool and expected.dtype != bool:
        return f"{name} holds True or False, but numbers are needed."
    if _same(found, expected, tolerance):
        return None
    for wrong, hint in hints:
        if _same(found, np.asarray(wrong), tolerance):
            return hint
    if found.shape != expected.shape:
        return f"{name} has shape {found.shape}, but it should be {expected.shape}."
    return _first_difference(found, expected, name, tolerance)


def _same(a: Array, b: Array, tolerance: float) -> bool:
    """Return whether two arrays have one shape and, up to rounding, the same numbers."""
    return a.shape == b.shape and bool(_close(a, b, tolerance).all())


def _close(got: Array, expected: Array, tolerance: float) -> Array:
    """Return where the numbers agree; infinity agrees with nothing, for no answer is infinite."""
    with np.errstate(all="ignore"):
        error = np.abs(got.astype(complex) - expected)
        close: Array = error <= tolerance * np.maximum(1, np.abs(expected))
    return close


def _first_difference(got: Array, expected: Array, name: str, tolerance: float) -> str:
    """Return a sentence about the first number that is wrong."""
    place = tuple(int(i) for i in np.argwhere(~_close(got, expected, tolerance))[0])
    where = f"at index {place if len(place) > 1 else place[0]} it" if place else "it"
    return f"{name}: {where} is {got[place]:.10g}, but it should be {expected[place]:.10g}."


def check_unchanged(before: Array, after: Array, name: str, *, hidden: str | None = None) -> None:
    """Make sure that a function left its argument alone.

    Args:
        before: a copy of the argument from before the call.
        after: the array that the function was given.
        name: of the argument, for the message.
        hidden: in a hidden test, the message to give instead, as for ``check``.

    Raises:
        AssertionError: the argument has changed.

    >>> x = np.array([-1.0, 2.0])
    >>> given = x.copy()
    >>> given[0] = 0
    >>> check_unchanged(x, given, "x")
    Traceback (most recent call last):
        ...
    AssertionError: The function changed its argument x; work on a copy, or build a new array.
    """
    if not np.array_equal(before, after):
        message = f"The function changed its argument {name}; work on a copy, or build a new array."
        raise AssertionError(message if hidden is None else hidden)


def written_with_numpy(*names: str) -> None:
    """Make sure that functions of the student's use NumPy and plain Python only.

    Looks at the text of the notebook's cells (``autograder.syntax``): at the functions named, at
    the student's own helpers that they use, and at the imports behind every name in them. It looks
    for shortcuts taken in good faith, and is no wall against somebody who hides one.

    Raises:
        AssertionError: a function is missing, or uses another package such as ``torch``, ``scipy``
            or ``convnet`` itself.
    """
    for name in names:
        others = sorted(m for m in modules_used(name) if m.partition(".")[0] not in ALLOWED)
        if others:
            raise AssertionError(
                f"{name} uses {others[0]}, but this task asks you to write it yourself, with NumPy "
                "and plain Python; remove what comes from there."
            )
