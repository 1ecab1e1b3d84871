"""Mend the finished pages: nothing that is not needed, nothing that is not valid HTML."""

import re
from pathlib import Path

from sphinx.application import Sphinx

# What is taken out, and why.
DROPPED = (
    re.compile(r"<script[^>]*scripts/fontawesome\.js[^>]*></script>\s*"),  # a font draws the icons
    re.compile(r"<link[^>]*sphinx-thebe\.css[^>]*/>\s*"),  # thebe would call other hosts
    re.compile(r'<script type="text/x-thebe-config">.*?</script>\s*', re.DOTALL),
    re.compile(r"<script>kernelName = [^<]*</script>\s*"),
    re.compile(r'<meta name="viewport" content="width=device-width, initial-scale=1\.0" />'),
    re.compile(r'<meta name="viewport" content="width=device-width, initial-scale=1" />'),
    re.compile(r'<meta name="docsearch:[^>]*>\s*'),
)
SEARCH = re.compile(
    r'<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"[^>]*></script>\s*'
)
# Files that are of use only where a page has something for them, and how that is recognized.
OPTIONAL = {
    "togglebutton": re.compile(r'class="(?:(?:[^"]* )?toggle[" ]|[^"]*admonition[^"]*dropdown)'),
    "design-tabs": re.compile(r'class="[^"]*sd-tab-set'),
    "copybutton": re.compile(r'class="highlight'),
    "clipboard": re.compile(r'class="highlight'),
    "formulas": re.compile(r'class="[^"]*\bmath\b'),
}
TOGGLES = re.compile(r"<script>(?:let toggle\w+ = |var togglebuttonSelector = )[^<]*</script>\s*")
# A summary may hold words, not paragraphs.
SUMMARY = re.compile(r"(<summary[^>]*>)(.*?)(</summary>)", re.DOTALL)


# Until the theme's script runs, a page would be of neither theme: in the wrong size of type and the
# wrong colours for dark readers. What the script will say is known before anything is drawn.
UNDECIDED = 'localStorage.getItem("theme") || "auto"'
DECIDED = (
    'localStorage.getItem("theme") || '
    '(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")'
)
# Nothing needs these scripts before the end of the page; they run in their order.
WAITING = "sphinx_highlight|clipboard\\.min|copybutton|sphinx-book-theme|course|quiz"
LATER = re.compile(rf'<script (src="[^"]*/(?:{WAITING})\.js[^"]*")></script>')
# The search page's own scripts build on this one, and run at once.
TOOLS = re.compile(r'<script (src="[^"]*/doctools\.js[^"]*")></script>')
FORMULAS = re.compile(r"<script>window\.MathJax = [^<]*</script>\s*")
# Names, punctuation and white space have the colour of all code: one element in five for nothing.
UNCOLOURED = ("n", "nn", "p", "w")
TOKEN = re.compile(rf'<span class="(?:{"|".join(UNCOLOURED)})">([^<]*)</span>')
# The role of one reference in a list is deprecated; the list's role asks for list items.
REFERENCE = ('role="doc-biblioentry"', 'role="listitem"')


def cleaned(html: str, is_search: bool) -> str:
    """Return a page without what is dropped; only the search page reads the search index."""
    for unwanted in DROPPED:
        html = unwanted.sub("", html)
    for name, sign in OPTIONAL.items():
        if not sign.search(html):
            html = re.sub(rf'<script[^>]*src="[^"]*{name}[^"]*"[^>]*></script>\s*', "", html)
            html = re.sub(rf'<link[^>]*href="[^"]*{name}\.css[^"]*"[^>]*/>\s*', "", html)
    if "togglebutton.js" not in html:
        html = TOGGLES.sub("", html)
    html = html.replace(*REFERENCE).replace(UNDECIDED, DECIDED)
    html = TOKEN.sub(r"\1", html)
    html = LATER.sub(r"<script defer \1></script>", html)
    if "formulas.js" not in html:
        html = FORMULAS.sub("", html)
    if not is_search:
        html = TOOLS.sub(r"<script defer \1></script>", SEARCH.sub("", html))
    return SUMMARY.sub(
        lambda found: found[1] + re.sub(r"<(/?)p\b", r"<\1span", found[2]) + found[3], html
    )


def clean(app: Sphinx, error: Exception | None) -> None:
    """Rewrite every page of the finished site."""
    if error or app.builder.name != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        if "_static" not in path.parts:
            html = path.read_text(encoding="utf-8")
            path.write_text(cleaned(html, path.name == "search.html"), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Connect to the end of the build."""
    app.connect("build-finished", clean)
