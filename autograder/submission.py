"""What a student handed in, read as a stranger's files: no links, no pipes, nothing too large."""

import os
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

MOST_FILES = 1_000


def regular_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and path of the files below a folder; links are not followed, nor listed."""
    for top, folders, files in os.walk(folder, followlinks=False):
        folders.sort()
        folders[:] = [f for f in folders if not f.startswith(".") and f != "__pycache__"]
        for name in sorted(files):
            path = Path(top) / name
            relative = str(path.relative_to(folder))
            if not name.startswith(".") and relative.isprintable() and not path.is_symlink():
                yield relative, path


def read_regular(path: Path, most: int) -> bytes | None:
    """Return what is in a file, or None if it is larger than allowed or no plain file.

    It is looked at only once it is open, so that nothing can be put in its place meanwhile; a pipe
    is not waited for.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > most:
            return None
        return file.read(most)


def extra_files(
    folder: Path, reserved: set[str], most: int, reasons: list[str]
) -> Iterator[tuple[str, bytes]]:
    """Yield the files besides notebooks that a student handed in.

    Args:
        folder: what was handed in.
        reserved: names that are the course's own, which students do not replace.
        most: bytes of all together.
        reasons: takes a remark for each file that is left out.
    """
    for count, (name, path) in enumerate(regular_files(folder)):
        if name in reserved or name == "timestamp.txt" or name.endswith(".ipynb"):
            continue
        content = read_regular(path, most) if count < MOST_FILES else None
        if content is None:
            reasons.append(f"{name!r:.100} is too large, and was left out")
            continue
        most -= len(content)
        yield name, content


def handed_in_time(folder: Path, reasons: list[str]) -> tuple[datetime | None, str | None]:
    """Return the time of submission, in UTC, and its text; a file that holds none is remarked on.

    nbgrader stops at such a file.
    """
    from nbgrader.utils import parse_utc

    content = read_regular(folder / "timestamp.txt", 2**16)
    text = "" if content is None else content[:200].decode("utf-8", "replace").strip()
    if not text:
        return None, None
    try:
        return parse_utc(text), text
    except (ValueError, OverflowError):
        reasons.append("timestamp.txt is not a date, so lateness was not looked at")
        return None, None
