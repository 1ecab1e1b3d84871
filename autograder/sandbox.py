"""A place where a stranger's code can run and do no harm, made by bubblewrap.

Own user or uid, mount, process, network and IPC namespaces; a root that is empty but for the
system's libraries and Python, read-only; an empty scratch folder; no environment; limits of memory,
processes, files and time. Nothing of the course is inside.
"""

import json
import os
import random
import select
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from autograder import wire
from autograder.watch import memory_in_use

WATCH_EVERY = 0.1  # seconds between two looks at the memory in use
HERE = Path(__file__).parent
SYSTEM_FOLDERS = ("/usr", "/lib", "/lib64", "/bin", "/etc/alternatives", "/etc/ld.so.cache")


class SandboxUnavailableError(RuntimeError):
    """No sandbox can be started on this machine; the message says why and what to do."""


class SandboxStoppedError(RuntimeError):
    """The student's process is gone; the message names the limit or the cause."""


@dataclass(frozen=True)
class Limits:
    """What a notebook may use.

    Attributes:
        seconds: wall-clock time of one cell or one call from a test.
        total_seconds: wall-clock and processor time of the whole notebook.
        memory_mb: memory of all its processes together.
        processes: processes and threads at once.
        file_mb: size of each file, and of the scratch folder.
    """

    seconds: float = 10.0
    total_seconds: int = 300
    memory_mb: int = 2048
    processes: int = 32
    file_mb: int = 64

    def resource_limits(self) -> dict[str, int]:
        """Return the limits under the names of Python's ``resource`` module."""
        return {
            "RLIMIT_CPU": self.total_seconds,
            "RLIMIT_DATA": self.memory_mb * 2**20,
            "RLIMIT_NPROC": self.processes,
            "RLIMIT_FSIZE": self.file_mb * 2**20,
            "RLIMIT_NOFILE": 256,
            "RLIMIT_CORE": 0,
        }


