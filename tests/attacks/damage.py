"""Ways to spoil a notebook's file that no text of cells can express; each writes the file."""

import copy
import json
from pathlib import Path
from typing import Any


def nothing(notebook: Any, path: Path) -> None:
    """Write the notebook as it is."""
    path.write_text(json.dumps(notebook), encoding="utf-8")


def not_json(_: Any, path: Path) -> None:
    """Write something that is no JSON."""
    path.write_text("{'cells': [", encoding="utf-8")


def truncated(notebook: Any, path: Path) -> None:
    """Break the file off in the middle."""
    text = json.dumps(notebook)
    path.write_text(text[: len(text) // 2], encoding="utf-8")


def future_version(notebook: Any, path: Path) -> None:
    """Claim a notebook format that does not exist yet."""
    nothing({**notebook, "nbformat": 99}, path)


def utf16(notebook: Any, path: Path) -> None:
    """Write in an encoding that no notebook has."""
    path.write_bytes(json.dumps(notebook).encode("utf-16"))


def latin1(notebook: Any, path: Path) -> None:
    """Write letters in an encoding of one byte each."""
    notebook.cells[0].source += "\n# Grüße"
    path.write_bytes(json.dumps(notebook, ensure_ascii=False).encode("latin-1"))


def byte_order_mark(notebook: Any, path: Path) -> None:
    """Begin with a mark that some editors write and no notebook has."""
    path.write_bytes(json.dumps(notebook).encode("utf-8-sig"))


def missing(_: Any, path: Path) -> None:
    """Hand in a folder without the notebook."""
    (path.parent / "readme.txt").write_text("I forgot.")


def renamed(notebook: Any, path: Path) -> None:
    """Hand in the notebook under another name, and another one beside it."""
    nothing(notebook, path.with_name(f"{path.stem} (1).ipynb"))
    nothing(notebook, path.with_name("gradebook.ipynb"))


def fifty_megabytes(notebook: Any, path: Path) -> None:
    """Put 50 MB of text into a cell."""
    notebook.cells[0].source += "\n# " + "x" * 50_000_000
    nothing(notebook, path)


def ten_thousand_cells(notebook: Any, path: Path) -> None:
    """Add ten thousand empty cells."""
    extra = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    notebook.cells += [{**extra, "source": "pass", "id": f"x{n}"} for n in range(10_000)]
    nothing(notebook, path)


def deep_json(_: Any, path: Path) -> None:
    """Nest lists deeper than a JSON reader likes."""
    path.write_text('{"cells": ' + "[" * 100_000, encoding="utf-8")


def cells_of_numbers(notebook: Any, path: Path) -> None:
    """Put numbers where cells should be."""
    nothing({**notebook, "cells": [1, 2, 3]}, path)


def folder(_: Any, path: Path) -> None:
    """Hand in a folder under the notebook's name."""
    path.mkdir()


def link_to_source(_: Any, path: Path) -> None:
    """Hand in a link to the instructor's own notebook, in the course's usual place."""
    part = path.stem
    path.symlink_to(Path("../../../source") / part / f"{part}.ipynb")


def link_to_gradebook(notebook: Any, path: Path) -> None:
    """Hand in, beside the notebook, links to the gradebook and to the course's folder."""
    (path.parent / "notes.db").symlink_to("../../../gradebook.db")
    (path.parent / "all").symlink_to("../../..")
    nothing(notebook, path)


def bad_timestamp(notebook: Any, path: Path) -> None:
    """Hand in a time of submission that is none."""
    (path.parent / "timestamp.txt").write_text("yesterday, I swear")
    nothing(notebook, path)


def tests_skipped(notebook: Any, path: Path) -> None:
    """Tag the tests so that they are not executed."""
    for cell in notebook.cells:
        if cell.metadata.nbgrader.grade:
            cell.metadata["tags"] = ["skip-execution"]
    nothing(notebook, path)


def tests_may_fail(notebook: Any, path: Path) -> None:
    """Tag the tests so that a failure counts as wanted."""
    for cell in notebook.cells:
        if cell.metadata.nbgrader.grade:
            cell.metadata["tags"] = ["raises-exception"]
    nothing(notebook, path)


def tests_deleted(notebook: Any, path: Path) -> None:
    """Leave the tests out."""
    notebook.cells = [c for c in notebook.cells if not c.metadata.nbgrader.grade]
    nothing(notebook, path)


def tests_doubled(notebook: Any, path: Path) -> None:
    """Put an empty cell with the same id before each test."""
    cells = []
    for cell in notebook.cells:
        if cell.metadata.nbgrader.grade:
            cells.append({**copy.deepcopy(cell), "source": "pass", "id": f"b{len(cells)}"})
        cells.append(cell)
    notebook["cells"] = cells
    nothing(notebook, path)


def tests_in_words(notebook: Any, path: Path) -> None:
    """Turn the tests into Markdown."""
    for cell in notebook.cells:
        if cell.metadata.nbgrader.grade and cell.cell_type == "code":
            cell["cell_type"] = "markdown"
            cell.pop("outputs", None)
            cell.pop("execution_count", None)
    nothing(notebook, path)


def forged_metadata(notebook: Any, path: Path) -> None:
    """Claim a hundred points for each test, and that tests are solutions."""
    for cell in notebook.cells:
        if cell.metadata.nbgrader.grade:
            cell.metadata.nbgrader |= {"points": 100, "locked": False, "checksum": "0" * 32}
    nothing(notebook, path)


def swapped_ids(notebook: Any, path: Path) -> None:
    """Give the easiest answer the ids of the others."""
    answers = [c for c in notebook.cells if c.metadata.nbgrader.solution]
    ids = [c.metadata.nbgrader.grade_id for c in answers]
    for cell, grade_id in zip(answers, ids[1:] + ids[:1], strict=True):
        cell.metadata.nbgrader["grade_id"] = grade_id
    nothing(notebook, path)


def no_kernel(notebook: Any, path: Path) -> None:
    """Ask for a kernel that is not Python."""
    notebook.metadata["kernelspec"] = {"name": "../../evil", "display_name": "x", "language": "sh"}
    nothing(notebook, path)


def forged_outputs(notebook: Any, path: Path) -> None:
    """Hand in results for tests that were never run."""
    for cell in notebook.cells:
        if cell.metadata.nbgrader.grade and cell.cell_type == "code":
            data = {"text/plain": str(cell.metadata.nbgrader.points)}
            result = {"output_type": "execute_result", "metadata": {}, "data": data}
            cell["outputs"] = [{**result, "execution_count": 1}]
            cell.source = ""
    nothing(notebook, path)


def markup_in_metadata(notebook: Any, path: Path) -> None:
    """Put script into titles, ids, attachments and stored outputs."""
    evil = "<script>alert('attack')</script>"
    notebook.metadata |= {"title": evil, "authors": [{"name": evil}]}
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"x{number}"
        cell.metadata["name"] = evil
        if cell.cell_type == "markdown":
            cell["attachments"] = {evil: {"image/svg+xml": f"<svg onload=alert('attack')>{evil}"}}
        else:
            data = {"text/html": evil, "image/svg+xml": f"<svg onload=alert('attack')>{evil}"}
            cell["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": data}]
    nothing(notebook, path)
