"""A drop-in for nbgrader's ``Execute``: its own ``autograde`` with students' code in the sandbox.

In ``nbgrader_config.py``::

    c.Autograde.autograde_preprocessors = [
        "autograder.preprocessor.SandboxedExecute",
        "nbgrader.preprocessors.IgnorePattern",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]

Everything else stays nbgrader's. ``autograder grade`` is faster still, keeps each submission in one
transaction and says which submissions a person should look at.
"""

from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Float, Integer, Unicode

from autograder.execution import Execution
from autograder.limits import Limits
from autograder.notebook import read_submission, rebuild


class SandboxedExecute(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Runs the student's cells in the sandbox and the instructor's tests outside it."""

    seconds = Float(10.0, help="wall-clock time of a cell").tag(config=True)
    total_seconds = Integer(300, help="time of a whole notebook").tag(config=True)
    memory_mb = Integer(2048, help="memory of all processes of a notebook").tag(config=True)
    source_directory = Unicode("source", help="where the instructor's notebooks are").tag(
        config=True
    )

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the executed notebook, rebuilt from the instructor's.

        Args:
            nb: the submission, as nbgrader's other steps have left it.
            resources: what nbgrader says of it.

        Raises:
            SandboxUnavailableError: no sandbox can be started; nbgrader records nothing then.
        """
        about = resources["nbgrader"]
        root = Path.cwd()  # nbgrader converts in the course's folder
        folder = root / self.source_directory / about["assignment"]
        source = read_submission(folder / f"{about['notebook']}.ipynb")
        self._take_over(source, nb)
        notebook, remarks = rebuild(source, nb)
        limits = Limits(
            seconds=self.seconds, total_seconds=self.total_seconds, memory_mb=self.memory_mb
        )
        files = root / "release" / about["assignment"]
        given = files if files.is_dir() else None
        execution = Execution(source, given, limits, student=about["student"])
        execution.run(notebook)
        for remark in remarks + execution.remarks:
            self.log.warning("%s: %s", about["student"], remark)
        return notebook, resources

    @staticmethod
    def _take_over(source: NotebookNode, nb: NotebookNode) -> None:
        """Give the source's cells what ``OverwriteCells`` has put into the submission's."""
        written = {c.metadata.get("nbgrader", {}).get("grade_id"): c for c in nb.cells}
        source.metadata["kernelspec"] = nb.metadata.get("kernelspec", {})
        for cell in source.cells:
            data = cell.metadata.get("nbgrader", {})
            theirs = written.get(data.get("grade_id"))
            if not data or theirs is None:
                continue
            checksum = theirs.metadata["nbgrader"].get("checksum")
            if checksum is not None:
                data["checksum"] = checksum
