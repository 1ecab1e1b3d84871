"""Does the PDF hold every page, its numbers, and answers only at the end?"""

import re
import sys
from io import BytesIO
from pathlib import Path
from types import ModuleType

import pytest
from pypdf import PdfReader

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from visit import SITE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]
PAGE = "book/part1/whole-network"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    import print_book

    print_book.SITE = SITE
    return print_book


@pytest.fixture(scope="module")
def book(script: ModuleType) -> PdfReader:
    """Return a book of two pages, joined as the whole is."""
    with script.chromium() as browser:
        chapters = [
            script.print_page(browser, PAGE, "First part"),
            script.print_page(browser, "book/notation", "Second part"),
        ]
        listed, answers = script.placed(browser, PAGE, chapters)
        cover = script.print_html(browser, PAGE, script.cover("A Title", "An Author"))
        parts = [("Cover", cover), ("Contents", listed)]
        parts += [(c.title, c.pdf) for c in chapters] + [("Answers", answers)]
        count = sum(len(PdfReader(BytesIO(content)).pages) for _, content in parts)
        sheets = script.numbers(browser, PAGE, count)
        made = BytesIO()
        script.join(parts, sheets, "A Title", "An Author").write(made)
    return PdfReader(made)


def words(book: PdfReader, number: int) -> str:
    return " ".join(book.pages[number].extract_text().split())


def test_it_opens_with_cover_and_contents(book: PdfReader) -> None:
    assert "A Title" in words(book, 0)
    assert re.search(r"First part A whole network by hand 3 Second part", words(book, 1))
    assert book.metadata is not None
    assert book.metadata.title == "A Title"


def test_the_contents_give_the_numbers_of_the_pages(book: PdfReader) -> None:
    listed = dict(
        re.findall(r"(Notation and conventions|Answers and solutions) (\d+)", words(book, 1))
    )
    for title, number in listed.items():
        assert title in words(book, int(number) - 1)
    assert len(listed) == 2


def test_every_page_but_the_cover_is_numbered(book: PdfReader) -> None:
    for number in range(1, len(book.pages)):
        assert words(book, number).endswith(str(number + 1)), number


def test_answers_stand_at_the_end_and_nowhere_else(book: PdfReader) -> None:
    begin = next(
        number
        for number in range(2, len(book.pages))
        if "Answers and solutions" in words(book, number)
    )
    before = " ".join(words(book, number) for number in range(2, begin))
    after = " ".join(words(book, number) for number in range(begin, len(book.pages)))
    for answer in ("The right column becomes 15", "No case was counted"):
        assert answer not in before
        assert answer in after
    assert "Find the bug" in before


def test_widgets_are_printed_as_tables_and_no_control_is(book: PdfReader) -> None:
    everything = " ".join(words(book, number) for number in range(len(book.pages)))
    assert "Feature map" in everything
    for control in ("New numbers", "Check Show the answer", "Start again"):
        assert control not in everything


def test_bookmarks_lead_to_every_part(book: PdfReader) -> None:
    titles = [str(item.title) for item in book.outline]
    assert titles[:2] == ["Cover", "Contents"]
    assert "A whole network by hand" in titles


def test_no_link_leads_to_a_file_of_the_machine_that_printed_it(book: PdfReader) -> None:
    for page in book.pages:
        for note in page.get("/Annots") or []:
            action = note.get_object().get("/A", {})
            assert not str(action.get("/URI", "")).startswith("file:")
