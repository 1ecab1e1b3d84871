"""Has each student a valid exercise of their own, and do the checks name the mistakes?"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import syntax
from convnet.exercises import (
    check,
    check_unchanged,
    checked_id,
    handed_in_by,
    numbers,
    own_network,
    solve,
    student_rng,
    written_with_numpy,
)


def test_a_thousand_ids_have_a_thousand_different_valid_exercises() -> None:
    seen = set()
    for number in range(1000):
        network = own_network(f"student{number}")
        parts = (network.image, network.kernel, network.weight, network.bias)
        seen.add((network.conv_bias, *(part.tobytes() for part in parts)))
        found = solve(network)
        second, best = np.sort(found.logits)[1:]
        assert 0.5 <= best - second <= 6
        assert (found.features < 0).sum() >= 4
        assert len(np.unique(found.pooled)) >= 3
        windows = found.rectified.reshape(2, 2, 2, 2).swapaxes(1, 2).reshape(4, 4)
        most = windows.max(axis=1, keepdims=True)
        assert ((windows == most).sum(axis=1)[most[:, 0] > 0] == 1).all()
        assert network.conv_bias != 0
        for whole in (network.image, network.kernel, 10 * network.weight, 10 * network.bias):
            np.testing.assert_allclose(whole, np.round(whole), atol=1e-9)
    assert len(seen) == 1000


def test_the_numbers_of_an_id_never_change() -> None:
    """A notebook and a grader with other versions of NumPy must draw the same."""
    network = own_network("Ada ")
    assert network.image[0].tolist() == own_network("ada").image[0].tolist()
    assert [network.conv_bias, *network.image[0], *network.weight[0]] == PINNED


PINNED = [2.0, 3.0, 0.0, 4.0, 1.0, 4.0, 2.0, 0.8, 0.2, 0.1, -0.5]


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ("", ValueError, "STUDENT_ID is ''"),
        ("  ", ValueError, "needs to be the id that your course knows you by"),
        ("Your ID", ValueError, "STUDENT_ID is 'Your ID'"),
        ("x" * 101, ValueError, "needs to be the id"),
        (7, TypeError, "STUDENT_ID is of type int, but needs to be text"),
        (None, TypeError, "of type NoneType"),
    ],
)
def test_what_is_no_id_is_refused(given: Any, error: type[Exception], said: str) -> None:
    for word in (checked_id, own_network, lambda name: student_rng(name, "x")):
        with pytest.raises(error, match=said):
            word(given)


def test_exercises_of_one_student_are_independent() -> None:
    first, second = (student_rng("ada", name).integers(0, 2**40) for name in ("a", "b"))
    assert first != second
    assert first == student_rng("ADA", "a").integers(0, 2**40)


def test_whoever_tries_a_notebook_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(numbers.VARIABLE, raising=False)
    assert handed_in_by() is None
    assert checked_id("  Ada\tLovelace") == "ada lovelace"


def test_the_autograder_tells_whose_work_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(numbers.VARIABLE, "Ada")
    assert checked_id("ada") == "ada"
    with pytest.raises(AssertionError, match="STUDENT_ID is 'bob', but this notebook was handed"):
        checked_id("bob")


@pytest.mark.parametrize(
    ("step", "place", "owner"),
    [
        ("autograde", "autograded/ada/six-by-six", "ada"),
        ("autograde", "somewhere/ada/six-by-six", None),
        ("validate", "autograded/ada/six-by-six", None),
        ("", "autograded/ada/six-by-six", None),
    ],
)
def test_stock_nbgrader_shows_it_by_its_folder(
    monkeypatch: pytest.MonkeyPatch, step: str, place: str, owner: str | None
) -> None:
    monkeypatch.delenv(numbers.VARIABLE, raising=False)
    monkeypatch.setenv("NBGRADER_EXECUTION", step)
    monkeypatch.setattr(numbers, "FOLDER", Path("/course") / place)
    assert handed_in_by() == owner


class Sly(np.ndarray):
    """An array that claims to equal everything."""

    def __eq__(self, other: object) -> bool:  # type: ignore[override]
        return True

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("got", "said"),
    [
        (None, "y is None: does the function end with return"),
        ("12", "y: a str came back, but an array is needed"),
        ([1, "2"], "y: a str came back"),
        (np.zeros(2).view(Sly), "y: a Sly came back"),
        ([True, False], "y holds True or False, but numbers are needed"),
        (1.0, r"y has shape \(\), but it should be \(2,\)"),
        ([[1.0], [2.0]], r"y has shape \(2, 1\), but it should be \(2,\)"),
        ([2.0, 1.0], "Exchanged"),
        ([1.0, 2.0, 0.0], "One too many"),
        ([1.0, 2.1], "y: at index 1 it is 2.1, but it should be 2"),
        ([1.0, np.nan], "y: at index 1 it is nan, but it should be 2"),
        ([1.0, np.inf], "y: at index 1 it is inf"),
        ([1.0, 2.0 + 1j], "y: at index 1"),
    ],
)
def test_a_check_says_what_is_wrong(got: Any, said: str) -> None:
    hints = [([2, 1], "Exchanged"), ([1, 2, 0], "One too many")]
    with pytest.raises(AssertionError, match=said):
        check(got, [1, 2], hints, name="y")
    with pytest.raises(AssertionError) as caught:
        check(got, [1, 2], hints, name="y", hidden="Hint: think again")
    assert str(caught.value) == "Hint: think again"


def test_a_hidden_test_may_name_a_mistake() -> None:
    with pytest.raises(AssertionError, match=r"^Hint: reversed$"):
        check([2, 1], [1, 2], [([2, 1], "Hint: reversed")], hidden="Hint: think again")


def test_a_check_passes_what_is_right() -> None:
    check([1, 2 + 1e-7], [1, 2], [([1, 2], "a hint that is right after all")])
    check(np.float32(0.1), 0.1, tolerance=1e-6)
    check(True, True)
    check(1e8 + 1, 1e8)
    with pytest.raises(AssertionError, match="the answer: it is 3, but it should be 4"):
        check(3, 4)
    with pytest.raises(AssertionError, match=r"it is 1\.001, but"):
        check(1.001, 1.0)


def test_a_changed_argument_is_named() -> None:
    check_unchanged(np.ones(2), np.ones(2), "x")
    with pytest.raises(AssertionError, match="changed its argument x; work on a copy"):
        check_unchanged(np.ones(2), np.zeros(2), "x")
    with pytest.raises(AssertionError, match=r"^Hint: in place$"):
        check_unchanged(np.ones(2), np.zeros(2), "x", hidden="Hint: in place")


CELLS = [
    "import numpy as np\nimport torch.nn.functional as F\nfrom scipy import signal",
    "from convnet.layers import conv2d as ready\nfrom convnet.exercises import check",
    "def honest(x):\n    check = np.abs(x)\n    return check",
    "def borrowed(x):\n    return F.conv2d(x, x)",
    "def helped(x):\n    return borrowed(x)",
    "def imported(x):\n    from torch import nn\n    return x",
    "def hidden(x):\n    return __import__('to' + 'rch').relu(x)",
    "def renamed(x):\n    return ready(x, x)",
    "shortcut = signal.correlate2d\ndef behind(x):\n    return shortcut(x, x)",
]


def test_shortcuts_are_found_by_where_their_names_come_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(syntax, "cells", CELLS)
    written_with_numpy("honest")
    for name, module in [
        ("borrowed", "torch.nn.functional"),
        ("helped", "torch.nn.functional"),
        ("imported", "torch"),
        ("hidden", "__import__"),
        ("renamed", "convnet.layers"),
        ("behind", "scipy"),
    ]:
        with pytest.raises(AssertionError, match=f"{name} uses {module}, but this task asks you"):
            written_with_numpy("honest", name)
    with pytest.raises(AssertionError, match="missing is not defined with def"):
        written_with_numpy("missing")
    monkeypatch.setattr(syntax, "cells", [*CELLS, "from torch import *"])
    with pytest.raises(AssertionError, match="honest uses torch"):
        written_with_numpy("honest")
