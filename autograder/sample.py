"""Hand in a sample class: one notebook for each specimen, made from the release version."""

import io
from pathlib import Path
from typing import Any

import nbformat

from autograder.course import Course, CourseError, write_atomically
from autograder.specimen import apply_specimen, read_specimen


def hand_in_sample(course: Course, assignment: str) -> tuple[int, int]:
    """Write ``submitted/NAME/ASSIGNMENT/`` from the specimens; return how many, and how many new.

    Raises:
        CourseError: there are no specimens, or the assignment has not been released.
    """
    folder = course.root / "sample_class" / assignment
    specimens = sorted(folder.glob("*.py"))
    if not specimens:
        raise CourseError(
            f"{folder} has no specimens (*.py), so there is no sample class to hand in"
        )
    release = course.released(assignment) / f"{assignment}.ipynb"
    read: Any = nbformat.read  # nbformat has no types of its own
    notebook = read(release, as_version=4)
    new = sum(hand_in(course, assignment, path, notebook) for path in specimens)
    return len(specimens), new


def hand_in(course: Course, assignment: str, path: Path, notebook: Any) -> bool:
    """Write one submission unless it is there already; return whether it was written."""
    text = io.StringIO()
    write: Any = nbformat.write
    write(apply_specimen(read_specimen(path), notebook), text)
    destination = course.submission(path.stem, assignment) / f"{assignment}.ipynb"
    if destination.exists() and destination.read_text(encoding="utf-8") == text.getvalue():
        return False
    write_atomically(destination, text.getvalue())
    return True
