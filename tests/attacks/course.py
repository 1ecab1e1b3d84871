"""The course that is attacked: two small assignments, honest work on them, and hostile submissions.

An attack is a specimen (see ``autograder/specimen.py``) with the ending ``.specimen``, so that no
tool imports it by accident. Its docstring says what it tries, then gives facts:

* ``threat``: one of the five classes in ``THREATS``;
* ``part``: the assignment that it is handed in to, ``arrays`` or ``network``;
* ``earned``: points that honest work in the same cells is worth;
* ``rest``: what stands in the other answers: ``trivial`` (returns nothing), ``honest``, or by
  default what was released;
* ``falls``: what became of the graders that it was tried on;
* ``damage``: optional, a function of ``damage.py`` that spoils the notebook's file.

A cell ``file:NAME`` is handed in as a file beside the notebook, and ``first`` or ``last`` is a cell
that the student added. What counts as harm is in ``look.py``.
"""

import json
import re
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.specimen import Specimen, apply_specimen, read_specimen

from . import damage

HERE = Path(__file__).parent
THREATS = ("bend the tests", "bend the record", "read the answers", "reach further", "deny")
PARTS = ("arrays", "network")
FULL = {"arrays": 9.0, "network": 7.0}  # points that are graded automatically
NEIGHBOUR = "-neighbour"
CONFIG = """c = get_config()
c.CourseDirectory.course_id = "attacked"
c.ExecutePreprocessor.timeout = 30
"""
TRIVIAL = {
    "scale": "def scale(x, factor):\n    return None",
    "sums": "def window_sums(x, width):\n    return None",
    "tally": "class Tally:\n    def add(self, word):\n        pass",
    "apply": "def apply(function, x):\n    return None",
    "net": "class Net(nn.Module):\n    pass",
    "loss": "def cross_entropy(logits, target):\n    return None",
    "fit": "def fit(x, y):\n    return None",
}
HEADING = re.compile(r"^# %% (\w+) (given|answer|test|manual) ?(\d*)$", re.MULTILINE)


class Attack(Specimen):
    """A hostile submission."""

    @property
    def part(self) -> str:
        """The assignment it is handed in to."""
        return self.facts["part"]

    @property
    def earned(self) -> float:
        """The points that honest work in the same cells is worth."""
        return float(self.facts["earned"])


def all_attacks() -> list[Attack]:
    """Return every attack, sorted by name."""
    paths = sorted((HERE / "specimens").glob("*.specimen"))
    found = map(read_specimen, paths)
    return [Attack(each.name, each.story, each.facts, each.cells) for each in found]


def source_notebook(part: str) -> Any:
    """Return the instructor's notebook of an assignment."""
    text = (HERE / "assignment" / f"{part}.text").read_text(encoding="utf-8")
    pieces = HEADING.split(text)[1:]
    cells = []
    for grade_id, kind, points, source in zip(*(iter(pieces),) * 4, strict=True):
        graded, solved = kind in ("test", "manual"), kind in ("answer", "manual")
        data: dict[str, Any] = {"grade": graded, "solution": solved, "locked": not solved}
        data |= {"grade_id": grade_id, "task": False, "schema_version": 3}
        if graded:
            data["points"] = int(points)
        make = new_markdown_cell if kind == "manual" else new_code_cell
        cells.append(make(source.strip("\n"), metadata={"nbgrader": data}))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def write_sources(root: Path) -> None:
    """Write the course's configuration and its two source notebooks."""
    (root / "nbgrader_config.py").write_text(CONFIG)
    for part in PARTS:
        folder = root / "source" / part
        folder.mkdir(parents=True)
        nbformat.write(source_notebook(part), folder / f"{part}.ipynb")


def released(root: Path, part: str) -> Any:
    """Return the students' version of an assignment."""
    return nbformat.read(root / "release" / part / f"{part}.ipynb", as_version=4)


def honest_cells(part: str) -> dict[str, str]:
    """Return the instructor's own solutions by grade id."""
    cells = (c for c in source_notebook(part).cells if c.metadata.nbgrader.solution)
    return {cell.metadata.nbgrader.grade_id: cell.source for cell in cells}


def hand_in_honest(root: Path, student: str, part: str) -> None:
    """Hand in the instructor's own solutions."""
    notebook = released(root, part)
    honest = honest_cells(part)
    for cell in notebook.cells:
        cell.source = honest.get(cell.metadata.nbgrader.grade_id, cell.source)
    folder = root / "submitted" / student / part
    folder.mkdir(parents=True)
    (folder / f"{part}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def trivial_cells(part: str) -> dict[str, str]:
    """Return answers that do nothing, by grade id."""
    return {grade_id: TRIVIAL[grade_id] for grade_id in honest_cells(part) if grade_id in TRIVIAL}


def hand_in(root: Path, attack: Attack) -> None:
    """Write an attack's folder below ``submitted``."""
    notebook = released(root, attack.part)
    special = ("first", "last")
    others = {"honest": honest_cells(attack.part), "trivial": trivial_cells(attack.part)}
    cells = dict(others.get(attack.facts.get("rest", ""), {}))
    cells |= {k: v for k, v in attack.cells.items() if k not in special and ":" not in k}
    notebook = apply_specimen(Specimen(attack.name, attack.story, attack.facts, cells), notebook)
    if "first" in attack.cells:
        notebook.cells.insert(0, new_code_cell(attack.cells["first"]))
    if "last" in attack.cells:
        notebook.cells.append(new_code_cell(attack.cells["last"]))
    folder = root / "submitted" / attack.name / attack.part
    folder.mkdir(parents=True)
    for name, text in attack.cells.items():
        if name.startswith("file:"):
            (folder / name.removeprefix("file:")).write_text(text, encoding="utf-8")
    path = folder / f"{attack.part}.ipynb"
    spoil = getattr(damage, attack.facts.get("damage", "nothing"))
    spoil(notebook, path)
