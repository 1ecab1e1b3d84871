"""What a class is graded against: the instructor's notebooks, as the gradebook knows them."""

import ast
import json
from pathlib import Path
from typing import Any

from autograder.course import Course, CourseError
from autograder.scripts import without_magics

# NumPy imports these parts only when they are first used, which would be in every notebook anew.
ALWAYS = ("numpy", "numpy.linalg", "numpy.random", "numpy.testing")
# Imported early only if a source imports them.
WHERE_USED = ("torch", "matplotlib.pyplot", "convnet.exercises")


def source_paths(course: Course, assignment: str) -> list[Path]:
    """Return the instructor's notebook files, sorted."""
    paths = sorted(course.source(assignment).glob("*.ipynb"))
    if not paths:
        raise CourseError(f"{course.source(assignment)} has no notebook; there is nothing to grade")
    return paths


def read_sources(course: Course, assignment: str) -> dict[str, dict[str, Any]]:
    """Return the instructor's notebooks by name, as JSON."""
    found = {}
    for path in source_paths(course, assignment):
        try:
            found[path.stem] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise CourseError(f"{path} is no notebook ({error}); restore it") from error
    return found


def wanted_imports(sources: dict[str, dict[str, Any]], configured: tuple[str, ...]) -> list[str]:
    """Return the modules to import before the first student comes.

    >>> cell = {"cell_type": "code", "source": ["import torch.nn as nn"]}
    >>> wanted_imports({"a": {"cells": [cell]}}, ("scipy",))
    ['numpy', 'numpy.linalg', 'numpy.random', 'numpy.testing', 'torch', 'scipy']
    """
    used: set[str] = set()
    for notebook in sources.values():
        for cell in notebook.get("cells", []):
            if cell.get("cell_type") == "code":
                used |= imported_modules("".join(cell.get("source", "")))
    found = [m for m in WHERE_USED if m.partition(".")[0] in used]
    return list(dict.fromkeys([*ALWAYS, *found, *configured]))


def imported_modules(source: str) -> set[str]:
    """Return the top names that a cell imports; none if it is not Python."""
    try:
        tree = ast.parse(without_magics(source))
    except SyntaxError:
        return set()
    names = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    names += [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    return {name.partition(".")[0] for name in names}


def as_released(
    sources: dict[str, dict[str, Any]],
    cells: dict[str, dict[str, dict[str, Any]]],
    kernelspecs: dict[str, Any],
    assignment: str,
) -> tuple[dict[str, Any], list[str]]:
    """Return the sources with what nbgrader would write over every submission, and remarks.

    That is done here once, to the instructor's notebooks, because a submission is rebuilt from
    them: text of locked cells, points, kinds and checksums come from the gradebook, which
    ``nbgrader generate_assignment`` filled.

    Raises:
        CourseError: source and gradebook do not have the same cells.
    """
    import nbformat

    notebooks: dict[str, Any] = {}
    remarks: list[str] = []
    remedy = f"run `nbgrader generate_assignment {assignment} --force` again"
    if missing := sorted(set(cells) ^ set(sources)):
        raise CourseError(f"source and gradebook differ in the notebooks {missing}; {remedy}")
    for name, content in sources.items():
        read: Any = nbformat.reads
        notebook = read(json.dumps(content), as_version=4)
        there = {overwrite_cell(cell, cells[name], remarks) for cell in notebook.cells} - {None}
        if missing := sorted(set(cells[name]) - there):
            raise CourseError(f"{name}: the source no longer has the cells {missing}; {remedy}")
        if kernelspecs.get(name):
            notebook.metadata["kernelspec"] = kernelspecs[name]
        notebooks[name] = notebook
    if remarks:
        remarks = [f"{', '.join(remarks)}: the source has changed since the release; {remedy}"]
    return notebooks, remarks


def overwrite_cell(cell: Any, known: dict[str, dict[str, Any]], changed: list[str]) -> str | None:
    """Do to a cell of the source what ``OverwriteCells`` does to one of a submission.

    Returns:
        The grade id, or None for a cell that the gradebook does not know.
    """
    from nbgrader import utils

    data = cell.metadata.get("nbgrader", {})
    grade_id = data.get("grade_id")
    facts = known.get(grade_id)
    if facts is None:
        data.pop("grade_id", None)  # such a cell is the student's to change
        return None
    cell.cell_type = facts["cell_type"]
    if utils.is_locked(cell) != facts["locked"]:
        data["locked"] = facts["locked"]
    if utils.is_grade(cell):
        data["points"] = float(facts["points"])
    data["checksum"] = facts["checksum"]
    if facts["locked"] and cell.source != facts["source"]:
        changed.append(str(grade_id))
        cell.source = facts["source"]
    return str(grade_id)
