"""Do the words for test cells refuse what only looks right, here, outside, and under stock?"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from nbformat.v4 import new_code_cell, new_notebook

from autograder import syntax
from autograder.execution import Execution
from autograder.limits import Limits
from autograder.vocabulary import (
    as_array,
    close,
    forbids,
    forbids_loops,
    leaves_arguments_alone,
    load_weights,
    parameter_count,
    received_weights,
    refuses,
    requires,
)

from .conftest import Class as Course
from .conftest import marked


class Sly(np.ndarray):
    """An array that claims to equal everything."""

    def __eq__(self, other: object) -> bool:  # type: ignore[override]
        return True

    __hash__ = None  # type: ignore[assignment]


class Claims:
    """An object with everything an array has but numbers."""

    shape, dtype, ndim = (3,), np.dtype(float), 1

    def __array__(self, *_: object, **__: object) -> Any:
        return np.zeros(3)


@pytest.mark.parametrize(
    ("value", "shape", "dtype", "said"),
    [
        (0.0, (3,), None, r"the shape is \(\), but it needs to be \(3,\)"),
        (
            np.zeros((2, 3)),
            (None, 2),
            None,
            r"the shape is \(2, 3\), but it needs to be \(any, 2\)",
        ),
        (np.zeros(3), (3,), np.float32, "the dtype is float64, but it needs to be float32"),
        (np.zeros(3), (3,), np.integer, "the dtype is float64, but it needs to be integer"),
        ([[1, 2], [3]], None, None, "the rows differ in length"),
        ("three", None, None, "a str came back, but an array is needed"),
        (None, None, None, "a NoneType came back"),
        (Claims(), (3,), None, "a Claims came back"),
        (np.zeros(3).view(Sly), (3,), None, "a Sly came back"),
        (np.array(["a"]), None, None, "numbers are needed"),
        (np.array([None]), None, None, "numbers are needed"),
        ({"a": 1}, None, None, "a dict came back"),
        ([object()], None, None, "a object came back"),
    ],
)
def test_what_is_no_such_array_is_refused(value: Any, shape: Any, dtype: Any, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        as_array(value, shape, dtype)


@pytest.mark.parametrize(
    "value", [[1.0, 2.0], (1, 2), np.array([1, 2]), torch.tensor([1.0, 2.0]), [np.int8(1), 2]]
)
def test_numbers_of_any_kind_become_a_new_array(value: Any) -> None:
    array = as_array(value, (2,))
    assert type(array) is np.ndarray
    assert array.tolist() == [1, 2]
    array[0] = 7
    assert float(value[0]) == 1


def test_closeness_neither_broadcasts_nor_tells() -> None:
    close(torch.ones(2), [1.0, 1.0])
    close([np.nan], np.array([np.nan]))
    with pytest.raises(AssertionError, match=r"^1 of 2 numbers are wrong$"):
        close([1.0, 3.0], [1.0, 1.0])
    with pytest.raises(AssertionError, match="the shape"):
        close(1.0, [1.0, 1.0])


def test_a_changed_argument_is_noticed() -> None:
    def spoil(x: Any) -> Any:
        x[0] = 5
        return x

    assert leaves_arguments_alone(np.sum, np.array([1.0, np.nan])) is not None
    with pytest.raises(AssertionError, match="argument 1 was changed"):
        leaves_arguments_alone(spoil, np.zeros(2))


def test_an_error_is_asked_for_by_kind_and_word() -> None:
    refuses(int, "x", error=ValueError, naming="invalid literal")
    for arguments, error, naming, said in (
        (("1",), ValueError, "", "nothing was raised"),
        (("x",), ValueError, "stride", "does not name 'stride'"),
        (("x",), KeyError, "", "ValueError was raised"),
    ):
        with pytest.raises(AssertionError, match=said):
            refuses(int, *arguments, error=error, naming=naming)


def test_weights_are_received_and_loaded_into_the_tests_own_module() -> None:
    theirs, own = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
    assert parameter_count(theirs) == 8
    assert set(received_weights(theirs)) == {"weight", "bias"}
    x = torch.ones(1, 3)
    assert torch.equal(load_weights(own, theirs)(x), theirs(x))
    with pytest.raises(AssertionError, match=r"missing \['bias'\]"):
        load_weights(own, torch.nn.Linear(3, 2, bias=False))
    with pytest.raises(AssertionError, match=r"the shape is \(3, 3\)"):
        load_weights(own, torch.nn.Linear(3, 3))
    with pytest.raises(AssertionError, match=r"is it a nn\.Module"):
        received_weights(3)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that a student wrote these cells."""
    texts = [
        "%matplotlib inline\nimport numpy as np\ndef old(x):\n    return [v for v in x]",
        "def helper(x):\n    while x:\n        x -= 1\n    return x",
        "def slow(x):\n    return helper(x)",
        "def fast(x):\n    return np.einsum('i,i', x, x)",
        "def sly(x):\n    return np.vectorize(abs)(x)",
        "this is not Python",
        "def old(x):\n    return x.sum()",
    ]
    monkeypatch.setattr(syntax, "cells", texts)


