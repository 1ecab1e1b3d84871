"""Killed at any moment: is the gradebook whole, does nothing live on, does a rerun end the same?"""

import contextlib
import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from autograder.watch import family

from .conftest import DOUBLE, TOTAL, Class, on_path
from .test_gradebook import content

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.xdist_group("autograder"),
]
KILLS = 50
STUDENTS = 10
ANSWERS = [
    {"double": DOUBLE, "total": TOTAL, "why": "Because."},
    {"double": DOUBLE},
    {"total": "def total(values):\n    return 6", "why": "So."},
    {},
]
RUN = "KILLED_COURSE"  # in the environment, to find the processes of a run by
START = "import sys; from autograder.cli import main; sys.exit(main())"
# Where to die exactly: code that is put before the command line is run.
CRUEL = {
    "inside the transaction": """
from autograder.gradebook import Ledger
before = Ledger._total
def die(*a):
    if next(count) == 2: os.kill(os.getpid(), 9)
    return before(*a)
Ledger._total = staticmethod(die)
""",
    "after the gradebook, before the report": """
from autograder.journal import Journal
before = Journal.add
def die(*a):
    if next(count) == 2: os.kill(os.getpid(), 9)
    return before(*a)
Journal.add = die
""",
    "between the old copy and the new": """
from pathlib import Path
before = Path.rename
def die(self, target):
    if "autograded" in str(self) and next(count) == 2: os.kill(os.getpid(), 9)
    return before(self, target)
Path.rename = die
""",
    "while the report is written": """
from autograder import journal
def die(*a):
    os.kill(os.getpid(), 9)
journal.write_atomically = die
""",
}


def start(
    root: Path, *words: str, before: str = "", **environment: str
) -> "subprocess.Popen[bytes]":
    """Start grading in a process that can be killed."""
    patch = f"import itertools, os\ncount = itertools.count()\n{before}\n" if before else ""
    command = [sys.executable, "-c", patch + START.replace("; ", "\n"), "grade", "tiny"]
    return subprocess.Popen(
        [*command, "--jobs", "2", "--course", str(root), *words],
        env={**on_path(), RUN: str(root), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill(process: "subprocess.Popen[bytes]", root: Path) -> None:
    """Kill the supervisor alone; all the others must notice by themselves."""
    sandboxed = [pid for pid in family(process.pid) if pid != process.pid]
    process.kill()
    process.wait()
    until = time.monotonic() + 20
    while left := [pid for pid in {*sandboxed, *started_for(root)} if running(pid)]:
        assert time.monotonic() < until, f"{left} live on"
        time.sleep(0.05)


def started_for(root: Path) -> list[int]:
    """Return the processes of a run; one that a worker has just forked is in no list of ours."""
    found, mark = [], f"{RUN}={root}\0".encode()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark in environment.read_bytes():
                found.append(int(environment.parent.name))
    return found


def running(pid: int) -> bool:
    """Return whether a process is there and not merely waiting to be fetched."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def whole(root: Path, complete: dict[str, list[Any]]) -> None:
    """Look that every submission in the gradebook is complete and right, or not there at all."""
    with sqlite3.connect(root / "gradebook.db") as book:
        assert book.execute("pragma integrity_check").fetchall() == [("ok",)]
    found = content(root)
    there = {row[0] for row in found["submissions"]}
    for table in ("submissions", "notebooks", "grades", "comments"):
        assert found[table] == [row for row in complete[table] if row[0] in there], table


def results(root: Path) -> dict[str, Any]:
    """Return what grading leaves behind, less the times it took."""
    report = json.loads((root / ".autograder/tiny.json").read_text())
    for outcome in report.values():
        del outcome["seconds"], outcome["student_seconds"]
    copies = {
        str(p.relative_to(root)): p.read_bytes()
        for p in (root / "autograded").rglob("*")
        if p.is_file()
    }
    return {"report": report, "copies": copies, "gradebook": content(root)}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Class:
    """Return a released course with a class that has handed in, not graded."""
    course = Class(tmp_path_factory.mktemp("killed") / "fresh")
    course.root.mkdir()
    course.release()
    for number in range(STUDENTS):
        course.hand_in(f"student-{number}", ANSWERS[number % len(ANSWERS)])
    return course


@pytest.fixture(scope="module")
def expected(course: Class) -> tuple[dict[str, Any], float]:
    """Return the result of a run that nobody disturbs, and the seconds it takes."""
    root = course.root.parent / "undisturbed"
    shutil.copytree(course.root, root)
    begin = time.monotonic()
    assert start(root).wait() == 0
    return results(root), time.monotonic() - begin


@pytest.mark.parametrize("place", CRUEL)
def test_killed_at_the_worst_places(
    place: str, course: Class, expected: tuple[dict[str, Any], float], tmp_path: Path
) -> None:
    root = tmp_path / "course"
    shutil.copytree(course.root, root)
    assert start(root, before=CRUEL[place]).wait() == -signal.SIGKILL
    whole(root, expected[0]["gradebook"])
    assert start(root).wait() == 0
    assert results(root) == expected[0]


def test_killed_at_fifty_random_moments(
    course: Class, expected: tuple[dict[str, Any], float], tmp_path: Path
) -> None:
    result, seconds = expected
    draw = random.Random(0)  # noqa: S311  # the same moments in every run, as far as a clock allows
    root, scratch = tmp_path / "course", tmp_path / "scratch"
    shutil.copytree(course.root, root)
    scratch.mkdir()
    partly = 0
    for number in range(KILLS):
        process = start(root, TMPDIR=str(scratch))
        time.sleep(draw.uniform(0, seconds))
        kill(process, root)
        whole(root, result["gradebook"])
        recorded = len(content(root)["submissions"])
        partly += 0 < recorded < STUDENTS
        if recorded == STUDENTS or number == KILLS - 1:
            assert start(root, TMPDIR=str(scratch)).wait() == 0
            assert results(root) == result
            assert list(scratch.iterdir()) == []  # what the killed ones left, too
            shutil.rmtree(root)
            shutil.copytree(course.root, root)
    assert partly > 0, "no kill came while submissions were being recorded"


def test_a_second_run_does_nothing(
    course: Class, expected: tuple[dict[str, Any], float], tmp_path: Path
) -> None:
    root = tmp_path / "course"
    shutil.copytree(course.root.parent / "undisturbed", root)
    times = {p: p.stat().st_mtime_ns for p in (root / "autograded").rglob("*.ipynb")}
    done = Class(root).command("grade", "tiny")
    assert "0 to grade" in done.stdout
    assert {p: p.stat().st_mtime_ns for p in times} == times
    assert results(root) == expected[0]
