"""Does the gradebook hold, row for row, what nbgrader itself writes?"""

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from .conftest import Class, marked

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("autograder")]

CONFIG = """c = get_config()
c.CourseDirectory.course_id = "twice"
c.IgnorePattern.pattern = "nothing"
c.LimitOutput.max_lines = 5
from nbgrader.plugins import LateSubmissionPlugin
class HalfAPointADay(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 0.5 * (total_seconds_late // 86400)
c.AssignLatePenalties.plugin_class = HalfAPointADay
"""
GIVEN = "import helper\nlimit = helper.LIMIT"
ANSWER = {"solution": True, "locked": False}
TEST = {"grade": True, "locked": True}
ADD = "def add(a, b):\n    ### BEGIN SOLUTION\n    return a + b\n    ### END SOLUTION"
RIGHT = "def add(a, b):\n    return a + b"
WRONG = "def add(a, b):\n    return a - b"
LOUD = "for n in range(50):\n    print(n)\n" + RIGHT
OWN = "import mine\ndef add(a, b):\n    return mine.plus(a, b)"


def first() -> Any:
    """Return a notebook with every kind of cell that nbgrader knows."""
    task = {"task": True, "locked": True, "points": 2}
    words = {**ANSWER, "grade": True, "points": 4}
    cells = [
        new_markdown_cell("# Unmarked"),
        new_code_cell(GIVEN, metadata=marked("given")),
        new_code_cell(ADD, metadata=marked("add", **ANSWER)),
        new_code_cell("assert add(1, 1) == limit", metadata=marked("test_add", points=2, **TEST)),
        new_code_cell(
            "### BEGIN HIDDEN TESTS\nassert add(2, 3) == 5\n### END HIDDEN TESTS",
            metadata=marked("test_hidden", points=1.5, **TEST),
        ),
        new_code_cell("int(add(1, 1) == 2) + 0.5", metadata=marked("test_part", points=3, **TEST)),
        new_markdown_cell("Because.", metadata=marked("why", **words)),
        new_code_cell(
            "def by_hand():\n    raise NotImplementedError",
            metadata=marked("by_hand", **words),
        ),
        new_markdown_cell("Do it.", metadata=marked("do", **task)),
        new_code_cell("read_only = 1", metadata=marked("read_only")),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def second() -> Any:
    """Return a short second notebook."""
    cells = [
        new_code_cell("x = 3", metadata=marked("x", **ANSWER)),
        new_code_cell("assert x == 3", metadata=marked("test_x", points=1, **TEST)),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


# Each student: answers by grade id; `second` says what becomes of the second notebook.
CLASS: dict[str, dict[str, str]] = {
    "right": {"add": RIGHT, "why": "Since.", "by_hand": "1", "x": "x = 3"},
    "wrong": {"add": WRONG, "why": "Since.", "x": "x = 4"},
    "untouched": {},
    "loud": {"add": LOUD},
    "edits-tests": {"add": WRONG, "test_add": "pass", "given": "limit = 0", "do": "Done."},
    "brings-a-module": {"add": OWN},
    "late": {"add": RIGHT, "x": "x = 3"},
    "in-time": {"add": RIGHT},
    "one-notebook": {"add": RIGHT},
}


def write_course(root: Path) -> Class:
    """Write and release the course, with a due date."""
    course = Class(root)
    folder = root / "source" / "twice"
    folder.mkdir(parents=True)
    nbformat.write(first(), folder / "first.ipynb")
    nbformat.write(second(), folder / "second.ipynb")
    (folder / "helper.py").write_text("LIMIT = 2\n")
    (root / "nbgrader_config.py").write_text(CONFIG)
    course.stock("generate_assignment", "twice")
    with sqlite3.connect(root / "gradebook.db") as book:
        book.execute("update assignment set duedate = '2026-01-10 12:00:00.000000'")
    return course


def hand_in(course: Class, student: str, answers: dict[str, str]) -> None:
    """Write both notebooks, and the files that some students add."""
    folder = course.root / "submitted" / student / "twice"
    folder.mkdir(parents=True)
    for name in ("first", "second"):
        notebook: Any = nbformat.read(course.root / f"release/twice/{name}.ipynb", as_version=4)
        for cell in notebook.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            cell.source = answers.get(grade_id, cell.source)
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook))
    if student == "brings-a-module":
        (folder / "mine.py").write_text("def plus(a, b):\n    return a + b\n")
        (folder / "helper.py").write_text("LIMIT = 7\n")
    if student in ("late", "one-notebook"):
        (folder / "timestamp.txt").write_text("2026-01-12 13:00:00 UTC")
    if student == "in-time":
        (folder / "timestamp.txt").write_text("2026-01-09 13:00:00 +0000")
    if student == "one-notebook":
        (folder / "second.ipynb").unlink()


