"""The warm interpreter: imports once, inside the sandbox, and forks a student process a notebook.

Started by ``greenhouse.py`` as a script below bubblewrap. It holds imports and nothing else: no
test, no name, no mark. It never runs a line of a student's code; the processes that it forks do,
each in its own process, mount, network and IPC namespaces, with an empty scratch folder and a
user of its own where the grader is root.

Requests come through a door (a packet socket): limits and three descriptors, of which one is a line
for this student alone. On the line the process ids go out; whatever comes in, or its end, means:
end this student.
"""

import contextlib
import ctypes
import gc
import json
import os
import re
import resource
import selectors
import signal
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

try:  # beside this file in the sandbox
    import isolate  # type: ignore[import-not-found, unused-ignore]
    import student as serving  # type: ignore[import-not-found, unused-ignore]
except ImportError:
    from autograder import isolate
    from autograder import student as serving

SCM_CREDENTIALS = 2
HUGE = 2**21  # bytes of a huge page
COLLAPSE = 25  # MADV_COLLAPSE, Linux 6.1
SCRATCH = Path("/tmp")  # noqa: S108  # the sandbox's own, new for each student


@dataclass
class Student:
    """A student process, the first process of its namespace, and the line to who asked for it."""

    line: socket.socket
    first: int
    pid: int


def preload(names: list[str]) -> list[str]:
    """Import what notebooks will want; return the names that could not be imported."""
    missing = []
    gc.disable()  # until settled: what imports make stays, and looking through it takes their fifth
    for name in names:
        try:
            __import__(name)
        except Exception:  # a package that is broken here is the notebook's trouble, not ours
            missing.append(name)
    first_operations()
    settle()
    return missing


def settle() -> None:
    """Arrange the memory held so far for being shared with many forks."""
    gc.collect()
    gc.freeze()
    gc.enable()
    use_huge_pages()


def first_operations() -> None:
    """Run what PyTorch sets up at its first operations, which every fork would pay anew (40 ms).

    Operations start threads, and a fork of a process with threads may wait for ever on a lock that
    one of them held. So these run only where PyTorch was told to use one thread, forward, and
    without a gradient; the number of threads is checked afterwards, before the first fork.
    """
    torch = sys.modules.get("torch")
    if torch is None or torch.get_num_threads() != 1:
        return
    with contextlib.suppress(AttributeError, RuntimeError), torch.no_grad():
        own = torch.Generator().manual_seed(0)  # the shared one stays where it is
        x = torch.rand(2, 1, 8, 8, generator=own)
        x = torch.relu(torch.conv2d(x, torch.ones(4, 1, 3, 3), torch.ones(4)))
        x = torch.max_pool2d(x, 2).flatten(1)
        x = torch.nn.functional.linear(x, torch.ones(3, 36)) @ torch.ones(3, 3).T
        torch.nn.functional.cross_entropy(x, torch.tensor([0, 2])).item()
        torch.allclose(torch.softmax(x, 1).sum(1), torch.ones(2))
        torch.nn.Conv2d(1, 1, 1).state_dict()
        torch.set_rng_state(torch.default_generator.manual_seed(0).get_state())


