"""Are formulas set at build time as MathJax would set them in the reader's browser?"""

import importlib.util
import json
import re
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from sphinx.errors import SphinxError

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "book/_ext"))

from course_site import formulas
from visit import SITE, chromium

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]
ROOT = Path(__file__).parents[2]
CONFIG = {
    "loader": {"load": ["core", "input/tex", "output/chtml", "a11y/assistive-mml"]},
    "options": {"enableMenu": False},
}
BOX = '<{0} class="math notranslate nohighlight">{1}</{0}>'
PASTED = BOX.replace("math", "output text_latex math")  # a number of the page's code in its text
TEX = (
    ("span", r"\(x_{i,j} &lt; \sum_{u=0}^{k-1} w_u\)"),
    ("span", r"\(\tfrac{\partial L}{\partial \mathbf{W}}\)"),
    ("span", r"\(\displaystyle 6.8256 \cdot 10^{-8}\)"),
    ("div", r"\[\left\lfloor \frac{n + 2p - d\,(k - 1) - 1}{s} \right\rfloor + 1\]"),
    (
        "div",
        "\\[\\begin{split}\\begin{aligned}a &= b \\\\ c &= \\sqrt{d}\\end{aligned}\\end{split}\\]",
    ),
)
UNREAD = re.compile(r"<(script|pre|code)\b.*?</\1>", re.DOTALL)  # code may hold what looks like TeX
TEX_MARKS = re.compile(r"\\[(\[].{0,40}|\$\$.{0,40}")
SIZES = """[...document.querySelectorAll("mjx-math")].map((box) => {
  const {width, height} = box.getBoundingClientRect(); return [width, height];
})"""


def fill(static: Path) -> None:
    """Copy the static files as Sphinx does."""
    package = importlib.util.find_spec("sphinx-mathjax-offline")
    assert package is not None
    assert package.origin is not None
    mathjax, unused = Path(package.origin).parent / "static/mathjax", ("sre", "tex-*")
    left_out = shutil.ignore_patterns(*unused)
    shutil.copytree(mathjax, static / "mathjax", ignore=left_out, dirs_exist_ok=True)
    shutil.copytree(ROOT / "book/_assets", static, dirs_exist_ok=True)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a site of one page that is built but for its formulas."""
    fill(tmp_path / "_static")
    (tmp_path / "page.html").write_text(
        '<!DOCTYPE html><html lang="en"><head>'
        '<link rel="stylesheet" href="_static/course.css" />'
        f"<script>window.MathJax = {json.dumps(CONFIG)}</script>"
        '<script defer="defer" src="_static/formulas.js"></script>\n</head><body>'
        '<article class="bd-article" style="font: 18px \'Source Serif 4\'">'
        + "".join(f"<p>Text {BOX.format(*tex)}</p>" for tex in TEX[:2])
        + f"<p>{PASTED.format(*TEX[2])}</p>"
        + "".join(BOX.format(*tex) for tex in TEX[3:])
        + "</article></body></html>",
        encoding="utf-8",
    )
    return tmp_path


def finish(site: Path) -> None:
    """Do what Sphinx has done at the end of a build."""
    config = SimpleNamespace(mathjax3_config=CONFIG)
    app: Any = SimpleNamespace(builder=SimpleNamespace(name="html"), outdir=site, config=config)
    with ThreadPoolExecutor() as aside:  # Playwright allows one browser a thread
        aside.submit(formulas.finish, app, None).result()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def opened(browser: Browser, site: Path) -> Page:
    page = browser.new_page()
    page.goto((site / "page.html").as_uri())
    page.evaluate("async () => { await window.MathJax?.startup?.promise; }")
    page.evaluate("async () => { await document.fonts.ready; }")
    return page


def test_they_look_as_if_the_page_had_set_them(browser: Browser, site: Path) -> None:
    before = opened(browser, site)
    assert before.evaluate("typeof MathJax") == "object"
    sizes = before.evaluate(SIZES)
    finish(site)
    after = opened(browser, site)
    assert after.evaluate("typeof MathJax") == "undefined"
    assert len(sizes) == len(TEX)
    for old, new in zip(sizes, after.evaluate(SIZES), strict=True):
        assert new == pytest.approx(old, abs=0.5)


def test_screen_readers_find_mathml(browser: Browser, site: Path) -> None:
    finish(site)
    page = opened(browser, site)
    assert page.locator("mjx-assistive-mml math").count() == len(TEX)
    assert page.locator("mjx-assistive-mml msqrt mi").text_content() == "d"
    assert page.locator("mjx-math:not([aria-hidden=true])").count() == 0


def test_the_letters_of_formulas_are_on_the_site(browser: Browser, site: Path) -> None:
    finish(site)
    page = opened(browser, site)
    loaded = "[...document.fonts].filter((f) => f.status == 'loaded').map((f) => f.family)"
    assert any("MJXTEX-I" in family for family in page.evaluate(loaded))


def test_nothing_is_left_that_only_sets_formulas(site: Path) -> None:
    finish(site)
    assert not (site / "_static/formulas.js").exists()
    files = [path for path in (site / "_static/mathjax").rglob("*.*") if path.is_file()]
    assert {path.suffix for path in files} == {".woff"}
    assert any(path.name == "MathJax_Math-Italic.woff" for path in files)


def test_pages_of_an_earlier_build_keep_their_rules(site: Path) -> None:
    finish(site)
    first = (site / "_static/formulas.css").read_text("utf-8").splitlines()
    assert len(first) == len(set(first)) > 50
    page = (site / "page.html").read_text("utf-8")
    fill(site / "_static")
    (site / "other.html").write_text("<head></head>" + BOX.format("span", r"\(\mathcal{Q}\)"))
    finish(site)
    assert (site / "page.html").read_text("utf-8") == page
    assert set(first) < set((site / "_static/formulas.css").read_text("utf-8").splitlines())


def test_what_is_not_tex_is_quoted(site: Path) -> None:
    page = (site / "page.html").read_text("utf-8")
    (site / "page.html").write_text(page.replace(r"\sqrt{d}", r"\squrt{d}"))
    with pytest.raises(SphinxError, match=r"not TeX: Undefined control sequence \\squrt: "):
        finish(site)
    assert not list((site / "_static").glob("*.html"))


@pytest.mark.parametrize("program", ["", "/bin/false"])
def test_without_a_browser_that_works_pages_set_their_own(
    site: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formulas, "browser", lambda: program or None)
    page = (site / "page.html").read_text("utf-8")
    finish(site)
    assert (site / "page.html").read_text("utf-8") == page


def test_the_book_shows_no_tex_and_needs_no_mathjax() -> None:
    pages = [path for path in SITE.rglob("*.html") if "_static" not in path.parts]
    texts = {path.name: path.read_text("utf-8") for path in pages}
    assert sum("mjx-container" in text for text in texts.values()) > 15
    assert not [name for name, text in texts.items() if "MathJax = " in text]
    shown = {name: UNREAD.sub("", text) for name, text in texts.items()}
    assert {name: found for name, text in shown.items() if (found := TEX_MARKS.findall(text))} == {}
