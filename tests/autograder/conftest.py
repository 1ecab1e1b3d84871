"""A tiny nbgrader course, and a class that hands in honest, broken and hostile notebooks."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

SECRET = "8675309"  # noqa: S105  # stands in a hidden test and nowhere else

GIVEN = """import numpy as np


def close(got, expected):
    assert np.shape(got) == np.shape(expected), "the shape is wrong"
    assert np.allclose(got, expected), "the numbers are wrong"
"""
TEST_DOUBLE = f"""before = np.arange(3.0)
given = before.copy()
close(double(given), [0.0, 2.0, 4.0])
assert np.array_equal(given, before), "double changed its argument"
### BEGIN HIDDEN TESTS
def reference(x):
    return 2 * x
assert double(4.0) == 8.0, "Hint: what about single numbers?"
assert double({SECRET}.0) == reference({SECRET}.0), "expected {SECRET} twice"
### END HIDDEN TESTS
"""
TEST_REFERENCE = """### BEGIN HIDDEN TESTS
close(double(np.ones((2, 2))), reference(np.ones((2, 2))))
### END HIDDEN TESTS
"""
# Partial credit: nbgrader takes a number at the end of a test as the points.
TEST_TOTAL = """points = 0
points += total([1, 2, 3]) == 6
points += total([]) == 0
int(points)
"""
DOUBLE = "def double(x):\n    return 2 * np.asarray(x)"
TOTAL = "def total(values):\n    return sum(values)"


def marked(grade_id: str, **facts: Any) -> dict[str, Any]:
    """Return a cell's metadata as nbgrader writes it."""
    plain = {"grade": False, "solution": False, "locked": True, "task": False, "schema_version": 3}
    return {"nbgrader": {**plain, "grade_id": grade_id, **facts}}


def source_notebook() -> nbformat.NotebookNode:
    """Return the instructor's notebook: two functions, three tests, one answer in words."""

    def solution(body: str) -> str:
        head, _, rest = body.partition("\n")
        return f"{head}\n    ### BEGIN SOLUTION\n{rest}\n    ### END SOLUTION"

    answer = {"solution": True, "locked": False}
    test = {"grade": True, "locked": True}
    words = {**answer, "grade": True, "points": 4}
    cells = [
        new_code_cell(GIVEN, metadata=marked("given")),
        new_code_cell(solution(DOUBLE), metadata=marked("double", **answer)),
        new_code_cell(TEST_DOUBLE, metadata=marked("test_double", points=3, **test)),
        new_code_cell(TEST_REFERENCE, metadata=marked("test_reference", points=1, **test)),
        new_code_cell(solution(TOTAL), metadata=marked("total", **answer)),
        new_code_cell(TEST_TOTAL, metadata=marked("test_total", points=2, **test)),
        new_markdown_cell("Because.", metadata=marked("why", **words)),
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return new_notebook(cells=cells, metadata=kernel)


def on_path() -> dict[str, str]:
    """Return an environment in which nbgrader finds `alembic`, which it starts by name."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"}


@dataclass
class Class:
    """A course on disk and what grading made of it."""

    root: Path

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a verb of the command line on this course."""
        start = "import sys; from autograder.cli import main; sys.exit(main())"
        command = [sys.executable, "-c", start, *words, "--course", str(self.root)]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=on_path())

    def stock(self, *words: str) -> None:
        """Run nbgrader's own command line on this course."""
        command = [sys.executable, "-m", "nbgrader", *words]
        done = subprocess.run(
            command, cwd=self.root, capture_output=True, text=True, check=False, env=on_path()
        )
        assert done.returncode == 0, done.stderr

    def release(self) -> None:
        """Write the source notebook and let nbgrader make the students' version."""
        folder = self.root / "source" / "tiny"
        folder.mkdir(parents=True)
        nbformat.write(source_notebook(), folder / "tiny.ipynb")
        (self.root / "nbgrader_config.py").write_text("c = get_config()\n")
        self.stock("generate_assignment", "tiny")

    def hand_in(self, student: str, cells: dict[str, str], drop: str = "", extra: str = "") -> Path:
        """Write a submission that differs from the release in some cells; return its folder."""
        notebook: Any = nbformat.read(self.root / "release/tiny/tiny.ipynb", as_version=4)
        notebook.cells = [c for c in notebook.cells if c.metadata.nbgrader.grade_id != drop]
        for cell in notebook.cells:
            cell.source = cells.get(cell.metadata.nbgrader.grade_id, cell.source)
        if extra:
            notebook.cells.insert(0, new_code_cell(extra))
        folder = self.root / "submitted" / student / "tiny"
        folder.mkdir(parents=True)
        (folder / "tiny.ipynb").write_text(json.dumps(notebook))
        return folder

    def outcomes(self) -> dict[str, Any]:
        """Return the report by student."""
        found: dict[str, Any] = json.loads((self.root / ".autograder/tiny.json").read_text())
        return found

    def grades(self) -> dict[str, dict[str, str]]:
        """Export and return the rows of grades.csv by student."""
        assert self.command("export").returncode == 0
        with (self.root / "grades.csv").open() as file:
            return {row["student"]: row for row in csv.DictReader(file)}


@pytest.fixture
def tiny(tmp_path: Path) -> Class:
    """Return a released course to which nobody has handed in yet."""
    course = Class(tmp_path)
    course.release()
    return course
