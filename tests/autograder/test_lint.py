"""Does the linter name every way of believing an answer, and nothing in a test that does not?"""

from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.lint import REMEDIES, lint

from .conftest import Class as Course
from .conftest import marked

ANSWER = "class Net:\n    pass\ndef solve(x):\n    return x\ndef count():\n    return 1"


def notebook(test: str) -> Any:
    """Return a notebook with one answer and one test."""
    solved = {"solution": True, "locked": False}
    cells = [
        new_code_cell(ANSWER, metadata=marked("answer", **solved)),
        new_code_cell(test, metadata=marked("test", grade=True, points=1)),
    ]
    return new_notebook(cells=cells)


TRUSTING = {
    "broadcast": [
        "np.testing.assert_allclose(solve(x), [1, 2])",
        "got = solve(x)\nassert torch.allclose(got, expected)",
        "net = Net()\nout = net(x)\nnp.testing.assert_array_equal(out, [0.0])",
        "np.testing.assert_allclose(desired=1, actual=solve(x))",
    ],
    "claim": [
        "net = Net()\nassert net.weight.numel() == 3",
        "assert sum(p.numel() for p in Net().parameters()) == 3",
        "net = Net()\nweights = net.state_dict()",
    ],
    "length": ["assert len(list(solve(3))) == 3"],
    "told": [
        "### BEGIN HIDDEN TESTS\nassert solve(7) == 7, 'solve(7) is 7'\n### END HIDDEN TESTS",
        "### BEGIN HIDDEN TESTS\nassert solve(n) == 7, f'Hint: {n}'\n### END HIDDEN TESTS",
    ],
    "swallowed": [
        "try:\n    solve(1)\nexcept:\n    pass",
        "try:\n    solve(1)\nexcept BaseException:\n    pass",
    ],
    "handed-over": ["x = np.arange(3)\ny = solve(x)\nassert (y == 2 * x).all()"],
    "own-points": ["count()", "points = count()\npoints"],
    "inside": ["### RUN WITH STUDENT CODE\nassert solve(1) == 1"],
}
CAREFUL = [
    "from autograder.vocabulary import as_array, close\nclose(solve(x), [1, 2])",
    "got = as_array(solve(x), (2,))\nnp.testing.assert_allclose(got, [1, 2])",
    "got = solve(x)\nassert got.shape == (2,)\nnp.testing.assert_allclose(got, [1, 2])",
    "got = solve(x)\nassert np.shape(got) == (2,)\nassert np.allclose(got, [1, 2])",
    "np.testing.assert_allclose(reference(x), [1, 2])",
    "### BEGIN HIDDEN TESTS\nassert solve(7) == 7, 'Hint: think of seven'\n### END HIDDEN TESTS",
    "assert solve(7) == 7, 'solve(7) is 7'",
    "try:\n    solve(1)\nexcept Exception:\n    pass",
    "x = np.arange(3)\ngiven = x.copy()\ny = solve(given)\nassert (given == x).all()",
    "x = [1, 2]\ngiven = list(x)\ny = solve(given)\nassert given == x",
    "points = 0\npoints += count() == 1\npoints",
    "this is no Python",
]


@pytest.mark.parametrize(
    ("code", "test"), [(code, test) for code, tests in TRUSTING.items() for test in tests]
)
def test_a_trusting_test_is_named(code: str, test: str) -> None:
    found = lint("unit", notebook(test))
    assert code in {doubt.code for doubt in found}
    assert all(str(doubt).startswith(f"unit/test:{doubt.line}: [") for doubt in found)
    assert REMEDIES[code] in "\n".join(map(str, found))


@pytest.mark.parametrize("test", CAREFUL)
def test_a_careful_test_is_left_alone(test: str) -> None:
    assert lint("unit", notebook(test)) == []


def test_every_warning_is_tried_here() -> None:
    assert set(TRUSTING) == set(REMEDIES)


def test_the_command_says_what_it_finds(tiny: Course) -> None:
    done = tiny.command("lint", "tiny")
    assert done.returncode == 1
    assert "tiny/test_double:" in done.stdout
    assert "[told]" in done.stdout
    assert tiny.command("lint", "tyni").returncode == 1
