"""Inside the throwaway sandbox: grade one attack and its neighbour with stock nbgrader, and look.

Started by ``stock.py`` with a folder to copy (read-only), the assignment, the attack's name and the
user that nbgrader is run as. Prints one JSON object; this process ends with its namespaces.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

try:
    import look  # beside this file in the sandbox
except ImportError:
    from tests.attacks import look

WORK = Path("/work-here")
SECONDS = 150  # for grading two notebooks, which takes ten on a machine that is not busy
LIMITS = ("--nproc=150", "--data=3000000000", "--fsize=200000000", "--cpu=90", "--core=0")
POINTS = """
    select sum(coalesce(grade.manual_score, grade.auto_score, 0)), count(grade.auto_score)
    from grade, submitted_notebook, submitted_assignment, assignment
    where grade.notebook_id = submitted_notebook.id
      and submitted_notebook.assignment_id = submitted_assignment.id
      and submitted_assignment.assignment_id = assignment.id
      and submitted_assignment.student_id = ? and assignment.name = ?
"""
FACTS = "select group_concat(last_name), (select sum(max_score) from grade_cells) from student"


def main() -> None:
    """Grade, look, print."""
    given, part, name, uid = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    root = WORK / "course"
    shutil.copytree(given, root, symlinks=True)
    for path in (root, *root.rglob("*")) if uid else ():
        os.chown(path, uid, uid, follow_symlinks=False)
    before, facts = look.digest(root), ask(root, FACTS)
    begin = time.monotonic()
    ended = nbgrader(root, uid, "autograde", part)
    found: dict[str, Any] = {"seconds": round(time.monotonic() - begin, 1)}
    harm = left_running() if ended else ["the run hangs"]
    end_all_others()  # what is left must not change what is looked at
    harm += look.changed(before, look.digest(root))
    harm += ["changed the gradebook"] if ask(root, FACTS) != facts else []
    found["score"], found["neighbour"] = (
        points(root, part, name),
        points(root, part, f"{name}-neighbour"),
    )
    harm += shown(root / "autograded" / name / part)
    if has_markup(root / "submitted" / name / part):  # otherwise its page holds no script
        nbgrader(root, uid, "generate_feedback", part, "--student", name)
        end_all_others()
    for page in sorted((root / "feedback" / name / part).glob("*.html")):
        harm += look.script_in_page(page.read_text(encoding="utf-8", errors="replace"))
    places = [Path("/tmp"), Path("/home"), Path("/dev/shm"), WORK]  # noqa: S108  # the sandbox's own
    harm += look.files_left(places, deep=(Path("/home"), WORK))
    found["harm"] = list(dict.fromkeys(harm))
    print(json.dumps(found), flush=True)


def has_markup(folder: Path) -> bool:
    """Return whether a submission tries to put script anywhere."""
    files = [path for path in folder.glob("*.ipynb") if path.is_file() and not path.is_symlink()]
    return any("alert(" in path.read_text(errors="replace") for path in files)


def nbgrader(root: Path, uid: int, *words: str) -> bool:
    """Run nbgrader as nobody in particular; return whether it came to an end."""
    own_users = ["bwrap", "--unshare-user", "--dev-bind", "/", "/", "--die-with-parent", "--"]
    process = subprocess.Popen(
        ["prlimit", *LIMITS, *own_users, sys.executable, "-m", "nbgrader", *words],
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=(WORK / "said.txt").open("ab"),
        stderr=subprocess.STDOUT,
        user=uid or None,
        group=uid or None,
        extra_groups=[] if uid else None,
        start_new_session=True,
    )
    try:
        process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True


def others() -> list[int]:
    """Return the processes beside this one and those it descends from."""
    own, pid = {os.getpid()}, os.getpid()
    while pid > 1:
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        own.add(pid)
    return [int(p.name) for p in Path("/proc").glob("[0-9]*") if int(p.name) not in own]


def left_running() -> list[str]:
    """Say whether anything still runs a moment after the grading has ended."""
    time.sleep(1.0)
    return ["a process outlives it"] if others() else []


def end_all_others() -> None:
    """Kill everything but this process."""
    for pid in others():
        with suppress(OSError):
            os.kill(pid, 9)


def ask(root: Path, query: str, *values: str) -> tuple[Any, ...] | None:
    """Return one row of the gradebook, or None where it cannot be read."""
    with suppress(sqlite3.Error):
        database = sqlite3.connect(f"file:{root}/gradebook.db?mode=ro", uri=True, timeout=5)
        row: tuple[Any, ...] | None = database.execute(query, values).fetchone()
        database.close()
        return row
    return None


def points(root: Path, part: str, student: str) -> float | None:
    """Return the points in the gradebook, or None where nothing was recorded."""
    row = ask(root, POINTS, student, part)
    return row[0] if row and row[1] else None


def shown(folder: Path) -> list[str]:
    """Return which hidden texts an executed notebook shows outside its tests.

    Stock nbgrader quotes a failed test, hidden lines included, to everybody; that is no attack's
    doing.
    """
    found = []
    for path in sorted(folder.glob("*.ipynb")):
        with suppress(ValueError, KeyError, TypeError, OSError, AttributeError):
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            theirs = [c for c in cells if not is_test(c.get("metadata", {}))]
            text = json.dumps([cell.get("outputs") for cell in theirs])
            found += [f"an output shows {c}" for c in look.CANARIES if c in text]
    return found


def is_test(metadata: dict[str, Any]) -> bool:
    """Return whether the cell is an autograded test."""
    data = metadata.get("nbgrader", {})
    return bool(data.get("grade") and not data.get("solution"))


if __name__ == "__main__":
    main()
