"""The autograded copy of a submission: written beside its place, then put there at once."""

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

UNFINISHED = ".unfinished-"  # nothing that begins so is ever a student's id
READ_ONLY = 0o444  # as nbgrader leaves them


class Shelf:
    """The folder ``autograded`` of a course.

    Args:
        folder: that folder.
        assignment: whose copies these are.
        shared: files, by name, that every copy receives (the course's own data).
    """

    def __init__(self, folder: Path, assignment: str, shared: dict[str, Path]) -> None:
        self._folder, self._assignment, self._shared = folder, assignment, shared
        self.reserved = set(shared)  # names that students do not replace
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f"{UNFINISHED}*"):
            remove(left)

    def has(self, student: str) -> bool:
        """Return whether there is a copy for the student."""
        return (self._folder / student / self._assignment).is_dir()

    def put(
        self,
        student: str,
        notebooks: dict[str, str],
        extra: Iterable[tuple[str, bytes]],
        timestamp: str | None,
    ) -> None:
        """Put a new copy in place of an old one, whole; a reader sees the old or the new."""
        fresh = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=self._folder))
        fresh.chmod(0o755)
        for name, content in extra:
            write(fresh / name, content)
        for name, path in self._shared.items():
            place = fresh / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.unlink(missing_ok=True)
            shutil.copyfile(path, place)
            place.chmod(READ_ONLY)
        if timestamp is not None:
            write(fresh / "timestamp.txt", timestamp.encode())
        for name, text in notebooks.items():
            write(fresh / f"{name}.ipynb", text.encode())
        place = self._folder / student / self._assignment
        place.parent.mkdir(exist_ok=True)
        old = None
        if place.exists() or place.is_symlink():
            old = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=self._folder))
            place.rename(old / "old")
        fresh.rename(place)
        if old is not None:
            remove(old)


def write(path: Path, content: bytes) -> None:
    """Write a new file that cannot be changed by accident."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(READ_ONLY)


def remove(folder: Path) -> None:
    """Remove a folder, read-only parts of it too."""
    for top, folders, _ in os.walk(folder):
        for name in folders:
            with contextlib.suppress(OSError):
                path = Path(top) / name
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | stat.S_IRWXU)
    shutil.rmtree(folder, ignore_errors=True)


def shared_files(source: Path, ignore: list[str]) -> dict[str, Path]:
    """Return the files, by name, that nbgrader copies from the source over every submission."""
    from nbgrader.utils import find_all_files

    found = find_all_files(str(source), [*ignore, "*.ipynb"])
    return {str(Path(f).relative_to(source)): Path(f) for f in sorted(found)}
