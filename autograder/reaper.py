"""Run a command and see to it that nothing it started lives on, however it or its owner ends.

``python -m autograder.reaper COMMAND...``, with a socket as standard input whose other end the
owner alone holds: when that end is closed, the command has a moment to finish in good order.

To ask the kernel for a signal when one's parent ends leaves a gap: whoever asks after that gets
none, and bubblewrap asks only once its mounts are made (containers/bubblewrap, issue 633). Here,
whatever loses its parent becomes a child of this process, which kills its children until it has
none. They are its own, so no process id can have passed to somebody else.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER
OWNER = 0  # the descriptor of the socket
GRACE_SECONDS = 2.0
ROUND_SECONDS = 0.01


def main() -> None:
    """Run the command until it ends or its owner has gone; then end whatever is left."""
    ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1)
    signal.signal(signal.SIGTERM, _stop)
    try:
        wait_for(subprocess.Popen(sys.argv[1:]).pid)  # noqa: S603  # the pool's own words
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        end_children()


def _stop(_: int, __: FrameType | None) -> None:
    sys.exit(128 + signal.SIGTERM)


def wait_for(pid: int) -> None:
    """Wait until a child has ended, or some seconds more after its owner has gone."""
    process = os.pidfd_open(pid)
    either = select.poll()
    either.register(process, select.POLLIN)
    either.register(OWNER, 0)  # a closed end is always told
    if process not in dict(either.poll()):
        either.unregister(OWNER)
        either.poll(1000 * GRACE_SECONDS)


def end_children() -> None:
    """Kill this process's children, and those whom that makes its children, until none is left."""
    while True:
        for pid in children():
            os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(ROUND_SECONDS)


def children() -> list[int]:
    """Return this process's children; it has one thread."""
    return [int(word) for word in Path("/proc/thread-self/children").read_text().split()]


def die_with(parent: int) -> None:
    """Have the kernel kill this process when ``parent``, which forked it, ends or has ended."""
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
