"""Run the trusted side of one notebook in a process of its own, which may end without harm.

Tests are the instructor's, but what they compute depends on what students answer: a length of
2**60, an endless list. A process of its own has a clock and a limit of memory, keeps nothing for
the next submission (a random state, a patched module, the memory it took), and can be killed.
"""

import contextlib
import gc
import json
import os
import re
import resource
import select
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from autograder.limits import SandboxUnavailableError
from autograder.reaper import die_with

MAX_REPORT = 256 * 2**20  # bytes of what a process hands back
EXTRA_SECONDS = 1.0  # after the students' clock, so that a call that takes too long is named first


class TesterStoppedError(RuntimeError):
    """The process that ran the tests is gone; the message says why."""


class CellTimeoutError(BaseException):
    """A test cell itself took too long; no handler of ``Exception`` in the cell may swallow it."""


def in_own_process(work: Callable[[], Any], seconds: float, memory_mb: int) -> Any:
    """Fork, and return what ``work`` returned there, which must be JSON data.

    The process must have a single thread and must not have run an operation of PyTorch.

    Args:
        work: what to do; it runs in the child and nothing it changes is seen here.
        seconds: wall-clock time after which the child is killed.
        memory_mb: memory that it may take beyond what it starts with.

    Raises:
        SandboxUnavailableError: ``work`` raised it.
        TesterStoppedError: the child ended early, took too long, or raised something else.
    """
    ours, theirs = os.pipe()
    limits = memory_limits(memory_mb)
    worker, child = os.getpid(), os.fork()
    if child == 0:
        os.close(ours)
        _become_tester(work, theirs, worker, limits)
    os.close(theirs)
    try:
        text = _read_all(ours, time.monotonic() + seconds)
    finally:
        os.close(ours)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return _unpack(text)


def _unpack(text: bytes) -> Any:
    try:
        report = json.loads(text)
    except ValueError as error:
        reason = "the process that ran the tests ended early, or needed too much memory or time"
        raise TesterStoppedError(reason) from error
    if "unavailable" in report:
        raise SandboxUnavailableError(report["unavailable"])
    if "failed" in report:
        raise TesterStoppedError(f"the tests could not be run: {report['failed']}")
    return report["done"]


def _become_tester(
    work: Callable[[], Any], pipe: int, worker: int, limits: tuple[int, int]
) -> None:
    """Do the work, write the report, end; never return into the parent's own code."""
    try:
        die_with(worker)
        resource.setrlimit(resource.RLIMIT_DATA, limits)
        gc.freeze()  # a collection would copy what is shared with the parent, page by page
        try:
            report = {"done": work()}
        except SandboxUnavailableError as error:
            report = {"unavailable": str(error)}
        except BaseException as error:
            report = {"failed": " ".join(f"{type(error).__name__}: {error}".split())[-500:]}
        with os.fdopen(pipe, "wb") as file:
            file.write(json.dumps(report).encode())
    finally:
        os._exit(0)


def memory_limits(memory_mb: int) -> tuple[int, int]:
    """Return soft and hard limit for a fork of this process that may take so much more than it has.

    Only the soft limit is lowered: a student's sandbox, started from there, sets its own.
    """
    found = re.search(r"^VmData:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    now = 1024 * int(found[1]) if found else 0
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    wanted = now + memory_mb * 2**20
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    return soft, hard


def _read_all(pipe: int, deadline: float) -> bytes:
    """Read until the end or the deadline; what is too long is cut, and then unreadable."""
    parts, size = [], 0
    while size <= MAX_REPORT:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            break
        part = os.read(pipe, 2**20)
        if not part:
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts)


@contextlib.contextmanager
def clock(seconds: float) -> Iterator[None]:
    """Raise ``CellTimeoutError`` in what runs below, again and again, once the time is over."""

    def ring(_: int, __: FrameType | None) -> None:
        raise CellTimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds + EXTRA_SECONDS, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
