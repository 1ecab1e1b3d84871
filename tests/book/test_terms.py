"""Does the index at the end of the book name every term, in order, with a place on each page?"""

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "book/_ext"))

from course_site import notebook, terms
from visit import SITE

ENTRIES = {
    "b": [("single", "stride", "index-1", "", None), ("single", "stride", "index-2", "", None)],
    "a": [("single", "stride", "index-0", "", None), ("single", "1 × 1", "index-3", "", None)],
}


def test_a_term_has_its_first_place_on_each_page_in_the_books_order() -> None:
    found = terms.collect(ENTRIES, ["a", "b", "c"])
    assert found == {"stride": {"a": "index-0", "b": "index-1"}, "1 × 1": {"a": "index-3"}}
    assert list(found["stride"]) == ["a", "b"]


def test_an_entry_of_another_kind_is_refused() -> None:
    entries = {"a": [("pair", "stride; window", "index-0", "", None)]}
    with pytest.raises(ValueError, match="a has the index entry pair: stride; window, but"):
        terms.collect(entries, ["a"])


@pytest.mark.parametrize(("term", "heading"), [("ReLU", "R"), ("1 × 1 convolution", "0–9")])
def test_a_term_stands_under_its_letter(term: str, heading: str) -> None:
    assert terms.letter(term) == heading


def test_a_notebook_has_no_entries() -> None:
    text = "A\n\n```{index} stride, window\n```\n\nB\n"
    said = "\n".join(cell.source for cell in notebook.to_notebook(text, "").cells)
    assert "stride" not in said


def test_the_built_index_leads_to_places_that_exist() -> None:
    page = SITE / "book/terms.html"
    html = page.read_text("utf-8")
    listed = re.search(r'<ul class="[^"]*course-index.*</ul>', html, re.DOTALL)
    assert listed
    links = re.findall(r'href="([^"#]+)#([^"]+)"', listed[0])
    assert len(links) > 60
    for address, place in links:
        assert f'id="{place}"' in (page.parent / address).read_text("utf-8"), (address, place)
    terms_of_glossary = re.findall(
        r'<dt id="term-[^"]*">(.*?)<a', (SITE / "book/glossary.html").read_text("utf-8")
    )
    assert terms_of_glossary
    for term in terms_of_glossary:
        assert f"<strong>{term}</strong>" in listed[0]
