"""Write the marks of the whole course as one table that a spreadsheet or an LMS reads."""

import csv
import io
from pathlib import Path

from autograder.course import Course, CourseError, read_json, write_atomically

FIELDS = ["assignment", "student", "score", "max_score", "needs_manual_grade", "late_penalty"]


def write_grades(course: Course) -> tuple[Path, int]:
    """Write ``grades.csv`` from the gradebook; return its path and the number of rows.

    Raises:
        CourseError: there is no gradebook yet.
    """
    if not (course.root / "gradebook.db").exists():
        raise CourseError(f"{course.root} has no gradebook.db; run `autograder grade` first")
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*FIELDS, "outcome", "reasons"])
    rows = 0
    with course.nbgrader().gradebook as gradebook:
        for assignment in sorted(gradebook.assignments, key=lambda a: a.name):
            report = read_json(course.report(assignment.name))
            for s in sorted(assignment.submissions, key=lambda s: s.student.id):
                known = report.get(s.student.id, {})
                marks = [s.score, s.max_score, s.needs_manual_grade, s.late_submission_penalty]
                reasons = "; ".join(known.get("reasons", []))
                row = [assignment.name, s.student.id, *marks, known.get("outcome", ""), reasons]
                table.writerow([harmless(field) for field in row])
                rows += 1
    path = course.root / "grades.csv"
    write_atomically(path, text.getvalue())
    return path, rows


def harmless(field: object) -> object:
    """Keep a spreadsheet from reading text as a formula.

    >>> harmless("=1+1"), harmless(12.5)
    ("'=1+1", 12.5)
    """
    formula = isinstance(field, str) and field[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{field}" if formula else field
