"""One run through a rebuilt notebook, in the tester's process: cells inside, tests outside."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from autograder import syntax
from autograder.conversation import Conversation
from autograder.hidden import GENERIC, LATER, hidden_lines, message_for_student
from autograder.limits import Limits, SandboxStoppedError
from autograder.notebook import grader_data, is_answer, is_test, node, plain
from autograder.scripts import runs_inside
from autograder.tester import Link, Tester
from autograder.tester_process import CellTimeoutError, clock

MAX_RESTARTS = 5
LOOP = "look for a loop that never ends"


@dataclass(frozen=True)
class Shown:
    """What a cell leaves for the student to see.

    Attributes:
        outputs: in nbformat's form.
        test: whether the cell is a test, whose points stand whatever is shown.
        unsure: whether the outputs may repeat hidden inputs.
        kind: the type of what a test raised.
    """

    outputs: list[Any]
    test: bool
    unsure: bool
    kind: str = ""


@dataclass
class Run:
    """The run itself, in the tester's process."""

    source: NotebookNode
    files: Path | None
    limits: Limits
    open_sandbox: Callable[[Path | None, Limits, float], Conversation]
    deadline: float
    remarks: list[str] = field(default_factory=list)
    processor_seconds: float = 0.0

    def cells(self, notebook: NotebookNode) -> list[Shown]:
        """Run all code cells; return what each of them shows."""
        self._history: list[str] = []
        self._restarts, self._tainted = 0, False
        self._tester = Tester()
        syntax.cells.clear()
        self._start()
        waiting = list(self.source.cells)
        found = []
        try:
            for cell in notebook.cells:
                test = is_test(cell)
                grade_id = grader_data(cell).get("grade_id")
                outputs = [] if test or cell.cell_type != "code" else self._student(cell)
                if grade_id is not None:
                    self._prepare(waiting, grade_id)
                if test:
                    self._tainted = self._tainted or bool(hidden_lines(cell.source))
                    found.append(self._test(cell))
                elif cell.cell_type == "code":
                    found.append(Shown(outputs, False, self._tainted and bool(outputs)))
        finally:
            self._close()
        return found

    def _close(self) -> None:
        self._sandbox.stop()
        self.processor_seconds += self._sandbox.processor_seconds

    def _start(self) -> None:
        self._sandbox = self.open_sandbox(self.files, self.limits, self.deadline).__enter__()
        self._link = Link(self._sandbox)

    def _prepare(self, waiting: list[NotebookNode], grade_id: str) -> None:
        """Run in the tester the instructor's cells up to and including ``grade_id``."""
        while waiting:
            cell = waiting.pop(0)
            if cell.cell_type == "code" and is_answer(cell):
                self._tester.hand_over(cell.source)
            elif cell.cell_type == "code" and not is_test(cell):
                self._timed(cell, partial(self._tester.prepare, cell.source, self._link))
            if grader_data(cell).get("grade_id") == grade_id:
                return

    def _student(self, cell: NotebookNode) -> list[NotebookNode]:
        """Run a cell in the sandbox; return what the student may see of it."""
        self._link.until = time.monotonic() + self.limits.seconds
        syntax.cells.append(cell.source)
        try:
            answer = self._link.run(cell.source)
        except SandboxStoppedError as stopped:
            return [self._stopped(cell, stopped)]
        self._history.append(cell.source)
        outputs = []
        printed = answer.get("printed")
        if isinstance(printed, str) and printed:
            outputs.append(output("stream", name="stdout", text=plain(printed[:20_000])))
        if "error" in answer:
            try:
                self._link.read(answer)
            except Exception as error:  # whatever the student's cell raised
                outputs.append(error_output(type(error).__name__, message_for_student("", error)))
        return outputs

    def _test(self, cell: NotebookNode) -> Shown:
        """Run a test; leave a result that nbgrader reads as points, an error or nothing."""
        inside = runs_inside(cell.source)
        run = self._tester.run_inside if inside else self._tester.run
        refusals = self._link.refusals = []
        outcome, stopped = self._timed(cell, lambda: run(cell.source, self._link)[1])
        if stopped is not None and isinstance(outcome, SandboxStoppedError | CellTimeoutError):
            return Shown([stopped], True, False)
        for refusal in refusals[:1]:  # perhaps the test's fault, not the student's
            self.remarks.append(f"{grader_data(cell).get('grade_id')}: {refusal}"[:500])
        if isinstance(outcome, BaseException):  # a failed test
            sources = {} if inside else self._tester.sources
            said = message_for_student(cell.source, outcome, self._tainted, sources)
            # The name of a student's own exception could say as much as its message.
            name = "AssertionError" if said in (GENERIC, LATER) else type(outcome).__name__
            kind = type(outcome).__name__
            return Shown([error_output(name, said)], True, said == LATER, kind)
        if isinstance(outcome, bool) or not isinstance(outcome, int | float):
            return Shown([], True, False)
        return Shown([self._points(cell, outcome)], True, False)

    def _points(self, cell: NotebookNode, points: float) -> NotebookNode:
        """Return a number as nbgrader reads it: as partial credit, if it can be that."""
        most = float(grader_data(cell).get("points", 0))
        if not (math.isfinite(points) and 0 <= points <= most):
            where = grader_data(cell).get("grade_id")
            self.remarks.append(f"{where}: the test gave {points!r} points of {most:g}; none taken")
            return error_output("Points", f"the test's result is not between 0 and {most:g}")
        data = {"text/plain": repr(points)}
        return output("execute_result", data=data, metadata={}, execution_count=1)

    def _timed(
        self, cell: NotebookNode, work: Callable[[], Any]
    ) -> tuple[Any, NotebookNode | None]:
        """Do a tester's work by the clock.

        Returns:
            What it returned or raised; and, where the student's process was stopped meanwhile,
            which a test may not even have noticed, an output that says so.
        """
        self._link.until = time.monotonic() + self.limits.seconds
        outcome: Any
        try:
            with clock(self.limits.seconds):
                outcome = work()
        except (Exception, CellTimeoutError) as error:
            outcome = error
        if isinstance(outcome, CellTimeoutError):
            self._link.stopped = SandboxStoppedError(
                f"stopped after {self.limits.seconds:g} s, the limit for one cell; {LOOP}"
            )
        cause = self._link.stopped
        return outcome, None if cause is None else self._stopped(cell, cause)

    def _stopped(self, cell: NotebookNode, stopped: SandboxStoppedError) -> NotebookNode:
        """Record why a cell was stopped, and start again so that later cells get their chance."""
        where = grader_data(cell).get("grade_id", "an added cell")
        self.remarks.append(f"{where}: {stopped}")
        self._close()
        if self._restarts < MAX_RESTARTS and time.monotonic() < self.deadline:
            self._restarts += 1
            self._start()
            for source in self._history:
                self._link.until = time.monotonic() + self.limits.seconds
                try:
                    self._link.run(source)
                except SandboxStoppedError:
                    break
        return error_output("Stopped", str(stopped))


def error_output(name: str, message: str) -> NotebookNode:
    """Return an error as plain text: no frames, because they would quote the tests."""
    name, message = plain(name), plain(message)
    return output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])


def output(kind: str, **fields: Any) -> NotebookNode:
    """Return an output in nbformat's form, which checks the whole notebook when it is written.

    Its own ``new_output`` would check each by itself, too, which takes a millisecond.
    """
    return node({"output_type": kind}, **fields)
