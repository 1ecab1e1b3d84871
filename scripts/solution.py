"""Build the worked solutions of assignments: answers, run and shown, without hidden tests.

    python -m scripts.solution COURSE [ASSIGNMENT ...]

Without names, all assignments. They are written to ``COURSE/solution`` and are for after the
deadline: nbgrader's own ``generate_solution`` would leave the hidden tests in.
"""

import re
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from autograder.hidden import hidden_lines

MARKS = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION[ \t]*\n?", re.M)


def worked(notebook: Any) -> Any:
    """Return the notebook without hidden tests, marks and nbgrader's metadata."""
    for cell in notebook.cells:
        secret = hidden_lines(cell.source)
        lines = enumerate(cell.source.splitlines(keepends=True), start=1)
        shown = "".join(line for number, line in lines if number not in secret)
        cell.source = MARKS.sub("", shown).rstrip()
        cell.metadata.pop("nbgrader", None)
    notebook.cells = [cell for cell in notebook.cells if cell.source]
    return notebook


def solve(course: Path, name: str) -> Path:
    """Run an assignment's solution; write and return the notebook.

    Raises:
        FileNotFoundError: there is no such assignment; names those there are.
        nbclient.exceptions.CellExecutionError: the solution fails its own visible tests.
    """
    source = course / "source" / name / f"{name}.ipynb"
    if not source.exists():
        found = sorted(path.name for path in (course / "source").glob("*"))
        raise FileNotFoundError(f"there is no {source}; name one of {found}, or none for all")
    notebook = worked(nbformat.read(source, as_version=4))
    NotebookClient(notebook, resources={"metadata": {"path": str(source.parent)}}).execute()
    target = course / "solution" / name / f"{name}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)
    return target


def main(course: Path, names: list[str]) -> int:
    """Build the worked solutions of these names, or of all."""
    for name in names or sorted(path.name for path in (course / "source").glob("*")):
        try:
            print(f"solution: wrote {solve(course, name)}", flush=True)
        except FileNotFoundError as error:
            print(f"solution: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
