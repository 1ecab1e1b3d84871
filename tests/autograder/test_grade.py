"""Does every submission, honest or hostile, end with the marks it has earned and an outcome?"""

import shutil
from typing import Any

import pytest

from .conftest import DOUBLE, SECRET, TOTAL, Class

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("autograder")]

HONEST = {"double": DOUBLE, "total": TOTAL, "why": "Because."}
PROWL = """import os
found = []
for top in ("../..", "/"):
    for folder, folders, files in os.walk(os.path.abspath(top)):
        system = ("/proc", "/usr", "/lib", "/lib64", "/packages", os.path.dirname(os.__file__))
        if folder in system:
            folders.clear()
        else:
            found += [f for f in files if f.endswith((".ipynb", ".db", ".json"))]
print("found", len(found), found)
"""
NETWORK = """import socket
reached = []
for place in (("127.0.0.1", 22), ("192.0.2.1", 80), ("8.8.8.8", 53)):
    try:
        socket.create_connection(place, timeout=0.5)
        reached.append(place)
    except OSError:
        pass
print("reached", len(reached))
"""
FORKS = """import os, time
def bomb():
    for n in range(500):
        try:
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
        except OSError:
            return n
    return 500
print("forked fewer than 100:", bomb() < 100)
"""
ALWAYS_EQUAL = """class Yes:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __bool__(self): return True
    def __array__(self, *a, **k): return np.zeros(3)
    def __float__(self): return 0.0
    shape = (3,)
def double(x): return Yes()
"""
PATCHED = """import builtins
np.allclose = np.array_equal = lambda *a, **k: True
np.testing.assert_allclose = lambda *a, **k: None
np.shape = lambda x: ()
builtins.sum = lambda *a: 6
def close(got, expected): pass
def reference(x): return double(x)
def double(x): return 0
"""
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>[x](javascript:alert(1))"
# What each student puts in place of which cell, and the points it is worth, out of 6.
CLASS: dict[str, tuple[dict[str, str], float]] = {
    "honest": (HONEST, 6),
    "blank": ({}, 0),
    "half": ({"double": DOUBLE}, 4),
    "partial": ({**HONEST, "total": "def total(values):\n    return 6"}, 5),
    "endless": ({**HONEST, "total": "def total(values):\n    while True: pass"}, 4),
    "memory": ({**HONEST, "total": "def total(v):\n    return len(bytearray(2**33))"}, 4),
    "shared": (
        {
            **HONEST,
            "total": "import mmap\ndef total(v):\n    m = mmap.mmap(-1, 2**33)\n"
            "    while True:\n        m.write(bytes(2**24))",
        },
        4,
    ),
    "quitter": ({**HONEST, "total": "import os\ndef total(values):\n    os._exit(0)"}, 4),
    "early": ({**HONEST, "double": "import os\nos._exit(0)"}, 2),
    "prowler": ({**HONEST, "double": PROWL + DOUBLE}, 6),
    "network": ({**HONEST, "double": NETWORK + DOUBLE}, 6),
    "forks": ({**HONEST, "double": FORKS + DOUBLE}, 6),
    "equal": ({"double": ALWAYS_EQUAL}, 0),
    "patcher": ({"double": PATCHED}, 0),
    "markup": ({**HONEST, "why": MARKUP, "total": f"print({MARKUP!r})\n" + TOTAL}, 6),
    "in-place": (
        {**HONEST, "double": "def double(x):\n    x *= 2\n    return x"},
        2,
    ),
    "tests-edited": ({"test_double": "3", "test_reference": "1", "test_total": "2"}, 0),
    "surrogate": ({**HONEST, "why": "\ud800", "total": "print('\\ud800')\n" + TOTAL}, 6),
    "chatty": (
        {**HONEST, "total": "import os\nos.write(2, b'x' * 10**6)\n" + TOTAL},
        6,
    ),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Class:
    """Return a course whose class has been graded, with feedback."""
    course = Class(tmp_path_factory.mktemp("class"))
    course.release()
    for student, (cells, _) in CLASS.items():
        course.hand_in(student, cells)
    course.hand_in("deleted-test", HONEST, drop="test_double")
    course.hand_in("not-json", HONEST).joinpath("tiny.ipynb").write_text("{")
    course.hand_in("missing", HONEST).joinpath("tiny.ipynb").unlink()
    course.hand_in("bad-clock", HONEST).joinpath("timestamp.txt").write_text("yesterday")
    course.hand_in("shadow", HONEST, extra="def close(a, b): pass\ndef reference(x): return 0")
    done = course.command("grade", "tiny", "--time-limit", "3", "--memory-limit", "512")
    assert done.returncode == 0, done.stderr
    assert "honest" in done.stdout
    given = course.command("feedback", "tiny")
    assert given.returncode == 0, given.stderr
    return course


@pytest.fixture(scope="module")
def rows(graded: Class) -> dict[str, dict[str, str]]:
    """Return grades.csv by student."""
    return graded.grades()


@pytest.mark.parametrize("student", CLASS)
def test_a_submission_gets_the_points_it_has_earned(
    student: str, rows: dict[str, dict[str, str]]
) -> None:
    assert float(rows[student]["score"]) == CLASS[student][1]
    assert float(rows[student]["max_score"]) == 10


@pytest.mark.parametrize(
    ("student", "score", "reason"),
    [
        ("endless", 4, "stopped after 3 s"),
        ("shared", 4, "memory"),
        ("quitter", 4, "ended"),
        ("deleted-test", 6, "test_double was missing"),
        ("not-json", 0, "not a notebook"),
        ("missing", 0, "missing"),
        ("bad-clock", 6, "timestamp"),
    ],
)
def test_what_a_person_should_look_at_says_why(
    student: str, score: float, reason: str, graded: Class
) -> None:
    outcome = graded.outcomes()[student]
    assert outcome["outcome"] == "needs review"
    assert outcome["score"] == score
    assert reason in "; ".join(outcome["reasons"])


def test_every_submission_has_an_outcome(graded: Class, rows: dict[str, dict[str, str]]) -> None:
    handed_in = {path.name for path in (graded.root / "submitted").iterdir()}
    assert set(graded.outcomes()) == set(rows) == handed_in


def test_names_of_a_student_do_not_replace_the_instructors(graded: Class) -> None:
    assert graded.outcomes()["shadow"]["score"] == 6


@pytest.mark.parametrize(
    ("student", "said"),
    [("prowler", "found 0 []"), ("network", "reached 0"), ("forks", "fewer than 100: True")],
)
def test_the_sandbox_holds_while_grading(student: str, said: str, graded: Class) -> None:
    page = graded.root / "feedback" / student / "tiny" / "tiny.html"
    assert said in page.read_text()


def test_feedback_never_shows_a_hidden_test(graded: Class) -> None:
    pages = list((graded.root / "feedback").rglob("*.html"))
    assert len(pages) == len(graded.outcomes())
    for page in pages:
        assert SECRET not in page.read_text(), page


def test_feedback_runs_no_script_of_a_student(graded: Class) -> None:
    page = (graded.root / "feedback" / "markup" / "tiny" / "tiny.html").read_text()
    assert "alert(1)" in page
    for harm in ("<script>alert", "<img src=x onerror", 'href="javascript:'):
        assert harm not in page.lower()


def test_an_answer_in_words_waits_for_a_person(rows: dict[str, dict[str, str]]) -> None:
    assert rows["honest"]["needs_manual_grade"] == "True"


@pytest.mark.slow
def test_honest_work_gets_what_stock_nbgrader_gives(graded: Class) -> None:
    honest = ["honest", "blank", "half", "partial", "in-place"]
    course = Class(graded.root.parent / "stock")
    course.release()
    for student in honest:
        shutil.copytree(graded.root / "submitted" / student, course.root / "submitted" / student)
    course.stock("autograde", "tiny")
    theirs = course.grades()
    ours = graded.grades()

    def marks(row: dict[str, str]) -> tuple[Any, ...]:
        return row["score"], row["max_score"], row["needs_manual_grade"]

    assert {s: marks(theirs[s]) for s in honest} == {s: marks(ours[s]) for s in honest}


def test_a_rerun_grades_only_what_changed(tiny: Class) -> None:
    tiny.hand_in("one", HONEST)
    tiny.hand_in("two", {})
    assert "2 to grade" in tiny.command("grade", "tiny").stdout
    assert "0 to grade" in tiny.command("grade", "tiny").stdout
    shutil.rmtree(tiny.root / "submitted" / "two")
    tiny.hand_in("two", HONEST)
    assert "1 to grade" in tiny.command("grade", "tiny").stdout
    assert {s: o["score"] for s, o in tiny.outcomes().items()} == {"one": 6, "two": 6}
    assert "2 to grade" in tiny.command("grade", "tiny", "--force").stdout


def test_a_new_gradebook_is_filled_again(tiny: Class) -> None:
    tiny.hand_in("one", HONEST)
    tiny.command("grade", "tiny")
    (tiny.root / "gradebook.db").unlink()
    tiny.stock("generate_assignment", "tiny", "--force")
    assert "1 to grade" in tiny.command("grade", "tiny").stdout
    assert tiny.grades()["one"]["score"] == "6.0"


def test_a_class_of_nobody_is_refused(tiny: Class) -> None:
    done = tiny.command("grade", "tiny")
    assert done.returncode == 1
    assert "nobody has handed in tiny" in done.stderr


def test_an_unknown_assignment_names_those_that_exist(tiny: Class) -> None:
    done = tiny.command("grade", "tyni")
    assert done.returncode == 1
    assert "'tyni', but the course has ['tiny']" in done.stderr
