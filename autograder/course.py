"""An nbgrader course on disk: where things lie, and nbgrader's own interface to it."""

import copy
import functools
import json
import os
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class CourseError(ValueError):
    """The course cannot be used as it is; the message names the file and the remedy."""


@dataclass(frozen=True)
class Course:
    """A course directory; every path in it is absolute."""

    root: Path

    @classmethod
    def at(cls, folder: str | Path) -> "Course":
        """Return the course in ``folder``; raise ``CourseError`` if there is none."""
        root = Path(folder).resolve()
        if not (root / "nbgrader_config.py").is_file() and not (root / "source").is_dir():
            raise CourseError(
                f"--course is {folder}, but that folder has neither nbgrader_config.py nor "
                "source/; name the folder of an nbgrader course"
            )
        return cls(root)

    def source(self, assignment: str) -> Path:
        """Return the assignment's source folder; raise ``CourseError`` if it is not there."""
        folder = self.root / "source" / assignment
        if not folder.is_dir():
            found = sorted(p.name for p in (self.root / "source").glob("*") if p.is_dir())
            raise CourseError(
                f"the assignment is {assignment!r}, but the course has {found or 'none'}; "
                "check the spelling"
            )
        return folder

    def released(self, assignment: str) -> Path:
        """Return the assignment's release folder; raise ``CourseError`` if it is not there."""
        folder = self.root / "release" / assignment
        if not folder.is_dir() or not (self.root / "gradebook.db").exists():
            raise CourseError(
                f"{assignment} has not been released, so nbgrader does not know its cells; run "
                f"`make release`, or `nbgrader generate_assignment {assignment}` in {self.root}"
            )
        return folder

    def students(self, assignment: str) -> list[str]:
        """Return the ids of those who handed the assignment in, sorted."""
        folders = (self.root / "submitted").glob(f"*/{assignment}")
        return sorted(f.parent.name for f in folders if f.is_dir() and not f.is_symlink())

    def submission(self, student: str, assignment: str) -> Path:
        """Return the folder that the student handed in."""
        return self.root / "submitted" / student / assignment

    @functools.cached_property
    def _configuration(self) -> Any:
        from nbgrader.apps import NbGraderApp  # takes a second, and the workers start meanwhile

        before = Path.cwd()
        os.chdir(self.root)  # nbgrader looks for its configuration in the current folder
        try:
            app = NbGraderApp()
            app.load_config_file()
            config = app.config.copy()
        finally:
            os.chdir(before)
        config.CourseDirectory.root = str(self.root)
        config.Application.log_level = "WARN"
        return config

    def configuration(self) -> Any:
        """Return nbgrader's configuration of this course, as a copy."""
        return copy.deepcopy(self._configuration)

    def database(self) -> str:
        """Return the address of nbgrader's gradebook, as SQLAlchemy reads it."""
        from nbgrader.coursedir import CourseDirectory

        address: str = CourseDirectory(config=self.configuration()).db_url
        return address

    def nbgrader(self, **overrides: dict[str, Any]) -> Any:
        """Return nbgrader's API on this course, its own configuration included."""
        from nbgrader.apps import NbGraderAPI
        from sqlalchemy.exc import SAWarning

        config = self.configuration()
        # nbgrader adds a submission to its session a step later than SQLAlchemy would like.
        warnings.filterwarnings("ignore", message="Object of type <Submitted", category=SAWarning)
        for section, values in overrides.items():
            for name, value in values.items():
                config[section][name] = value
        return NbGraderAPI(config=config)

    def report(self, assignment: str) -> Path:
        """Return the file in which grading records every outcome."""
        return self.root / ".autograder" / f"{assignment}.json"


def write_atomically(path: Path, text: str, durable: bool = True) -> None:
    """Write a file so that a reader finds the old one or the new one, never half of one.

    Args:
        path: where.
        text: what.
        durable: whether it must also survive a loss of power.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        if durable:
            os.fsync(file.fileno())
    Path(name).chmod(0o644)
    Path(name).replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file of ours, or an empty one if there is no such file."""
    if not path.exists():
        return {}
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
