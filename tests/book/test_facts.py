"""Every fact of the curriculum's first part is asserted by a cell that the build runs."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

PART = Path(__file__).parents[2] / "book" / "part1"
FACTS: list[dict[str, Any]] = yaml.safe_load((PART / "facts.yml").read_text(encoding="utf-8"))
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = {
    "images", "mlp-limits", "from-dense", "cross-correlation", "filters", "padding", "output-size",
    "channels", "pooling", "activations", "whole-network",
}  # fmt: skip


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["fact"])
def test_a_fact_is_asserted_where_the_list_says(fact: dict[str, Any]) -> None:
    cells = CELL.findall((PART / f"{fact['page']}.md").read_text(encoding="utf-8"))
    assert any(fact["cell"] in cell for cell in cells), f"no cell of {fact['page']} has it"


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["fact"])
def test_what_a_fact_points_to_is_a_check(fact: dict[str, Any]) -> None:
    """Text that merely stands in a cell checks nothing; an assertion has to be in that cell."""
    cells = CELL.findall((PART / f"{fact['page']}.md").read_text(encoding="utf-8"))
    assert all("assert" in cell for cell in cells if fact["cell"] in cell)


@pytest.mark.parametrize("page", sorted(PAGES))
def test_each_page_of_the_part_has_facts(page: str) -> None:
    assert sum(fact["page"] == page for fact in FACTS) >= 2


def test_every_page_of_the_part_is_bound_into_the_book() -> None:
    contents = yaml.safe_load((PART.parents[1] / "_toc.yml").read_text(encoding="utf-8"))
    bound = {chapter["file"] for part in contents["parts"] for chapter in part["chapters"]}
    assert {f"book/part1/{page}" for page in PAGES} <= bound
