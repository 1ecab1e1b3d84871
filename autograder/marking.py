"""From an executed notebook to marks, with nbgrader's own functions and the course's settings."""

import math
from typing import Any

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import IgnorePattern, LimitOutput
from traitlets.utils.importstring import import_item

from autograder.gradebook import Marks

# Steps of nbgrader's that are done elsewhere: before the notebook is run, by running it in the
# sandbox, or when its marks are recorded.
ELSEWHERE = (
    "Execute", "SaveAutoGrades", "AssignLatePenalties", "OverwriteCells", "OverwriteKernelspec",
    "CheckCellMetadata", "ClearOutput", "DeduplicateIds", "SandboxedExecute",
)  # fmt: skip
USUAL = (IgnorePattern, ClearMetadataPreprocessor, LimitOutput)


class Finisher:
    """What the course does to an executed notebook before it is marked and kept.

    Args:
        config: nbgrader's configuration; ``c.Autograde.autograde_preprocessors`` may add steps.
    """

    def __init__(self, config: Any) -> None:
        wanted = config.get("Autograde", {}).get("autograde_preprocessors", None)
        steps = USUAL if wanted is None else wanted
        kinds = [import_item(step) if isinstance(step, str) else step for step in steps]
        self._steps = [kind(config=config) for kind in kinds if kind.__name__ not in ELSEWHERE]

    def finish(self, notebook: NotebookNode, resources: dict[str, Any]) -> NotebookNode:
        """Return the notebook after the course's own steps."""
        for step in self._steps:
            notebook, resources = step(notebook, resources)
        return notebook


def marks_of(notebook: NotebookNode, reasons: list[str]) -> Marks:
    """Return the marks of an executed notebook, as ``SaveAutoGrades`` finds them.

    nbgrader gives full marks for a partial credit below zero or that is no number, and stops at
    one above the maximum. Here a cell that says so gets nothing, and a person is asked to look.
    """
    marks = Marks()
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id is None:
            continue
        if utils.is_grade(cell):
            marks.scores[grade_id] = score_of(cell, grade_id, marks, reasons)
        if utils.is_task(cell):
            marks.scores[grade_id] = None
        if utils.is_solution(cell) or utils.is_task(cell):
            marks.comments[grade_id] = comment_on(cell)
    return marks


def score_of(cell: NotebookNode, grade_id: str, marks: Marks, reasons: list[str]) -> float | None:
    """Return the automatic score of one cell; None where a person must grade it."""
    partial = partial_credit(cell)
    most = float(cell.metadata["nbgrader"]["points"])
    if partial is not None and not 0 <= partial <= most:
        reasons.append(f"{grade_id}: the test's partial credit was {partial:g}, not 0 to {most:g}")
        marks.review.add(grade_id)
        return 0.0
    score: float | None = utils.determine_grade(cell)[0]
    return score


def partial_credit(cell: NotebookNode) -> float | None:
    """Return the number that a test ended with, if nbgrader would come to read it."""
    if cell.cell_type != "code" or utils.is_solution(cell) or utils.has_failed(cell):
        return None
    for output in cell.outputs:
        if output.output_type == "execute_result":
            try:
                number = float("".join(output["data"]["text/plain"]))
            except (KeyError, ValueError):
                return None
            return math.inf if math.isnan(number) else number
    return None


def comment_on(cell: NotebookNode) -> str | None:
    """Return nbgrader's comment on an answer that is as it was handed out."""
    data = cell.metadata["nbgrader"]
    untouched = data.get("checksum") == utils.compute_checksum(cell)
    return "No response." if untouched and not utils.is_task(cell) else None
