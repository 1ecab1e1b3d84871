"""One run of each grader over an assignment's sample class, shared by all that look at it."""

from dataclasses import dataclass, field

import pytest

from autograder.course import Course
from scripts.score_matrix import grade_with_ours, grade_with_stock, new_course, specimens


@dataclass
class Courses:
    """Courses with one assignment each, graded when they are first asked for."""

    factory: pytest.TempPathFactory
    done: dict[tuple[str, str], Course] = field(default_factory=dict)

    def ours(self, assignment: str) -> Course:
        """Return a course graded in the sandbox."""
        return self._graded("ours", assignment)

    def stock(self, assignment: str) -> Course:
        """Return a course graded by stock nbgrader."""
        return self._graded("stock", assignment)

    def _graded(self, kind: str, assignment: str) -> Course:
        if not specimens(assignment):
            pytest.fail(f"{assignment} has no sample class; write sample_class/{assignment}/*.py")
        if (kind, assignment) not in self.done:
            course = new_course(self.factory.mktemp(f"{kind}-{assignment}"), assignment)
            grading = {"ours": grade_with_ours, "stock": grade_with_stock}[kind]
            grading(course, assignment)
            self.done[kind, assignment] = course
        return self.done[kind, assignment]


@pytest.fixture(scope="session")
def courses(tmp_path_factory: pytest.TempPathFactory) -> Courses:
    """Return the graded courses of this process; tests of one assignment share an xdist group."""
    return Courses(tmp_path_factory)
