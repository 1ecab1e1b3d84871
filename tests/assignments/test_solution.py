"""Is a worked solution run and complete, and without what students must never see?"""

import shutil
from pathlib import Path

import nbformat
import pytest

from scripts import solution

COURSE = Path(__file__).parents[2] / "assignments"


def test_the_worked_solution_shows_answers_and_no_hidden_test(tmp_path: Path) -> None:
    shutil.copytree(COURSE / "source/six-by-six", tmp_path / "source/six-by-six")
    notebook = nbformat.read(solution.solve(tmp_path, "six-by-six"), as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells)
    assert "def conv2d" in text
    assert "NotImplementedError()" not in text
    for secret in ("HIDDEN", "BEGIN SOLUTION", "hidden="):
        assert secret not in text
    assert any(cell.get("execution_count") for cell in notebook.cells)


def test_an_unknown_assignment_is_named_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert solution.main(COURSE, ["six-by-seven"]) == 1
    assert "six-by-six" in capsys.readouterr().err


@pytest.mark.parametrize(
    "source",
    [
        "a = 1\n### BEGIN HIDDEN TESTS\nsecret\n### END HIDDEN TESTS",
        "a = 1\n# BEGIN HIDDEN TESTS, however it is written\nsecret\n#END HIDDEN TESTS",
        "a = 1\n### BEGIN HIDDEN TESTS\nsecret, and the end was forgotten",
    ],
)
def test_what_the_grader_hides_is_left_out(source: str) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    assert [cell.source for cell in solution.worked(notebook).cells] == ["a = 1"]
