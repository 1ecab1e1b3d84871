"""Do tests run as they would in a notebook, with the student's code on the other side of a wall?"""

from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder import tester_process
from autograder.execution import Execution
from autograder.limits import Limits

from .conftest import marked

pytestmark = pytest.mark.sandbox
LIMITS = Limits(seconds=3, memory_mb=512)


def notebook(*cells: tuple[str, str]) -> Any:
    """Return a notebook of (kind, source): ``given``, ``answer``, ``test`` or ``added``."""
    facts = {"answer": {"solution": True, "locked": False}, "test": {"grade": True, "points": 3}}
    made = [
        new_code_cell(
            source,
            metadata={} if kind == "added" else marked(f"{kind}{n}", **facts.get(kind, {})),
        )
        for n, (kind, source) in enumerate(cells)
    ]
    return new_notebook(cells=made)


def run(
    *cells: tuple[str, str], files: Path | None = None, solution: str = ""
) -> tuple[list[str], list[str]]:
    """Run a notebook; return the text of each output, and the remarks.

    It is its own source, unless an instructor's solution is given.
    """
    made = notebook(*cells)
    solved = [(k, solution if solution and k == "answer" else source) for k, source in cells]
    execution = Execution(notebook(*solved), files, LIMITS)
    execution.run(made)
    shown = []
    for cell in made.cells:
        parts = [o[key] for o in cell.outputs for key in ("text", "evalue") if key in o]
        parts += [o["data"]["text/plain"] for o in cell.outputs if "data" in o]
        shown.append("".join(parts))
    return shown, execution.remarks


HELPED = ("answer", "def helper(x):\n    return x + 1\ndef solve(x):\n    return 2 * helper(x)")


@pytest.mark.parametrize(
    "test",
    [
        "kept = helper\ndel helper\ntry:\n    solve(1)\nexcept NameError:\n    pass\nelse:\n"
        "    raise AssertionError('helper is not used')\nfinally:\n    helper = kept",
        "calls = []\nkept = helper\ndef helper(x):\n    calls.append(x)\n    return kept(x)\n"
        "assert solve(3) == 8\nhelper = kept\nassert calls == [3]",
        "kept = helper\nhelper = lambda x: 10\nassert solve(3) == 20\nhelper = kept",
        "f = solve\ndef solve(x):\n    return f(x)\nassert solve(1) == 4\nsolve = f",
    ],
    ids=["deleted", "counted", "replaced", "wrapped"],
)
def test_a_test_may_put_a_students_helper_out_of_the_way(test: str) -> None:
    shown, remarks = run(HELPED, ("test", test), ("test", "assert (helper(1), solve(1)) == (2, 4)"))
    assert shown == ["", "", ""]
    assert remarks == []


def test_a_test_may_replace_a_helper_for_good() -> None:
    shown, _ = run(HELPED, ("test", "helper = lambda x: 10\nassert solve(3) == 20"))
    assert shown == ["", ""]


def test_something_may_stand_in_again_and_again_for_a_helper_that_is_missing() -> None:
    """One stand-in must not make the next one the tester's own affair, which nobody inside sees."""
    stand_in = (
        "try:\n    kept = helper\nexcept NameError:\n    kept = None\nhelper = lambda x: 10\n"
        "try:\n    assert solve(3) == 20\nfinally:\n    helper = kept"
    )
    unhelped = ("answer", "def solve(x):\n    return 2 * helper(x)")
    shown, remarks = run(unhelped, ("test", stand_in), ("test", stand_in), solution=HELPED[1])
    assert shown == ["", "", ""]
    assert remarks == []


def test_a_function_of_the_tests_own_does_not_stay_inside() -> None:
    shown, _ = run(
        HELPED,
        ("test", "def helper(x):\n    return 10\nassert solve(3) == 20\nassert False, 'no'"),
        ("given", "def helper(x):\n    return x + 2"),
        ("test", "assert solve(3) == 10"),
        ("added", "def helper(x):\n    return x + 3"),
        ("test", "assert solve(3) == 12"),
    )
    assert shown == ["", "no", "", "", "", ""]


def test_a_number_that_both_sides_have_stays_the_instructors() -> None:
    shown, _ = run(("given", "limit = 2"), HELPED, ("test", "assert helper(limit) == 3"))
    assert shown == ["", "", ""]


def test_a_name_of_the_tests_own_stays_its_own() -> None:
    bent = "expected = 5\ndef solve(x):\n    return 5"
    shown, _ = run(
        ("given", "start = 1"),
        ("answer", bent),
        ("test", "expected = start + 1\nassert solve(1) == expected, 'wrong'"),
        ("test", "assert expected == 2"),
        solution="def solve(x):\n    return 2",
    )
    assert shown == ["", "", "wrong", ""]


