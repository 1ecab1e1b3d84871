"""Read a submission and rebuild it from what can be trusted: the instructor's cells, its text."""

import copy
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat import v4 as untyped_v4

from autograder.hidden import hidden_lines

new_node: Any = NotebookNode  # nbformat has no types of its own
new_cell: dict[str, Any] = {
    "code": untyped_v4.new_code_cell,
    "markdown": untyped_v4.new_markdown_cell,
}

MAX_NOTEBOOK = 20 * 2**20  # bytes
MAX_CELLS = 1_000


class DamagedNotebookError(ValueError):
    """A submission that is no readable notebook; the message says how."""


def read_submission(path: Path) -> NotebookNode:
    """Read a stranger's notebook file, checking what later code relies on."""
    if path.is_symlink() or not path.is_file():
        raise DamagedNotebookError(f"{path.name} is missing or is a link, but needs to be a file")
    if path.stat().st_size > MAX_NOTEBOOK:
        raise DamagedNotebookError(f"{path.name} is larger than {MAX_NOTEBOOK // 2**20} MB")
    try:
        notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        cells = notebook.cells
        sound = all(isinstance(c.source, str) and isinstance(c.metadata, dict) for c in cells)
    except Exception as error:
        reason = f"{path.name} is not a notebook that Jupyter could open ({type(error).__name__})"
        raise DamagedNotebookError(reason) from error
    if not sound or len(cells) > MAX_CELLS:
        raise DamagedNotebookError(f"{path.name} has damaged cells or more than {MAX_CELLS}")
    return notebook


def grader_data(cell: NotebookNode) -> dict[str, Any]:
    """Return nbgrader's metadata of a cell, or nothing."""
    data = cell.metadata.get("nbgrader", {})
    return data if isinstance(data, dict) else {}


def is_test(cell: NotebookNode) -> bool:
    """Return whether the cell is an autograded test: points, and no place for an answer."""
    data = grader_data(cell)
    return bool(cell.cell_type == "code" and data.get("grade") and not data.get("solution"))


def is_answer(cell: NotebookNode) -> bool:
    """Return whether the student writes in the cell."""
    data = grader_data(cell)
    return bool(data.get("solution") or data.get("task"))


def rebuild(source: NotebookNode, submission: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """Return the instructor's notebook with the student's text in it, and remarks on oddities.

    Cells with a grade id stand in the instructor's order with the instructor's metadata; of the
    submission only the text of answers is taken, and the text of cells that students added, which
    stay behind the cell they followed. Tests are the instructor's, present or not.
    """
    known = {grader_data(c).get("grade_id") for c in source.cells} - {None}
    texts: dict[str, str] = {}
    added: dict[str | None, list[NotebookNode]] = {}
    remarks: list[str] = []
    place: str | None = None
    for cell in submission.cells:
        grade_id = grader_data(cell).get("grade_id")
        if isinstance(grade_id, str) and grade_id in texts:
            remarks.append(f"cell {grade_id} appears more than once; the first was taken")
        elif isinstance(grade_id, str) and grade_id in known:
            texts[grade_id], place = plain(cell.source), grade_id
        else:
            kind = "code" if cell.cell_type == "code" else "markdown"
            added.setdefault(place, []).append(new_cell[kind](plain(cell.source)))
    cells = list(added.get(None, []))
    for original in source.cells:
        grade_id = grader_data(original).get("grade_id")
        if grade_id is None:
            continue  # an unmarked cell is the student's to change: it came with the added ones
        cell = copy.deepcopy(original)
        if grade_id not in texts:
            remarks.append(f"cell {grade_id} was missing")
        if is_answer(cell):
            cell.source = texts.get(grade_id, "")
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        cells += [cell, *added.get(grade_id, [])]
    about = {name: copy.deepcopy(value) for name, value in source.items() if name != "cells"}
    return node(about, cells=cells), remarks


def without_hidden_tests(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook less the lines between the marks of hidden tests; the rest is shared."""
    cells = []
    for cell in notebook.cells:
        hidden = hidden_lines(cell.source)
        lines = enumerate(cell.source.splitlines(), start=1)
        cells.append(node(cell, source="\n".join(line for n, line in lines if n not in hidden)))
    return node(notebook, cells=cells)


def node(like: dict[str, Any], **changes: Any) -> NotebookNode:
    """Return a node with other values in some places; the others are shared, not copied."""
    made: NotebookNode = new_node({**like, **changes})
    return made


def plain(text: str) -> str:
    """Return text that can be written to a file: half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")
