"""The workers as the supervisor sees them: tasks out, answers in, and what to do when one is lost.

The supervisor hands out ids and receives data. It alone writes (see ``gradebook.py``), so a worker
that is killed or hangs costs one more attempt at one submission and nothing else.
"""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from autograder.bubblewrap import one_thread
from autograder.channel import Channel, ClosedError
from autograder.limits import SandboxUnavailableError
from autograder.reaper import GRACE_SECONDS

AHEAD = 2  # tasks that a worker has at hand, so that it does not wait for the next one
ATTEMPTS = 2
MARGIN = 120  # seconds that a worker may need beyond the limits of its notebooks
REPOSITORY = Path(__file__).parents[1]


@dataclass
class Hand:
    """One worker: its channel, its process and the tasks that it has at hand, oldest first."""

    channel: Channel
    pid: int
    tasks: deque[dict[str, Any]] = field(default_factory=deque)
    since: float = 0.0

    def give(self, task: dict[str, Any]) -> None:
        """Send a task."""
        if not self.tasks:
            self.since = time.monotonic()
        self.tasks.append(task)
        self.channel.send({k: task[k] for k in ("student", "folder")})


class Pool:
    """Worker processes below one nursery, as a context manager.

    Args:
        settings: what the nursery needs to know: ``jobs``, ``imports``, ``files``, ``limits``,
            ``backend`` and ``image``.
        log: file for what workers say on standard error.

    Attributes:
        facts: what the nursery said of itself, once ``wait_until_ready`` has returned.
    """

    def __init__(self, settings: dict[str, Any], log: Path) -> None:
        self._settings = settings
        self._hands: list[Hand] = []
        self._lost: list[str] = []
        self.facts: dict[str, Any] = {}
        log.parent.mkdir(parents=True, exist_ok=True)
        ours, theirs = socket.socketpair()
        path = os.pathsep.join(p for p in [str(REPOSITORY), os.environ.get("PYTHONPATH")] if p)
        with theirs, log.open("ab") as errors:
            self._process = subprocess.Popen(  # noqa: S603  # our own fixed command line
                [*module("autograder.reaper"), *module("autograder.nursery")],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,  # an interrupt is the supervisor's to handle
                env={**os.environ, **one_thread(), "PYTHONPATH": path},
            )
        self._nursery = Channel(ours)
        self._nursery.send(settings)

    def __enter__(self) -> Self:
        return self

    def wait_until_ready(self) -> None:
        """Wait for the imports; raise ``SandboxUnavailableError`` where nothing can be started."""
        try:
            self.facts = self._nursery.receive()
        except ClosedError as error:
            raise SandboxUnavailableError(
                "the process that starts the workers ended early; its last words are in "
                ".autograder/workers.log"
            ) from error
        if "unavailable" in self.facts:
            raise SandboxUnavailableError(self.facts["unavailable"])

    def hire(self, sources: dict[str, Any], names: list[str], number: int) -> None:
        """Start ``number`` workers and tell them the sources."""
        self._first = {"sources": sources, "names": names}
        for _ in range(number):
            self._hands.append(self._hire_one())

    def _hire_one(self) -> Hand:
        ours, theirs = socket.socketpair()
        with theirs:
            self._nursery.send({"do": "worker"}, theirs.fileno())
        hand = Hand(Channel(ours), self._nursery.receive()["pid"])
        hand.channel.send(self._first)
        return hand

    def run(self, tasks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield an answer for each task, as they come.

        An answer has ``failed`` in it where a submission could not be graded.

        Args:
            tasks: each with ``student``, ``folder`` and ``seconds``, the longest it may take.
        """
        waiting = deque(tasks)
        attempts: dict[str, int] = {}
        while waiting or any(hand.tasks for hand in self._hands):
            for hand in list(self._hands):
                while waiting and len(hand.tasks) < AHEAD:
                    with self._replacing(hand, waiting, attempts):
                        hand.give(waiting.popleft())
            yield from self._given_up()
            yield from self._answers(waiting, attempts)

    def _answers(
        self, waiting: deque[dict[str, Any]], attempts: dict[str, int]
    ) -> Iterator[dict[str, Any]]:
        """Wait a moment; yield what has come, and replace workers that are lost or hang."""
        ready = select.select([hand.channel for hand in self._hands], [], [], 1.0)[0]
        for hand in list(self._hands):
            if hand.channel in ready:
                yield from self._answer(hand, waiting, attempts)
            elif hand.tasks and time.monotonic() - hand.since > hand.tasks[0]["seconds"] + MARGIN:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(hand.pid, signal.SIGKILL)  # its channel says the rest

    def _answer(
        self, hand: Hand, waiting: deque[dict[str, Any]], attempts: dict[str, int]
    ) -> Iterator[dict[str, Any]]:
        """Yield what a worker has sent, once the worker has its next task."""
        found = []
        with self._replacing(hand, waiting, attempts):
            found.append(hand.channel.receive())
            hand.tasks.popleft()
            hand.since = time.monotonic()
            if waiting:
                hand.give(waiting.popleft())
        for answer in found:
            if "unavailable" in answer:
                raise SandboxUnavailableError(answer["unavailable"])
            yield answer

    @contextlib.contextmanager
    def _replacing(
        self, hand: Hand, waiting: deque[dict[str, Any]], attempts: dict[str, int]
    ) -> Iterator[None]:
        """Put another worker in the place of one that is found to be gone."""
        try:
            yield
        except ClosedError:
            hand.channel.close()
            if hand.tasks:
                broken = hand.tasks.popleft()
                student = broken["student"]
                attempts[student] = attempts.get(student, 0) + 1
                if attempts[student] < ATTEMPTS:
                    waiting.append(broken)
                else:
                    self._lost.append(student)
            waiting.extendleft(reversed(hand.tasks))  # it never began with these
            self._hands[self._hands.index(hand)] = self._hire_one()

    def _given_up(self) -> Iterator[dict[str, Any]]:
        """Yield an answer for every submission that has ended its worker too often."""
        while self._lost:
            yield {
                "student": self._lost.pop(),
                "failed": f"the grader's own process ended or hung {ATTEMPTS} times",
            }

    def usage(self) -> dict[str, Any]:
        """Return the processor time of the nursery and of what runs in the sandbox."""
        self._nursery.send({"do": "usage"})
        return self._nursery.receive()

    def close(self) -> None:
        """End the nursery; the reaper ends workers, warm interpreters and students with it."""
        self._nursery.close()
        for hand in self._hands:
            hand.channel.close()
        try:
            self._process.wait(5 * GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._process.terminate()  # which the reaper takes as: all of them, now
        self.close()


def module(name: str) -> list[str]:
    """Return the command line that runs a module of ours."""
    return [sys.executable, "-m", name]
