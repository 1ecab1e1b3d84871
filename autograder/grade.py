"""Grade what a class handed in: one submission after the other, every one with an outcome."""

import hashlib
import json
import os
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import parse_utc
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from autograder.course import Course, CourseError, read_json, write_atomically
from autograder.notebook import DamagedNotebookError, Execution, read_submission, rebuild
from autograder.sandbox import Limits, Sandbox, SandboxUnavailableError

GRADED, REVIEW = "graded", "needs review"

# nbgrader's own steps, less those that run a student's code: the notebook arrives executed.
SANITIZE = ["OverwriteKernelspec", "OverwriteCells", "CheckCellMetadata"]
AUTOGRADE = ["IgnorePattern", "LimitOutput", "SaveAutoGrades", "AssignLatePenalties"]


@dataclass(frozen=True)
class Outcome:
    """What became of one submission.

    Attributes:
        score: points so far; manually graded answers are added by a person later.
        max_score: points the assignment offers.
        needs_manual_grade: whether a person has an answer to read.
        outcome: ``graded``, or ``needs review`` when something kept the notebook from running well.
        reasons: why a person should look.
        seconds: time it took.
        fingerprint: hash of everything the score depends on; a rerun skips what has not changed.
    """

    student: str
    score: float
    max_score: float
    needs_manual_grade: bool
    outcome: str
    reasons: list[str]
    seconds: float
    fingerprint: str


def grade(course: Course, assignment: str, limits: Limits, force: bool = False) -> list[Outcome]:
    """Grade every submission that is new or changed; return the outcomes of the whole class.

    Raises:
        CourseError: the assignment is unknown, not released, or nobody handed it in.
        SandboxUnavailableError: no sandbox can be started; nothing was graded.
    """
    sources = read_sources(course, assignment)
    course.released(assignment)
    students = course.students(assignment)
    if not students:
        raise CourseError(
            f"nobody has handed in {assignment}: {course.root / 'submitted'} has no "
            f"STUDENT/{assignment} folder; collect the submissions first"
        )
    with Sandbox(limits=limits):
        pass  # where no sandbox can be started, say so before anything is touched
    report = read_json(course.report(assignment))
    recorded = recorded_students(course, assignment)
    todo = {}
    for student in students:
        mark = fingerprint(course, assignment, student, limits)
        known = report.get(student, {}).get("fingerprint") == mark and student in recorded
        if force or not known:
            todo[student] = mark
    print(f"{assignment}: {len(students)} submissions, {len(todo)} to grade", flush=True)
    with progress_bar() as bar:
        task = bar.add_task("grading", total=len(todo))
        for student, mark in todo.items():
            outcome = grade_or_say_why(course, assignment, student, sources, limits, mark)
            report[student] = asdict(outcome)
            write_atomically(course.report(assignment), json.dumps(report, indent=1))
            bar.advance(task)
    return [Outcome(**report[student]) for student in students]


def recorded_students(course: Course, assignment: str) -> set[str]:
    """Return who has marks in the gradebook: a gradebook that was made anew has nobody's."""
    with course.nbgrader().gradebook as gradebook:
        return {s.student.id for s in gradebook.assignment_submissions(assignment)}


def grade_or_say_why(
    course: Course,
    assignment: str,
    student: str,
    sources: dict[str, NotebookNode],
    limits: Limits,
    mark: str,
) -> Outcome:
    """Grade one submission; one that breaks the grader itself must not stop the class."""
    begin = time.monotonic()
    try:
        return grade_one(course, assignment, student, sources, limits, mark)
    except SandboxUnavailableError:
        raise  # the machine's fault, and everybody's
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())[-500:]
        reasons = [f"could not be graded, nothing was recorded; {said}"]
        seconds = round(time.monotonic() - begin, 2)
        # Without a fingerprint, so that the next run tries again.
        return Outcome(student, 0.0, 0.0, True, REVIEW, reasons, seconds, "")


def progress_bar() -> Progress:
    """Return a bar with counts and time left, on standard error so that results can be piped."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def read_sources(course: Course, assignment: str) -> dict[str, NotebookNode]:
    """Return the instructor's notebooks by name."""
    paths = sorted(course.source(assignment).glob("*.ipynb"))
    if not paths:
        raise CourseError(f"{course.source(assignment)} has no notebook; there is nothing to grade")
    read: Any = nbformat.read  # nbformat has no types of its own
    return {path.stem: read(path, as_version=4) for path in paths}


