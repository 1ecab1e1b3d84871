"""Open a page of the built site once and keep everything that the checks ask about."""

import gzip
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

SITE = Path(os.environ.get("CONVNET_SITE", Path(__file__).parents[2] / "book/_build/html"))
LIMIT = 450 * 1024
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COMPRESSED = {".woff", ".woff2", ".png", ".jpg", ".jpeg", ".webp"}

# Images and drawings that neither say what they show nor are marked as decoration.
UNDESCRIBED = """() => [...document.querySelectorAll("img, svg, canvas, figure")].filter((node) => {
  if (node.closest("[aria-hidden='true'], mjx-container, noscript")) return false;
  const inside = !!node.closest("article");
  if (node.matches("img")) return !node.hasAttribute("alt") || (inside && !node.alt.trim());
  if (node.matches("figure")) return !node.querySelector("img, svg, table, .cw, pre, p");
  const named = ["aria-label", "aria-labelledby"].some((name) => node.getAttribute(name));
  return !named && !node.querySelector("title");
}).map((node) => node.outerHTML.slice(0, 160))"""
FIGURES = """() => [...document.querySelectorAll(".course-figure svg")]
  .map((node) => node.outerHTML).join("")"""


def pages() -> list[str]:
    """Return every page of the built site, or its entrance where none has been built."""
    found = sorted(str(p.relative_to(SITE)) for p in SITE.rglob("*.html"))
    return [p for p in found if not p.startswith("_static") and p != "index.html"] or ["index.html"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser that CONVNET_BROWSER names, or Debian's Chromium."""
    program = os.environ.get("CONVNET_BROWSER") or shutil.which("chromium")
    if program is None:
        pytest.fail("no browser: sudo apt-get install chromium, or set CONVNET_BROWSER")
    if not (SITE / "index.html").exists():
        pytest.fail("the book has not been built: run make book")
    with sync_playwright() as playwright:
        # Chromium refuses its own sandbox to root; only our own pages are opened here.
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()


@dataclass
class Visit:
    """What one page did and what was found on it."""

    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    files: set[Path] = field(default_factory=set)
    barriers: dict[str, list[Any]] = field(default_factory=dict)
    widths: dict[int, int] = field(default_factory=dict)
    undescribed: list[str] = field(default_factory=list)
    weight: int = 0

    def listen(self, page: Page) -> None:
        """Keep what the page asks for and what it complains about."""
        page.on("request", lambda request: self.asked(request.url))
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def asked(self, url: str) -> None:
        """Keep one request: a file of the site, or something outside it."""
        if url.startswith("file:"):
            self.files.add(Path(unquote(urlparse(url).path)))
        elif not url.startswith(("data:", "blob:")):
            self.outside.append(url)


def settle(page: Page) -> None:
    """Wait until typefaces are there and the theme's scripts have run, and start all widgets."""
    page.keyboard.press("Shift")  # any key starts those that are out of sight
    page.evaluate("async () => { await document.fonts.ready; }")
    page.wait_for_timeout(250)


def examine(browser: Browser, name: str) -> Visit:
    """Open one page and examine it in both themes and at both widths."""
    # Without motion, colours change with the theme at once and not while they are measured.
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, reduced_motion="reduce")
    page, visit = context.new_page(), Visit()
    visit.listen(page)
    page.goto((SITE / name).as_uri())
    settle(page)
    visit.weight = weight(visit.files, page.evaluate(FIGURES))
    visit.undescribed = page.evaluate(UNDESCRIBED)
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 1000})
        for theme in ("light", "dark"):
            page.evaluate("t => { document.documentElement.dataset.theme = t; }", theme)
            page.wait_for_timeout(150)
            visit.barriers[f"{theme}, {width} px"] = barriers(page, theme, width)
        visit.widths[width] = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    return visit


# Thousands of nodes of formulas and code make contrast slow to measure. All are measured once; for
# the other theme and width, code is measured by its kinds of token, and formulas have the text's
# colour.
HIDE = "hidden => document.documentElement.classList.toggle('check-contrast', hidden)"
HIDDEN = ".check-contrast :is(mjx-container, .highlight pre, svg) { display: none !important; }"
TOKENS = """() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => parts(colour).slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
  const seen = new Map();
  for (const node of document.querySelectorAll(".highlight pre, .highlight pre span[class]")) {
    if (seen.has(node.className) || !node.textContent.trim()) continue;
    let ground = node;
    const fill = (element) => getComputedStyle(element).backgroundColor;
    while (ground && parts(fill(ground))[3] === 0) ground = ground.parentElement;
    const both = [getComputedStyle(node).color, fill(ground ?? document.body)];
    const [low, high] = both.map(light).sort((a, b) => a - b);
    seen.set(node.className, (high + 0.05) / (low + 0.05));
  }
  return [...seen].filter(([, contrast]) => contrast < 4.5);
}"""


def barriers(page: Page, theme: str, width: int) -> list[Any]:
    """Return axe's violations of WCAG 2.2 AA, each with the elements at fault."""
    tags = {"type": "tag", "values": WCAG}
    if (theme, width) == ("light", 1280):
        return axe(page, {"runOnly": tags})
    found = []
    if theme == "light":
        found += axe(page, {"runOnly": tags, "rules": {"color-contrast": {"enabled": False}}})
    page.add_style_tag(content=HIDDEN)
    page.evaluate(HIDE, True)
    found += axe(page, {"runOnly": {"type": "rule", "values": ["color-contrast"]}})
    page.evaluate(HIDE, False)
    pale = page.evaluate(TOKENS)
    return found + ([("color-contrast of code", pale)] if pale else [])


def axe(page: Page, options: dict[str, Any]) -> list[Any]:
    """Run axe once; preloading would ask for style sheets again, which a file may not."""
    found = Axe().run(page, options={**options, "preload": False, "resultTypes": ["violations"]})
    return [(v["id"], [n["html"][:150] for n in v["nodes"]]) for v in found.response["violations"]]


def weight(files: set[Path], figures: str) -> int:
    """Return the bytes that a server would send, compressed, without pictures and drawings."""
    pictures = {".png", ".jpg", ".jpeg", ".webp", ".svg"}
    total = 0
    for path in files:
        if path.suffix in pictures or not path.is_file():
            continue
        content = path.read_bytes()
        total += len(content if path.suffix in COMPRESSED else gzip.compress(content))
    return total - len(gzip.compress(figures.encode()))
