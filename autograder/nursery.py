"""The nursery: a process that imports once and forks the workers, so that each starts in no time.

Started by ``pool.py`` below ``reaper.py``, with a channel as its standard input. It
starts the warm interpreters first, imports for the trusted side what the sources import while
those do the same, and then forks a worker for every descriptor that it is sent. It has one thread
and runs no operation of PyTorch, so that its forks find every lock open.
"""

import contextlib
import gc
import importlib
import os
import resource
import socket
import sys
from pathlib import Path
from typing import Any

from autograder import backends, reaper, warm
from autograder.channel import Channel, ClosedError
from autograder.limits import Limits, SandboxUnavailableError

WORKERS_A_WARM_INTERPRETER = 4  # one forks and ends some 50 students a second


def main() -> None:
    """Import, say so, and fork workers until the channel is closed."""
    reaper.die_with(os.getppid())
    door = Channel(socket.socket(fileno=os.dup(0)))
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    settings = door.receive()
    try:
        ready = prepare(settings)
    except SandboxUnavailableError as error:
        door.send({"unavailable": str(error)})
        return
    with contextlib.suppress(ClosedError):
        door.send({"kind": ready[0].kind, "facts": ready[0].facts, "seconds": used_seconds()})
        serve(door, ready, settings)
    for backend in ready:
        if backend.interpreter is not None:
            backend.interpreter.close()


def prepare(settings: dict[str, Any]) -> list[backends.Backend]:
    """Start the backends, import meanwhile, and wait until they are ready."""
    limits = Limits(**settings["limits"])
    files = Path(settings["files"]) if settings["files"] else None
    number = -(-settings["jobs"] // WORKERS_A_WARM_INTERPRETER)
    kind, image = settings["backend"], settings["image"]
    several = number if kind == backends.WARM else 1
    each = -(-settings["jobs"] // number)
    waiting = [
        backends.start(kind, files, limits, settings["imports"], image, each)
        for _ in range(several)
    ]
    import_trusted(settings["imports"])
    return [wait() for wait in waiting]


def import_trusted(names: list[str]) -> None:
    """Import what the instructor's cells will want; a module that is missing here is their news."""
    gc.disable()  # as the warm interpreter does, and for the same reason
    for name in ["autograder.worker", *names]:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    warm.first_operations()
    warm.settle()


def used_seconds() -> float:
    """Return the processor time of this process so far, in seconds."""
    return sum(resource.getrusage(resource.RUSAGE_SELF)[:2])


def usage(ready: list[backends.Backend]) -> dict[str, float]:
    """Return the processor time of the nursery and of what runs in the sandbox, in seconds."""
    inside = [b.interpreter.processor_seconds() for b in ready if b.interpreter is not None]
    return {"nursery": used_seconds(), "sandbox": sum(inside)}


def serve(door: Channel, ready: list[backends.Backend], settings: dict[str, Any]) -> None:
    """Fork a worker for each descriptor that arrives."""
    number = 0
    while True:
        message, descriptors = door.receive_with_descriptors()
        if message["do"] == "usage":
            door.send(usage(ready))
            continue
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass  # a worker that has ended
        nursery, pid = os.getpid(), os.fork()
        if pid == 0:
            become_worker(descriptors[0], ready[number % len(ready)], settings, nursery)
        os.close(descriptors[0])
        door.send({"pid": pid})
        number += 1


def become_worker(
    descriptor: int, backend: backends.Backend, settings: dict[str, Any], nursery: int
) -> None:
    """Serve as a worker; never return into the nursery's own code."""
    status = 1
    try:
        reaper.die_with(nursery)
        from autograder.worker import serve as work

        work(Channel(socket.socket(fileno=descriptor)), backend, settings)
        status = 0
    except BaseException as error:
        print(f"worker: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