@pytest.mark.usefixtures("written")
def test_what_was_written_is_read_with_its_helpers() -> None:
    for name in ("fast", "old"):
        forbids_loops(name)
    for name in ("slow", "sly"):
        with pytest.raises(AssertionError, match=name):
            forbids_loops(name)
    requires("fast", "einsum", "tensordot")
    forbids("fast", "convolve")
    with pytest.raises(AssertionError, match="fast uses einsum"):
        forbids("fast", "einsum")
    with pytest.raises(AssertionError, match="old needs to use einsum"):
        requires("old", "einsum")
    with pytest.raises(AssertionError, match="nothing is not defined"):
        forbids("nothing", "convolve")


GIVEN = """import numpy as np
import torch
from autograder.vocabulary import as_array, close, forbids_loops, load_weights, parameter_count
"""
ANSWER = """def double(x):
    return 2 * x
class Line(torch.nn.Linear):
    def __init__(self):
        super().__init__(2, 1)
"""
TEST = """close(double(np.ones(3)), [2.0, 2.0, 2.0])
as_array(double(np.ones(3)), (3,), np.float64)
forbids_loops("double")
line = Line()
assert parameter_count(line) == 3
mine = load_weights(torch.nn.Linear(2, 1), line)
assert float(mine.bias.detach()) == float(line.bias.detach())
"""
LOOPING = (
    "def double(x):\n    return np.array([2 * v for v in x])\n"
    + ANSWER.partition("\n")[2].partition("\n")[2]
)
NO_MODULE = "def double(x):\n    return 2 * x\nclass Line:\n    bias = torch.zeros(1)\n"


def notebook(answer: str) -> Any:
    """Return a notebook whose one test uses the words."""
    solved = {"solution": True, "locked": False}
    cells = [
        new_code_cell(GIVEN, metadata=marked("given")),
        new_code_cell(answer, metadata=marked("answer", **solved)),
        new_code_cell(TEST, metadata=marked("test", grade=True, points=1)),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("answer", "said"), [(ANSWER, ""), (LOOPING, "double loops"), (NO_MODULE, "no parameters")]
)
def test_the_words_work_across_the_wall(answer: str, said: str) -> None:
    handed_in = notebook(answer)
    execution = Execution(notebook(ANSWER), None, Limits(seconds=30))
    execution.run(handed_in)
    assert execution.remarks == []
    given, _, test = handed_in.cells
    assert given.outputs == []
    assert said in str(test.outputs)
    assert bool(test.outputs) == bool(said)


@pytest.mark.slow
def test_the_words_work_under_stock_nbgrader(tmp_path: Path) -> None:
    import nbformat

    course = Course(tmp_path)
    source = tmp_path / "source" / "tiny"
    source.mkdir(parents=True)
    nbformat.write(notebook(ANSWER), source / "tiny.ipynb")
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    course.stock("generate_assignment", "tiny")
    for student, answer in (("one", ANSWER), ("two", LOOPING)):
        course.hand_in(student, {"answer": answer})
    course.stock("autograde", "tiny")
    assert {s: row["score"] for s, row in course.grades().items()} == {"one": "1.0", "two": "0.0"}