def bubblewrap_command(limits: Limits, uid: int | None) -> list[str]:
    """Return the command up to the program that runs inside.

    Root needs no user namespace: it starts inside with the right to change its uid and
    nothing else, and ``student.py`` gives that up before any student code runs. Anybody else gets
    a user namespace, in which there is nobody else to become.
    """
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxUnavailableError(
            "bwrap is not installed, and students' code runs only inside it; "
            "install it, for example: sudo apt-get install bubblewrap"
        )
    words = [program, "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    words += ["--unshare-cgroup-try", "--die-with-parent", "--new-session", "--clearenv"]
    words += ["--cap-drop", "ALL"]
    # First, so that a Python installed below one of them is mounted on top.
    for folder in ("/tmp", "/home"):  # noqa: S108  # the sandbox's own, empty
        size = str(limits.file_mb * 2**20)
        words += ["--perms", "0777", "--size", size, "--tmpfs", folder]
    if uid is None:
        words += ["--unshare-user", "--disable-userns"]
    else:
        words += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    for folder in SYSTEM_FOLDERS:
        words += ["--ro-bind-try", folder, folder]
    base = sys.base_prefix
    if not base.startswith("/usr"):
        # bubblewrap makes missing parents readable by their owner only, and we change owner.
        for parent in reversed(Path(base).parents[:-1]):
            words += ["--perms", "0755", "--dir", str(parent)]
        words += ["--ro-bind", base, base]
    words += ["--perms", "0755", "--dir", "/grader"]
    words += ["--ro-bind", sysconfig.get_paths()["purelib"], "/packages"]
    for name in ("student.py", "objects.py", "wire.py"):
        words += ["--ro-bind", str(HERE / name), f"/grader/{name}"]
    words += ["--proc", "/proc", "--dev", "/dev"]
    for name, value in environment().items():
        words += ["--setenv", name, value]
    return words


def environment() -> dict[str, str]:
    """Return the few variables that the student's process sees."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {
        **one,
        "HOME": "/home",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": "/home",
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": "/packages",
        "PYTHONDONTWRITEBYTECODE": "1",
        "NBGRADER_EXECUTION": "autograde",
    }


class Sandbox:
    """A student process behind the wall, as a context manager that always cleans up.

    Args:
        files: folder whose files the notebook may read (data that the assignment hands out), or
            None. They are copied, so nothing done to them lasts.
        limits: what the notebook may use.
        deadline: when, by ``time.monotonic()``, the notebook's whole time is over; by default
            ``limits.total_seconds`` from now.

    Raises:
        SandboxUnavailableError: on entry, where no sandbox can be started.
    """

    def __init__(
        self,
        files: Path | None = None,
        limits: Limits | None = None,
        deadline: float | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._deadline = deadline or time.monotonic() + self.limits.total_seconds
        self._files = files
        self._process: subprocess.Popen[bytes] | None = None
        self._buffer = b""

    def __enter__(self) -> Self:
        # A uid of its own for each sandbox: the process limit then counts this notebook alone.
        uid = random.SystemRandom().randrange(200_000, 60_000_000) if os.geteuid() == 0 else None
        command = bubblewrap_command(self.limits, uid)
        self._copy = tempfile.TemporaryDirectory(prefix="autograder-")
        handed_out = Path(self._copy.name) / "files"
        if self._files is None:
            handed_out.mkdir()
        else:
            shutil.copytree(self._files, handed_out, symlinks=False)
        for path in (Path(self._copy.name), *Path(self._copy.name).rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        command += ["--ro-bind", str(handed_out), "/handout", "--chdir", "/tmp"]  # noqa: S108
        # Their tmpfs has no size limit: without root we own it, and a student could fill it.
        command += ["--remount-ro", "/", "--remount-ro", "/dev"]
        settings = {"limits": self.limits.resource_limits(), "uid": uid, "folder": "/tmp"}  # noqa: S108
        python = str(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}")
        # Root made the copies, and the student, who is somebody else, may write to them.
        copy = 'cp -r /handout/. /tmp/ && chmod -R a+rwX /tmp; exec "$0" "$@"'
        command += ["/bin/sh", "-c", copy, python, "-s", "-B", "/grader/student.py"]
        self._process = subprocess.Popen(  # noqa: S603  # our own fixed command line
            [*command, json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        self._say_hello()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._copy.cleanup()

    def _say_hello(self) -> None:
        """Wait for a first answer: a sandbox that cannot start is not a cell that fails."""
        self._said = b""
        try:
            self.ask({"do": "find", "name": "__name__"}, seconds=60)
        except SandboxStoppedError as error:
            said = self._said.decode(errors="replace")
            self._copy.cleanup()
            raise SandboxUnavailableError(explain(said)) from error

    def stop(self) -> None:
        """Kill everything inside: the end of bwrap is the end of its process namespace."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._said = last_words(self._process)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe:
                with suppress(OSError):
                    pipe.close()
        self._process = None

    def ask(self, request: dict[str, Any], seconds: float | None = None) -> dict[str, Any]:
        """Send one request and return the answer, which is data and nothing else.

        Raises:
            SandboxStoppedError: the process ended, or did not answer in time, and is gone now.
        """
        if self._process is None or self._process.stdin is None:
            raise SandboxStoppedError("the student's process has been stopped")
        limit = self.limits.seconds if seconds is None else seconds
        until = min(time.monotonic() + limit, self._deadline)
        try:
            self._send(json.dumps(request).encode() + b"\n", until)
            line = self._receive(until)
        except TimeoutError as error:
            self.stop()
            over, part = limit, "one cell"
            if time.monotonic() >= self._deadline:
                over, part = self.limits.total_seconds, "the whole notebook"
            raise SandboxStoppedError(
                f"stopped after {over:g} s, the limit for {part}; look for a loop that never ends"
            ) from error
        except MemoryError as error:
            self.stop()
            raise SandboxStoppedError(
                f"stopped above {self.limits.memory_mb} MB of memory, the limit for the notebook; "
                "look for a list or an array that keeps growing"
            ) from error
        except OSError as error:
            self.stop()
            raise SandboxStoppedError(self._why_it_ended()) from error
        try:
            reply = json.loads(line)
        except (ValueError, RecursionError) as error:
            self.stop()
            raise SandboxStoppedError("the student's process sent something unreadable") from error
        if not isinstance(reply, dict):
            self.stop()
            raise SandboxStoppedError("the student's process sent something unreadable")
        return reply

    def _send(self, data: bytes, deadline: float) -> None:
        """Write without waiting for ever on a process that does not read."""
        assert self._process is not None  # noqa: S101  # for the type checker: ask() has looked
        assert self._process.stdin is not None  # noqa: S101
        pipe = self._process.stdin.fileno()
        os.set_blocking(pipe, False)
        while data:
            self._wait([], [pipe], deadline)
            data = data[os.write(pipe, data[: 2**16]) :]

    def _wait(self, readable: list[int], writable: list[int], deadline: float) -> None:
        """Wait for a pipe, with an eye on clock and memory."""
        assert self._process is not None  # noqa: S101  # for the type checker: ask() has looked
        while True:
            left = deadline - time.monotonic()
            if any(select.select(readable, writable, [], min(max(left, 0.0), WATCH_EVERY))):
                return
            if left <= 0:
                raise TimeoutError
            if memory_in_use(self._process.pid) > self.limits.memory_mb * 2**20:
                raise MemoryError

    def _receive(self, deadline: float) -> bytes:
        """Read one line, within the time and the size that are allowed."""
        assert self._process is not None  # noqa: S101  # for the type checker: ask() has looked
        assert self._process.stdout is not None  # noqa: S101
        pipe = self._process.stdout.fileno()
        parts = [self._buffer]
        size = len(self._buffer)
        while b"\n" not in parts[-1]:
            self._wait([pipe], [], deadline)
            part = os.read(pipe, 2**20)
            size += len(part)
            if not part or size > wire.MAX_MESSAGE:
                raise OSError("the pipe is closed, or its message too long")
            parts.append(part)
        line, _, self._buffer = b"".join(parts).partition(b"\n")
        return line

    def _why_it_ended(self) -> str:
        return (
            "the student's process ended: it left Python (os._exit, a crash), or needed more than "
            f"{self.limits.memory_mb} MB of memory, {self.limits.total_seconds} s of processor "
            f"time or {wire.MAX_MESSAGE // 2**20} MB of output"
        )


def last_words(process: "subprocess.Popen[bytes]") -> bytes:
    """Return what a process that has ended left on standard error, without waiting for more."""
    if process.stderr is None:
        return b""
    os.set_blocking(process.stderr.fileno(), False)
    return process.stderr.read(2**16) or b""


def explain(said: str) -> str:
    """Return what to do about a sandbox that did not start, from bubblewrap's own words."""
    words = said.strip()[-500:] or "no message"
    remedy = "run `autograder doctor` to see what this machine offers"
    if "uid map" in said or "namespace" in said.lower() or "Operation not permitted" in said:
        remedy = (
            "this machine forbids user namespaces. On Ubuntu 23.10 and later AppArmor does; allow "
            "them with `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0` or "
            "a profile for bwrap. In a container, its seccomp profile does; grade on the host"
        )
    return f"the sandbox did not start, so nothing was graded. bwrap said: {words}. {remedy}"
