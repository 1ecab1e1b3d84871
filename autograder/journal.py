"""What became of each submission, kept so that a run can be stopped at any moment.

Outcomes are appended one line each to ``.autograder/ASSIGNMENT.jsonl`` once the gradebook has
the marks; a run that ends, or the next that begins, gathers them in ``ASSIGNMENT.json`` there.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from autograder.course import read_json, write_atomically

GRADED, REVIEW = "graded", "needs review"


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
        sandbox: where the student's code ran.
        student_seconds: processor time of the student's own processes.
    """

    student: str
    score: float
    max_score: float
    needs_manual_grade: bool
    outcome: str
    reasons: list[str]
    seconds: float
    fingerprint: str
    sandbox: str = ""
    student_seconds: float = 0.0


class Journal:
    """The outcomes of one assignment, as a context manager.

    Args:
        report: the file that gathers them; the journal lies beside it.
    """

    def __init__(self, report: Path) -> None:
        self._report, self._path = report, report.with_suffix(".jsonl")
        self.outcomes: dict[str, Any] = read_json(report)
        report.parent.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        if self._path.exists():
            self._gather()
        self._file = self._path.open("a", encoding="utf-8")
        return self

    def _gather(self) -> None:
        """Take over what a run that was stopped had appended; a torn last line is no outcome."""
        for line in self._path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                outcome = json.loads(line)
                self.outcomes[outcome["student"]] = outcome
            except (ValueError, KeyError, TypeError):
                continue
        self._write()

    def add(self, outcome: Outcome) -> None:
        """Append an outcome; when this returns it is known to the next run."""
        self.outcomes[outcome.student] = asdict(outcome)
        self._file.write(json.dumps(asdict(outcome)) + "\n")
        self._file.flush()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        self._write()

    def _write(self) -> None:
        text = json.dumps(dict(sorted(self.outcomes.items())), indent=1)
        write_atomically(self._report, text)
        self._path.unlink(missing_ok=True)
