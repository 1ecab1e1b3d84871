"""Generate the students' versions of assignments with nbgrader, where a source has changed.

    python -m scripts.release COURSE [ASSIGNMENT ...]

Without names, all assignments of the course.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path


def fingerprint(course: Path, assignment: str) -> str:
    """Return a hash of the assignment's source and of the course's settings."""
    total = hashlib.sha256((course / "nbgrader_config.py").read_bytes())
    for path in sorted((course / "source" / assignment).rglob("*")):
        if path.is_file():
            total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()


def release(course: Path, assignment: str) -> int:
    """Write ``release/ASSIGNMENT`` and its cells' marks into the gradebook; return a status."""
    if not (course / "source" / assignment).is_dir():
        found = sorted(p.name for p in (course / "source").glob("*"))
        print(f"release: no assignment {assignment!r} in {course / 'source'}; there are {found}")
        return 1
    stamp = course / ".autograder" / f"{assignment}.released"
    folder = course / "release" / assignment
    done = folder.is_dir() and (course / "gradebook.db").exists()
    mark = fingerprint(course, assignment)
    if done and stamp.exists() and stamp.read_text() == mark:
        print(f"release: {folder} is up to date")
        return 0
    nbgrader = [sys.executable, "-m", "nbgrader", "generate_assignment", assignment, "--force"]
    # nbgrader starts `alembic` by name, so the virtual environment's programs must be found.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    ran = subprocess.run(
        nbgrader,
        cwd=course,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path},
    )
    if ran.returncode:
        print(f"release: nbgrader could not generate {assignment}; it said:\n{ran.stderr}")
        return ran.returncode
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(mark)
    print(f"release: wrote {folder}")
    return 0


def main(course: Path, names: list[str]) -> int:
    """Release the assignments of these names, or all; return the first status that is not 0."""
    everything = sorted(path.name for path in (course / "source").glob("*") if path.is_dir())
    return next((status for name in names or everything if (status := release(course, name))), 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
