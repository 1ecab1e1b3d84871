"""What becomes of an endless loop, a curious student, a damaged file and forged tests?"""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.course import Course
from autograder.grade import Order, grade
from autograder.limits import Limits
from scripts.score_matrix import CELL_SECONDS, specimens

from .conftest import Courses

ROOT = Path(__file__).parents[2]
NAME = "six-by-six"
ORDER = Order(Limits(seconds=CELL_SECONDS))
pytestmark = [pytest.mark.xdist_group(f"assignment-{NAME}"), pytest.mark.timeout(1500)]


@pytest.fixture
def course(courses: Courses) -> Course:
    """Return the course whose sample class was graded in the sandbox."""
    return courses.ours(NAME)


@pytest.mark.sandbox
def test_the_endless_loop_is_recorded_and_the_rest_counts(course: Course) -> None:
    report = json.loads(course.report(NAME).read_text())
    assert report["kim-endless"]["outcome"] == "needs review"
    assert f"stopped after {CELL_SECONDS} s" in report["kim-endless"]["reasons"][0]


@pytest.mark.sandbox
def test_the_curious_find_nothing(course: Course) -> None:
    graded = course.root / "autograded/lee-curious" / NAME / f"{NAME}.ipynb"
    assert "found: []" in graded.read_text()


@pytest.mark.sandbox
def test_a_rerun_grades_nothing_again(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    before = (course.root / "gradebook.db").read_bytes()
    grade(course, NAME, ORDER)
    assert f"{len(specimens(NAME))} submissions, 0 to grade" in capsys.readouterr().out
    assert (course.root / "gradebook.db").read_bytes() == before


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("not a notebook", "not a notebook"),
        ('{"cells": 3}', "not a notebook"),
        (None, "is missing"),
    ],
)
def test_a_damaged_submission_is_recorded(course: Course, content: str | None, reason: str) -> None:
    folder = course.submission("zoe-damaged", NAME)
    shutil.rmtree(folder.parent, ignore_errors=True)
    folder.mkdir(parents=True)
    if content is not None:
        (folder / f"{NAME}.ipynb").write_text(content)
    try:
        found = {o.student: o for o in grade(course, NAME, ORDER)}["zoe-damaged"]
    finally:
        shutil.rmtree(folder.parent)
    assert found.score == 0
    assert found.outcome == "needs review"
    assert reason in found.reasons[0]


@pytest.mark.sandbox
def test_deleting_or_faking_tests_earns_nothing(course: Course) -> None:
    """Every test cell is dropped or replaced, and its metadata claims a thousand points."""
    folder = course.submission("yan-forger", NAME)
    folder.mkdir(parents=True)
    release = course.released(NAME) / f"{NAME}.ipynb"
    notebook = nbformat.read(release, as_version=4)
    for cell in notebook.cells:
        data = cell.metadata.get("nbgrader", {})
        if data.get("grade") and cell.cell_type == "code":
            cell.source, data["points"] = "1000", 1000
    notebook.cells = [
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") != "test_relu"
    ]
    nbformat.write(notebook, folder / f"{NAME}.ipynb")
    try:
        found = {o.student: o for o in grade(course, NAME, ORDER)}["yan-forger"]
    finally:
        shutil.rmtree(folder.parent)
    assert found.score == 0
    assert found.reasons == ["cell test_relu was missing"]


@pytest.mark.sandbox
def test_feedback_and_grades_csv(course: Course) -> None:
    """Is the feedback without hidden tests, and has the table a row for each student?"""
    from autograder.cli import main

    assert main(["feedback", NAME, "--course", str(course.root)]) == 0
    page = (course.root / "feedback/emil-hard-coded" / NAME / f"{NAME}.html").read_text()
    assert "Hint: is every window right, and the output" in page
    assert "HIDDEN TESTS" not in page
    assert "default_rng(11)" not in page
    assert main(["export", "--course", str(course.root)]) == 0
    rows = list(csv.DictReader((course.root / "grades.csv").read_text().splitlines()))
    assert {r["student"]: float(r["score"]) for r in rows}.items() >= {
        s.name: float(s.facts["score"]) for s in specimens(NAME)
    }.items()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["grade", "six-by-seven"], "check the spelling"),
        (["grade", NAME, "--course", "/usr"], "name the folder of an nbgrader course"),
    ],
)
def test_messages_name_the_remedy(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    from autograder.cli import main

    monkeypatch.chdir(ROOT)
    assert main(arguments) == 1
    assert message in capsys.readouterr().err
