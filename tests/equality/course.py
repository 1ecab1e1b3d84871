"""Honest courses for both graders: what is handed out, and what a class makes of it.

``mixed`` is of our own making: two notebooks, a file with data, every kind of cell that nbgrader
knows, partial credit, penalties for being late; the answers in ``answers.py`` are combined to as
many different submissions as are wanted. Then the notebooks that nbgrader's own package brings, in
the formats of several versions, and the sample class of this course.
"""

import json
import random
import re
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.specimen import apply_specimen, read_specimen

from .answers import ANSWERS

HERE = Path(__file__).parent
HEADING = re.compile(r"^# %% (\w+) (given|answer|test|manual|mcode|task) ?([\d.]*)$", re.MULTILINE)
GRADED, SOLVED = ("test", "manual", "mcode"), ("answer", "manual", "mcode")
DATA = "1,10\n2,20\n3,30\n4,40\n"
DUE, IN_TIME, LATE = "2026-03-02 12:00:00", "2026-03-01 09:30:00 UTC", "2026-03-03 09:30:00 UTC"
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
UNSAFE = ("kim-endless", "lee-curious")  # of the sample class: stock nbgrader is not sandboxed here
CONFIG = """c = get_config()
c.CourseDirectory.course_id = "equal"
c.LateSubmissionPlugin.penalty_method = "zero"
"""


def marks(grade_id: str, kind: str, points: str) -> dict[str, Any]:
    """Return a cell's metadata as nbgrader writes it."""
    data: dict[str, Any] = {
        "grade": kind in GRADED,
        "solution": kind in SOLVED,
        "task": kind == "task",
    }
    data |= {"locked": kind not in SOLVED, "grade_id": grade_id, "schema_version": 3}
    return {"nbgrader": data | ({"points": float(points)} if points else {})}


def source_notebook(name: str) -> Any:
    """Return an instructor's notebook of the mixed course."""
    pieces = HEADING.split((HERE / "assignment" / f"{name}.text").read_text(encoding="utf-8"))[1:]
    cells = [new_markdown_cell(f"# The {name} notebook")]
    for grade_id, kind, points, source in zip(*(iter(pieces),) * 4, strict=True):
        make = new_markdown_cell if kind in ("manual", "task") else new_code_cell
        cells.append(make(source.strip("\n"), metadata=marks(grade_id, kind, points)))
        if kind == "answer":
            cells.append(new_code_cell("# Try it here."))
    return new_notebook(cells=cells, metadata={"kernelspec": KERNEL})


def nbgrader(root: Path, *words: str) -> None:
    """Run stock nbgrader in a course; raise with its words if it fails."""
    from tests.attacks.ours import run

    done = run(root, "-m", "nbgrader", *words)
    if done.returncode:
        raise RuntimeError(f"nbgrader {' '.join(words)} said: {done.stderr[-3000:]}")


def release_mixed(root: Path) -> None:
    """Write and release the mixed assignment, with a date on which it is due."""
    folder = root / "source" / "mixed"
    folder.mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(CONFIG)
    (folder / "data.csv").write_text(DATA)
    for name in ("first", "second"):
        nbformat.write(source_notebook(name), folder / f"{name}.ipynb")
    nbgrader(root, "db", "assignment", "add", "mixed", f"--duedate={DUE} UTC")
    nbgrader(root, "generate_assignment", "mixed")


