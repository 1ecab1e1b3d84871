"""Are the assignments' notebooks complete, readable by everybody, and released without answers?"""

import ast
import json
import re
from itertools import pairwise
from typing import Any

import jupytext
import pytest

from autograder.hidden import hidden_lines
from autograder.lint import lint
from autograder.notebook import grader_data, is_test
from scripts.score_matrix import COURSE, assignments

from .conftest import Courses
from .reading import answers_of, graded_cells, source_notebook

pytestmark = pytest.mark.timeout(1500)  # a whole class, on a machine that does other things too
each_assignment = pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=pytest.mark.xdist_group(f"assignment-{n}"), id=n)
        for n in assignments()
    ],
)
SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)
LEAST = 12  # characters of a line that could only come from the solution


def secret_lines(notebook: Any) -> set[str]:
    """Return the lines of solutions, hidden tests and model answers that stand nowhere else."""
    secret: set[str] = set()
    public: set[str] = set()
    for cell in notebook.cells:
        lines = cell.source.splitlines()
        if cell.cell_type == "markdown" and grader_data(cell).get("solution"):
            own = set(lines)
        elif is_test(cell):
            numbers = hidden_lines(cell.source)
            own = {line for n, line in enumerate(lines, start=1) if n in numbers}
        else:
            own = {line for part in SOLUTION.findall(cell.source) for line in part.splitlines()}
        secret |= own
        public |= set(lines) - own
    told = "\n".join(public)
    return {s for line in secret if len(s := line.strip()) >= LEAST and s not in told}


@each_assignment
def test_release_holds_no_solution_and_no_hidden_test(name: str, courses: Courses) -> None:
    """Looks through sources, outputs, metadata and attachments, whatever they are called."""
    folder = courses.released(name).released(name)
    data = json.loads((folder / f"{name}.ipynb").read_text(encoding="utf-8"))
    texts = list(strings_in(data))
    secrets = secret_lines(source_notebook(name))
    assert len(secrets) >= 20
    leaked = sorted(s for s in secrets if any(s in text for text in texts))
    assert not leaked
    for mark in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS", "Rubric"):
        assert not any(mark in text for text in texts)
    assert not any(cell.get("outputs") for cell in data["cells"])
    source = {p.name for p in (COURSE / "source" / name).rglob("*") if p.is_file()}
    assert {p.name for p in folder.rglob("*") if p.is_file()} <= source
    assert not list(folder.rglob("*.md"))


