"""One style sheet for all pages: a phone asks for one file, not fourteen, before it draws anything.

Each of the theme's and the extensions' sheets is small, but a browser draws nothing until it has
all of them, and asks for six at a time.
"""

import hashlib
import re
from pathlib import Path

from sphinx.application import Sphinx

# In the order in which a page links them: later rules win. What is not named here keeps its link.
SHEETS = (
    "basic.css",
    "styles/theme.css",
    "styles/pydata-sphinx-theme.css",
    "pygments.css",
    "styles/sphinx-book-theme.css",
    "copybutton.css",
    "mystnb.*.css",
    "exercise.css",
    "proof.css",
    "figures.css",
    "sphinx-design.min.css",
    "design-tabs.css",
    "togglebutton.css",
    "course.css",
    "quiz.css",
    "print.css",
    "widgets.css",
)
BUNDLE = "site.css"
LINK = re.compile(r'<link\b[^>]*\bhref="([^"]*_static/)([^"?]+\.css)(?:\?[^"]*)?"[^>]*/?>\s*')
# Sheets import their neighbours; all of them are in the bundle already.
IMPORT = re.compile(r'@(?:import|charset) *"[^"]*";')
OPTIONS = re.compile(r'<script src="[^"]*_static/documentation_options\.js[^"]*"></script>')


def bundled(static: Path) -> list[Path]:
    """Return the sheets that this site has, in their order."""
    return [path for name in SHEETS for path in sorted(static.glob(name))]


def linked(html: str, names: set[str], version: str) -> str:
    """Return a page with one link to the bundle in place of those to its parts."""
    done = False

    def replaced(link: re.Match[str]) -> str:
        nonlocal done
        if link[2] not in names:
            return link[0]
        first, done = not done, True
        return f'<link rel="stylesheet" href="{link[1]}{BUNDLE}?v={version}" />\n' if first else ""

    return LINK.sub(replaced, html)


def bundle(app: Sphinx, error: Exception | None) -> None:
    """Write the bundle and let every page of the finished site link it."""
    if error or app.builder.name != "html":
        return
    static = Path(app.outdir) / "_static"
    sheets = bundled(static)
    css = IMPORT.sub("", "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets))
    (static / BUNDLE).write_text(css, encoding="utf-8")
    version = hashlib.sha256(css.encode()).hexdigest()[:8]
    names = {BUNDLE, *(sheet.relative_to(static).as_posix() for sheet in sheets)}
    options = (static / "documentation_options.js").read_text(encoding="utf-8")
    for path in Path(app.outdir).rglob("*.html"):
        if "_static" not in path.parts:
            html = linked(path.read_text(encoding="utf-8"), names, version)
            # Two hundred bytes that the next script needs at once are not worth a request.
            html = OPTIONS.sub(lambda _: f"<script>{options}</script>", html)
            path.write_text(html, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Connect to the very end of the build, after whatever rewrites the sheets."""
    app.connect("build-finished", bundle, priority=900)  # the theme writes pygments.css then, too
