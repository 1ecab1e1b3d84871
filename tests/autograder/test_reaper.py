"""Does anything live on that a command has started, however it or its owner ends?"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autograder.reaper import GRACE_SECONDS

pytestmark = pytest.mark.xdist_group("autograder")
ROOT = Path(__file__).parents[2]
LONG = 30.0  # seconds, for a machine that is busy
DAEMON = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if daemon := os.fork():
        print(daemon, flush=True)  # not the daemon itself, which may be ended before it could
        os._exit(0)
    time.sleep(600)
os.wait()
"""
OBEDIENT = DAEMON + "sys.stdin.buffer.read(); print('finished', flush=True)"
STUBBORN = DAEMON + "time.sleep(600)"
HASTY = DAEMON + "sys.exit(3)"
# Sandboxes whose first process is killed while the second one still makes its mounts.
TORN = """
import random, subprocess, sys, time
from autograder.bubblewrap import bubblewrap_command
from autograder.limits import Limits
command = bubblewrap_command(Limits(), root=sys.argv[1] == "root", warm=True)
draw = random.Random(0)
for _ in range(30):
    process = subprocess.Popen([*command, "/bin/sleep", "600"], stderr=subprocess.DEVNULL)
    time.sleep(draw.uniform(0, 0.03))
    process.kill()
    process.wait()
"""


@contextmanager
def reaper(
    code: str, *words: str, mark: str = ""
) -> Iterator[tuple["subprocess.Popen[bytes]", socket.socket]]:
    """Yield a reaper that runs some Python, and its owner's end of the socket."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "autograder.reaper", sys.executable, "-c", code, *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "REAPED": mark}
    with (
        ours,
        subprocess.Popen(
            command, stdin=theirs.fileno(), stdout=subprocess.PIPE, env=environment
        ) as process,
    ):
        theirs.close()
        try:
            yield process, ours
        finally:
            process.terminate()


def first_line(process: "subprocess.Popen[bytes]") -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def marked(mark: str) -> list[str]:
    """Return the command lines of processes that have this mark in their environment."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if f"REAPED={mark}\0".encode() in (place / "environ").read_bytes():
                found.append((place / "cmdline").read_text())
        except OSError:
            continue
    return found


def test_a_daemon_ends_with_the_command_that_started_it() -> None:
    with reaper(HASTY) as (process, _):
        daemon = first_line(process)
        process.wait(LONG)
        assert not alive(daemon)


def test_a_command_may_end_by_itself_when_its_owner_has_gone() -> None:
    with reaper(OBEDIENT) as (process, ours):
        daemon = first_line(process)
        assert alive(daemon)
        ours.close()
        process.wait(LONG)
        assert not alive(daemon)
        assert process.stdout is not None
        assert process.stdout.read() == b"finished\n"


def test_a_command_that_does_not_end_is_killed_with_all_it_started() -> None:
    with reaper(STUBBORN) as (process, ours):
        daemon = first_line(process)
        ours.close()
        begin = time.monotonic()
        process.wait(LONG)
        assert time.monotonic() - begin > GRACE_SECONDS / 2
        assert not alive(daemon)


def test_told_to_terminate_it_ends_everything() -> None:
    with reaper(STUBBORN) as (process, _):
        daemon = first_line(process)
        process.terminate()
        assert process.wait(LONG) == 128 + signal.SIGTERM
        assert not alive(daemon)


@pytest.mark.sandbox
def test_no_half_made_sandbox_is_left(tmp_path: Path) -> None:
    user = "root" if os.geteuid() == 0 else "user"
    with reaper(TORN, user, mark=str(tmp_path)) as (process, _):
        process.wait(2 * LONG)
        assert marked(str(tmp_path)) == []


def test_whoever_has_lost_its_parent_before_it_asks_ends_at_once() -> None:
    code = "from autograder.reaper import die_with; die_with({}); print('on')"
    for parent, said in (("os.getppid()", b"on\n"), ("os.getpid()", b"")):
        command = [sys.executable, "-c", "import os; " + code.format(parent)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        assert (done.stdout, done.returncode) == (said, 0 if said else -signal.SIGKILL)
