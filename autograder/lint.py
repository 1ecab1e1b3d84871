"""Warn of tests that trust a claim: where an answer could pass without being right.

Looks at the text of an assignment's notebooks, runs nothing. ``autograder lint ASSIGNMENT`` prints
what it finds; the rules are in ``doubts.py``, the words to use instead in ``vocabulary.py``.
"""

import json
from dataclasses import dataclass
from typing import Any

import nbformat

from autograder.doubts import look
from autograder.notebook import grader_data, is_answer, is_test
from autograder.tester import assigned_names

REMEDIES = {
    "broadcast": "a scalar passes too: receive it with as_array(value, shape), or use close()",
    "claim": "that is what the student's object says of itself: use received_weights() or "
    "parameter_count()",
    "length": "an endless or lying object decides this: receive it with as_array() first",
    "told": "the message shows what is hidden under stock nbgrader, and is never shown here: begin "
    "it with 'Hint:' and write it out",
    "swallowed": "this also swallows the end of the student's process: catch Exception",
    "handed-over": "the student's code may change it before it is used again: hand over a copy",
    "own-points": "the student's own answer decides the points: compute them from comparisons",
    "inside": "this test runs with the student's code, which can read and bend it",
}


@dataclass(frozen=True, order=True)
class Doubt:
    """One place in a test that believes too much.

    Attributes:
        notebook: the notebook's name.
        cell: the cell's grade id.
        line: line of the cell, from 1.
        code: key of ``REMEDIES``.
        text: the piece of source that it is about.
    """

    notebook: str
    cell: str
    line: int
    code: str
    text: str

    def __str__(self) -> str:
        place = f"{self.notebook}/{self.cell}:{self.line}"
        return f"{place}: [{self.code}] {self.text}: {REMEDIES[self.code]}"


def lint(name: str, notebook: Any) -> list[Doubt]:
    """Return what the tests of an instructor's notebook trust, in the order of the cells.

    Args:
        name: the notebook's name.
        notebook: nbformat's, or the same as plain dictionaries.
    """
    notebook = nbformat.reads(json.dumps(notebook), as_version=4)  # type: ignore[no-untyped-call]
    theirs: set[str] = set()
    found: list[Doubt] = []
    for cell in notebook.cells:
        if cell.cell_type == "code" and is_answer(cell):
            theirs |= assigned_names(cell.source, imports=False)
        elif is_test(cell):
            grade_id = str(grader_data(cell).get("grade_id"))
            places = sorted(set(look(cell.source, theirs)))
            found += [Doubt(name, grade_id, *place) for place in places]
    return found
