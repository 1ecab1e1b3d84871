"""Run a rebuilt notebook with student and tester apart: one in the sandbox, one outside it."""

import os
import shutil
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.conversation import Conversation
from autograder.limits import Limits
from autograder.notebook import is_test, without_hidden_tests
from autograder.run import Run, Shown, error_output
from autograder.sandbox import Sandbox
from autograder.scratch import Scratch
from autograder.tester_process import TesterStoppedError, in_own_process

from_dict: Any = nbformat.from_dict  # nbformat has no types of its own

STUDENT = "AUTOGRADER_STUDENT"
GRACE = 30  # seconds that the tester may take beyond the notebook's own


@dataclass
class Execution:
    """One run of a rebuilt notebook: cells of the student inside, tests outside.

    Attributes:
        source: the instructor's notebook; its cells without points prepare the tester.
        files: folder of files that the notebook may read.
        limits: what the student's process may use; a test cell has as much time as one of theirs.
        remarks: why somebody should look at this submission; empty when all went well.
        student: the id under which it was handed in; own numbers are drawn from it. The tester's
            process alone learns it, as the environment variable ``AUTOGRADER_STUDENT``.
        open_sandbox: makes the student's sandbox from files, limits and deadline.
        processor_seconds: what the student's processes took, where the sandbox knows.
    """

    source: NotebookNode
    files: Path | None
    limits: Limits
    remarks: list[str] = field(default_factory=list)
    open_sandbox: Callable[[Path | None, Limits, float], Conversation] = Sandbox
    student: str | None = None
    processor_seconds: float = 0.0

    def run(self, notebook: NotebookNode) -> None:
        """Run all code cells in order, in a forked process, and put their outputs in place.

        Raises:
            SandboxUnavailableError: no sandbox can be started.
        """
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        seconds = self.limits.total_seconds + GRACE
        try:
            with closing(Scratch()) as scratch:
                outputs, remarks, used = in_own_process(
                    lambda: self._outputs(notebook, scratch.folder), seconds, self.limits.memory_mb
                )
        except TesterStoppedError as stopped:
            outputs = [[error_output("Stopped", str(stopped))] if is_test(c) else [] for c in code]
            remarks, used = [str(stopped)], 0.0
        for number, (cell, shown) in enumerate(zip(code, outputs, strict=True), start=1):
            cell.execution_count, cell.outputs = number, from_dict(shown)
        self.remarks += remarks
        self.processor_seconds += used

    def _outputs(
        self, notebook: NotebookNode, folder: Path
    ) -> tuple[list[list[Any]], list[str], float]:
        """Run in this process; return outputs, remarks and the students' processor time.

        Once the student's code has been given hidden inputs, whatever it says may repeat them. What
        is shown of later cells is therefore taken from a second run, without hidden tests.
        """
        if self.files is not None:
            shutil.copytree(self.files, folder, dirs_exist_ok=True)
        tell_student(self.student)
        os.chdir(folder)  # the instructor's cells read the files that were handed out, too
        deadline = time.monotonic() + self.limits.total_seconds
        run = Run(self.source, self.files, self.limits, self.open_sandbox, deadline)
        found = run.cells(notebook)
        used = run.processor_seconds
        outputs = [shown.outputs for shown in found]
        if any(shown.unsure for shown in found):
            source, again = without_hidden_tests(self.source), without_hidden_tests(notebook)
            second = Run(source, self.files, self.limits, self.open_sandbox, deadline)
            clean = second.cells(again)
            used += second.processor_seconds
            outputs = [merge(first, later) for first, later in zip(found, clean, strict=True)]
        return outputs, run.remarks, used


def tell_student(student: str | None) -> None:
    """Say in this process's environment whose work it grades; a sandbox gets none of it."""
    os.environ.pop(STUDENT, None)
    if student is not None:
        os.environ[STUDENT] = student


def merge(first: Shown, later: Shown) -> list[Any]:
    """Return what to show of a cell: of the second run, where the first may tell too much."""
    if not first.unsure:
        return first.outputs
    return later.outputs if not first.test or first.kind == later.kind else first.outputs
