"""Folders that a grader needs for a while; what a killed one left is removed by the next.

Each folder holds a file that is locked as long as its grader lives. The system lets go of a lock
when a process ends, however it ended: a folder whose lock is free belongs to nobody.
"""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType

PREFIX = "autograder-"
LOCK = "in-use"


class Scratch:
    """A new folder in the temporary directory, as a context manager or until :meth:`cleanup`.

    >>> with Scratch() as folder:
    ...     folder.is_dir()
    True
    >>> folder.exists()
    False
    """

    def __init__(self) -> None:
        self._outer = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = os.open(self._outer / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.folder = self._outer / "scratch"  # what students are shown is in here; the lock is not
        self.folder.mkdir()

    def cleanup(self) -> None:
        """Remove the folder; it may have been removed."""
        shutil.rmtree(self._outer, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
        self._lock = -1

    def __enter__(self) -> Path:
        return self.folder

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cleanup()


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
