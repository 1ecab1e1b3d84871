"""Formulas are set when the book is built: a phone needs a second to start what sets them.

MathJax sets them all in one empty page of a browser; the book's pages get what came out, with
MathML for screen readers as before, and no script. Where there is no browser to do so, pages keep
MathJax and set their formulas when they are read, as `formulas.js` does it.
"""

import hashlib
import html
import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Error as BrowserError
from playwright.sync_api import sync_playwright
from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util import logging

FORMULA = re.compile(
    r'(?P<box>class="(?:[^"]* )?math notranslate nohighlight"[^>]*>'
    r'(?:\s*<span class="eqno">.*?</span>)?\s*)'
    r"\\(?P<open>[(\[])(?P<tex>[^<]*)\\[)\]]",
    re.DOTALL,
)
SCRIPTS = re.compile(
    r"<script>window\.MathJax = [^<]*</script>\s*|<script[^>]*/formulas\.js[^>]*></script>\s*"
)
SHEET = "formulas.css"
HOST = "<!doctype html><script>window.MathJax = {}</script><script src='{}'></script>"
# What a page would measure beside its own letters: its small ones are that much larger.
SIZE = "mjx-container { font-size: 107.5%; }"
SETTINGS: dict[str, dict[str, Any]] = {
    "chtml": {"fontURL": "mathjax/output/chtml/fonts/woff-v2", "matchFontHeight": False},
    "startup": {"typeset": False},
    # A reader's browser shows unknown commands in red; whoever builds the book gets an error.
    "tex": {"packages": {"[-]": ["noundefined", "noerrors"]}},
}
SET = """async (formulas) => {
  await MathJax.startup.promise;
  const boxes = [], wrong = [];
  for (const [tex, display] of formulas) {
    const box = await MathJax.tex2chtmlPromise(tex, {display});
    const error = box.querySelector("[data-mjx-error]");
    if (error) wrong.push(`${error.dataset.mjxError}: ${tex}`);
    boxes.push(box.outerHTML);
  }
  MathJax.startup.document.addStyleSheet();
  const sheet = document.getElementById("MJX-CHTML-styles").textContent;
  return [boxes, wrong, sheet.trim().split(/\\n\\n/).map((rule) => rule.replace(/\\s+/g, " "))];
}"""

Formula = tuple[str, bool]  # TeX, and whether it stands on a line of its own
logger = logging.getLogger(__name__)


def browser() -> str | None:
    """Return the browser that CONVNET_BROWSER names, or Debian's Chromium, if there is one."""
    return os.environ.get("CONVNET_BROWSER") or shutil.which("chromium")


def formula(found: re.Match[str]) -> Formula:
    """Return the formula that stands in a page."""
    return html.unescape(found["tex"]), found["open"] == "["


def set_formulas(
    formulas: list[Formula], program: str, static: Path, config: dict[str, Any]
) -> tuple[dict[Formula, str], list[str]]:
    """Return each formula as HTML, and the style rules that all of them need.

    Args:
        formulas: what to set, each once.
        program: a Chromium.
        static: the folder with MathJax, in which nothing is left.
        config: MathJax's settings.

    Raises:
        SphinxError: some are not TeX; the message quotes them.
        playwright.sync_api.Error: the browser does not start, or may not read the folder.
    """
    settings = config | {part: config.get(part, {}) | ours for part, ours in SETTINGS.items()}
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.NamedTemporaryFile("w", dir=static, suffix=".html") as host:
        host.write(HOST.format(json.dumps(settings), (static / "mathjax/startup.js").as_uri()))
        host.flush()
        with sync_playwright() as playwright:
            page = playwright.chromium.launch(executable_path=program, args=flags).new_page()
            page.goto(Path(host.name).as_uri())
            boxes, wrong, rules = page.evaluate(SET, formulas)
    if wrong:
        raise SphinxError("not TeX: " + "; ".join(wrong))
    return dict(zip(formulas, boxes, strict=True)), [*rules, SIZE]


def with_formulas(page: str, boxes: dict[Formula, str], sheet: str) -> str:
    """Return a page with its formulas set, a link to their style sheet and no MathJax."""
    page = FORMULA.sub(lambda found: found["box"] + boxes[formula(found)], page)
    link = f'<link rel="stylesheet" href="{sheet}" />\n</head>'
    return SCRIPTS.sub("", page).replace("</head>", link, 1)


def write_sheet(path: Path, rules: list[str]) -> str:
    """Add rules to the style sheet, which serves the pages of earlier builds too.

    Returns:
        What tells one version of the sheet from the next.
    """
    before = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    css = "\n".join(dict.fromkeys([*rules, *before]))
    path.write_text(css, encoding="utf-8")
    return hashlib.sha256(css.encode()).hexdigest()[:8]


def finish(app: Sphinx, error: Exception | None) -> None:
    """Set the formulas of the finished site's pages that are not set yet."""
    if error or app.builder.name != "html":
        return
    site, static = Path(app.outdir), Path(app.outdir) / "_static"
    texts = {path: path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    pages = {path: text for path, text in texts.items() if FORMULA.search(text)}
    wanted = sorted({formula(found) for text in pages.values() for found in FORMULA.finditer(text)})
    if not wanted or not (program := browser()):
        return
    try:
        boxes, rules = set_formulas(wanted, program, static, app.config.mathjax3_config or {})
    except BrowserError as why:
        logger.info("formulas: set by each page, not now: %s does not do it: %s", program, why)
        return
    version = write_sheet(static / SHEET, rules)
    for path, text in pages.items():
        up = "../" * (len(path.relative_to(site).parts) - 1)
        sheet = f"{up}_static/{SHEET}?v={version}"
        path.write_text(with_formulas(text, boxes, sheet), encoding="utf-8")
    drop_mathjax(static)


def drop_mathjax(static: Path) -> None:
    """Keep MathJax's typefaces only: its programs, half of the site's size, have done their work.

    The next build that sets a formula finds them again, since Sphinx copies what is missing.
    """
    for path in (static / "formulas.js", *(static / "mathjax").rglob("*.*")):
        if path.is_file() and path.suffix != ".woff":
            path.unlink()


def setup(app: Sphinx) -> None:
    """Connect to the end of the build, when pages keep MathJax only where they need it."""
    app.connect("build-finished", finish, priority=600)
