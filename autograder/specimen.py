"""Build a student's notebook from a release notebook and a short file that says what differs.

A specimen is a Python file: a docstring (what this student did, then ``key: value`` lines) and
cells headed ``# %% grade_id``, each replacing the source of the cell of that id::

    '''Flips the kernel before sliding it.

    score: 11
    '''
    # %% conv2d
    def conv2d(image, kernel, bias): ...

The sample class of the demo, the wrong submissions of each assignment and the hostile ones of
``tests/attacks`` are written this way, so that a reader sees the fault and nothing else.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

HEADING = re.compile(r"^# %% (?P<grade_id>\S+)\s*$", re.MULTILINE)
FACT = re.compile(r"^(?P<key>[a-z_]+): (?P<value>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Specimen:
    """What one student handed in, as differences from the release version.

    Attributes:
        name: the file's stem; it serves as the student's id.
        story: first paragraph of the docstring.
        facts: the docstring's ``key: value`` lines, as text.
        cells: new source by grade id.
    """

    name: str
    story: str
    facts: dict[str, str]
    cells: dict[str, str]


def read_specimen(path: Path) -> Specimen:
    """Parse a specimen file; raise ``ValueError`` naming the file if it has no docstring."""
    text = path.read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(text.split("\n# %% ", 1)[0]))
    if docstring is None:
        raise ValueError(f"{path} has no docstring, but a specimen needs one; say what it does")
    story = docstring.split("\n\n", 1)[0].replace("\n", " ")
    facts = {m["key"]: m["value"] for m in FACT.finditer(docstring)}
    headings = list(HEADING.finditer(text))
    ends = [*(m.start() for m in headings[1:]), len(text)][: len(headings)]
    cells = {
        m["grade_id"]: text[m.end() : end].strip("\n")
        for m, end in zip(headings, ends, strict=True)
    }
    return Specimen(path.stem, story, facts, cells)


def apply_specimen(specimen: Specimen, notebook: NotebookNode) -> NotebookNode:
    """Return a copy of ``notebook`` with the specimen's cells put in place.

    Raises:
        KeyError: a grade id is not in the notebook; the message lists those that are.
    """
    result: NotebookNode = nbformat.from_dict(notebook)  # type: ignore[no-untyped-call]  # nbformat has no types
    by_id = {c.metadata.get("nbgrader", {}).get("grade_id"): c for c in result.cells}
    for grade_id, source in specimen.cells.items():
        if grade_id not in by_id:
            known = ", ".join(sorted(k for k in by_id if k))
            raise KeyError(f"{specimen.name}: no cell {grade_id!r} in the notebook; it has {known}")
        by_id[grade_id].source = source
    return result
