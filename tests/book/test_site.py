"""Does every page of the built site work: offline, from a file, for everybody, on a phone?

Each page is opened once; ``visit.examine`` keeps what the tests below ask about. What is found goes
into the table on "About this build".
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "book/_ext"))

from course_site.report import note
from course_site.trim import ICONS
from visit import LIMIT, SITE, Visit, chromium, examine, pages, settle

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]
PAGES = pages()
Visits = Callable[[str], Visit]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def visited(browser: Browser) -> Iterator[Visits]:
    """Return a function that examines a page the first time it is asked for; report at the end."""
    kept: dict[str, Visit] = {}

    def visit(name: str) -> Visit:
        if name not in kept:
            kept[name] = examine(browser, name)
        return kept[name]

    yield visit
    if set(kept) == set(PAGES):
        write_report(list(kept.values()))


def write_report(visits: list[Visit]) -> None:
    """Write what was found on all pages into the page about the build."""
    number = f"{len(visits)} pages"

    def verdict(faults: int) -> str:
        return "none found" if not faults else f"{faults} found"

    note(SITE, "Requests to other hosts", verdict(sum(len(v.outside) for v in visits)), number)
    note(SITE, "Errors in the console", verdict(sum(len(v.errors) for v in visits)), number)
    barriers = sum(len(b) for v in visits for b in v.barriers.values())
    note(SITE, "Barriers (axe, WCAG 2.2 AA)", verdict(barriers), f"{number}, 2 themes, 2 widths")
    note(SITE, "Figures without words", verdict(sum(len(v.undescribed) for v in visits)), number)
    heaviest = max(v.weight for v in visits) / 1024
    result = "within 450 KiB" if heaviest <= LIMIT / 1024 else "too heavy"
    note(SITE, "Weight of the heaviest page", result, f"{heaviest:.0f} KiB, compressed")


@pytest.mark.parametrize("name", PAGES)
def test_no_request_leaves_the_site(visited: Visits, name: str) -> None:
    visit = visited(name)
    assert visit.outside == []
    assert [path for path in visit.files if not path.is_file()] == []


@pytest.mark.parametrize("name", PAGES)
def test_the_console_stays_quiet(visited: Visits, name: str) -> None:
    assert visited(name).errors == []


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_barrier(visited: Visits, name: str) -> None:
    found = {where: faults for where, faults in visited(name).barriers.items() if faults}
    assert found == {}


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_the_screen(visited: Visits, name: str) -> None:
    assert all(width >= found for width, found in visited(name).widths.items())


@pytest.mark.parametrize("name", PAGES)
def test_every_figure_says_what_it_shows(visited: Visits, name: str) -> None:
    assert visited(name).undescribed == []


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_heavy(visited: Visits, name: str) -> None:
    assert visited(name).weight <= LIMIT


def test_search_finds_a_page_from_a_file(browser: Browser) -> None:
    page, visit = browser.new_page(), Visit()
    visit.listen(page)
    page.goto((SITE / "search.html").as_uri() + "?q=kernel")
    page.locator("#search-results li").first.wait_for(timeout=10_000)
    assert page.locator("#search-results li a", has_text="A whole network by hand").count() == 1
    assert visit.outside == []


def test_every_widget_on_a_page_starts(browser: Browser) -> None:
    with_widgets = [p for p in PAGES if 'class="convnet-widget"' in (SITE / p).read_text("utf-8")]
    assert with_widgets
    for name in with_widgets:
        page = browser.new_page()
        page.goto((SITE / name).as_uri())
        settle(page)
        still = page.locator(".convnet-widget:not(:has(.cw))").count()
        assert still == 0, name
        page.close()


def test_the_page_tells_its_part_and_where_to_go(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto((SITE / "book/part1/whole-network.html").as_uri())
    settle(page)
    assert page.locator(".course-part").inner_text() != ""
    assert page.locator(".prev-next-area a.right-next").count() == 1
    assert page.locator(".bd-sidebar-secondary a", has_text="Exercises").is_visible()
    assert page.locator("button.copybtn").count() > 3


def test_the_theme_follows_the_button_and_is_kept(browser: Browser) -> None:
    page = browser.new_context(color_scheme="light").new_page()
    page.goto((SITE / "book/notation.html").as_uri())
    settle(page)
    seen = set()
    for _ in range(3):
        seen.add(page.evaluate("document.documentElement.dataset.theme"))
        page.locator("button.theme-switch-button").first.click()
    assert seen == {"light", "dark"}


def test_icons_in_use_are_in_the_cut_down_font(browser: Browser) -> None:
    script = """() => [...document.querySelectorAll("[class*='fa-']")]
      .map((node) => getComputedStyle(node, "::before").content.replaceAll('"', ""))
      .filter((shown) => shown.length === 1)"""
    page = browser.new_page()
    page.goto((SITE / "book/part1/whole-network.html").as_uri())
    settle(page)
    shown = set(page.evaluate(script))
    assert shown
    assert {hex(ord(c)) for c in shown} <= {hex(c) for c in ICONS.values()}
