"""Is every page's notebook one that runs, reads well and gives nothing away?"""

import sys
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "book/_ext"))

from course_site.notebook import first_cell, to_notebook

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    p
    for p in (ROOT / "book").rglob("*.md")
    if "_build" not in p.parts and "kernelspec:" in p.read_text("utf-8")
)


def made(page: str, package: str = "") -> Any:
    return to_notebook((ROOT / page).read_text("utf-8"), package)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_no_directive_or_role_is_left(page: Path) -> None:
    notebook = to_notebook(page.read_text("utf-8"), "")
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert "```{" not in cell.source, cell.source
            assert ":::" not in cell.source, cell.source
            assert "}`" not in cell.source.replace("}`.", ""), cell.source


def test_a_page_runs_as_a_notebook() -> None:
    notebook = made("book/part1/whole-network.md")
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    assert any(cell.get("outputs") for cell in notebook.cells)


def test_the_first_cell_installs_or_says_how() -> None:
    assert '%pip install --quiet "course @ git+https' in first_cell("course @ git+https://x.y/z")
    assert "make setup" in first_cell("")


def test_a_widget_becomes_a_cell_with_its_numbers() -> None:
    text = "A\n\n```{widget} convolution\nstride: 2\n```\n\nB\n"
    cells = to_notebook(text, "").cells
    assert cells[2].source.endswith("ConvolutionWidget(stride=2)")
    assert [c.source for c in cells if c.cell_type == "markdown"] == ["A", "B"]


def test_questions_keep_their_answers_closed() -> None:
    text = "```{quiz}\nWhich?\n\n- [x] this\n\n  Because.\n- [ ] that\n\n  It is not.\n```\n"
    source = to_notebook(text, "").cells[1].source
    asked, told = source.split("<details>")
    assert "[x]" not in source
    assert "Because" not in asked
    assert "- this" in asked
    assert "**Right:** this" in told


def test_the_same_page_gives_the_same_notebook() -> None:
    assert nbformat.writes(made("book/notation.md")) == nbformat.writes(made("book/notation.md"))
