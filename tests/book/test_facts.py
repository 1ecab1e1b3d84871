"""Every fact of the curriculum is asserted by a cell that the build runs."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

BOOK = Path(__file__).parents[2] / "book"
PARTS = ("part1", "part2")
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONTENTS = yaml.safe_load((BOOK.parent / "_toc.yml").read_text(encoding="utf-8"))
BOUND = [chapter["file"] for part in CONTENTS["parts"] for chapter in part["chapters"]]
PAGES = [page.removeprefix("book/") for page in BOUND if page.startswith("book/part")]


def facts(part: str) -> list[dict[str, Any]]:
    """Read the list of a part; each fact's page gets its part in front."""
    found = yaml.safe_load((BOOK / part / "facts.yml").read_text(encoding="utf-8"))
    return [{**fact, "page": f"{part}/{fact['page']}"} for fact in found]


FACTS = [fact for part in PARTS for fact in facts(part)]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["fact"])
def test_a_fact_is_asserted_where_the_list_says(fact: dict[str, Any]) -> None:
    cells = CELL.findall((BOOK / f"{fact['page']}.md").read_text(encoding="utf-8"))
    assert any(fact["cell"] in cell for cell in cells), f"no cell of {fact['page']} has it"


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["fact"])
def test_what_a_fact_points_to_is_a_check(fact: dict[str, Any]) -> None:
    """Text that merely stands in a cell checks nothing; an assertion has to be in that cell."""
    cells = CELL.findall((BOOK / f"{fact['page']}.md").read_text(encoding="utf-8"))
    assert all("assert" in cell for cell in cells if fact["cell"] in cell)


@pytest.mark.parametrize("page", PAGES)
def test_each_page_has_facts(page: str) -> None:
    assert sum(fact["page"] == page for fact in FACTS) >= 2


def test_every_page_with_facts_is_bound_into_the_book() -> None:
    assert {fact["page"] for fact in FACTS} <= set(PAGES)


def test_the_first_part_has_the_curriculums_eleven_pages() -> None:
    assert sum(page.startswith("part1/") for page in PAGES) == 11
