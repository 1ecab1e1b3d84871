"""Does each submission get the points written beside it, from stock nbgrader and from ours?"""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import pytest

from autograder.course import Course
from autograder.grade import Order, grade
from autograder.gradebook import read_marks
from autograder.sample import hand_in_sample
from autograder.sandbox import Limits
from autograder.specimen import apply_specimen, read_specimen

ROOT = Path(__file__).parents[2]
COURSE = ROOT / "assignments"
NAME = "six-by-six"
SPECIMENS = [read_specimen(p) for p in sorted((COURSE / "sample_class" / NAME).glob("*.py"))]
pytestmark = pytest.mark.xdist_group("class")


def new_course(folder: Path) -> Course:
    """Copy the course, release the assignment and hand in the sample class."""
    for part in ("nbgrader_config.py", "source", "text", "sample_class"):
        copy = shutil.copytree if (COURSE / part).is_dir() else shutil.copy
        copy(COURSE / part, folder / part)
    command = [sys.executable, ROOT / "scripts/release.py", str(folder), NAME]
    subprocess.run(command, check=True, capture_output=True)
    course = Course.at(folder)
    hand_in_sample(course, NAME)
    return course


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Grade the sample class once, in the sandbox."""
    course = new_course(tmp_path_factory.mktemp("ours"))
    grade(course, NAME, Order(Limits(seconds=3)))
    return course


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Grade with stock nbgrader what is safe to run without a sandbox: our own honest mistakes."""
    course = new_course(tmp_path_factory.mktemp("stock"))
    for specimen in SPECIMENS:
        if specimen.facts.get("stock") == "no":
            shutil.rmtree(course.root / "submitted" / specimen.name)
    command = [sys.executable, "-m", "nbgrader", "autograde", NAME, "--create"]
    subprocess.run(command, cwd=course.root, check=True, capture_output=True)
    return course


def test_the_class_has_twelve() -> None:
    assert len(SPECIMENS) == 12


@pytest.mark.sandbox
@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda s: s.name)
def test_score_in_the_sandbox(course: Course, specimen: Any) -> None:
    assert read_marks(course, NAME, specimen.name)[0] == float(specimen.facts["score"])


@pytest.mark.parametrize(
    "specimen", [s for s in SPECIMENS if s.facts.get("stock") != "no"], ids=lambda s: s.name
)
def test_score_under_stock_nbgrader(stock: Course, specimen: Any) -> None:
    assert read_marks(stock, NAME, specimen.name)[0] == float(specimen.facts["score"])


@pytest.mark.sandbox
def test_the_endless_loop_is_recorded_and_the_rest_counts(course: Course) -> None:
    report = json.loads(course.report(NAME).read_text())
    assert report["kim-endless"]["outcome"] == "needs review"
    assert "stopped after 3 s" in report["kim-endless"]["reasons"][0]


@pytest.mark.sandbox
def test_the_curious_find_nothing(course: Course) -> None:
    graded = course.root / "autograded/lee-curious" / NAME / f"{NAME}.ipynb"
    assert "found: []" in graded.read_text()


@pytest.mark.sandbox
def test_a_rerun_grades_nothing_again(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    before = (course.root / "gradebook.db").read_bytes()
    grade(course, NAME, Order(Limits(seconds=3)))
    assert "12 submissions, 0 to grade" in capsys.readouterr().out
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
        found = {o.student: o for o in grade(course, NAME, Order(Limits(seconds=3)))}["zoe-damaged"]
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
        found = {o.student: o for o in grade(course, NAME, Order(Limits(seconds=3)))}["yan-forger"]
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
    assert "Hint: is the output size right" in page
    assert "HIDDEN TESTS" not in page
    assert "default_rng(11)" not in page
    assert main(["export", "--course", str(course.root)]) == 0
    rows = list(csv.DictReader((course.root / "grades.csv").read_text().splitlines()))
    assert {r["student"]: float(r["score"]) for r in rows}.items() >= {
        s.name: float(s.facts["score"]) for s in SPECIMENS
    }.items()


def test_release_holds_no_solution_and_no_hidden_test(course: Course) -> None:
    text = (course.released(NAME) / f"{NAME}.ipynb").read_text()
    for secret in ("SOLUTION", "HIDDEN", "default_rng", "np.einsum", "Rubric", "powers"):
        assert secret not in text
    assert [p.name for p in course.released(NAME).iterdir()] == [f"{NAME}.ipynb"]


def test_reference_solution_passes_nbgraders_validate() -> None:
    source = COURSE / "source" / NAME / f"{NAME}.ipynb"
    ran = subprocess.run(
        [sys.executable, "-m", "nbgrader", "validate", source],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Success! Your notebook passes all the tests." in ran.stdout


def test_notebook_is_what_the_text_says_and_has_no_outputs() -> None:
    text = COURSE / "text" / NAME / f"{NAME}.md"
    expected = jupytext.read(text)
    found = nbformat.read(COURSE / "source" / NAME / f"{NAME}.ipynb", as_version=4)
    assert [c.source for c in found.cells] == [c.source for c in expected.cells]
    assert [c.metadata for c in found.cells] == [c.metadata for c in expected.cells]
    assert not any(c.get("outputs") for c in found.cells)


def test_unknown_cells_of_a_specimen_are_named() -> None:
    notebook = nbformat.v4.new_notebook()
    with pytest.raises(KeyError, match="ada-reference: no cell 'conv2d'"):
        apply_specimen(SPECIMENS[0], notebook)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["grade", "six-by-seven"], "the course has ['six-by-six']"),
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
