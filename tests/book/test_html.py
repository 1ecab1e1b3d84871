"""Is every page valid HTML, and does every link inside the book lead somewhere?"""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urljoin, urlparse

import pytest
from bleach._vendor import html5lib
from bs4 import BeautifulSoup

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "book/_ext"))
sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from course_site.clean import UNCOLOURED
from course_site.report import LIMIT, note
from fetch_assets import fetch_checker
from visit import SITE, pages

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]
PAGES = pages()


@cache
def parsed(name: str) -> BeautifulSoup:
    return BeautifulSoup((SITE / name).read_text("utf-8"), "html.parser")


@cache
def ids(name: str) -> Counter[str]:
    return Counter(node["id"] for node in parsed(name).select("[id]"))


def broken_links(name: str) -> list[str]:
    """Return the links of one page that lead to no file or to no place in it."""
    broken = []
    for node in parsed(name).select("a[href], img[src], link[href], script[src]"):
        target = node.get("href") or node.get("src")
        address = urlparse(urljoin(f"file:///{name}", target))
        if address.scheme != "file" or not target:
            continue
        path = unquote(address.path).lstrip("/") or "index.html"
        places = {"", *ids(path)} if path.endswith(".html") and (SITE / path).is_file() else None
        if not (SITE / path).is_file() or (places and unquote(address.fragment) not in places):
            broken.append(target)
    return broken


@pytest.mark.parametrize("name", PAGES)
def test_every_link_inside_the_book_leads_somewhere(name: str) -> None:
    # The page for lost readers leads to the root of a server, wherever that is.
    assert [link for link in broken_links(name) if name != "404.html"] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_code_without_elements_would_have_no_other_colour(theme: str) -> None:
    css = (SITE / "_static/pygments.css").read_text("utf-8")
    of = rf'html\[data-theme="{theme}"\] \.highlight'
    (base,) = re.findall(of + r" \{[^}]* color: (#\w+)", css)
    for kind in UNCOLOURED:
        assert re.findall(of + rf" \.{kind} \{{ color: (#\w+) \}}", css) == [base]


@pytest.mark.parametrize("name", PAGES)
def test_no_two_elements_share_an_id(name: str) -> None:
    assert [key for key, count in ids(name).items() if count > 1] == []


@pytest.mark.parametrize("name", PAGES)
def test_html_parses_without_an_error(name: str) -> None:
    parser = html5lib.HTMLParser()
    parser.parse((SITE / name).read_text("utf-8"))
    assert [(place, what) for place, what, _ in parser.errors] == []


def test_the_nu_checker_finds_no_error() -> None:
    checker = fetch_checker() if shutil.which("java") else None
    if checker is None:
        note(SITE, "Valid HTML", "no parse error", "strict HTML5 parser; Java or npm is missing")
        pytest.skip("the Nu HTML checker needs java, and npm to fetch it")
    files = [str(SITE / name) for name in (*PAGES, "index.html")]
    command = ["java", "-Xss4m", "-jar", str(checker), "--errors-only", "--format", "gnu", *files]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    found = [line for line in ran.stderr.splitlines() if ": error" in line]
    note(SITE, "Valid HTML (Nu checker)", f"{len(found)} errors", f"{len(files)} pages")
    assert found == []
    assert ran.returncode == 0, ran.stderr


def test_links_are_reported() -> None:
    found = sum(len(broken_links(name)) for name in PAGES if name != "404.html")
    total = sum(len(parsed(name).select("a[href]")) for name in PAGES)
    note(SITE, "Broken links inside the book", str(found) if found else "none", f"{total} links")
    assert found == 0


def test_pages_describe_themselves_to_other_sites() -> None:
    for name in PAGES:
        if name.startswith("book/"):
            heads = {n.get("property") or n.get("name") for n in parsed(name).select("meta")}
            assert {"og:title", "og:image", "twitter:card"} <= heads, name
    page = parsed("book/part1/whole-network.html")
    said = page.select_one("meta[name=description]")
    assert said is not None
    assert len(str(said["content"])) > 60
    assert (SITE / "_static/card.png").stat().st_size < 120_000


def test_exercises_tell_level_and_minutes_and_have_solutions() -> None:
    faults = []
    for name in PAGES:
        exercises = parsed(name).select("div.exercise")
        solutions = len(parsed(name).select("details.solution"))
        faults += [f"{name}#{e.get('id')}" for e in exercises if not e.select(".exercise-facts")]
        if solutions < len(exercises):
            faults.append(f"{name}: {len(exercises)} exercises, {solutions} solutions")
    assert faults == []


def test_pages_are_executed_without_network_and_their_time_is_reported() -> None:
    # Reported and not limited: a neighbour on the same machine can double a time.
    times = json.loads((SITE.parent / "reports/times").read_text())
    with_code = {n for n in PAGES if parsed(n).select(".cell_input, .cell_output")}
    assert {f"{page}.html" for page in times} >= with_code
    note(SITE, "Time to execute all pages", f"{sum(times.values()):.0f} s", f"{len(times)} pages")
    slowest = max(times, key=lambda page: times[page])
    note(SITE, "Slowest page to execute", f"{times[slowest]:.0f} s; {LIMIT} s wanted", slowest)
    network = json.loads((SITE.parent / "reports/network.json").read_text())
    assert network[1] == "switched off" or not shutil.which("bwrap")


def test_the_report_stands_on_its_page() -> None:
    rows = [row.get_text(" ") for row in parsed("book/about-build.html").select(".build-checks tr")]
    assert any(row.startswith("Network while pages were executed") for row in rows)
    assert len(parsed("book/about-build.html").select(".build-times tbody tr")) > 1
