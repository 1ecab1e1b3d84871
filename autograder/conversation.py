"""Ask a student's process: a line out, a line back, under limits of time, memory and size."""

import json
import os
import select
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from autograder import wire
from autograder.limits import Limits, SandboxStoppedError

WATCH_EVERY = 0.1  # seconds between two looks at the memory in use
STARTING_SECONDS = 60  # for what happens before a student's first cell


class Conversation(ABC):
    """The near end of a student's process, wherever that runs.

    A subclass starts the process, sets the two descriptors, and knows how to end it.

    Args:
        files: folder of what is handed out with the notebook; None if nothing is.
        limits: what the notebook may use.
        deadline: when, by ``time.monotonic()``, the notebook's whole time is over; by default
            ``limits.total_seconds`` from now.

    Attributes:
        processor_seconds: what the processes took, once they have ended and where that is known.
        extra: files of the student's own, as base64 by name, to put into the scratch folder when
            the process starts.
    """

    def __init__(
        self,
        files: Path | None = None,
        limits: Limits | None = None,
        deadline: float | None = None,
    ) -> None:
        self._files = files
        self.limits = limits or Limits()
        self._deadline = deadline or time.monotonic() + self.limits.total_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._to: int | None = None  # descriptor to write requests to; None once it is over
        self._from = -1  # descriptor to read answers from
        self._buffer = b""
        self.processor_seconds = 0.0
        self.extra: dict[str, str] = {}

    def _talk_with(self, process: "subprocess.Popen[bytes]") -> None:
        """Use the pipes of a process that was started with them."""
        assert process.stdin is not None  # noqa: S101  # for the type checker
        assert process.stdout is not None  # noqa: S101
        self._process = process
        self._to, self._from = process.stdin.fileno(), process.stdout.fileno()

    @abstractmethod
    def __enter__(self) -> Self:
        """Start the process and wait until it answers."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @abstractmethod
    def stop(self) -> None:
        """Kill everything inside; later requests are refused."""

    @abstractmethod
    def memory(self) -> int:
        """Return the bytes that all processes inside hold."""

    def ask(self, request: dict[str, Any], seconds: float | None = None) -> dict[str, Any]:
        """Send one request and return the answer, which is data and nothing else.

        Raises:
            SandboxStoppedError: the process ended, or did not answer in time, and is gone now.
        """
        return self._exchange(json.dumps(request).encode() + b"\n", seconds)

    def hear(self, seconds: float) -> dict[str, Any]:
        """Return the next answer without a request: the greeting of a process that starts."""
        return self._exchange(b"", seconds)

    def furnish(self) -> None:
        """Put the student's own files into the scratch folder, before any of the code runs."""
        if self.extra:
            self.ask({"do": "files", "files": self.extra}, STARTING_SECONDS)

    def _exchange(self, data: bytes, seconds: float | None) -> dict[str, Any]:
        if self._to is None:
            raise SandboxStoppedError("the student's process has been stopped")
        limit = self.limits.seconds if seconds is None else seconds
        until = min(time.monotonic() + limit, self._deadline)
        try:
            self._send(self._to, data, until)
            reply = json.loads(self._receive(until))
        except (TimeoutError, MemoryError, OSError, ValueError, RecursionError) as error:
            self.stop()
            raise SandboxStoppedError(self._cause(error, limit)) from error
        if not isinstance(reply, dict):
            self.stop()
            raise SandboxStoppedError("the student's process sent something unreadable")
        return reply

    def _cause(self, error: Exception, limit: float) -> str:
        """Return what a person should read about the end of the process."""
        limits = self.limits
        if isinstance(error, TimeoutError):
            over, part = limit, "one cell"
            if time.monotonic() >= self._deadline:
                over, part = limits.total_seconds, "the whole notebook"
            return (
                f"stopped after {over:g} s, the limit for {part}; look for a loop that never ends"
            )
        if isinstance(error, MemoryError):
            return (
                f"stopped above {limits.memory_mb} MB of memory, the limit for the notebook; "
                "look for a list or an array that keeps growing"
            )
        if isinstance(error, ValueError | RecursionError):
            return "the student's process sent something unreadable"
        return (
            "the student's process ended: it left Python (os._exit, a crash), or needed more than "
            f"{limits.memory_mb} MB of memory, {limits.total_seconds} s of processor "
            f"time or {wire.MAX_MESSAGE // 2**20} MB of output"
        )

    def _send(self, pipe: int, data: bytes, deadline: float) -> None:
        """Write without waiting for ever on a process that does not read."""
        os.set_blocking(pipe, False)
        while data:
            self._wait([], [pipe], deadline)
            data = data[os.write(pipe, data[: 2**16]) :]

    def _receive(self, deadline: float) -> bytes:
        """Read one line, within the time and the size that are allowed."""
        parts = [self._buffer]
        size = len(self._buffer)
        while b"\n" not in parts[-1]:
            self._wait([self._from], [], deadline)
            part = os.read(self._from, 2**20)
            size += len(part)
            if not part or size > wire.MAX_MESSAGE:
                raise OSError("the pipe is closed, or its message too long")
            parts.append(part)
        line, _, self._buffer = b"".join(parts).partition(b"\n")
        return line

    def _wait(self, readable: list[int], writable: list[int], deadline: float) -> None:
        """Wait for a pipe, with an eye on clock and memory."""
        while True:
            left = deadline - time.monotonic()
            if any(select.select(readable, writable, [], min(max(left, 0.0), WATCH_EVERY))):
                return
            if left <= 0:
                raise TimeoutError
            if self.memory() > self.limits.memory_mb * 2**20:
                raise MemoryError
