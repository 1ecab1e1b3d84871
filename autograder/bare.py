"""No sandbox at all: for a class whose code is as trusted as the grader's own, and nobody else."""

import json
import subprocess
import sys
from contextlib import suppress
from typing import Self

from autograder.bubblewrap import HERE, environment
from autograder.conversation import STARTING_SECONDS, Conversation
from autograder.limits import SandboxStoppedError, SandboxUnavailableError
from autograder.sandbox import readable_copy
from autograder.scratch import Scratch
from autograder.watch import memory_in_use


class Bare(Conversation):
    """A student process that can do whatever the grader can, as a context manager.

    Limits of processor time, memory and clock still stop accidents. They stop nobody who means it.
    """

    def __enter__(self) -> Self:
        self._copy = Scratch()
        folder = readable_copy(self._files, self._copy.folder)
        settings = {
            "limits": self.limits.resource_limits(),
            "uid": None,
            "folder": str(folder),
        }
        process = subprocess.Popen(  # noqa: S603  # our own fixed command line
            [sys.executable, "-s", "-B", str(HERE / "student.py"), json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd=folder,
            env=environment() | {"PYTHONPATH": ""},
            start_new_session=True,
        )
        self._talk_with(process)
        try:
            self.hear(STARTING_SECONDS)
        except SandboxStoppedError as error:
            raise SandboxUnavailableError("the student's process did not start") from error
        self.furnish()
        return self

    def memory(self) -> int:
        """Return the bytes that the process and its children hold."""
        return memory_in_use(self._process.pid) if self._process else 0

    def stop(self) -> None:
        """Kill the process; children that have left it are not found."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()
        self._copy.close()
        self._process, self._to = None, None
