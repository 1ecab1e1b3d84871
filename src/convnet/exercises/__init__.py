"""Exercises with numbers of their own, and the words that check an answer.

A test cell of an assignment, a reader's notebook and a test of this package use the same words::

    from convnet.exercises import check, checked_id, own_network

``checks`` compares an answer with what it should be and names known mistakes. ``numbers`` draws
each student's own numbers from the student's id. ``network`` draws and solves whole 6 x 6 networks;
it computes with ``convnet.layers``, so it is loaded when one of its names is first used: inside the
sandbox of the autograder there are the checks and the numbers, and no reference implementation.

``pixels`` has the numbers and the hidden picture of the assignment *pixels and parameters*, and
``convolution`` the numbers, edges and photograph of *convolution*; import from them by their names.
"""

from typing import TYPE_CHECKING, Any

from convnet.exercises.checks import check, check_unchanged, written_with_numpy
from convnet.exercises.numbers import (
    checked_id,
    handed_in_by,
    own_network,
    student_rng,
)

if TYPE_CHECKING:
    from convnet.exercises.network import Solution, answer, new_network, question, solve

__all__ = [
    "Solution",
    "answer",
    "check",
    "check_unchanged",
    "checked_id",
    "handed_in_by",
    "new_network",
    "own_network",
    "question",
    "solve",
    "student_rng",
    "written_with_numpy",
]


def __getattr__(name: str) -> Any:
    """Load ``network`` when one of its names is first asked for."""
    if name in __all__:
        from convnet.exercises import network

        return getattr(network, name)
    raise AttributeError(f"module 'convnet.exercises' has no attribute {name!r}; see its __all__")
