"""Students' code in a container, one for each notebook: for hosts where bubblewrap cannot be had.

The engine (podman or docker) makes the namespaces; the same ``student.py`` serves inside, below the
same limits and filter of system calls. The interpreter and the packages are the grader's own,
mounted read-only, so the image only has to bring a C library and a shell as new as the host's.
"""

import json
import random
import shutil
import subprocess
import sys
import sysconfig
from contextlib import suppress
from pathlib import Path
from typing import Self
from uuid import uuid4

from autograder.bubblewrap import HERE, INSIDE, environment, python
from autograder.conversation import STARTING_SECONDS, Conversation
from autograder.limits import Limits, SandboxStoppedError, SandboxUnavailableError
from autograder.sandbox import last_words, own_uid, readable_copy
from autograder.scratch import Scratch
from autograder.watch import memory_in_use
from autograder.words import files_inside, installed_packages

# Where the grader is not root, and may become nobody else, an engine still gives the student a user
# of its own; the grader's, whose other processes count, would leave it none. Rootless engines have
# numbers up to 65,535.
USERS = (20_000, 60_000)
# Folders that no image has, and that no engine makes before it mounts them (docker makes that of
# --workdir): where there is one, runc keeps its owner and mode.
FOLDER, HOME = "/student", "/student-home"
EMPTY = "empty"  # beside the copy of the files that are handed out


def container_command(
    engine: str, image: str, name: str, files: Path, limits: Limits, uid: int
) -> list[str]:
    """Return the command up to the program that runs inside.

    No network, no capabilities, no new privileges, a read-only root, an empty scratch folder, and
    the engine's own limits of memory and processes, which control groups keep.

    Args:
        engine: ``podman`` or ``docker``.
        image: the container image; it is never fetched here.
        name: of the container, to end it by.
        files: folder of files that the notebook may read, with an empty one beside it.
        limits: what the notebook may use.
        uid: user inside, who must not be root.
    """
    size = f"size={limits.file_mb}m,mode=1777"
    words = [engine, "run", "--rm", "--interactive", "--pull=never", f"--name={name}"]
    words += ["--network=none", "--ipc=private", "--cap-drop=ALL"]
    words += ["--security-opt=no-new-privileges", "--read-only", f"--user={uid}:{uid}"]
    words += [f"--memory={limits.memory_mb}m", f"--memory-swap={limits.memory_mb}m"]
    words += [f"--pids-limit={limits.processes}", "--log-driver=none"]
    # Engines ask for more files and processes by default than a user may have, and then start none.
    most = {name[7:].lower(): value for name, value in limits.resource_limits().items()}
    words += [f"--ulimit={name}={most[name]}:{most[name]}" for name in ("nofile", "nproc", "core")]
    words += [f"--tmpfs={FOLDER}:{size}", f"--tmpfs={HOME}:{size}", "--workdir=/"]
    # Not where it is here: folders above it may be closed to the user inside.
    mounts = {Path(sys.base_prefix): "/python", files: "/handout"}
    mounts[Path(sysconfig.get_paths()["purelib"])] = "/packages"
    mounts |= {HERE / name: f"/grader/{name}" for name in INSIDE}
    mounts |= files_inside()
    for source, place in mounts.items():
        words += [bound(source, place)]
    # Our own packages hold answers. An empty folder hides each, and what a notebook may import of
    # them is mounted elsewhere. (An empty tmpfs would not do: podman fills it with what it hides.)
    words += [bound(files.parent / EMPTY, f"/packages/{name}") for name in installed_packages()]
    inside = environment() | dict.fromkeys(("HOME", "MPLCONFIGDIR", "TMPDIR"), HOME)
    inside["LD_LIBRARY_PATH"] = "/python/lib"  # of a Python that was built with libraries
    words += [f"--env={name}={value}" for name, value in inside.items()]
    program = Path("/python", Path(python()).relative_to(sys.base_prefix)).as_posix()
    # The shell stays: it is the first process, whom no signal from inside can end.
    start = f'cp -r /handout/. {FOLDER}/ && "$0" "$@"; exit $?'
    return [*words, "--entrypoint=/bin/sh", image, "-c", start, program, "-s", "-B"]


def bound(source: Path, place: str) -> str:
    """Return the word that shows a file or folder inside, read-only."""
    return f"--mount=type=bind,source={source},target={place},readonly"


class ContainerSandbox(Conversation):
    """A student process in a container, as a context manager that always removes it.

    Raises:
        SandboxUnavailableError: on entry, where the engine is missing or starts nothing.
    """

    def __init__(
        self,
        engine: str,
        image: str,
        files: Path | None = None,
        limits: Limits | None = None,
        deadline: float | None = None,
    ) -> None:
        super().__init__(files, limits, deadline)
        self._engine, self._image = engine, image

    def __enter__(self) -> Self:
        program = shutil.which(self._engine)
        if program is None:
            raise SandboxUnavailableError(
                f"{self._engine} is not installed, and was asked for with --sandbox; install it, "
                "or leave the option out to use bubblewrap"
            )
        self._name = f"autograder-{uuid4().hex}"
        self._copy = Scratch()
        (self._copy.folder / EMPTY).mkdir()
        handed_out = readable_copy(self._files, self._copy.folder)
        uid = own_uid() or random.SystemRandom().randrange(*USERS)
        command = container_command(program, self._image, self._name, handed_out, self.limits, uid)
        settings = {"limits": self.limits.resource_limits(), "uid": None, "folder": FOLDER}
        process = subprocess.Popen(  # noqa: S603  # our own fixed command line
            [*command, "/grader/student.py", json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd=self._copy.folder,  # podman's monitor leaves a file there when memory runs out
        )
        self._talk_with(process)
        self._said = b""
        try:
            self.hear(STARTING_SECONDS)
        except SandboxStoppedError as error:
            said = self._said.decode(errors="replace").strip()[-500:] or "no message"
            raise SandboxUnavailableError(
                f"the container did not start, so nothing was graded. {self._engine} said: {said}. "
                f"See that its service runs, and fetch the image: {self._engine} pull {self._image}"
            ) from error
        self.furnish()
        return self

    def memory(self) -> int:
        """Return the bytes below the engine's own command; the engine keeps the limit itself."""
        return memory_in_use(self._process.pid) if self._process else 0

    def stop(self) -> None:
        """Kill the container and remove it, then the command that waits for it."""
        if self._process is None:
            return
        # The engine removes it by itself (--rm), but some time after it has said that it is dead.
        for words in (("kill",), ("rm", "--force")):
            with suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(  # noqa: S603  # the same
                    [self._engine, *words, self._name], capture_output=True, timeout=30, check=False
                )
        self._process.kill()
        self._process.wait()
        self._said = last_words(self._process)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe:
                with suppress(OSError):
                    pipe.close()
        self._copy.close()
        self._process, self._to = None, None
