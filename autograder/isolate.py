"""What a student process does to itself before any student code runs: shut every door.

Runs inside the sandbox, with the standard library alone. Python 3.11 has no ``unshare`` or
``mount`` of its own, so they are called in the C library.
"""

import contextlib
import ctypes
import fcntl
import functools
import os
import resource
import signal
import socket
import struct
from pathlib import Path

try:
    import seccomp  # type: ignore[import-not-found, unused-ignore]  # beside this file
except ImportError:
    from autograder import seccomp

NEWNS, NEWUTS, NEWIPC, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x20000000, 0x40000000
NOSUID, NODEV, NOEXEC, RECURSIVE, PRIVATE = 2, 4, 8, 0x4000, 0x40000
HANDOUT = Path("/handout")
libc = ctypes.CDLL(None, use_errno=True)


def check(result: int, doing: str) -> None:
    """Raise ``OSError`` with what was being done where a call of the C library failed."""
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{doing}: {os.strerror(error)}")


def next_processes_get_a_namespace(own: int) -> int:
    """Give the processes that this one starts from now on process ids of their own.

    The first one is started here: it does nothing, and when it is killed the kernel ends all
    others. ``own`` is an open descriptor of this process's own namespace, without which a
    second call would be refused.

    Returns:
        The process id of that first one.
    """
    check(libc.setns(own, NEWPID), "return to the own process namespace")
    check(libc.unshare(NEWPID), "unshare the process namespace")
    # It inherits that dead children need no farewell, so orphans leave nothing behind.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        return os.posix_spawn("/bin/sleep", ["sleep", "1000000"], {})
    finally:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def own_namespaces(file_mb: int) -> None:
    """Leave the others' mounts, network and IPC; get an empty scratch folder and own ``/proc``."""
    check(libc.unshare(NEWNS | NEWNET | NEWIPC | NEWUTS), "unshare namespaces")
    check(libc.mount(b"none", b"/", None, RECURSIVE | PRIVATE, None), "make mounts private")
    options = f"size={file_mb}m,nr_inodes=20k,mode=0777".encode()
    # /dev/shm holds the semaphores of multiprocessing, which a DataLoader with workers needs.
    for place in (b"/tmp", b"/home", b"/dev/shm"):
        check(libc.mount(b"tmpfs", place, b"tmpfs", NOSUID | NODEV, options), "mount scratch")
    check(libc.mount(b"proc", b"/proc", b"proc", NOSUID | NODEV | NOEXEC, None), "mount /proc")
    loopback_up()


def nothing_to_write() -> None:
    """Make the warm interpreter's own folders read-only: nothing may pass through them."""
    remount_read_only = 1 | 32 | 4096  # MS_RDONLY | MS_REMOUNT | MS_BIND
    for place in (b"/tmp", b"/home"):
        flags = remount_read_only | NOSUID | NODEV
        check(libc.mount(None, place, None, flags, None), "make scratch read-only")


def loopback_up() -> None:
    """Switch on the loopback interface of the new network namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        set_flags, up_and_running = 0x8914, 0x41
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14x", b"lo", up_and_running))


@functools.cache
def handed_out() -> list[Path]:
    """Return what every student received, folders before what is in them; it never changes."""
    return sorted(HANDOUT.rglob("*"))


def prepare_for_many() -> None:
    """Find out once, before the first fork, what each student process would find out anew."""
    handed_out()
    if seccomp.supported():
        seccomp.program_here()


def copy_handed_out(folder: Path) -> None:
    """Copy the files that every student received; anybody inside may change the copy."""
    for path in handed_out():
        copy = folder / path.relative_to(HANDOUT)
        if path.is_dir():
            copy.mkdir()
            copy.chmod(0o777)
        else:
            copy.write_bytes(path.read_bytes())
            copy.chmod(0o666)


def keep_only(descriptors: tuple[int, ...]) -> None:
    """Close every descriptor but these; standard input, output and error lead nowhere."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    low = 3
    for kept in sorted(descriptors):
        os.closerange(low, kept)
        low = kept + 1
    os.closerange(low, 2**16)


def lower_privileges(limits: dict[str, int], uid: int | None) -> None:
    """Set the limits, then stop being anybody, so that the limits also hold."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # first to go when memory runs out
    for name, value in limits.items():
        number = getattr(resource, name)
        resource.setrlimit(number, (value, value))
    if uid is not None:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
    drop_capabilities()
    seccomp.install()


def drop_capabilities() -> None:
    """Give up every privilege that a user namespace may have lent."""
    version_3, everything_zero = 0x20080522, bytes(24)
    check(libc.capset(struct.pack("Ii", version_3, 0), everything_zero), "drop capabilities")
