"""Folders that a grader needs for a while; what a killed one left is removed by the next.

Beside each folder lies a file that is locked as long as its grader lives: made before the folder,
removed after it. The system lets go of a lock when a process ends, however it ended: a folder whose
lock is free belongs to nobody, and at no moment is there a folder without its file.
"""

import fcntl
import os
import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path

PREFIX = "autograder-"
LOCK = ".lock"


class Scratch:
    """A new folder in the temporary directory, until :meth:`close`.

    >>> scratch = Scratch()
    >>> scratch.folder.is_dir()
    True
    >>> scratch.close()
    >>> scratch.folder.exists()
    False
    """

    def __init__(self) -> None:
        lock, descriptor = _new_lock()
        self._end = weakref.finalize(self, _let_go, lock, descriptor)
        outer = lock.with_suffix("")
        outer.mkdir(mode=0o700)  # whatever the rights of what is in it, nobody else gets there
        self.folder = outer / "scratch"
        self.folder.mkdir()

    def close(self) -> None:
        """Remove the folder; it may have been removed."""
        self._end()


def sweep() -> int:
    """Remove the folders of graders that are no more; return how many there were.

    A folder of another user, or without the file to lock, is left alone.
    """
    found = Path(tempfile.gettempdir()).glob(f"{PREFIX}*{LOCK}")
    return sum(_swept(lock) for lock in found)


def _new_lock() -> tuple[Path, int]:
    """Make a file and lock it; another one, if a sweep was first and took it for left."""
    while True:
        descriptor, name = tempfile.mkstemp(prefix=PREFIX, suffix=LOCK)
        with suppress(BlockingIOError, FileNotFoundError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), Path(name).stat()):
                return Path(name), descriptor
        os.close(descriptor)


def _swept(lock: Path) -> bool:
    """Remove the folder of a lock that nobody holds; return whether that was so."""
    with suppress(OSError):
        if lock.is_symlink() or lock.stat().st_uid != os.geteuid():
            return False
        descriptor = os.open(lock, os.O_RDWR | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        _let_go(lock, descriptor)
        return True
    return False


def _let_go(lock: Path, descriptor: int) -> None:
    """Remove a lock's folder, then the lock; it stays for the next sweep if the folder does."""
    outer = lock.with_suffix("")
    shutil.rmtree(outer, ignore_errors=True)
    if not outer.exists():
        lock.unlink(missing_ok=True)
    os.close(descriptor)
