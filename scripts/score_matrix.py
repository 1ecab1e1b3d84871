"""Grade each assignment's sample class with both graders: ``python -m scripts.score_matrix NAME``.

Prints, for each submission, the points written beside it and the points that stock nbgrader and
``autograder`` gave. ``--write`` puts the table into the instructor's guide. Without a name it takes
all assignments.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from autograder.course import Course
from autograder.grade import Order, grade
from autograder.gradebook import read_marks
from autograder.limits import Limits
from autograder.notebook import grader_data, is_test
from autograder.sample import hand_in_sample
from autograder.specimen import Specimen, read_specimen

ROOT = Path(__file__).parents[1]
COURSE = ROOT / "assignments"
GUIDE = ROOT / "book/instructor/assignments.md"
BEGIN, END = "<!-- score matrix begins -->", "<!-- score matrix ends -->"
CELL_SECONDS = 5  # an endless loop takes so long; nothing else comes near it


def assignments() -> list[str]:
    """Return the names of the course's assignments, sorted."""
    return sorted(path.name for path in (COURSE / "source").glob("*") if path.is_dir())


def specimens(assignment: str) -> list[Specimen]:
    """Return the sample class of an assignment; empty where nobody has written one."""
    folder = COURSE / "sample_class" / assignment
    return [read_specimen(path) for path in sorted(folder.glob("*.py"))]


def runs_under_stock(specimen: Specimen) -> bool:
    """Return whether it is safe to run without a sandbox."""
    return specimen.facts.get("stock") != "no"


def most_points(assignment: str) -> float:
    """Return the points of all auto-graded cells."""
    read: Any = nbformat.read
    notebook = read(COURSE / "source" / assignment / f"{assignment}.ipynb", as_version=4)
    return float(sum(grader_data(c)["points"] for c in notebook.cells if is_test(c)))


def new_course(folder: Path, assignment: str) -> Course:
    """Copy one assignment into a course of its own, release it and hand in the sample class.

    Raises:
        RuntimeError: nbgrader could not release it; the message holds what it said.
    """
    shutil.copy(COURSE / "nbgrader_config.py", folder)
    for part in ("source", "sample_class"):
        shutil.copytree(COURSE / part / assignment, folder / part / assignment)
    command = [sys.executable, ROOT / "scripts/release.py", str(folder), assignment]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    if ran.returncode:
        raise RuntimeError(ran.stdout)
    course = Course.at(folder)
    hand_in_sample(course, assignment)
    return course


def copy_of(course: Course, folder: Path) -> Course:
    """Return a copy of a course, so that the other grader finds nothing graded."""
    shutil.copytree(course.root, folder, dirs_exist_ok=True)
    return Course.at(folder)


def grade_with_ours(course: Course, assignment: str) -> None:
    """Grade everybody in the sandbox."""
    grade(course, assignment, Order(Limits(seconds=CELL_SECONDS)))


def grade_with_stock(course: Course, assignment: str) -> None:
    """Grade those whose code is safe to run without a sandbox with nbgrader's own command.

    Raises:
        RuntimeError: nbgrader failed; the message holds the end of what it said.
    """
    for specimen in specimens(assignment):
        if not runs_under_stock(specimen):
            shutil.rmtree(course.root / "submitted" / specimen.name)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    ran = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", assignment, "--create"],
        cwd=course.root,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"},
    )
    if ran.returncode:
        raise RuntimeError(ran.stderr[-3000:])


@dataclass(frozen=True)
class Row:
    """One submission and its points; None where stock nbgrader did not run it."""

    specimen: Specimen
    ours: float
    stock: float | None

    @property
    def agrees(self) -> bool:
        """Whether both graders gave what is written beside the submission."""
        expected = float(self.specimen.facts["score"])
        return self.ours == expected and self.stock in (None, expected)


@dataclass(frozen=True)
class Table:
    """The scores of one assignment; seconds for a submission, for each grader."""

    assignment: str
    points: float
    rows: list[Row]
    ours_seconds: float
    stock_seconds: float

    def markdown(self) -> str:
        """Return it as a Markdown table with a caption."""
        lines = [
            f"**{self.assignment}**, {self.points:g} auto-graded points:",
            "",
            "| submission | what is wrong | written | `autograder` | stock nbgrader |",
            "|---|---|---:|---:|---:|",
        ]
        for row in self.rows:
            stock = "not run" if row.stock is None else f"{row.stock:g}"
            name, story, score = row.specimen.name, row.specimen.story, row.specimen.facts["score"]
            lines.append(f"| {name} | {story} | {score} | {row.ours:g} | {stock} |")
        return "\n".join(lines)


def table(assignment: str) -> Table:
    """Grade a sample class with both graders."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "ours").mkdir()
        ours = new_course(Path(name) / "ours", assignment)
        stock = copy_of(ours, Path(name) / "stock")
        begin = time.monotonic()
        grade_with_ours(ours, assignment)
        middle = time.monotonic()
        grade_with_stock(stock, assignment)
        end = time.monotonic()
        rows = [
            Row(
                specimen,
                read_marks(ours, assignment, specimen.name)[0],
                read_marks(stock, assignment, specimen.name)[0]
                if runs_under_stock(specimen)
                else None,
            )
            for specimen in specimens(assignment)
        ]
    safe = sum(row.stock is not None for row in rows)
    return Table(
        assignment,
        most_points(assignment),
        rows,
        round((middle - begin) / len(rows), 2),
        round((end - middle) / max(1, safe), 2),
    )


def tables_in_guide() -> str:
    """Return what stands between the marks in the instructor's guide."""
    return GUIDE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].strip()


def write_into_guide(tables: list[Table]) -> None:
    """Put tables in place of those of the same assignments; keep the others."""
    kept = {
        block.partition("**")[0]: f"**{block}".strip()
        for block in re.split(r"^\*\*", tables_in_guide(), flags=re.MULTILINE)[1:]
    }
    kept |= {table.assignment: table.markdown() for table in tables}
    text = GUIDE.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    middle = "\n\n".join(kept[name] for name in sorted(kept))
    GUIDE.write_text(f"{before}{BEGIN}\n\n{middle}\n\n{END}{after}", encoding="utf-8")


def main(words: list[str]) -> int:
    """Print the tables; return how many submissions did not get the points written beside them."""
    parser = argparse.ArgumentParser(prog="scripts.score_matrix", description=__doc__)
    parser.add_argument("names", nargs="*", help="assignments; all by default")
    parser.add_argument("--write", action="store_true", help="put the tables into the guide")
    given = parser.parse_args(words)
    if unknown := sorted(set(given.names) - set(assignments())):
        parser.error(f"no assignment {unknown}; the course has {assignments()}")
    tables = []
    for name in given.names or assignments():
        if not specimens(name):
            parser.error(f"{name} has no sample class; write assignments/sample_class/{name}/*.py")
        tables.append(table(name))
        print(f"\n{tables[-1].markdown()}\n")
        print(
            f"seconds for a submission: {tables[-1].ours_seconds} with autograder, "
            f"{tables[-1].stock_seconds} with stock nbgrader",
            flush=True,
        )
    wrong = [
        f"{t.assignment}/{row.specimen.name}" for t in tables for row in t.rows if not row.agrees
    ]
    print(f"\n{len(wrong)} submissions did not get the points written beside them: {wrong or ''}")
    if given.write and not wrong:
        write_into_guide(tables)
        print(f"wrote the tables into {GUIDE.relative_to(ROOT)}")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
