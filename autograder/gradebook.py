"""The one writer of nbgrader's gradebook: a submission's marks go in at once, or not at all.

nbgrader's own steps open the database anew for every notebook and commit after each cell, which
takes most of the time of a quick notebook and leaves half a submission behind when it is killed.
Here the same rows are written through nbgrader's own tables in one transaction; nbgrader's own
functions say what a cell is worth and what a late submission costs.
``tests/autograder/test_gradebook.py`` holds every table equal to what nbgrader writes.
"""

import datetime
import json
from dataclasses import dataclass, field
from typing import Any

import nbgrader.api as tables
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import Connection, Engine, bindparam, create_engine, event, select

from autograder.course import Course, CourseError

SECONDS_TO_WAIT = 60  # for somebody else who is writing, formgrader for example


def cell_update(table: Any, *columns: str) -> Any:
    """Return the statement that sets columns of one cell's row, whose values are given later."""
    here = (table.c.notebook_id == bindparam("notebook")) & (table.c.cell_id == bindparam("cell"))
    return table.update().where(here).values({name: bindparam(name) for name in columns})


SET_GRADE = cell_update(tables.Grade.__table__, "auto_score", "needs_manual_grade")
SET_COMMENT = cell_update(tables.Comment.__table__, "auto_comment")


@dataclass
class Marks:
    """What grading found in one notebook.

    Attributes:
        scores: automatic score by grade id; None where a person must grade.
        comments: automatic comment by grade id, or None.
        missing: whether the notebook was not handed in: no points, and nothing to grade by hand.
        review: grade ids whose score a person must confirm.
    """

    scores: dict[str, float | None] = field(default_factory=dict)
    comments: dict[str, str | None] = field(default_factory=dict)
    missing: bool = False
    review: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Total:
    """What the gradebook now says of a submission."""

    score: float
    max_score: float
    needs_manual_grade: bool


