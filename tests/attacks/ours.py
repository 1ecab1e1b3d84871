"""Run every attack, and an honest neighbour after each, through our own grader; look for harm."""

import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from bs4 import BeautifulSoup

from .course import (
    CANARIES,
    MARK,
    NEIGHBOUR,
    PARTS,
    Attack,
    hand_in,
    hand_in_honest,
    write_sources,
)

REPOSITORY = Path(__file__).parents[2]
SECONDS_A_CELL = 3
MEMORY_MB = 1024
KEPT = ("source", "release", "submitted", "nbgrader_config.py")
HARMFUL_TAGS = ("script", "iframe", "object", "embed", "base", "form", "link", "meta")


@dataclass
class Result:
    """What became of one attack.

    Attributes:
        score: points that it was given.
        neighbour: points of the honest work that was graded after it.
        outcome: ``graded`` or ``needs review``; other graders have none.
        harm: what it reached beyond its own marks, in words.
        seconds: wall-clock time of its grading.
    """

    score: float | None = None
    neighbour: float | None = None
    outcome: str = ""
    harm: list[str] = field(default_factory=list)
    seconds: float = 0.0


def environment() -> dict[str, str]:
    """Return an environment in which nbgrader finds the programs it starts by name."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPOSITORY)}


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a Python program in the course's folder."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=root,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def build(root: Path, attacks: list[Attack]) -> None:
    """Make the course, release both assignments, hand in every attack and its neighbour."""
    write_sources(root)
    for part in PARTS:
        done = run(root, "-m", "nbgrader", "generate_assignment", part)
        if done.returncode:
            raise RuntimeError(f"nbgrader could not release {part}; it said: {done.stderr}")
    for attack in attacks:
        hand_in(root, attack)
        hand_in_honest(root, attack.name + NEIGHBOUR, attack.part)


def grade(root: Path, attacks: list[Attack]) -> dict[str, Result]:
    """Grade the class with our command line; return what became of each attack."""
    before = digest(root)
    results = {attack.name: Result() for attack in attacks}
    start = ["-c", "import sys; from autograder.cli import main; sys.exit(main())"]
    limits = ["--time-limit", str(SECONDS_A_CELL), "--memory-limit", str(MEMORY_MB)]
    for part in sorted({attack.part for attack in attacks}):
        for verb in (["grade", part, *limits], ["feedback", part]):
            done = run(root, *start, *verb, "--course", str(root))
            if done.returncode:
                raise RuntimeError(f"{verb} stopped with {done.returncode}: {done.stderr[-2000:]}")
        report = json.loads((root / ".autograder" / f"{part}.json").read_text())
        for attack in (a for a in attacks if a.part == part):
            look_at(root, attack, report, results[attack.name])
    everywhere = marks_left(root)
    changed = [name for name, mark in digest(root).items() if before.get(name) != mark]
    for result in results.values():
        result.harm += [f"changed {name}" for name in changed] + everywhere
    return results


def look_at(root: Path, attack: Attack, report: dict[str, Any], result: Result) -> None:
    """Fill in one attack's result from report and feedback."""
    mine, theirs = report[attack.name], report[attack.name + NEIGHBOUR]
    result.score, result.outcome, result.seconds = mine["score"], mine["outcome"], mine["seconds"]
    result.neighbour = theirs["score"]
    page = root / "feedback" / attack.name / attack.part / f"{attack.part}.html"
    result.harm += harm_in_page(page.read_text(encoding="utf-8"))
    notebook: Any = nbformat.read(
        root / "autograded" / attack.name / attack.part / f"{attack.part}.ipynb", as_version=4
    )
    shown = json.dumps([cell.get("outputs", []) for cell in notebook.cells])
    result.harm += [f"an output shows {c}" for c in CANARIES if c in shown]


def harm_in_page(html: str) -> list[str]:
    """Return what a browser would run or fetch because of the student, and hidden text."""
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
    return found + [f"feedback shows {canary}" for canary in CANARIES if canary in html]


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


def marks_left(root: Path) -> list[str]:
    """Return files and processes that bear the attacks' mark, outside what was handed in."""
    places = [root, Path.home(), Path("/tmp"), Path("/dev/shm")]  # noqa: S108  # where to look
    found = []
    for place in places:
        walk = place.rglob(f"*{MARK}*") if place == root else place.glob(f"*{MARK}*")
        found += [f"left {path.name}" for path in walk if "submitted" not in path.parts]
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if f": {MARK}".encode() in path.read_bytes():
                found.append(f"a process outlives it: {path.parent.name}")
        except OSError:
            continue
    return found


def timed(root: Path, attacks: list[Attack]) -> tuple[dict[str, Result], float]:
    """Build, grade and say how long the grading took."""
    build(root, attacks)
    begin = time.monotonic()
    return grade(root, attacks), time.monotonic() - begin
