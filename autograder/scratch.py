"""Folders that a grader needs for a while; what a killed one left is removed by the next.

Each folder holds a file that is locked as long as its grader lives. The system lets go of a lock
when a process ends, however it ended: a folder whose lock is free belongs to nobody.
"""

import fcntl
import os
import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path

PREFIX = "autograder-"
LOCK = "in-use"


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
        self._outer = tempfile.TemporaryDirectory(prefix=PREFIX)
        outer = Path(self._outer.name)
        lock = os.open(outer / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        self._unlock = weakref.finalize(self, os.close, lock)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.folder = outer / "scratch"  # what students are shown is in here; the lock is not
        self.folder.mkdir()

    def close(self) -> None:
        """Remove the folder; it may have been removed."""
        self._outer.cleanup()
        self._unlock()


def sweep() -> int:
    """Remove the folders of graders that are no more; return how many there were.

    A folder of another user, or without the file to lock, is left alone.
    """
    found = Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{LOCK}")
    return sum(_removed(lock) for lock in found)


def _removed(lock: Path) -> bool:
    """Remove the folder of a lock that nobody holds; return whether that was so."""
    with suppress(OSError):
        if lock.is_symlink() or lock.stat().st_uid != os.geteuid():
            return False
        descriptor = os.open(lock, os.O_RDWR | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)
        finally:
            os.close(descriptor)
        return True
    return False