def fingerprint(course: Course, assignment: str, student: str, limits: Limits) -> str:
    """Hash the submission, the source and the limits: same hash, same marks."""
    total = hashlib.sha256(json.dumps(asdict(limits)).encode())
    for folder in (course.source(assignment), course.submission(student, assignment)):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and path.stat().st_size < 2**26:
                name = os.fsencode(path.relative_to(folder))
                total.update(b"%d %d " % (len(name), path.stat().st_size))
                total.update(name + path.read_bytes())
    return total.hexdigest()


def grade_one(
    course: Course,
    assignment: str,
    student: str,
    sources: dict[str, NotebookNode],
    limits: Limits,
    mark: str,
) -> Outcome:
    """Run one submission in the sandbox and let nbgrader record the marks."""
    begin = time.monotonic()
    reasons: list[str] = []
    with tempfile.TemporaryDirectory(prefix="autograder-") as name:
        staged = Path(name) / "submitted" / student / assignment
        staged.mkdir(parents=True)
        handed_in = course.submission(student, assignment)
        copy_timestamp(handed_in / "timestamp.txt", staged, reasons)
        files = handed_out_files(course.released(assignment), Path(name) / "files")
        for notebook_name, source in sources.items():
            executed = run_notebook(
                handed_in / f"{notebook_name}.ipynb", source, files, limits, reasons
            )
            write: Any = nbformat.write
            write(executed, staged / f"{notebook_name}.ipynb")
        record(course, assignment, student, Path(name) / "submitted")
    score, max_score, manual = read_marks(course, assignment, student)
    seconds = round(time.monotonic() - begin, 2)
    outcome = REVIEW if reasons else GRADED
    return Outcome(student, score, max_score, manual, outcome, reasons, seconds, mark)


def copy_timestamp(path: Path, staged: Path, reasons: list[str]) -> None:
    """Copy the time of submission if it is one: nbgrader stops at a file that is not."""
    if path.is_symlink() or not path.is_file():
        return
    try:
        with path.open("rb") as file:
            text = file.read(200).decode().strip()
        parse_utc(text)
    except (ValueError, OverflowError):
        reasons.append("timestamp.txt is not a date, so lateness was not looked at")
        return
    (staged / "timestamp.txt").write_text(text, encoding="utf-8")


def run_notebook(
    path: Path, source: NotebookNode, files: Path, limits: Limits, reasons: list[str]
) -> NotebookNode:
    """Return the rebuilt notebook, executed; a damaged one counts as blank and is reported."""
    try:
        submission = read_submission(path)
    except DamagedNotebookError as error:
        reasons.append(str(error))
        submission = nbformat.from_dict({"cells": []})  # type: ignore[no-untyped-call]
    notebook, remarks = rebuild(source, submission)
    execution = Execution(source, files, limits)
    execution.run(notebook)
    reasons += (remarks if submission.cells else []) + execution.remarks
    return notebook


def handed_out_files(release: Path, destination: Path) -> Path:
    """Copy the files, other than notebooks, that every student received."""
    shutil.copytree(release, destination, ignore=shutil.ignore_patterns("*.ipynb", ".*"))
    return destination


def record(course: Course, assignment: str, student: str, submitted: Path) -> None:
    """Let nbgrader read the executed notebook and write gradebook and autograded copy."""
    steps = {
        "sanitize_preprocessors": [f"nbgrader.preprocessors.{name}" for name in SANITIZE],
        "autograde_preprocessors": [f"nbgrader.preprocessors.{name}" for name in AUTOGRADE],
    }
    api = course.nbgrader(Autograde=steps, CourseDirectory={"submitted_directory": str(submitted)})
    result = api.autograde(assignment, student, force=True)
    if not result["success"]:
        said = result.get("error") or result.get("log") or "nothing"
        raise CourseError(f"nbgrader could not record {student}'s marks; it said: {said}")


def read_marks(course: Course, assignment: str, student: str) -> tuple[float, float, bool]:
    """Return score, maximum and whether a person must grade, from nbgrader's gradebook."""
    with course.nbgrader().gradebook as gradebook:
        submission = gradebook.find_submission(assignment, student)
        return submission.score, submission.max_score, submission.needs_manual_grade


def results_table(assignment: str, outcomes: list[Outcome]) -> Table:
    """Return the class as a table, with the reasons where a person should look."""
    table = Table(title=f"{assignment}: {len(outcomes)} submissions", title_justify="left")
    table.add_column("student")
    table.add_column("score", justify="right")
    table.add_column("of", justify="right")
    table.add_column("outcome")
    table.add_column("to look at", overflow="fold")
    table.add_column("s", justify="right")
    for o in outcomes:
        manual = ["an answer to grade by hand"] if o.needs_manual_grade else []
        notes = "; ".join([*o.reasons, *manual])
        table.add_row(
            o.student, f"{o.score:g}", f"{o.max_score:g}", o.outcome, notes, f"{o.seconds:.1f}"
        )
    return table
