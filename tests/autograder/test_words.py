"""Do a student's process and the tester each know what they should: words, and whose work it is?"""

import os
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder import words
from autograder.bubblewrap import words_of_ours
from autograder.execution import STUDENT, Execution, tell_student
from autograder.limits import Limits

from .conftest import marked

GIVEN = "from convnet.exercises import check, checked_id, handed_in_by, own_network"
ANSWER = """import os
os.environ["AUTOGRADER_STUDENT"] = "bob"
STUDENT_ID = "bob"
def reach(name):
    try:
        __import__(name)
    except ImportError:
        return "not there"
    return "there"
here = [reach("convnet.exercises.numbers"), reach("convnet.layers"),
        reach("convnet.exercises.network")]
"""
TESTS = {
    "test_owner": 'assert handed_in_by() == "ada"',
    "test_own": "own_network(checked_id(STUDENT_ID))",
    "test_reach": 'assert here == ["there", "not there", "not there"], here',
}


def notebook() -> Any:
    """Return a notebook of a student who says that somebody else handed it in."""
    answer = new_code_cell(ANSWER, metadata=marked("answer", solution=True, locked=False))
    cells = [new_code_cell(GIVEN, metadata=marked("given")), answer]
    for name, text in TESTS.items():
        cells.append(new_code_cell(text, metadata=marked(name, grade=True, points=1)))
    return new_notebook(cells=cells)


@pytest.mark.sandbox
def test_the_tester_is_told_whose_work_it_is_and_believes_nobody_else() -> None:
    handed_in = notebook()
    execution = Execution(notebook(), None, Limits(seconds=30), student="ada")
    execution.run(handed_in)
    given, answer, owner, own, reach = handed_in.cells
    for cell in (given, answer, owner, reach):
        assert cell.outputs == []
    assert "STUDENT_ID is 'bob', but this notebook was handed in under another id" in str(own)
    assert STUDENT not in os.environ  # it was said in the tester's process alone


def test_what_an_earlier_process_was_told_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STUDENT, "somebody")
    tell_student(None)
    assert STUDENT not in os.environ
    tell_student("ada")
    assert os.environ[STUDENT] == "ada"


def test_no_file_with_answers_goes_inside() -> None:
    places = words.files_inside().values()
    assert "/vocabulary/convnet/exercises/checks.py" in places
    assert "/vocabulary/autograder/vocabulary.py" in places
    assert not [p for p in places if "layers" in p or "network.py" in p or "models" in p]
    assert {Path(place).suffix for place in places} == {".py"}


def test_a_package_that_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "FILES", {"no_such_package": ("*.py",)})
    assert words.files_inside() == {}


def test_a_whole_package_beside_numpy_is_covered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(words.sysconfig, "get_paths", lambda: {"purelib": str(tmp_path)})
    assert words.installed_packages() == []
    (tmp_path / "convnet").mkdir()
    assert words.installed_packages() == ["convnet"]
    line = " ".join(words_of_ours())
    assert "--tmpfs /packages/convnet --remount-ro /packages/convnet" in line