def strings_in(data: Any) -> Any:
    """Yield every text in a JSON value, keys included; text kept as lists of lines is joined."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from strings_in(value)
    elif isinstance(data, list):
        if data and all(isinstance(item, str) for item in data):
            yield "".join(data)
        for item in data:
            yield from strings_in(item)


def test_a_leak_would_be_found() -> None:
    """Wherever a line of the solution is put, it is among the texts that are looked through."""
    line = "return np.maximum(x, 0)"
    cell = {
        "cell_type": "code",
        "source": ["x = 1\n", "y = 2"],
        "outputs": [{"data": {"text/plain": [line]}}],
        "attachments": {"a.txt": {"text/plain": line}},
        "metadata": {"note": [{"old": line}]},
    }
    texts = list(strings_in({"cells": [cell]}))
    assert texts.count(line) == 4  # the list of one line counts twice
    assert "x = 1\ny = 2" in texts


@each_assignment
def test_notebook_is_what_the_text_says_and_has_no_outputs(name: str) -> None:
    expected = jupytext.read(COURSE / "text" / name / f"{name}.md")
    found = source_notebook(name)
    remedy = f"run `python scripts/sync_assignments.py {name}`"
    assert [c.source for c in found.cells] == [c.source for c in expected.cells], remedy
    assert [c.metadata for c in found.cells] == [c.metadata for c in expected.cells], remedy
    assert not any(c.get("outputs") or c.get("execution_count") for c in found.cells)


@each_assignment
def test_it_tells_goals_and_minutes_and_has_graded_tasks(name: str) -> None:
    notebook = source_notebook(name)
    first = notebook.cells[0].source
    for word in (r"\*\*Goals?\.\*\*", r"\*\*Time\.\*\*", r"\*\*You need\*\*"):
        assert re.search(word, first)
    assert re.search(r"About \d+ minutes", first)
    tasks = task_numbers(notebook)
    assert 6 <= len(tasks) <= 10, f"{name} has {len(tasks)} auto-graded tasks"
    by_hand = [c for c in answers_of(notebook) if grader_data(c).get("grade")]
    assert 1 <= len(by_hand) <= 2
    for cell in by_hand:
        assert "Rubric: " in cell.source
        assert grader_data(cell)["points"] > 0


def task_numbers(notebook: Any) -> set[int]:
    """Return the places of the second-level headings below which something is auto-graded."""
    found, heading = set(), 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            heading += len(re.findall(r"^## ", cell.source, re.MULTILINE))
        elif is_test(cell):
            found.add(heading)
    return found


@each_assignment
def test_headings_are_in_order_and_pictures_have_words(name: str) -> None:
    levels = []
    for cell in source_notebook(name).cells:
        if cell.cell_type == "markdown" and not grader_data(cell).get("solution"):
            levels += [len(m) for m in re.findall(r"^(#+) ", cell.source, re.MULTILINE)]
            assert "![](" not in cell.source
            pictures = re.findall(r"<img[^>]*>", cell.source)
            assert all(re.search(r'alt="[^"]{10,}', picture) for picture in pictures)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@each_assignment
def test_grade_ids_and_points_are_sound(name: str) -> None:
    notebook = source_notebook(name)
    ids = [grader_data(c)["grade_id"] for c in notebook.cells if grader_data(c)]
    assert len(ids) == len(set(ids))
    assert all(grader_data(c)["points"] > 0 for c in graded_cells(notebook))
    assert all(grader_data(c).get("grade_id") for c in notebook.cells if c.cell_type == "code")


@each_assignment
def test_graders_draw_own_numbers_from_the_checked_id(name: str) -> None:
    """A test that believed the student's variable would grade against somebody else's numbers."""
    uses = 0
    for cell in source_notebook(name).cells:
        if cell.cell_type != "code":
            continue
        for node in ast.walk(ast.parse(cell.source)):
            if is_call(node, "own_"):
                argument = node.args[0]
                assert is_call(argument, "checked_id"), ast.unparse(node)
                uses += is_test(cell)
    assert uses, f"{name}: no test uses the student's own numbers"


def is_call(node: Any, beginning: str) -> bool:
    """Return whether a node calls a function whose name begins so."""
    call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return bool(call and node.func.id.startswith(beginning) and node.args)


@each_assignment
def test_hidden_tests_speak_only_in_hints_written_out(name: str) -> None:
    """What a hidden test says reaches the student only if it is a literal ``Hint:``."""
    for cell in graded_cells(source_notebook(name)):
        numbers = hidden_lines(cell.source)
        tree = ast.parse(cell.source)
        tries = (part for n in ast.walk(tree) if isinstance(n, ast.Try) for part in n.body)
        tried = {id(node) for part in tries for node in ast.walk(part)}  # what it says is not shown
        for node in ast.walk(tree):
            if getattr(node, "lineno", 0) not in numbers or id(node) in tried:
                continue
            if isinstance(node, ast.Assert):
                said = node.msg
            elif is_call(node, "check"):
                said = next((k.value for k in node.keywords if k.arg == "hidden"), None)
                if node.func.id == "checked_id":
                    continue
            else:
                continue
            hint = isinstance(said, ast.Constant) and str(said.value).startswith("Hint: ")
            assert hint, f"{grader_data(cell)['grade_id']}: {ast.unparse(node)}"


@each_assignment
def test_its_tests_trust_no_claim(name: str) -> None:
    assert [str(doubt) for doubt in lint(name, source_notebook(name))] == []


@pytest.mark.slow
@each_assignment
def test_reference_solution_passes_nbgraders_validate(name: str) -> None:
    from nbgrader.validator import Validator

    found = Validator().validate(str(COURSE / "source" / name / f"{name}.ipynb"))
    assert found == {}
