"""Rebuild a submission from what can be trusted, and run it with student and tester apart."""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat import v4 as untyped_v4

from autograder.conversation import Conversation
from autograder.sandbox import Limits, Sandbox, SandboxStoppedError
from autograder.tester import Link, StudentError, Tester, message_for_student
from autograder.wire import WireError

new_output: Any = untyped_v4.new_output  # nbformat has no types of its own
new_cell: dict[str, Any] = {
    "code": untyped_v4.new_code_cell,
    "markdown": untyped_v4.new_markdown_cell,
}

MAX_NOTEBOOK = 20 * 2**20  # bytes
MAX_CELLS = 1_000
MAX_RESTARTS = 5


class DamagedNotebookError(ValueError):
    """A submission that is no readable notebook; the message says how."""


def read_submission(path: Path) -> NotebookNode:
    """Read a stranger's notebook file, checking what later code relies on."""
    if path.is_symlink() or not path.is_file():
        raise DamagedNotebookError(f"{path.name} is missing or is a link, but needs to be a file")
    if path.stat().st_size > MAX_NOTEBOOK:
        raise DamagedNotebookError(f"{path.name} is larger than {MAX_NOTEBOOK // 2**20} MB")
    try:
        notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        cells = notebook.cells
        sound = all(isinstance(c.source, str) and isinstance(c.metadata, dict) for c in cells)
    except Exception as error:
        reason = f"{path.name} is not a notebook that Jupyter could open ({type(error).__name__})"
        raise DamagedNotebookError(reason) from error
    if not sound or len(cells) > MAX_CELLS:
        raise DamagedNotebookError(f"{path.name} has damaged cells or more than {MAX_CELLS}")
    return notebook


def grader_data(cell: NotebookNode) -> dict[str, Any]:
    """Return nbgrader's metadata of a cell, or nothing."""
    data = cell.metadata.get("nbgrader", {})
    return data if isinstance(data, dict) else {}


def is_test(cell: NotebookNode) -> bool:
    """Return whether the cell is an autograded test: points, and no place for an answer."""
    data = grader_data(cell)
    return bool(cell.cell_type == "code" and data.get("grade") and not data.get("solution"))


def is_answer(cell: NotebookNode) -> bool:
    """Return whether the student writes in the cell."""
    data = grader_data(cell)
    return bool(data.get("solution") or data.get("task"))


