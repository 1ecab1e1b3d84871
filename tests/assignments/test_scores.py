"""Does every submission of every sample class get the points written beside it, in both graders?"""

import json
from typing import Any

import nbformat
import pytest

from autograder.gradebook import read_marks
from autograder.specimen import Specimen, apply_specimen
from scripts.score_matrix import (
    COURSE,
    assignments,
    most_points,
    runs_under_stock,
    specimens,
    tables_in_guide,
)

from .conftest import Courses
from .reading import calls_own_functions, defined_functions, graded_cells, source_notebook

ROLES = ("reference", "blank", "hard-coded", "wrong-id")
LEAST_WRONG = 10


def grouped(name: str, *values: Any, label: str = "") -> Any:
    """Return test parameters that run in one process with all others of the assignment."""
    mark = pytest.mark.xdist_group(f"assignment-{name}")
    return pytest.param(name, *values, marks=mark, id=f"{name}-{label}" if label else name)


pytestmark = pytest.mark.timeout(1500)  # a whole class, on a machine that does other things too
each_assignment = pytest.mark.parametrize("name", [grouped(n) for n in assignments()])
EVERYBODY = [(name, s) for name in assignments() for s in specimens(name)]


def with_role(name: str, role: str) -> Specimen:
    """Return the member of a sample class that plays a role."""
    found = [s for s in specimens(name) if s.facts.get("role") == role]
    if len(found) != 1:
        pytest.fail(f"{name}: {len(found)} specimens have `role: {role}`, but one is needed")
    return found[0]


@each_assignment
def test_the_sample_class_is_complete(name: str) -> None:
    """Are there the four roles, and ten wrong submissions with a score written beside each?"""
    found = specimens(name)
    assert found, f"{name} has no sample class; write assignments/sample_class/{name}/*.py"
    missing = [s.name for s in found if not s.facts.get("score", "").isdigit()]
    assert not missing, f"{name}: no line `score: N` in {missing}"
    for role in ROLES:
        with_role(name, role)
    full = most_points(name)
    wrong = [s for s in found if s.cells and float(s.facts["score"]) < full]
    assert len(wrong) >= LEAST_WRONG, f"{name}: only {len(wrong)} wrong submissions"
    assert float(with_role(name, "reference").facts["score"]) == full
    assert with_role(name, "blank").facts["score"] == "0"
    assert with_role(name, "blank").cells == {}


@pytest.mark.sandbox
@pytest.mark.parametrize(("name", "specimen"), [grouped(n, s, label=s.name) for n, s in EVERYBODY])
def test_score_in_the_sandbox(name: str, specimen: Specimen, courses: Courses) -> None:
    course = courses.ours(name)
    assert read_marks(course, name, specimen.name)[0] == float(specimen.facts["score"])
    if runs_under_stock(specimen):
        report = json.loads(course.report(name).read_text())[specimen.name]
        assert report["outcome"] == "graded", report["reasons"]


@pytest.mark.parametrize(
    ("name", "specimen"),
    [grouped(n, s, label=s.name) for n, s in EVERYBODY if runs_under_stock(s)],
)
def test_score_under_stock_nbgrader(name: str, specimen: Specimen, courses: Courses) -> None:
    marks = read_marks(courses.stock(name), name, specimen.name)
    assert marks[0] == float(specimen.facts["score"])


@pytest.mark.sandbox
@each_assignment
def test_hard_coding_visible_answers_earns_nothing_in_hidden_tests(
    name: str, courses: Courses
) -> None:
    """A hidden test that calls a function of the student's gives no point to constants."""
    student = with_role(name, "hard-coded").name
    path = courses.ours(name).root / "autograded" / student / name / f"{name}.ipynb"
    read: Any = nbformat.read
    failed = {
        c.metadata.nbgrader.grade_id
        for c in graded_cells(read(path, as_version=4))
        if any(o.output_type == "error" for o in c.outputs)
    }
    source = source_notebook(name)
    own = defined_functions(source)
    hidden = {
        c.metadata.nbgrader.grade_id
        for c in graded_cells(source)
        if "BEGIN HIDDEN TESTS" in c.source and calls_own_functions(c.source, own)
    }
    assert hidden, f"{name} has no hidden test of a function"
    assert hidden <= failed


@each_assignment
def test_the_guide_shows_these_scores(name: str) -> None:
    """Does the instructor's guide list every submission with its score and story?"""
    guide = tables_in_guide()
    rows = {s.name: f"| {s.name} | {s.story} | {s.facts['score']} |" for s in specimens(name)}
    missing = [student for student, row in rows.items() if row not in guide]
    assert not missing, f"run `python -m scripts.score_matrix {name} --write`: {missing}"


@each_assignment
def test_a_specimen_names_cells_that_exist(name: str) -> None:
    for specimen in specimens(name):
        apply_specimen(specimen, source_notebook(name))


def test_unknown_cells_of_a_specimen_are_named() -> None:
    specimen = Specimen("ada", "", {}, {"conv2d": "x = 1"})
    notebook: Any = nbformat.v4.new_notebook()
    with pytest.raises(KeyError, match="ada: no cell 'conv2d'"):
        apply_specimen(specimen, notebook)


def test_every_text_has_a_notebook_and_the_other_way_round() -> None:
    assert sorted(p.name for p in (COURSE / "text").glob("*")) == assignments()
