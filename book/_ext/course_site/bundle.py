"""One style sheet for all pages: a phone asks for one file, not fourteen, before it draws anything.

Each of the theme's and the extensions' sheets is small, but a browser draws nothing until it has
all of them, and asks for six at a time. The typefaces of text and headings come in a script beside
it: a browser has what a script hands over at once, but shows other letters, and moves every line,
while it fetches what a sheet names. Where scripts are off, the rules of another sheet fetch them.
"""

import hashlib
import json
import re
from base64 import b64encode
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
LETTERS = "typefaces.js"
PLAIN = "typefaces.css"  # the same for readers without scripts
# Family, weight and file, as in course.css.
TYPEFACES = (
    ("Source Serif 4", "400", "fonts/source-serif-4-latin-400-normal.woff2"),
    ("Bricolage Grotesque", "400 800", "fonts/bricolage-grotesque-latin-600-normal.woff2"),
)
HAND_OVER = """for (const [family, weight, data] of %s) {
  const letters = atob(data), bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  document.fonts.add(new FontFace(family, bytes, {weight}));
}
"""
LINK = re.compile(r'<link\b[^>]*\bhref="([^"]*_static/)([^"?]+\.css)(?:\?[^"]*)?"[^>]*/?>\s*')
# Sheets import their neighbours; all of them are in the bundle already.
IMPORT = re.compile(r'@(?:import|charset) *"[^"]*";')
HANDED = re.compile(
    rf'<script src="[^"]*{re.escape(LETTERS)}[^"]*"></script><noscript>.*?</noscript>\s*'
)
FACE = re.compile(r"@font-face \{[^}]*url\((?P<file>[^)]*)\)[^}]*\}\s*")
OPTIONS = re.compile(r'<script src="[^"]*_static/documentation_options\.js[^"]*"></script>')


def bundled(static: Path) -> list[Path]:
    """Return the sheets that this site has, in their order."""
    return [path for name in SHEETS for path in sorted(static.glob(name))]


def linked(html: str, names: set[str], version: str) -> str:
    """Return a page with one link to the bundle, and the letters, in place of its parts."""
    done = False

    def replaced(link: re.Match[str]) -> str:
        nonlocal done
        if link[2] not in names:
            return link[0]
        first, done = not done, True
        if not first:
            return ""
        place = link[1]
        return (
            f'<script src="{place}{LETTERS}?v={version}"></script>'
            f'<noscript><link rel="stylesheet" href="{place}{PLAIN}?v={version}" /></noscript>\n'
            f'<link rel="stylesheet" href="{place}{BUNDLE}?v={version}" />\n'
        )

    return LINK.sub(replaced, HANDED.sub("", html))  # a second build finds pages that are done


def typefaces(static: Path) -> str:
    """Return the script that hands over the typefaces which every page shows first."""
    rows = [
        [family, weight, b64encode((static / name).read_bytes()).decode("ascii")]
        for family, weight, name in TYPEFACES
    ]
    return HAND_OVER % json.dumps(rows)


def without_typefaces(css: str) -> tuple[str, str]:
    """Return a sheet without the rules for those typefaces, and these rules."""
    files = {name for *_, name in TYPEFACES}
    rules = [face[0] for face in FACE.finditer(css) if face["file"] in files]
    for rule in rules:
        css = css.replace(rule, "")
    return css, "".join(rules)


def bundle(app: Sphinx, error: Exception | None) -> None:
    """Write the bundle and let every page of the finished site link it."""
    if error or app.builder.name != "html":
        return
    static = Path(app.outdir) / "_static"
    sheets = bundled(static)
    css = IMPORT.sub("", "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets))
    css, plain = without_typefaces(css)
    letters = typefaces(static)
    (static / PLAIN).write_text(plain, encoding="utf-8")
    (static / LETTERS).write_text(letters, encoding="utf-8")
    (static / BUNDLE).write_text(css, encoding="utf-8")
    version = hashlib.sha256((css + letters).encode()).hexdigest()[:8]
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
