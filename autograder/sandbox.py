"""A place where a stranger's code can run and do no harm, made by bubblewrap for one notebook.

Own user or uid, mount, process, network and IPC namespaces; a root that is empty but for the
system's libraries and Python, read-only; an empty scratch folder; no environment; limits of memory,
processes, files and time; a filter of system calls. Nothing of the course is inside.

Each of these sandboxes starts Python anew; ``greenhouse.py`` keeps one that has imported already.
"""

import json
import os
import random
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Self

from autograder import control_groups
from autograder.bubblewrap import bubblewrap_command, explain, python
from autograder.conversation import STARTING_SECONDS, Conversation
from autograder.limits import (
    Limits as Limits,  # for those who import them here
)
from autograder.limits import (
    SandboxStoppedError as SandboxStoppedError,
)
from autograder.limits import (
    SandboxUnavailableError as SandboxUnavailableError,
)
from autograder.scratch import Scratch
from autograder.watch import family, memory_in_use


class Sandbox(Conversation):
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

    def __enter__(self) -> Self:
        uid = own_uid()
        command = bubblewrap_command(self.limits, root=uid is not None)
        self._copy = Scratch()
        handed_out = readable_copy(self._files, self._copy.folder)
        command += ["--ro-bind", str(handed_out), "/handout", "--chdir", "/tmp"]  # noqa: S108
        # Their tmpfs has no size limit: without root we own it, and a student could fill it.
        command += ["--remount-ro", "/", "--remount-ro", "/dev"]
        settings = {"limits": self.limits.resource_limits(), "uid": uid, "folder": "/tmp"}  # noqa: S108
        # Root made the copies, and the student, who is somebody else, may write to them.
        copy = 'cp -r /handout/. /tmp/ && chmod -R a+rwX /tmp; exec "$0" "$@"'
        command += ["/bin/sh", "-c", copy, python(), "-s", "-B", "/grader/student.py"]
        process = subprocess.Popen(  # noqa: S603  # our own fixed command line
            [*command, json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        self._talk_with(process)
        self._group: control_groups.ControlGroup | None = None
        self._wait_for_greeting()
        self._group = control_groups.hold(family(process.pid), self.limits)
        self.furnish()
        return self

    def _wait_for_greeting(self) -> None:
        """Wait for a first answer: a sandbox that cannot start is not a cell that fails."""
        self._said = b""
        try:
            self.hear(STARTING_SECONDS)
        except SandboxStoppedError as error:
            said = self._said.decode(errors="replace")
            raise SandboxUnavailableError(explain(said)) from error

    def memory(self) -> int:
        """Return the bytes that all processes inside hold."""
        return memory_in_use(self._process.pid) if self._process else 0

    def stop(self) -> None:
        """Kill everything inside: the end of bwrap is the end of its process namespace."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        if self._group:
            self._group.close()
        self._said = last_words(self._process)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe:
                with suppress(OSError):
                    pipe.close()
        self._copy.close()
        self._process, self._to = None, None


def own_uid() -> int | None:
    """Return a user that nobody else is, or None where only root could become it.

    One for each student: the process limit then counts this notebook alone.
    """
    return random.SystemRandom().randrange(200_000, 60_000_000) if os.geteuid() == 0 else None


def readable_copy(files: Path | None, folder: Path) -> Path:
    """Copy the files handed out to ``folder/files``, readable by whoever the student becomes."""
    copy = folder / "files"
    if files is None:
        copy.mkdir()
    else:
        shutil.copytree(files, copy, symlinks=False)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copy


def last_words(process: "subprocess.Popen[bytes]") -> bytes:
    """Return what a process that has ended left on standard error, without waiting for more."""
    if process.stderr is None:
        return b""
    os.set_blocking(process.stderr.fileno(), False)
    return process.stderr.read(2**16) or b""
