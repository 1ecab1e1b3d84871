"""The warm interpreter from outside: start it once, then get a student process in milliseconds.

One long-lived bubblewrap holds ``warm.py``, which has imported what notebooks want and forks a
student process for each. A student process is asked exactly as one that was started anew.
"""

import contextlib
import json
import os
import socket
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from autograder import control_groups
from autograder.bubblewrap import bubblewrap_command, explain, python
from autograder.conversation import Conversation
from autograder.limits import Limits, SandboxStoppedError, SandboxUnavailableError
from autograder.sandbox import last_words, own_uid, readable_copy
from autograder.scratch import Scratch
from autograder.watch import family, memory_in_use, processor_time

IMPORTS = ("numpy", "torch", "matplotlib.pyplot")
START_SECONDS = 120  # to import everything, on a slow disk
STUDENT_SECONDS = 30  # to fork; it takes milliseconds
SO_PASSCRED = 16


class WarmInterpreter:
    """A long-lived interpreter in the sandbox, as a context manager.

    Args:
        files: folder whose files every student of this assignment received, or None.
        limits: what a notebook may use.
        imports: modules to import before the first student comes.
        students: how many of its students there may be at once.

    Attributes:
        facts: what it said of itself: ``missing`` imports, ``threads``, ``memory`` in bytes and
            ``seconds`` of processor time that importing took.

    Raises:
        SandboxUnavailableError: on entry, where no such sandbox can be started.
    """

    def __init__(
        self,
        files: Path | None = None,
        limits: Limits | None = None,
        imports: Sequence[str] = IMPORTS,
        students: int = 1,
    ) -> None:
        self.limits = limits or Limits()
        self._files, self._imports, self._students = files, list(imports), students
        self._group: control_groups.ControlGroup | None = None
        self.facts: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self.start()
        self.wait_until_ready()
        return self

    def start(self) -> None:
        """Start importing, and return at once."""
        self._copy = Scratch()
        handed_out = readable_copy(self._files, self._copy.folder)
        command = bubblewrap_command(self.limits, root=os.geteuid() == 0, warm=True)
        command += ["--ro-bind", str(handed_out), "/handout", "--chdir", "/"]
        command += ["--remount-ro", "/", "--remount-ro", "/dev"]
        self.door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        settings = json.dumps({"imports": self._imports})
        with theirs:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603  # fixed words
                [*command, python(), "-s", "-B", "/grader/warm.py", settings],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )

    def wait_until_ready(self) -> None:
        """Wait for the imports; raise where this machine cannot do it."""
        self.door.settimeout(START_SECONDS)
        try:
            self.facts = json.loads(self.door.recv(2**16))
            check_single_threaded(self.facts["threads"])
            pids = family(self._process.pid)
            self._group = control_groups.hold(pids, self.limits, self._students)
            with WarmSandbox(self.door, self.limits, memory_before=self.facts["memory"]):
                pass  # one student process, to see that this machine gives it all it needs
        except (OSError, ValueError, SandboxUnavailableError) as error:
            self.close()
            words = self._said.decode(errors="replace")
            raise SandboxUnavailableError(explain(words or str(error))) from error

    def sandbox(self, _: Path | None, limits: Limits, deadline: float) -> "WarmSandbox":
        """Return a sandbox for one notebook; the files are those the interpreter started with."""
        return WarmSandbox(self.door, limits, deadline, self.facts["memory"])

    def processor_seconds(self) -> float:
        """Return the processor time of everything inside so far, students included."""
        return processor_time(self._process.pid)

    @property
    def alive(self) -> bool:
        """Whether the interpreter still runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it, and with it every student process that is left."""
        self.door.close()
        self._process.kill()
        self._process.wait()
        if self._group:
            self._group.close()
        self._said = last_words(self._process)
        if self._process.stderr:
            self._process.stderr.close()
        self._copy.close()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class WarmSandbox(Conversation):
    """A student process that the warm interpreter forks, as a context manager.

    Args:
        door: where the warm interpreter takes requests.
        limits: what the notebook may use.
        deadline: as for every conversation.
        memory_before: bytes that the warm interpreter holds; what students share of it is not
            theirs.
    """

    def __init__(
        self,
        door: socket.socket,
        limits: Limits | None = None,
        deadline: float | None = None,
        memory_before: int = 0,
    ) -> None:
        super().__init__(None, limits, deadline)
        self._door, self._memory_before = door, memory_before
        self._line: socket.socket | None = None
        self._pids: list[int] = []

    def __enter__(self) -> Self:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._line.setsockopt(socket.SOL_SOCKET, SO_PASSCRED, 1)
        self._line.settimeout(STUDENT_SECONDS)
        their_requests, self._to = os.pipe()
        self._from, their_replies = os.pipe()
        request = {
            "limits": self.limits.resource_limits(),
            "uid": own_uid(),
            "file_mb": self.limits.file_mb,
        }
        given = (theirs.fileno(), their_requests, their_replies)
        try:
            socket.send_fds(self._door, [json.dumps(request).encode()], given)
        except OSError as error:
            self.stop()
            raise SandboxUnavailableError("the warm interpreter has ended") from error
        finally:
            theirs.close()
            os.close(their_requests)
            os.close(their_replies)
        self._meet()
        self.furnish()
        return self

    def _meet(self) -> None:
        """Learn the process ids, and wait until the student process has shut its doors."""
        assert self._line is not None  # noqa: S101  # for the type checker
        cause = "the warm interpreter started no student process"
        try:
            self._pids = [receive_pid(self._line), receive_pid(self._line)]
            greeting = self.hear(STUDENT_SECONDS)
        except (OSError, SandboxStoppedError) as error:
            self.stop()
            raise SandboxUnavailableError(cause) from error
        if "broken" in greeting:
            self.stop()
            raise SandboxUnavailableError(f"{cause}: {greeting['broken']}")

    def memory(self) -> int:
        """Return the bytes that all its processes hold, less what they share with the imports."""
        held = sum(memory_in_use(pid) for pid in self._pids)
        return max(0, held - self._memory_before)

    def stop(self) -> None:
        """Kill everything that the student started; wait until it is gone."""
        if self._line is None:
            return
        with contextlib.suppress(OSError, ValueError, KeyError):
            self._line.send(b"end")
            self.processor_seconds += json.loads(self._line.recv(2**16))["seconds"]
        self._line.close()
        for pipe in (self._to, self._from):
            if pipe is not None:
                os.close(pipe)
        self._line, self._to, self._pids = None, None, []


def check_single_threaded(threads: int) -> None:
    """Refuse to fork an interpreter in which an import has started threads: locks stay locked."""
    if threads != 1:
        raise SandboxUnavailableError(
            f"the imports started {threads - 1} threads, so the warm interpreter cannot be forked; "
            "take the module that does so out of the imports"
        )


def receive_pid(line: socket.socket) -> int:
    """Return a process id as this process's namespace counts; the kernel has translated it."""
    message, facts, _, _ = line.recvmsg(16, socket.CMSG_SPACE(12))
    if not message or not facts:
        raise OSError("the line is closed")
    pid: int = struct.unpack("3i", facts[0][2])[0]
    return pid
