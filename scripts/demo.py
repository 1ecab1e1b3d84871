"""Show the whole course at work: book, release, a sample class graded in the sandbox.

Every step looks at what is there and does only what is missing, so the demo can be stopped at any
moment and started again.
"""

import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent  # not resolved: the virtual environment's, not the system's


def steps(course: str, assignment: str) -> list[tuple[str, list[str | Path]]]:
    """Return the demo's steps in order, each a title and the command a person would type."""
    grader: list[str | Path] = [BIN / "autograder"]
    there = ["--course", course]
    return [
        ("build the book", [sys.executable, "scripts/build_book.py"]),
        ("release the assignments", [sys.executable, "scripts/release.py", course]),
        ("check the sandbox", [*grader, "doctor"]),
        ("hand in the sample class", [*grader, "sample", assignment, *there]),
        ("grade it in the sandbox", [*grader, "grade", assignment, *there]),
        ("write the feedback", [*grader, "feedback", assignment, *there]),
        ("write grades.csv", [*grader, "export", *there]),
    ]


def run(number: int, total: int, title: str, command: list[str | Path]) -> int:
    """Run one step with its own output visible; return its exit status."""
    print(f"\n=== demo {number}/{total}: {title}", flush=True)
    begin = time.monotonic()
    status = subprocess.run(command, check=False).returncode
    if status:
        words = " ".join(map(str, command))
        print(f"demo: step {number} ended with status {status}: {words}")
        print("demo: mend what it says above and run make demo again; finished steps are kept")
    else:
        print(f"    done in {time.monotonic() - begin:.1f} s", flush=True)
    return status


def where_to_look(course: Path) -> str:
    """Return the closing lines: which files were made and how to open them."""
    book = Path("book/_build/html/index.html").resolve()
    return f"""
=== demo: everything is there
    the book       {book}
    the release    {(course / "release").resolve()}
    the feedback   {(course / "feedback").resolve()}
    the marks      {(course / "grades.csv").resolve()}  (and {course}/gradebook.db, nbgrader's own)

    make serve     opens book and feedback on this machine's own address
    make help      lists the other commands"""


def main() -> int:
    """Run the demo for COURSE and ASSIGNMENT from the command line; stop at the first failure."""
    course, assignment = sys.argv[1], sys.argv[2]
    todo = steps(course, assignment)
    for number, (title, command) in enumerate(todo, start=1):
        if status := run(number, len(todo), title, command):
            return status
    print(where_to_look(Path(course)))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\ndemo: interrupted; run make demo again to go on from here")
        sys.exit(130)
