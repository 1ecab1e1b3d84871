"""Does honest work get, cell by cell, what stock nbgrader gives it?

The whole corpus is compared by ``make equality`` (``EQUALITY=all``); the tests take a sample.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from tests.attacks.ours import run

from . import course

REPOSITORY = Path(__file__).parents[2]
WHOLE = os.environ.get("EQUALITY") == "all"
MIXED = 88 if WHOLE else 10
pytestmark = [pytest.mark.sandbox, pytest.mark.slow, pytest.mark.timeout(3600)]
# Names of submissions and cells in which the two differ on purpose, and why.
KNOWN: dict[str, str] = {}


def mixed(root: Path) -> list[str]:
    """Build the mixed course."""
    course.release_mixed(root)
    course.hand_in_mixed(root, MIXED)
    return ["mixed"]


def own(root: Path) -> list[str]:
    """Build the course of nbgrader's own notebooks."""
    assignments = course.release_own(root)
    assignments = assignments if WHOLE else ["ps1", "test-hidden-tests"]
    course.hand_in_own(root, assignments)
    return assignments


def six(root: Path) -> list[str]:
    """Build the course of the sample class."""
    course.release_six(root, REPOSITORY)
    return ["six-by-six"]


def marks(root: Path) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield, for every submission and every graded cell, what the gradebook says."""
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        for assignment in gradebook.assignments:
            for s in assignment.submissions:
                name = f"{assignment.name}/{s.student.id}"
                yield name, (s.score, s.max_score, s.needs_manual_grade, s.total_seconds_late)
                for notebook in s.notebooks:
                    yield f"{name}/{notebook.name}", (notebook.late_submission_penalty,)
                    for grade in notebook.grades:
                        facts = (grade.auto_score, grade.manual_score, grade.max_score)
                        cell = f"{name}/{notebook.name}/{grade.name}"
                        yield cell, (*facts, grade.needs_manual_grade)
                    for comment in notebook.comments:
                        cell = f"{name}/{notebook.name}/{comment.name}/comment"
                        yield cell, (comment.auto_comment,)


BUILT = [
    pytest.param(build, marks=pytest.mark.xdist_group(f"equality-{build.__name__}"))
    # What stock gives to the sample class is also asked by the assignments' own tests.
    for build in ((mixed, own, six) if WHOLE else (mixed, own))
]


@pytest.fixture(scope="session", params=BUILT, ids=lambda build: build.__name__)
def graded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the marks that both graders give to the same submissions: stock's and ours."""
    build: Callable[[Path], list[str]] = request.param
    stock = tmp_path_factory.mktemp("stock")
    assignments = build(stock)
    ours = stock.parent / f"{stock.name}-ours"
    shutil.copytree(stock, ours)
    start = ["-c", "import sys; from autograder.cli import main; sys.exit(main())"]
    for assignment in assignments:
        course.nbgrader(stock, "autograde", assignment)
        done = run(ours, *start, "grade", assignment, "--course", str(ours), "--time-limit", "60")
        assert done.returncode == 0, done.stderr
    return dict(marks(stock)), dict(marks(ours))


def test_every_cell_gets_what_stock_nbgrader_gives(
    graded: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    stock, ours = graded
    assert set(stock) == set(ours)
    differ = {n: (stock[n], ours[n]) for n in stock if stock[n] != ours[n] and n not in KNOWN}
    assert differ == {}
    assert any(mark[0] for name, mark in stock.items() if name.count("/") == 3)


def test_the_whole_corpus_is_at_least_a_hundred_submissions() -> None:
    kept = len(list((REPOSITORY / "assignments/sample_class/six-by-six").glob("*.py")))
    kept -= len(course.UNSAFE)
    assert 88 + 4 * (len(course.VERSIONS) + 1) + kept >= 100
