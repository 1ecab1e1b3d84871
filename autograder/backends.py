"""Where students' code runs: below a warm interpreter, in a new sandbox, a container, or unsafe.

Each of these gives the same :class:`autograder.conversation.Conversation`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.conversation import Conversation
from autograder.limits import Limits, SandboxStoppedError, SandboxUnavailableError

Opener = Callable[[Path | None, Limits, float], Conversation]
WARM, COLD, NONE = "warm", "cold", "none"
CONTAINERS = ("podman", "docker")
KINDS = (WARM, COLD, *CONTAINERS, NONE)
SAID = {
    WARM: "bubblewrap, forked from a warm interpreter",
    COLD: "bubblewrap, started anew for each notebook",
    "podman": "a podman container for each notebook",
    "docker": "a docker container for each notebook",
    NONE: "NO SANDBOX: students' code ran with the grader's own rights",
}


@dataclass
class Backend:
    """A place for students' code, once it has been seen to work.

    Attributes:
        kind: one of ``KINDS``.
        open: makes a student's sandbox from files, limits and deadline.
        facts: what is known of it, for the report.
        interpreter: the warm interpreter, where there is one.
    """

    kind: str
    open: Opener
    facts: dict[str, Any]
    interpreter: Any = None


def start(
    kind: str,
    files: Path | None,
    limits: Limits,
    imports: Sequence[str],
    image: str = "",
    students: int = 1,
) -> Callable[[], Backend]:
    """Start a backend; return what waits until it is ready and seen to work.

    ``warm`` falls back to ``cold`` where it cannot start, and says why in ``facts``.

    Raises:
        SandboxUnavailableError: by the function that is returned, where nothing can be started.
    """
    if kind == WARM:
        return _start_warm(files, limits, imports, students)
    if kind == COLD:
        return lambda: _cold(limits, {})
    if kind in CONTAINERS:
        return lambda: _container(kind, image, limits)
    return lambda: _none(limits)


def _start_warm(
    files: Path | None, limits: Limits, imports: Sequence[str], students: int
) -> Callable[[], Backend]:
    from autograder.greenhouse import WarmInterpreter

    interpreter = WarmInterpreter(files, limits, imports, students)
    try:
        interpreter.start()
    except SandboxUnavailableError as error:
        reason = str(error)
        return lambda: _cold(limits, {"warm": reason})

    def wait() -> Backend:
        try:
            interpreter.wait_until_ready()
        except SandboxUnavailableError as error:
            return _cold(limits, {"warm": str(error)})
        return Backend(WARM, interpreter.sandbox, dict(interpreter.facts), interpreter)

    return wait


def _cold(limits: Limits, facts: dict[str, Any]) -> Backend:
    from autograder.sandbox import Sandbox

    with Sandbox(limits=limits):
        pass  # where no sandbox can be started, say so before anything is touched
    return Backend(COLD, Sandbox, facts)


def _container(kind: str, image: str, limits: Limits) -> Backend:
    from autograder.container import ContainerSandbox

    def open_container(files: Path | None, limits: Limits, deadline: float) -> Conversation:
        return ContainerSandbox(kind, image, files, limits, deadline)

    with ContainerSandbox(kind, image, None, limits):
        pass
    return Backend(kind, open_container, {"image": image})


def _none(limits: Limits) -> Backend:
    from autograder.bare import Bare

    with Bare(limits=limits):
        pass
    return Backend(NONE, Bare, {})


__all__ = [
    "KINDS", "SAID", "Backend", "Opener", "SandboxStoppedError", "SandboxUnavailableError", "start",
]  # fmt: skip