QUERIES = {
    "submissions": """select student_id, timestamp, extension from submitted_assignment""",
    "students": "select id, first_name, last_name, email from student",
    "notebooks": """select a.student_id, n.name, s.flagged, s.late_submission_penalty
        from submitted_notebook s join notebook n on n.id = s.notebook_id
        join submitted_assignment a on a.id = s.assignment_id""",
    "grades": """select a.student_id, n.name, b.name, b.type, g.auto_score, g.manual_score,
        g.extra_credit, g.needs_manual_grade
        from grade g join base_cell b on b.id = g.cell_id
        join submitted_notebook s on s.id = g.notebook_id join notebook n on n.id = s.notebook_id
        join submitted_assignment a on a.id = s.assignment_id""",
    "comments": """select a.student_id, n.name, b.name, b.type, c.auto_comment, c.manual_comment
        from comment c join base_cell b on b.id = c.cell_id
        join submitted_notebook s on s.id = c.notebook_id join notebook n on n.id = s.notebook_id
        join submitted_assignment a on a.id = s.assignment_id""",
}


def content(root: Path) -> dict[str, list[Any]]:
    """Return all that the gradebook says of submissions, without its own numbers."""
    with sqlite3.connect(root / "gradebook.db") as book:
        return {name: sorted(book.execute(text), key=repr) for name, text in QUERIES.items()}


def files(root: Path) -> dict[str, int]:
    """Return names and permissions of the autograded copies."""
    paths = (root / "autograded").rglob("*")
    return {str(p.relative_to(root)): p.stat().st_mode & 0o777 for p in paths if p.is_file()}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Class, Class]:
    """Return the course graded by stock nbgrader, and by ours."""
    stock = write_course(tmp_path_factory.mktemp("stock"))
    for student, answers in CLASS.items():
        hand_in(stock, student, answers)
    ours = Class(tmp_path_factory.mktemp("ours") / "course")
    shutil.copytree(stock.root, ours.root)
    stock.stock("autograde", "twice", "--create")
    done = ours.command("grade", "twice", "--jobs", "2")
    assert done.returncode == 0, done.stderr + done.stdout
    return stock, ours


@pytest.mark.slow
@pytest.mark.parametrize("table", QUERIES)
def test_every_table_is_as_nbgrader_writes_it(table: str, both: tuple[Class, Class]) -> None:
    stock, ours = (content(course.root)[table] for course in both)
    assert len(stock) >= len(CLASS)
    assert ours == stock


@pytest.mark.slow
def test_the_autograded_copies_are_where_nbgrader_puts_them(both: tuple[Class, Class]) -> None:
    stock, ours = (files(course.root) for course in both)
    # nbgrader leaves out the notebook that was not handed in; ours shows it blank, with no points.
    blank = "autograded/one-notebook/twice/second.ipynb"
    assert ours.pop(blank) == 0o444
    assert ours == stock


@pytest.mark.slow
def test_the_course_s_own_files_win_over_a_student_s(both: tuple[Class, Class]) -> None:
    for course in both:
        folder = course.root / "autograded" / "brings-a-module" / "twice"
        assert (folder / "helper.py").read_text() == "LIMIT = 2\n"


@pytest.mark.slow
def test_nbgraders_own_tools_read_the_result(both: tuple[Class, Class]) -> None:
    rows = []
    for course in both:
        course.stock("export")
        rows.append(sorted((course.root / "grades.csv").read_text().splitlines()))
    assert rows[0] == rows[1]
    assert len(rows[0]) == len(CLASS) + 1


@pytest.mark.slow
def test_marks_given_by_hand_survive_another_run(both: tuple[Class, Class]) -> None:
    for course in both:
        with sqlite3.connect(course.root / "gradebook.db") as book:
            book.execute("update grade set manual_score = 1.25, extra_credit = 0.5 where 1")
            book.execute("update comment set manual_comment = 'well'")
    stock, ours = both
    stock.stock("autograde", "twice", "--create", "--force")
    assert ours.command("grade", "twice", "--force").returncode == 0
    assert content(ours.root) == content(stock.root)
