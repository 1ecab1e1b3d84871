"""Grade what a class handed in: workers run it, one writer records it, every one has an outcome."""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from autograder import control_groups
from autograder.channel import ClosedError
from autograder.course import Course, CourseError, write_atomically
from autograder.journal import REVIEW, Journal, Outcome
from autograder.limits import Limits, SandboxUnavailableError
from autograder.pool import Pool
from autograder.progress import Progress
from autograder.scratch import Scratch, sweep
from autograder.sources import as_released, read_sources, wanted_imports
from autograder.submission import read_regular, regular_files
from autograder.timings import Timings

FORMAT = 2  # part of every fingerprint; a change in how marks are found raises it


@dataclass(frozen=True)
class Order:
    """How to grade.

    Attributes:
        limits: what a student's notebook may use.
        imports: modules to import early, besides those that the sources import.
        jobs: workers at once.
        backend: where students' code runs (see ``backends.py``).
        image: container image, for a backend that needs one.
        force: whether to grade again what has not changed.
        timings: file to write where the time went, or None.
    """

    limits: Limits = field(default_factory=Limits)
    imports: tuple[str, ...] = ()
    jobs: int = 1
    backend: str = "warm"
    image: str = ""
    force: bool = False
    timings: Path | None = None


def grade(course: Course, assignment: str, order: Order) -> list[Outcome]:
    """Grade every submission that is new or changed; return the outcomes of the whole class.

    Raises:
        CourseError: the assignment is unknown, not released, or nobody handed it in.
        SandboxUnavailableError: no sandbox can be started; nothing more was graded.
    """
    sources = read_sources(course, assignment)
    release = course.released(assignment)
    students = course.students(assignment)
    if not students:
        raise CourseError(
            f"nobody has handed in {assignment}: {course.root / 'submitted'} has no "
            f"STUDENT/{assignment} folder; collect the submissions first"
        )
    sweep()
    control_groups.sweep()
    with contextlib.closing(Scratch()) as scratch:
        files = handed_out_files(release, scratch.folder / "files")
        jobs = min(order.jobs, len(students))
        settings = {
            "jobs": jobs,
            "imports": wanted_imports(sources, order.imports),
            "files": str(files),
            "limits": asdict(order.limits),
            "backend": order.backend,
            "image": order.image,
        }
        with Pool(settings, course.report(assignment).with_name("workers.log")) as pool:
            # While the nursery imports on one core, nbgrader is imported here on the other.
            return Run(course, assignment, order, sources, students).grade(pool, jobs)


def handed_out_files(release: Path, destination: Path) -> Path:
    """Copy the files, other than notebooks, that every student received."""
    destination.mkdir()
    for name, path in regular_files(release):
        content = read_regular(path, 2**31)
        if content is not None and not name.endswith(".ipynb"):
            place = destination / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    return destination


class Run:
    """One run over a class."""

    def __init__(
        self,
        course: Course,
        assignment: str,
        order: Order,
        sources: dict[str, Any],
        students: list[str],
    ) -> None:
        from autograder.filing import Shelf, shared_files  # they import nbgrader
        from autograder.gradebook import Ledger

        self._course, self._assignment, self._order = course, assignment, order
        self._students = students
        self._ledger = Ledger(course, assignment)
        self._cells = self._ledger.source_cells()
        self._sources, self._remarks = as_released(
            sources, self._cells, self._ledger.kernelspecs, assignment
        )
        config = course.configuration()
        ignore = list(config.CourseDirectory.get("ignore", [])) or USUALLY_IGNORED
        own = config.get("Autograde", {}).get("exclude_overwriting", {}).get(assignment, [])
        shared = shared_files(course.source(assignment), ignore)
        self._shared = {n: path for n, path in shared.items() if n not in own}
        self._shelf = Shelf(course.root / "autograded", assignment, self._shared)

    def grade(self, pool: Pool, jobs: int) -> list[Outcome]:
        """Grade what is new or changed; return the outcomes of the whole class."""
        from autograder.recorder import Recorder

        with self._ledger, Journal(self._course.report(self._assignment)) as journal:
            todo = self._todo(journal)
            print(f"{self._assignment}: {len(self._students)} submissions, {len(todo)} to grade")
            for remark in self._remarks:
                print(f"note: {remark}")
            recorder = Recorder(self._course, self._assignment, self._ledger, self._shelf, todo)
            timings = Timings(len(self._sources))
            pool.wait_until_ready()
            timings.ready()
            if why := pool.facts["facts"].get("warm"):
                print(f"note: graded without a warm interpreter, which is slower; {why}")
            if todo:
                texts = {name: json.loads(json.dumps(s)) for name, s in self._sources.items()}
                pool.hire(texts, list(self._shared), min(jobs, len(todo)))
            progress = Progress(len(todo))
            with contextlib.closing(progress):
                for answer in self._answers(pool, todo):
                    timings.note(answer)
                    outcome = recorder.record(answer)
                    journal.add(outcome)
                    progress.step(outcome.outcome == REVIEW)
            if self._order.timings is not None:
                write_atomically(self._order.timings, json.dumps(timings.report(pool.usage())))
            return [Outcome(**journal.outcomes[student]) for student in self._students]

    def _answers(self, pool: Pool, todo: dict[str, str]) -> Iterator[dict[str, Any]]:
        longest = self._order.limits.total_seconds * max(1, len(self._sources))
        tasks = [
            {
                "student": student,
                "folder": str(self._course.submission(student, self._assignment)),
                "seconds": longest,
            }
            for student in todo
        ]
        try:
            yield from pool.run(tasks)
        except ClosedError as error:
            raise SandboxUnavailableError(
                "the process that starts the workers has ended; what was graded is kept, "
                "run it again; its last words are in .autograder/workers.log"
            ) from error

    def _todo(self, journal: Journal) -> dict[str, str]:
        """Return the students to grade, each with the fingerprint of what will be graded."""
        recorded = self._ledger.recorded()
        common = self._common_fingerprint()
        todo = {}
        for student in self._students:
            folder = self._course.submission(student, self._assignment)
            extension = recorded.get(student, "None")
            mark = hash_of_folder(folder, common + extension.encode())
            known = journal.outcomes.get(student, {}).get("fingerprint") == mark
            kept = student in recorded and self._shelf.has(student)
            if self._order.force or not (known and kept):
                todo[student] = mark
        return todo

    def _common_fingerprint(self) -> bytes:
        """Hash what the marks of everybody depend on."""
        settings = self._course.root / "nbgrader_config.py"
        facts = [
            FORMAT,
            asdict(self._order.limits),
            self._order.backend == "none",
            self._cells,
            self._sources,
            str(self._ledger.duedate),
            settings.read_text(encoding="utf-8") if settings.exists() else "",
        ]
        start = json.dumps(facts, sort_keys=True).encode()
        return hash_of_folder(self._course.source(self._assignment), start).encode()


USUALLY_IGNORED = [".ipynb_checkpoints", "*.pyc", "__pycache__", ".DS_Store", "feedback"]


def hash_of_folder(folder: Path, start: bytes) -> str:
    """Hash names and contents of the plain files in a folder, after ``start``."""
    total = hashlib.sha256(start)
    for name, path in regular_files(folder):
        content = read_regular(path, 2**26)
        size = -1 if content is None else len(content)
        total.update(b"%d %d " % (len(os.fsencode(name)), size) + os.fsencode(name))
        total.update(content or b"")
    return total.hexdigest()
