"""One run of each grader over an assignment's sample class, shared by all that look at it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from autograder.course import Course
from scripts.score_matrix import (
    copy_of,
    grade_with_ours,
    grade_with_stock,
    new_course,
    specimens,
)


@dataclass
class Courses:
    """Courses with one assignment each, graded when they are first asked for."""

    factory: pytest.TempPathFactory
    done: dict[tuple[str, str], Course] = field(default_factory=dict)

    def released(self, assignment: str) -> Course:
        """Return a course with the release and what the sample class handed in."""
        if not specimens(assignment):
            pytest.fail(f"{assignment} has no sample class; write sample_class/{assignment}/*.py")
        if ("released", assignment) not in self.done:
            course = new_course(self.factory.mktemp(f"released-{assignment}"), assignment)
            self.done["released", assignment] = course
        return self.done["released", assignment]

    def ours(self, assignment: str) -> Course:
        """Return a course graded in the sandbox."""
        return self._graded("ours", assignment, grade_with_ours)

    def stock(self, assignment: str) -> Course:
        """Return a course graded by stock nbgrader."""
        return self._graded("stock", assignment, grade_with_stock)

    def _graded(self, kind: str, assignment: str, grading: Callable[[Course, str], None]) -> Course:
        if (kind, assignment) not in self.done:
            folder = self.factory.mktemp(f"{kind}-{assignment}")
            course = copy_of(self.released(assignment), folder)
            grading(course, assignment)
            self.done[kind, assignment] = course
        return self.done[kind, assignment]


@pytest.fixture(scope="session")
def courses(tmp_path_factory: pytest.TempPathFactory) -> Courses:
    """Return the graded courses of this process; tests of one assignment share an xdist group."""
    return Courses(tmp_path_factory)