def hand_in_mixed(root: Path, count: int) -> None:
    """Hand in ``count`` different submissions; each answer of ``ANSWERS`` is in some of them."""
    draw = random.Random(2026)  # noqa: S311  # which answers meet is no secret
    for number in range(count):
        folder = root / "submitted" / f"student-{number:03}" / "mixed"
        folder.mkdir(parents=True)
        for name in ("first", "second"):
            path = root / "release" / "mixed" / f"{name}.ipynb"
            notebook: Any = nbformat.read(path, as_version=4)
            for cell in notebook.cells:
                choose(cell, number, draw)
            if number % 10 == 3:
                notebook.cells.insert(3, new_code_cell("scratch = 1 + 1\nscratch"))
            if number % 25 != 9 or name == "first":  # somebody late forgets the second notebook
                (folder / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        if number % 3 == 0:
            (folder / "notes.txt").write_text("mine")
        if number % 4:
            (folder / "timestamp.txt").write_text(LATE if number % 4 == 1 else IN_TIME)
        if number % 5 == 0:
            (folder / "data.csv").write_text("9,9\n")  # both graders put the course's own back


def choose(cell: Any, number: int, draw: random.Random) -> None:
    """Put one of the known answers into a cell, or leave what was released there."""
    known = ANSWERS.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
    if not known:
        return
    # The first submissions go through the answers in turn, so that none is left out.
    choice = number % (len(known) + 1) if number <= len(known) else draw.randrange(len(known) + 1)
    good = draw.random() < 0.5 and number > len(known)
    if good:
        cell.source = known[0]
    elif choice < len(known):
        cell.source = known[choice]


VERSIONS = ("test", "test-v0", "test-v1", "test-v2", "test-hidden-tests", "test-with-output")
"""Instructors' notebooks that nbgrader's package brings, some of them in old formats."""
CLASS = ("bitdiddle", "hacker")  # students of nbgrader's documentation


def own_files() -> Path:
    """Return the folder of nbgrader's package."""
    spec = find_spec("nbgrader")
    if spec is None or spec.origin is None:
        raise RuntimeError("nbgrader is not installed; run `make setup`")
    return Path(spec.origin).parent


def release_own(root: Path) -> list[str]:
    """Release nbgrader's own notebooks, updated to today's format; return the assignments."""
    (root / "nbgrader_config.py").write_text(CONFIG)
    package = own_files()
    files = {v: [package / "tests/apps/files" / f"{v}.ipynb"] for v in VERSIONS}
    files["ps1"] = sorted((package / "docs/source/user_guide/source/ps1").glob("*.ipynb"))
    for assignment, paths in files.items():
        folder = root / "source" / assignment
        folder.mkdir(parents=True)
        for path in paths:
            copy(path, folder / (path.name if len(paths) > 1 else "problem1.ipynb"))
        nbgrader(root, "update", str(folder))
        nbgrader(root, "generate_assignment", assignment)
    return list(files)


def copy(path: Path, destination: Path) -> None:
    """Copy a notebook; its kernel, then called ``python``, has a new name today."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"]["kernelspec"] = KERNEL
    destination.write_text(json.dumps(notebook), encoding="utf-8")


def hand_in_own(root: Path, assignments: list[str]) -> None:
    """Hand in the release, the solution, and what the documentation's students did."""
    theirs = own_files() / "docs/source/user_guide/submitted"
    for assignment in assignments:
        places = {name: root / name / assignment for name in ("release", "source")}
        places |= {student: theirs / student / "ps1" for student in CLASS}
        for student, place in places.items():
            folder = root / "submitted" / student / assignment
            folder.mkdir(parents=True)
            for path in sorted((root / "source" / assignment).glob("*.ipynb")):
                copy(place / path.name, folder / path.name)
                if student in CLASS and assignment != "ps1":
                    borrow(root / "release" / assignment / path.name, folder / path.name)


def borrow(released: Path, path: Path) -> None:
    """Put a student's answers to one assignment into another with the same questions."""
    notebook, theirs = (json.loads(p.read_text(encoding="utf-8")) for p in (released, path))

    def grade_id(cell: dict[str, Any]) -> Any:
        return cell["metadata"].get("nbgrader", {}).get("grade_id")

    texts = {grade_id(cell): cell["source"] for cell in theirs["cells"]}
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = texts.get(grade_id(cell), cell["source"])
    path.write_text(json.dumps(notebook), encoding="utf-8")


def release_six(root: Path, repository: Path) -> None:
    """Release this course's own assignment and hand in those of its sample class that are safe."""
    shutil.copytree(repository / "assignments/source/six-by-six", root / "source/six-by-six")
    (root / "nbgrader_config.py").write_text(CONFIG)
    nbgrader(root, "generate_assignment", "six-by-six")
    read: Any = nbformat.read
    notebook = read(root / "release/six-by-six/six-by-six.ipynb", as_version=4)
    for path in sorted((repository / "assignments/sample_class/six-by-six").glob("*.py")):
        if path.stem in UNSAFE:
            continue
        folder = root / "submitted" / path.stem / "six-by-six"
        folder.mkdir(parents=True)
        handed_in = json.dumps(apply_specimen(read_specimen(path), notebook))
        (folder / "six-by-six.ipynb").write_text(handed_in, encoding="utf-8")