def test_the_instructors_cells_read_what_was_handed_out(tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text("1 2")
    shown, _ = run(
        ("given", "data = open('data.txt').read()"),
        ("answer", "def solve():\n    return open('data.txt').read()"),
        ("test", "open('data.txt', 'a').write('!')\nassert solve() == data == '1 2'"),
        files=tmp_path,
    )
    assert shown == ["", "", ""]
    assert (tmp_path / "data.txt").read_text() == "1 2"


def test_what_a_test_computes_from_an_answer_is_limited_too() -> None:
    shown, remarks = run(
        ("answer", "def size():\n    return 2 ** 40\ndef fine():\n    return 1"),
        ("test", "n = 0\nfor _ in range(size()):\n    n += 1"),
        ("test", "try:\n    bytearray(size())\nexcept MemoryError:\n    points = 2\npoints"),
        ("test", "assert fine() == 1"),
    )
    assert "stopped after 3 s, the limit for one cell" in shown[1]
    assert shown[2:] == ["2", ""]
    assert [r.partition(":")[0] for r in remarks] == ["test1"]


def test_calls_of_one_test_share_its_time() -> None:
    slow = "import time\ndef solve():\n    time.sleep(1)"
    shown, remarks = run(("answer", slow), ("test", "for _ in range(9):\n    solve()"))
    assert "stopped after 3 s" in shown[1]
    assert len(remarks) == 1


def test_a_test_that_swallows_the_end_costs_later_ones_nothing() -> None:
    shown, remarks = run(
        ("answer", "import os\ndef bad():\n    os._exit(0)\ndef good():\n    return 1"),
        ("test", "points = 1\ntry:\n    bad()\nexcept Exception:\n    pass\npoints"),
        ("test", "assert good() == 1"),
    )
    assert shown[1:] == ["1", ""]
    assert len(remarks) == 1
    assert remarks[0].startswith("test1: the student's process ended")


@pytest.mark.parametrize("value", ["float('nan')", "4", "-1", "float('inf')"])
def test_points_that_cannot_be_are_none(value: str) -> None:
    shown, remarks = run(("answer", f"def points():\n    return {value}"), ("test", "points()"))
    assert "not between 0 and 3" in shown[1]
    assert "the test gave" in remarks[0]


def test_what_cannot_be_compared_is_said_even_if_swallowed() -> None:
    shown, remarks = run(
        ("answer", "class Thing:\n    pass\ndef make():\n    return Thing()"),
        (
            "test",
            "points = 0\ntry:\n    points += make() == 1\nexcept Exception:\n    pass\npoints",
        ),
    )
    assert shown[1] == "0"
    assert "a student's Thing cannot be compared" in remarks[0]


HIDDEN = "### BEGIN HIDDEN TESTS\nassert keep('swordfish') == 9\n### END HIDDEN TESTS"
KEEPER = "seen = []\ndef keep(word):\n    seen.append(word)\n    return len(word)"


def test_later_cells_are_shown_as_if_nothing_had_been_hidden() -> None:
    shown, remarks = run(
        ("answer", KEEPER),
        ("test", HIDDEN),
        ("added", "print('so far', seen)"),
        ("answer", "def other():\n    return f'{seen}'"),
        ("test", "assert other() == 'x', f'it is {other()}'"),
        ("answer", "raise ValueError(seen)"),
        ("added", "class swordfish(Exception): pass\nprint('fine')"),
    )
    assert remarks == []
    assert "swordfish" not in str(shown)
    assert shown[2] == "so far []\n"
    assert shown[4] == "it is []"
    assert "[]" in shown[5]
    assert shown[6] == "fine\n"


def test_a_hidden_failure_says_only_its_hint() -> None:
    hint = HIDDEN.replace("== 9", "== 0, 'Hint: count the letters'")
    assert run(("answer", KEEPER), ("test", hint))[0][1] == "Hint: count the letters"
    said = run(("answer", KEEPER), ("test", HIDDEN.replace("== 9", "== 0, 'not 9'")))[0][1]
    assert said.startswith("A hidden test failed")


INSIDE = "### RUN WITH STUDENT CODE\n"


def test_a_marked_test_runs_with_the_students_code() -> None:
    shown, remarks = run(
        ("answer", "class Thing:\n    def __eq__(self, other):\n        return True"),
        ("test", f"{INSIDE}assert Thing() == 3"),
        ("test", f"{INSIDE}assert Thing() != 3, 'they are equal'"),
        ("test", f"{INSIDE}points = 1\npoints + 1"),
    )
    assert shown == ["", "", "they are equal", "2"]
    assert remarks == []


def test_a_tester_that_ends_is_no_end_of_the_grader() -> None:
    def leave() -> None:
        import os

        os._exit(3)

    def wait() -> None:
        import time

        time.sleep(60)

    for work in (leave, wait, lambda: 1 / 0):
        with pytest.raises(tester_process.TesterStoppedError):
            tester_process.in_own_process(work, seconds=1, memory_mb=100)
    assert tester_process.in_own_process(lambda: [1, "two"], seconds=30, memory_mb=100) == [
        1,
        "two",
    ]


def test_a_notebook_whose_tester_ends_counts_nothing_and_says_so() -> None:
    shown, remarks = run(
        ("answer", "def solve():\n    return 1"), ("test", "import os\nos._exit(0)")
    )
    assert "ended early" in shown[1]
    assert "ended early" in remarks[0]
