"""What a run says, survives and records beside the marks."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder.cli import build_parser
from autograder.progress import Progress
from autograder.watch import family

from .conftest import Class, on_path
from .test_grade import HONEST

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("autograder")]
# A shell that starts the tests in the background leaves interrupts ignored.
START = """import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from autograder.cli import main
sys.exit(main())"""
SLOW = {**HONEST, "total": "import time\ntime.sleep(3)\ndef total(values):\n    return sum(values)"}


def start(course: Class, *words: str) -> "subprocess.Popen[str]":
    """Start grading with one worker."""
    command = [sys.executable, "-c", START, "grade", "tiny", "--course", str(course.root)]
    return subprocess.Popen(
        [*command, "--jobs", "1", *words],
        env=on_path(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_first(course: Class) -> None:
    """Wait until one submission is recorded."""
    path = course.root / ".autograder/tiny.jsonl"
    until = time.monotonic() + 120
    while not (path.exists() and path.read_text().count("\n")):
        assert time.monotonic() < until
        time.sleep(0.05)


def named(pids: list[int], part: str) -> list[int]:
    """Return those processes whose command line has ``part`` in it."""
    return [p for p in pids if part in Path(f"/proc/{p}/cmdline").read_bytes().decode()]


def test_an_interrupt_keeps_what_is_graded(tiny: Class) -> None:
    for number in range(4):
        tiny.hand_in(f"student-{number}", SLOW)
    process = start(tiny)
    wait_for_first(tiny)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "finished submissions are kept" in said[1]
    kept = len(tiny.outcomes())
    assert 1 <= kept < 4
    done = tiny.command("grade", "tiny")
    assert f"{4 - kept} to grade" in done.stdout
    assert {o["score"] for o in tiny.outcomes().values()} == {6}


def test_a_worker_that_is_killed_costs_no_submission(tiny: Class) -> None:
    for number in range(3):
        tiny.hand_in(f"student-{number}", SLOW)
    process = start(tiny)
    wait_for_first(tiny)
    _reaper, _nursery, *workers = sorted(named(family(process.pid), "autograder.nursery"))
    os.kill(workers[0], signal.SIGKILL)
    said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    outcomes = tiny.outcomes()
    assert {o["score"] for o in outcomes.values()} == {6}
    assert {o["outcome"] for o in outcomes.values()} == {"graded"}


def test_without_a_sandbox_every_result_says_so(tiny: Class) -> None:
    tiny.hand_in("honest", HONEST)
    done = tiny.command("grade", "tiny", "--run-strangers-code-without-a-sandbox")
    assert done.returncode == 0, done.stderr
    outcome = tiny.outcomes()["honest"]
    assert outcome["score"] == 6
    assert outcome["sandbox"] == "none"
    assert outcome["outcome"] == "needs review"
    assert "NO SANDBOX" in "; ".join(outcome["reasons"])
    assert "NO SANDBOX" in done.stdout
    assert "1 to grade" in tiny.command("grade", "tiny").stdout  # with one, it is graded again
    assert tiny.outcomes()["honest"]["outcome"] == "graded"


def test_each_submission_has_a_log(tiny: Class) -> None:
    tiny.hand_in("partial", {**HONEST, "total": "def total(values):\n    return 6"})
    timings = tiny.root / "timings.json"
    done = tiny.command("grade", "tiny", "--timings", str(timings))
    assert done.returncode == 0, done.stderr
    log = (tiny.root / ".autograder/logs/tiny/partial.log").read_text()
    for line in ("score: 5 of 10", "tiny, test_total: 1", "tiny, why: by hand", "seeded with 0"):
        assert line in log
    assert json.loads(timings.read_text())["notebooks"] == 1


def test_the_limits_of_the_course_are_named_in_what_they_stop(tiny: Class) -> None:
    (tiny.root / "autograder.toml").write_text("[limits.tiny]\nseconds = 1.5\n")
    tiny.hand_in("endless", {**HONEST, "total": "def total(values):\n    while True: pass"})
    tiny.command("grade", "tiny")
    assert "stopped after 1.5 s" in "; ".join(tiny.outcomes()["endless"]["reasons"])


def test_the_exit_codes_are_in_the_help() -> None:
    said = build_parser().format_help()
    for code in ("0 done", "1 the course", "2 unusable", "3 no sandbox", "130 interrupted"):
        assert code in " ".join(said.split())


def test_progress_has_counts_rate_and_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(4, stream=sys.stdout)
    progress.step(needs_review=True)
    progress.say(progress._begin + 2.0)
    assert "1/4 graded, 1 to review, 0.5 a second, 6 s left" in capsys.readouterr().out
