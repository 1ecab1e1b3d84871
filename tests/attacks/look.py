"""What harm looks like: hidden text, changed files, things left behind, script in a page.

Stands alone, because it is also used inside the sandbox in which stock nbgrader is attacked.
"""

import hashlib
import os
from pathlib import Path

from bs4 import BeautifulSoup

CANARIES = ("8675309", "swordfish")  # they stand in hidden tests and nowhere else
MARK = "attack-was-here"  # in the name or the command line of whatever an attack leaves behind
KEPT = ("source", "release", "submitted", "nbgrader_config.py")
HARMFUL_TAGS = ("script", "iframe", "object", "embed", "base", "form", "link", "meta")


def script_in_page(html: str) -> list[str]:
    """Return what a browser would run or fetch because of the student."""
    page = BeautifulSoup(html, "html.parser")
    body = page.find("body") or page
    found = [
        f"<{tag.name}> in feedback" for tag in body.find_all(HARMFUL_TAGS) if "attack" in str(tag)
    ]
    for tag in page.find_all(True):
        handlers = [name for name in tag.attrs if name.lower().startswith("on")]
        found += [f"{name} in feedback" for name in handlers if "attack" in str(tag.attrs)]
        target = "".join(str(tag.get("href", "")).split()).lower()
        found += ["a link that runs code in feedback"] if target.startswith("javascript:") else []
    return list(dict.fromkeys(found))


def digest(root: Path) -> dict[str, str]:
    """Return a hash of each part of the course that grading must leave alone."""
    found = {}
    for name in KEPT:
        total = hashlib.sha256()
        top = root / name
        for path in sorted([top] if top.is_file() else top.rglob("*")):
            total.update(os.fsencode(path.relative_to(root)))
            if path.is_file() and not path.is_symlink():
                total.update(path.read_bytes())
        found[name] = total.hexdigest()
    return found


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Return what differs between two digests, in words."""
    return [f"changed {name}" for name, mark in after.items() if before.get(name) != mark]


def files_left(places: list[Path], deep: tuple[Path, ...] = ()) -> list[str]:
    """Return files that bear the attacks' mark, outside what was handed in.

    Args:
        places: where to look.
        deep: those of them in which to look below the first level too.
    """
    found = []
    for place in places:
        walk = place.rglob(f"*{MARK}*") if place in deep else place.glob(f"*{MARK}*")
        found += [f"left {path.name}" for path in walk if "submitted" not in path.parts]
    return found


def processes_left() -> list[str]:
    """Return processes that an attack named after its mark."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if f": {MARK}".encode() in path.read_bytes():
                found.append("a process outlives it")
        except OSError:
            continue
    return found
