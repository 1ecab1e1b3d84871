"""Write the notebooks that nbgrader reads from the text versions that people review.

The text in ``assignments/text`` is the original. Cell ids are made from grade ids or positions, so
that the same text always gives the same notebook, byte for byte.
"""

import json
import sys
from pathlib import Path
from typing import Any

import jupytext
import nbformat

TEXT = Path("assignments/text")
SOURCE = Path("assignments/source")


def convert(text: Path) -> str:
    """Return the notebook of a text version as JSON, without outputs."""
    notebook: Any = jupytext.read(text)
    notebook.metadata.pop("jupytext", None)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        cell.id = cell.metadata.get("nbgrader", {}).get("grade_id", f"text-{number}")
    nbformat.validate(notebook)
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main(names: list[str]) -> int:
    """Convert every text version, or those named, whose notebook is missing or differs."""
    known = sorted(TEXT.glob("*/*.md"))
    if unknown := sorted(set(names) - {text.parent.name for text in known}):
        print(f"sync_assignments: {TEXT} has no {unknown}; it has {[t.parent.name for t in known]}")
        return 1
    for text in known:
        if names and text.parent.name not in names:
            continue
        notebook = SOURCE / text.parent.name / f"{text.stem}.ipynb"
        content = convert(text)
        if not notebook.exists() or notebook.read_text(encoding="utf-8") != content:
            notebook.parent.mkdir(parents=True, exist_ok=True)
            notebook.write_text(content, encoding="utf-8")
            print(f"wrote {notebook}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
