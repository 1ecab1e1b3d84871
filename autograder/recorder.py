"""What the supervisor does with a worker's answer: marks, autograded copy, gradebook, log."""

from datetime import datetime
from typing import Any

import nbformat

from autograder.backends import SAID
from autograder.course import Course, write_atomically
from autograder.filing import Shelf
from autograder.gradebook import Ledger, Marks, Total
from autograder.journal import GRADED, REVIEW, Outcome
from autograder.marking import Finisher, marks_of
from autograder.submission import extra_files, handed_in_time

MOST_EXTRA = 2**26  # bytes of a student's own files that are kept beside the notebooks
UNRECORDED = "could not be graded, nothing was recorded; "


class Recorder:
    """Turns answers into recorded outcomes, one whole submission after the other.

    Args:
        course: the course.
        assignment: its name.
        ledger: the gradebook.
        shelf: the autograded copies.
        fingerprints: by student, what an outcome is good for.
    """

    def __init__(
        self,
        course: Course,
        assignment: str,
        ledger: Ledger,
        shelf: Shelf,
        fingerprints: dict[str, str],
    ) -> None:
        self._course, self._assignment = course, assignment
        self._ledger, self._shelf, self._fingerprints = ledger, shelf, fingerprints
        self._finisher = Finisher(course.configuration())
        self._database = course.database()

    def record(self, answer: dict[str, Any]) -> Outcome:
        """Record one submission; one that breaks the grader itself must not stop the class."""
        student = answer["student"]
        if "failed" in answer:
            return self._failed(student, answer["failed"])
        try:
            return self._record(student, answer)
        except Exception as error:
            return self._failed(student, f"{type(error).__name__}: {error}")

    def _failed(self, student: str, said: str) -> Outcome:
        # Without a fingerprint, so that the next run tries again.
        reasons = [UNRECORDED + " ".join(said.split())[-500:]]
        outcome = Outcome(student, 0.0, 0.0, True, REVIEW, reasons, 0.0, "")
        self._log(outcome, {}, None)
        return outcome

    def _record(self, student: str, answer: dict[str, Any]) -> Outcome:
        reasons = list(answer["reasons"])
        folder = self._course.submission(student, self._assignment)
        when, written = handed_in_time(folder, reasons)
        marks, texts = self._finish(student, answer["notebooks"], reasons)
        extra = extra_files(folder, self._shelf.reserved, MOST_EXTRA, [])
        self._shelf.put(student, texts, extra, written)
        total = self._ledger.record(student, when, marks)
        outcome = self._outcome(student, answer, total, reasons)
        self._log(outcome, marks, when)
        return outcome

    def _finish(
        self, student: str, answers: dict[str, Any], reasons: list[str]
    ) -> tuple[dict[str, Marks], dict[str, str]]:
        """Return marks and final text of each notebook."""
        make: Any = nbformat.from_dict
        write: Any = nbformat.writes
        marks, texts = {}, {}
        for name, answer in answers.items():
            about = {"student": student, "assignment": self._assignment, "notebook": name}
            about["db_url"] = self._database
            notebook = self._finisher.finish(make(answer["notebook"]), {"nbgrader": about})
            marks[name] = marks_of(notebook, reasons) if answer["ran"] else Marks(missing=True)
            texts[name] = write(notebook) + "\n"
        return marks, texts

    def _outcome(
        self, student: str, answer: dict[str, Any], total: Total, reasons: list[str]
    ) -> Outcome:
        if answer["sandbox"] == "none":
            reasons = [*reasons, SAID["none"]]
        return Outcome(
            student=student,
            score=total.score,
            max_score=total.max_score,
            needs_manual_grade=total.needs_manual_grade,
            outcome=REVIEW if reasons else GRADED,
            reasons=reasons,
            seconds=answer["seconds"],
            fingerprint=self._fingerprints[student],
            sandbox=answer["sandbox"],
            student_seconds=answer["student_seconds"],
        )

    def _log(self, outcome: Outcome, marks: dict[str, Marks], when: datetime | None) -> None:
        """Write what happened to one submission, for a person who wonders."""
        lines = [
            f"{self._assignment}, {outcome.student}: {outcome.outcome}",
            f"handed in: {when.isoformat() + ' UTC' if when else 'no time known'}",
            f"score: {outcome.score:g} of {outcome.max_score:g}",
            f"ran in: {SAID.get(outcome.sandbox, 'nothing')}",
            "random generators: seeded with 0",
            f"seconds: {outcome.seconds:g}; of a processor, in the student's processes: "
            f"{outcome.student_seconds:g}",
            *(f"look at: {reason}" for reason in outcome.reasons),
        ]
        for name, found in marks.items():
            for grade_id, score in found.scores.items():
                said = "by hand" if score is None else f"{score:g}"
                lines.append(f"{name}, {grade_id}: {said}")
        folder = self._course.report(self._assignment).parent / "logs" / self._assignment
        write_atomically(folder / f"{outcome.student}.log", "\n".join(lines) + "\n", durable=False)
