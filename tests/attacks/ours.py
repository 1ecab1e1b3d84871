"""Run every attack, and an honest neighbour after each, through our own grader; look for harm."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from .course import NEIGHBOUR, PARTS, Attack, hand_in, hand_in_honest, write_sources
from .look import CANARIES, changed, digest, files_left, processes_left, script_in_page

REPOSITORY = Path(__file__).parents[2]
SECONDS_A_CELL = 3
MEMORY_MB = 1024


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


def released_course(root: Path) -> None:
    """Make the course and release both assignments."""
    write_sources(root)
    for part in PARTS:
        done = run(root, "-m", "nbgrader", "generate_assignment", part)
        if done.returncode:
            raise RuntimeError(f"nbgrader could not release {part}; it said: {done.stderr}")


def build(root: Path, attacks: list[Attack]) -> None:
    """Make the course, hand in every attack and honest work between them."""
    released_course(root)
    for attack in attacks:
        hand_in(root, attack)
    for part, honest in sorted({(a.part, neighbour(a, attacks)) for a in attacks}):
        hand_in_honest(root, honest, part)


def neighbour(attack: Attack, attacks: list[Attack]) -> str:
    """Return the honest student who is graded soon after an attack: every fourth has one."""
    names = sorted(a.name for a in attacks if a.part == attack.part)
    place = names.index(attack.name)
    return names[min(place - place % 4 + 3, len(names) - 1)] + NEIGHBOUR


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
            results[attack.name].neighbour = report[neighbour(attack, attacks)]["score"]
            look_at(root, attack, report, results[attack.name])
    places = [root, Path.home(), Path("/tmp"), Path("/dev/shm")]  # noqa: S108  # where to look
    everywhere = changed(before, digest(root)) + files_left(places, deep=(root,))
    everywhere += processes_left()
    for result in results.values():
        result.harm += everywhere
    return results


def look_at(root: Path, attack: Attack, report: dict[str, Any], result: Result) -> None:
    """Fill in one attack's result from report and feedback."""
    mine = report[attack.name]
    result.score, result.outcome, result.seconds = mine["score"], mine["outcome"], mine["seconds"]
    page = root / "feedback" / attack.name / attack.part / f"{attack.part}.html"
    html = page.read_text(encoding="utf-8")
    result.harm += script_in_page(html) + [f"feedback shows {c}" for c in CANARIES if c in html]
    notebook: Any = nbformat.read(
        root / "autograded" / attack.name / attack.part / f"{attack.part}.ipynb", as_version=4
    )
    shown = json.dumps([cell.get("outputs", []) for cell in notebook.cells])
    result.harm += [f"an output shows {c}" for c in CANARIES if c in shown]