class Ledger:
    """The gradebook of a course, for one assignment, as a context manager.

    Args:
        course: the course.
        assignment: its name.

    Raises:
        CourseError: the gradebook does not know the assignment.
    """

    def __init__(self, course: Course, assignment: str) -> None:
        self._course, self.assignment = course, assignment
        config = course.configuration()
        self._penalties = AssignLatePenalties(config=config)
        self._penalties.init_plugin()
        self._engine = open_database(course.database())
        with self._engine.connect() as connection:
            self._read_assignment(connection)

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    def _read_assignment(self, connection: Connection) -> None:
        """Remember the assignment's notebooks and cells."""
        name = tables.Assignment.name == self.assignment
        query = select(tables.Assignment.id, tables.Assignment.duedate).where(name)
        found = connection.execute(query).first()
        if found is None:
            raise CourseError(
                f"{self.assignment} is not in the gradebook, so its cells are unknown; run "
                f"`nbgrader generate_assignment {self.assignment}` in {self._course.root}"
            )
        self._id, self.duedate = found
        table = tables.Notebook
        rows = connection.execute(
            select(table.name, table.id, table.kernelspec).where(table.assignment_id == self._id)
        )
        self._notebooks: dict[str, str] = {}
        self.kernelspecs: dict[str, Any] = {}
        for notebook, number, kernelspec in rows:
            self._notebooks[notebook] = number
            self.kernelspecs[notebook] = json.loads(kernelspec) if kernelspec else None
        self._cells = {
            notebook: self._read_cells(connection, number)
            for notebook, number in self._notebooks.items()
        }

    @staticmethod
    def _read_cells(connection: Connection, notebook: str) -> dict[str, dict[str, str]]:
        """Return the ids of a notebook's cells by kind and grade id."""
        cell = tables.BaseCell
        query = select(cell.type, cell.name, cell.id).where(cell.notebook_id == notebook)
        cells: dict[str, dict[str, str]] = {"GradeCell": {}, "SolutionCell": {}, "TaskCell": {}}
        for kind, name, number in connection.execute(query):
            cells[kind][name] = number
        return cells

    def source_cells(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Return what nbgrader writes over every submission: by notebook, by grade id."""
        source, points = tables.SourceCell, dict[str, float]()
        found: dict[str, dict[str, dict[str, Any]]] = {}
        with self._engine.connect() as connection:
            for table in (tables.GradeCell, tables.TaskCell):
                points |= dict(connection.execute(select(table.id, table.max_score)).all())
            for notebook, number in self._notebooks.items():
                columns = (source.name, source.cell_type, source.locked, source.source)
                query = select(*columns, source.checksum).where(source.notebook_id == number)
                cells = self._cells[notebook]
                graded = cells["GradeCell"] | cells["TaskCell"]
                found[notebook] = {
                    row.name: {**row._mapping, "points": points.get(graded.get(row.name, ""))}
                    for row in connection.execute(query)
                }
        return found

    def recorded(self) -> dict[str, Any]:
        """Return who has a submission in the gradebook, and the extension each was given."""
        table = tables.SubmittedAssignment
        query = select(table.student_id, table.extension).where(table.assignment_id == self._id)
        with self._engine.connect() as connection:
            return {student: str(extension) for student, extension in connection.execute(query)}

    def record(
        self, student: str, timestamp: datetime.datetime | None, marks: dict[str, Marks]
    ) -> Total:
        """Write one submission in one transaction; return what the gradebook says of it then.

        A score that a person has given stays, and is marked for another look, as nbgrader does.
        """
        with self._engine.execution_options(writes=True).begin() as connection:
            submission = self._submission(connection, student, timestamp)
            table = tables.SubmittedNotebook
            query = select(table.notebook_id, table.id).where(table.assignment_id == submission)
            numbers: dict[str, str] = dict(connection.execute(query).all())
            for name, number in self._notebooks.items():
                self._record_notebook(connection, numbers[number], name, marks.get(name))
            handed_in = {
                numbers[number]: name in marks and not marks[name].missing
                for name, number in self._notebooks.items()
            }
            self._penalize(connection, submission, student, handed_in)
            return self._total(connection, submission)

    def _submission(
        self, connection: Connection, student: str, timestamp: datetime.datetime | None
    ) -> str:
        """Return the id of the student's submission; make it, and the student, if need be."""
        table = tables.SubmittedAssignment.__table__
        there = (table.c.assignment_id == self._id) & (table.c.student_id == student)
        found = connection.execute(select(table.c.id).where(there)).scalar()
        if found is not None:
            if timestamp is not None:
                connection.execute(table.update().where(there).values(timestamp=timestamp))
            return str(found)
        person = tables.Student.__table__
        if not connection.execute(select(person.c.id).where(person.c.id == student)).first():
            connection.execute(person.insert().values(id=student))
        number: str = tables.new_uuid()
        values = {"id": number, "assignment_id": self._id, "student_id": student}
        connection.execute(table.insert().values(**values, timestamp=timestamp))
        for name, notebook in self._notebooks.items():
            self._add_notebook(connection, number, name, notebook)
        return number

    def _add_notebook(
        self, connection: Connection, submission: str, name: str, notebook: str
    ) -> None:
        """Insert a submitted notebook with a place for every grade and comment."""
        number: str = tables.new_uuid()
        values = {"id": number, "assignment_id": submission, "notebook_id": notebook}
        connection.execute(tables.SubmittedNotebook.__table__.insert().values(**values))
        cells = self._cells[name]
        places = (
            (tables.Grade, [*cells["GradeCell"].values(), *cells["TaskCell"].values()]),
            (tables.Comment, [*cells["SolutionCell"].values(), *cells["TaskCell"].values()]),
        )
        for table, ids in places:
            rows = [{"id": tables.new_uuid(), "cell_id": c, "notebook_id": number} for c in ids]
            if rows:
                connection.execute(table.__table__.insert(), rows)

    def _record_notebook(
        self, connection: Connection, number: str, name: str, marks: Marks | None
    ) -> None:
        """Write the grades and comments of one notebook."""
        cells, table = self._cells[name], tables.Grade.__table__
        ids = cells["GradeCell"] | cells["TaskCell"]
        if marks is None or marks.missing:
            nothing = {"auto_score": 0.0, "needs_manual_grade": False}
            connection.execute(
                table.update().where(table.c.notebook_id == number).values(**nothing)
            )
            return
        query = select(table.c.cell_id, table.c.manual_score).where(table.c.notebook_id == number)
        manual: dict[str, float | None] = dict(connection.execute(query).all())
        here = {"notebook": number}
        grades = [
            {
                **here,
                "cell": ids[grade_id],
                "auto_score": score,
                "needs_manual_grade": manual[ids[grade_id]] is not None
                or score is None
                or grade_id in marks.review,
            }
            for grade_id, score in marks.scores.items()
        ]
        ids = cells["SolutionCell"] | cells["TaskCell"]
        comments = [
            {**here, "cell": ids[grade_id], "auto_comment": text}
            for grade_id, text in marks.comments.items()
        ]
        for statement, rows in ((SET_GRADE, grades), (SET_COMMENT, comments)):
            if rows:
                connection.execute(statement, rows)

    def _penalize(
        self, connection: Connection, submission: str, student: str, notebooks: dict[str, bool]
    ) -> None:
        """Let the course's plugin say what lateness costs, as ``AssignLatePenalties`` does.

        Of each notebook we know whether it was handed in: one that was not cannot be late.
        """
        table = tables.SubmittedNotebook
        late = self._seconds_late(connection, submission)
        for number, handed_in in notebooks.items() if self._penalties.enabled else ():
            penalty = None
            if late > 0 and handed_in:
                score = connection.execute(select(table.score).where(table.id == number)).scalar()
                plugin = self._penalties.plugin_inst
                penalty = plugin.late_submission_penalty(student, score, late)
                if penalty is not None:
                    penalty = self._penalties._check_late_penalty(Scored(score or 0.0), penalty)
            plain = table.__table__
            change = plain.update().where(plain.c.id == number)
            connection.execute(change.values(late_submission_penalty=penalty))

    def _seconds_late(self, connection: Connection, submission: str) -> float:
        table = tables.SubmittedAssignment
        query = select(table.timestamp, table.extension).where(table.id == submission)
        timestamp, extension = connection.execute(query).one()
        if timestamp is None or self.duedate is None:
            return 0.0
        due = self.duedate + (extension or datetime.timedelta())
        late: float = (timestamp - due).total_seconds()
        return max(0.0, late)

    @staticmethod
    def _total(connection: Connection, submission: str) -> Total:
        table = tables.SubmittedAssignment
        columns = (table.score, table.max_score, table.needs_manual_grade)
        row = connection.execute(select(*columns).where(table.id == submission)).one()
        return Total(row[0], row[1], bool(row[2]))


@dataclass(frozen=True)
class Scored:
    """A notebook as ``AssignLatePenalties`` looks at it."""

    score: float


def read_marks(course: Course, assignment: str, student: str) -> tuple[float, float, bool]:
    """Return score, maximum and whether a person must grade, from nbgrader's gradebook."""
    with course.nbgrader().gradebook as gradebook:
        submission = gradebook.find_submission(assignment, student)
        return submission.score, submission.max_score, submission.needs_manual_grade


def open_database(url: str) -> Engine:
    """Return an engine that waits for others, and whose transactions begin when they say so."""
    if not url.startswith("sqlite"):
        return create_engine(url, future=True)
    engine = create_engine(url, future=True, connect_args={"timeout": SECONDS_TO_WAIT})

    @event.listens_for(engine, "connect")
    def keep_hands_off(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # sqlite3 would begin a transaction late

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