def rebuild(source: NotebookNode, submission: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """Return the instructor's notebook with the student's text in it, and remarks on oddities.

    Cells with a grade id stand in the instructor's order with the instructor's metadata; of the
    submission only the text of answers is taken, and the text of cells that students added, which
    stay behind the cell they followed. Tests are the instructor's, present or not.
    """
    known = {grader_data(c).get("grade_id") for c in source.cells} - {None}
    texts: dict[str, str] = {}
    added: dict[str | None, list[NotebookNode]] = {}
    remarks: list[str] = []
    place: str | None = None
    for cell in submission.cells:
        grade_id = grader_data(cell).get("grade_id")
        if isinstance(grade_id, str) and grade_id in texts:
            remarks.append(f"cell {grade_id} appears more than once; the first was taken")
        elif isinstance(grade_id, str) and grade_id in known:
            texts[grade_id], place = plain(cell.source), grade_id
        else:
            kind = "code" if cell.cell_type == "code" else "markdown"
            added.setdefault(place, []).append(new_cell[kind](plain(cell.source)))
    cells = list(added.get(None, []))
    for original in source.cells:
        grade_id = grader_data(original).get("grade_id")
        if grade_id is None:
            continue  # an unmarked cell is the student's to change: it came with the added ones
        cell = copy.deepcopy(original)
        if grade_id not in texts:
            remarks.append(f"cell {grade_id} was missing")
        if is_answer(cell):
            cell.source = texts.get(grade_id, "")
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        cells += [cell, *added.get(grade_id, [])]
    whole = copy.deepcopy(source)
    whole.cells = cells
    return whole, remarks


@dataclass
class Execution:
    """One run of a rebuilt notebook: cells of the student inside, tests outside.

    Attributes:
        source: the instructor's notebook; its cells without points prepare the tester.
        files: folder of files that the notebook may read.
        limits: what the student's process may use.
        remarks: why somebody should look at this submission; empty when all went well.
        open_sandbox: makes the student's sandbox from files, limits and deadline.
        processor_seconds: what the student's processes took, where the sandbox knows.
    """

    source: NotebookNode
    files: Path | None
    limits: Limits
    remarks: list[str] = field(default_factory=list)
    open_sandbox: Callable[[Path | None, Limits, float], Conversation] = Sandbox
    processor_seconds: float = 0.0

    def run(self, notebook: NotebookNode) -> None:
        """Run all code cells in order and put their outputs in place."""
        self._history: list[str] = []
        self._restarts = 0
        self._deadline = time.monotonic() + self.limits.total_seconds
        self._tester = Tester()
        self._start()
        waiting = list(self.source.cells)
        count = 0
        try:
            for cell in notebook.cells:
                grade_id = grader_data(cell).get("grade_id")
                if cell.cell_type == "code":
                    count += 1
                    cell.execution_count = count
                    if not is_test(cell):
                        cell.outputs = self._student(cell)
                if grade_id is not None:
                    self._prepare(waiting, grade_id)
                if is_test(cell):
                    cell.outputs = self._test(cell)
        finally:
            self._close()

    def _close(self) -> None:
        self._sandbox.stop()
        self.processor_seconds += self._sandbox.processor_seconds

    def _start(self) -> None:
        self._sandbox = self.open_sandbox(self.files, self.limits, self._deadline).__enter__()
        self._link = Link(self._sandbox)

    def _prepare(self, waiting: list[NotebookNode], grade_id: str) -> None:
        """Run in the tester the instructor's cells up to and including ``grade_id``."""
        while waiting:
            cell = waiting.pop(0)
            if cell.cell_type == "code" and not is_test(cell) and not is_answer(cell):
                self._tester.prepare(cell.source, self._link)
            elif cell.cell_type == "code" and is_answer(cell):
                self._tester.hand_over(cell.source)
            if grader_data(cell).get("grade_id") == grade_id:
                return

    def _student(self, cell: NotebookNode) -> list[NotebookNode]:
        try:
            answer = self._link.run(cell.source)
        except SandboxStoppedError as stopped:
            return [self._stopped(cell, stopped)]
        self._history.append(cell.source)
        outputs = []
        printed = answer.get("printed")
        if isinstance(printed, str) and printed:
            outputs.append(new_output("stream", name="stdout", text=plain(printed[:20_000])))
        if "error" in answer:
            try:
                self._link.read(answer)
            except Exception as error:  # whatever the student's cell raised
                outputs.append(error_output(type(error).__name__, message_for_student("", error)))
        return outputs

    def _test(self, cell: NotebookNode) -> list[NotebookNode]:
        try:
            _, value = self._tester.run(cell.source, self._link)
        except SandboxStoppedError as stopped:
            return [self._stopped(cell, stopped)]
        except (WireError, StudentError, Exception) as error:  # a failed test
            return [
                error_output(
                    type(error).__name__,
                    message_for_student(cell.source, error, sources=self._tester.sources),
                )
            ]
        if isinstance(value, bool) or not isinstance(value, int | float):
            return []
        # nbgrader reads a number as partial credit.
        data = {"text/plain": repr(value)}
        return [new_output("execute_result", data, execution_count=cell.execution_count)]

    def _stopped(self, cell: NotebookNode, stopped: SandboxStoppedError) -> NotebookNode:
        """Record why a cell was stopped, and start again so that later cells get their chance."""
        where = grader_data(cell).get("grade_id", "an added cell")
        self.remarks.append(f"{where}: {stopped}")
        if self._restarts < MAX_RESTARTS and time.monotonic() < self._deadline:
            self._restarts += 1
            self._close()
            self._start()
            for source in self._history:
                try:
                    self._link.run(source)
                except SandboxStoppedError:
                    break
        return error_output("Stopped", str(stopped))


def plain(text: str) -> str:
    """Return text that can be written to a file: half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def error_output(name: str, message: str) -> NotebookNode:
    """Return an error as plain text: no frames, because they would quote the tests."""
    name, message = plain(name), plain(message)
    text = f"{name}: {message}"
    output: NotebookNode = new_output("error", ename=name, evalue=message, traceback=[text])
    return output
