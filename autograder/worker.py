"""A worker: grades one submission after the other and answers with data. It knows no gradebook.

A task is an assignment, a student and the folder of what was handed in; the answer is the executed
notebooks and remarks. The tests are the instructor's and run in a process of their own; students'
code runs in the sandbox (see ``notebook.py``).
"""

import base64
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder import backends
from autograder.channel import Channel, ClosedError
from autograder.conversation import Conversation
from autograder.execution import Execution
from autograder.hidden import literal_hints
from autograder.limits import Limits, SandboxUnavailableError
from autograder.notebook import DamagedNotebookError, read_submission, rebuild
from autograder.submission import extra_files
from autograder.tester import warm_up


class Worker:
    """Grades submissions of one assignment.

    Args:
        backend: where students' code runs.
        settings: what the nursery was started with.
        sources: the instructor's notebooks by name, as JSON, with the gradebook's own test text.
        names: names of files that students may not replace.
    """

    def __init__(
        self,
        backend: backends.Backend,
        settings: dict[str, Any],
        sources: dict[str, Any],
        names: list[str],
    ) -> None:
        self._backend, self._settings = backend, settings
        self._limits = Limits(**settings["limits"])
        self._files = Path(settings["files"]) if settings["files"] else None
        make: Any = nbformat.from_dict
        self._sources: dict[str, NotebookNode] = {n: make(s) for n, s in sources.items()}
        self._reserved = set(names)
        for source in self._sources.values():
            for cell in source.cells:
                literal_hints(cell.source)  # remembered, so that no tester has to look again
                warm_up(cell.source)

    def grade(self, task: dict[str, Any]) -> dict[str, Any]:
        """Run all notebooks of one submission; return them with what a person should know."""
        begin = time.monotonic()
        folder = Path(task["folder"])
        reasons: list[str] = []
        most = self._limits.file_mb * 2**20 // 2
        given = extra_files(folder, self._reserved, most, reasons)
        self._extra = {name: base64.b64encode(data).decode() for name, data in given}
        notebooks = {}
        seconds = 0.0
        for name, source in self._sources.items():
            notebook, ran, student_seconds = self._notebook(task, name, source, reasons)
            notebooks[name] = {"notebook": notebook, "ran": ran}
            seconds += student_seconds
        return {
            "student": task["student"],
            "notebooks": notebooks,
            "reasons": reasons,
            "seconds": round(time.monotonic() - begin, 3),
            "student_seconds": round(seconds, 4),
            "sandbox": self._backend.kind,
        }

    def _notebook(
        self, task: dict[str, Any], name: str, source: NotebookNode, reasons: list[str]
    ) -> tuple[NotebookNode, bool, float]:
        """Return the executed notebook, or a blank one that was not run where none can be read."""
        try:
            submission = read_submission(Path(task["folder"]) / f"{name}.ipynb")
        except DamagedNotebookError as error:
            reasons.append(str(error))
            blank: NotebookNode = nbformat.from_dict({"cells": []})  # type: ignore[no-untyped-call]
            return rebuild(source, blank)[0], False, 0.0
        notebook, remarks = rebuild(source, submission)
        overwrite(notebook, source)
        execution = self._execute(source, notebook, task["student"])
        reasons += remarks + execution.remarks
        return notebook, True, execution.processor_seconds

    def _execute(self, source: NotebookNode, notebook: NotebookNode, student: str) -> Execution:
        """Run a notebook; where the warm interpreter has ended, start another or do without."""
        for _ in range(3):
            execution = Execution(
                source, self._files, self._limits, open_sandbox=self._open, student=student
            )
            try:
                execution.run(notebook)
            except SandboxUnavailableError:
                self._backend = self._another()
                continue
            return execution
        raise SandboxUnavailableError("no sandbox could be kept running")

    def _another(self) -> backends.Backend:
        imports = self._settings["imports"]
        kind = self._backend.kind
        return backends.start(kind, self._files, self._limits, imports, self._settings["image"])()

    def _open(self, files: Path | None, limits: Limits, deadline: float) -> Conversation:
        conversation = self._backend.open(files, limits, deadline)
        conversation.extra = self._extra
        return conversation


def overwrite(notebook: NotebookNode, source: NotebookNode) -> None:
    """Put the instructor's text back into every locked cell, as nbgrader does, and name new cells.

    Cells that a student added get ids that are the same in every run.
    """
    theirs = {data["grade_id"]: cell for cell in source.cells if (data := known(cell))}
    for number, cell in enumerate(notebook.cells):
        data = known(cell)
        if not data and "id" in cell:
            cell.id = f"added-{number}"
        elif data and is_locked(cell):
            cell.source = theirs[data["grade_id"]].source


def known(cell: NotebookNode) -> dict[str, Any]:
    """Return nbgrader's data of a cell that has a grade id, or nothing."""
    data: dict[str, Any] = cell.metadata.get("nbgrader", {})
    return data if data.get("grade_id") else {}


def is_locked(cell: NotebookNode) -> bool:
    """Return whether nbgrader writes over the cell: all but those that students answer in."""
    data = known(cell)
    return not data.get("solution") and bool(data.get("grade") or data.get("locked"))


def serve(channel: Channel, backend: backends.Backend, settings: dict[str, Any]) -> None:
    """Answer tasks until the channel is closed."""
    if settings["files"]:  # the instructor's cells import and read what was handed out
        os.chdir(settings["files"])
        sys.path.insert(0, settings["files"])
    first = channel.receive()
    worker = Worker(backend, settings, first["sources"], first["names"])
    while True:
        try:
            task = channel.receive()
        except ClosedError:
            return
        before = processor_seconds()
        try:
            answer = worker.grade(task)
        except SandboxUnavailableError as error:
            answer = {"student": task["student"], "unavailable": str(error)}
        except Exception as error:
            said = " ".join(f"{type(error).__name__}: {error}".split())[-500:]
            answer = {"student": task["student"], "failed": said}
        answer["worker_seconds"] = round(processor_seconds() - before, 4)
        answer["worker_memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        channel.send(answer)


def processor_seconds() -> float:
    """Return the processor time of this worker and of the testers that it has waited for."""
    own, others = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