def use_huge_pages() -> None:
    """Gather the memory held so far into huge pages: a fork then copies a fraction of the tables.

    With torch imported a fork and its end took 19 ms of processor time before and 6 ms after.
    Kernels that cannot do it say so, and nothing else changes.
    """
    libc = ctypes.CDLL(None)
    for line in Path("/proc/self/maps").read_text().splitlines():
        found = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw-p \S+ \S+ 0\s*(\[heap\])?$", line)
        if found:
            begin, end = (int(found[n], 16) for n in (1, 2))
            for page in range(-(-begin // HUGE) * HUGE, end // HUGE * HUGE, HUGE):
                libc.madvise(ctypes.c_void_p(page), ctypes.c_size_t(HUGE), COLLAPSE)


def status_bytes(field: str) -> int:
    """Return a size from ``/proc/self/status`` in bytes."""
    found = re.search(rf"^{field}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    return 1024 * int(found[1]) if found else 0


def start(request: dict[str, Any], descriptors: list[int], own: int) -> Student:
    """Fork a student process; return what is needed to end it.

    Args:
        request: what the student may use.
        descriptors: the student's line, requests and replies.
        own: an open descriptor of this process's own namespace of process ids.
    """
    first = isolate.next_processes_get_a_namespace(own)
    try:
        pid = os.fork()
    except OSError:
        os.kill(first, signal.SIGKILL)
        os.waitpid(first, 0)
        raise
    if pid == 0:
        become_student(request, descriptors[1], descriptors[2])
    line = socket.socket(fileno=os.dup(descriptors[0]))
    for each in (first, pid):
        name_process(line, each)
    return Student(line, first, pid)


def name_process(line: socket.socket, pid: int) -> None:
    """Tell the other end a process id, which the kernel translates to its namespace."""
    ids = struct.pack("3i", pid, os.getuid(), os.getgid())
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        line.sendmsg([b"pid"], [(socket.SOL_SOCKET, SCM_CREDENTIALS, ids)])


def become_student(request: dict[str, Any], requests: int, replies: int) -> None:
    """Shut every door, then serve; never return into the warm interpreter's own code."""
    status = 1
    try:
        isolate.keep_only((requests, replies))
        isolate.own_namespaces(request["file_mb"])
        isolate.copy_handed_out(SCRATCH)
        isolate.lower_privileges(request["limits"], request["uid"])
        serving.serve(requests, replies, str(SCRATCH))
        status = 0
    except BaseException as error:  # nobody reads a trace here: say it in the first answer
        with contextlib.suppress(OSError):
            os.write(replies, json.dumps({"broken": repr(error)[:500]}).encode() + b"\n")
    finally:
        os._exit(status)


def end(student: Student) -> float:
    """Kill all processes of a student; return the processor time they took, in seconds.

    The student is waited for first: the first process of a namespace ends only after all others
    have been fetched.
    """
    seconds = 0.0
    for pid in (student.first, student.pid):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    for pid in (student.pid, student.first):
        with contextlib.suppress(ChildProcessError):
            used = os.wait4(pid, 0)[2]
            seconds += used.ru_utime + used.ru_stime
    with contextlib.suppress(OSError):
        student.line.recv(16)  # unread, it would take our answer with it
        student.line.send(json.dumps({"seconds": round(seconds, 4)}).encode())
    student.line.close()
    return seconds


def serve(door: socket.socket) -> None:
    """Start and end students until the door is closed; then end all that are left."""
    own = os.open("/proc/self/ns/pid", os.O_RDONLY)
    imports = status_bytes("VmData")
    waiting = selectors.DefaultSelector()
    waiting.register(door, selectors.EVENT_READ, None)
    while True:
        for key, _ in waiting.select():
            if key.data is not None:
                waiting.unregister(key.data.line)
                end(key.data)
                continue
            message, descriptors, _, _ = socket.recv_fds(door, 2**16, 3)
            for descriptor in descriptors:
                os.set_inheritable(descriptor, False)  # or the first process would hold them open
            if not message:
                return  # the first process of our own namespace ends whatever is left
            try:
                request = json.loads(message)
                request["limits"]["RLIMIT_DATA"] += imports  # which are not the student's
                student = start(request, descriptors, own)
                waiting.register(student.line, selectors.EVENT_READ, student)
            except OSError as error:  # whoever asked sees the closed line and tries elsewhere
                print(f"no student process: {error}", file=sys.stderr, flush=True)
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)


def main() -> None:
    """Import, say so, serve."""
    settings = json.loads(sys.argv[1])
    door = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    missing = preload(settings["imports"])
    isolate.nothing_to_write()
    isolate.prepare_for_many()
    facts = {
        "missing": missing,
        "threads": len(list(Path("/proc/self/task").iterdir())),
        "memory": status_bytes("RssAnon"),
        "seconds": sum(resource.getrusage(resource.RUSAGE_SELF)[:2]),
    }
    door.send(json.dumps(facts).encode())
    serve(door)


if __name__ == "__main__":
    main()
