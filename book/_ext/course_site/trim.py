"""Cut the theme down to what the book shows: a page must stay light on a slow line.

Measured on one page before: 542 KiB (compressed) of a script that draws icons a font draws too,
156 KiB of that font for 1,400 icons of which some twenty are shown, 40 KiB of style rules that
match nothing, and a search index that every page loads although only the search page reads it.
"""

import logging
import re
from pathlib import Path
from typing import Any

import pydata_sphinx_theme
import tinycss2
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx

# The icons that the theme shows on some page; a test looks for missing ones.
ICONS = {
    "angle-down": 0xF107,
    "angle-left": 0xF104,
    "angle-right": 0xF105,
    "arrow-up": 0xF062,
    "bars": 0xF0C9,
    "bolt": 0xF0E7,
    "bug": 0xF188,
    "check": 0xF00C,
    "chevron-down": 0xF078,
    "chevron-right": 0xF054,
    "chevron-up": 0xF077,
    "circle-half-stroke": 0xF042,
    "circle-info": 0xF05A,
    "download": 0xF019,
    "exclamation": 0xF12A,
    "expand": 0xF065,
    "fire": 0xF06D,
    "file": 0xF15B,
    "file-pdf": 0xF1C1,
    "file-code": 0xF1C9,
    "lightbulb": 0xF0EB,
    "link": 0xF0C1,
    "list": 0xF03A,
    "magnifying-glass": 0xF002,
    "moon": 0xF186,
    "pencil": 0xF303,
    "plus": 0x2B,
    "rocket": 0xF135,
    "skull": 0xF54C,
    "sun": 0xF185,
    "triangle-exclamation": 0xF071,
    "up-right-from-square": 0xF35D,
    "xmark": 0xF00D,
}
# Our own style sheets have no rule too many, and widgets make their classes when they start.
OURS = {"course.css", "quiz.css", "print.css", "widgets.css", "figures.css", "formulas.css"}
_ICON_RULE = re.compile(r"((?:\.fa-[\w-]+:before,?)+)\{content:[^}]*\}")
_FONT_FACE = re.compile(r"@font-face\{[^}]*Font Awesome[^}]*\}")


def write_icons(app: Sphinx) -> None:
    """Write a font of the icons in use where the style sheet expects it."""
    theme = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static"
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    font = TTFont(theme / "vendor/fontawesome/webfonts/fa-solid-900.ttf", recalcTimestamp=False)
    subsetter = Subsetter(Options(layout_features=[], name_IDs=[1, 2], notdef_outline=True))
    subsetter.populate(unicodes=ICONS.values())
    subsetter.subset(font)
    font.flavor = "woff"  # woff2 would need a package more for a file of 3 KiB
    folder = Path(app.outdir) / "_static"
    folder.mkdir(parents=True, exist_ok=True)
    font.save(folder / "icons.woff")


def trimmed_css(css: str) -> str:
    """Return the theme's style sheet without the icons that are not in use and their fonts."""
    used = {f".fa-{name}:before" for name in ICONS}

    def kept(rule: re.Match[str]) -> str:
        return rule[0] if used & set(rule[1].split(",")) else ""

    return _FONT_FACE.sub("", _ICON_RULE.sub(kept, css))


def names_in_use(site: Path) -> set[str]:
    """Return every word that is a class on some page, or that some script could make one."""
    words: set[str] = set()
    for page in site.rglob("*.html"):
        for found in re.findall(r'class="([^"]*)"', page.read_text(encoding="utf-8")):
            words.update(found.split())
    for script in (site / "_static").rglob("*.js"):
        if "mathjax" not in script.parts:
            words.update(re.findall(r"[\w-]+", script.read_text(encoding="utf-8")))
    return words


def purged(rules: list[Any], names: set[str]) -> str:
    """Return style rules without the selectors that no page can match."""
    out = []
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [s for s in _split(rule.prelude) if _may_match(s, names)]
            if selectors:
                out.append(f"{','.join(selectors)}{{{tinycss2.serialize(rule.content)}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in {"media", "supports"}:
            inner = tinycss2.parse_rule_list(rule.content, skip_whitespace=True)
            if body := purged(inner, names):
                head = tinycss2.serialize(rule.prelude)
                out.append(f"@{rule.at_keyword}{head}{{{body}}}")
        elif rule.type != "comment":
            out.append(rule.serialize())
    return "".join(out)


def _split(prelude: list[Any]) -> list[str]:
    """Return a rule's selectors; commas inside brackets belong to one selector."""
    parts: list[list[Any]] = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return [tinycss2.serialize(part).strip() for part in parts]


def _may_match(selector: str, names: set[str]) -> bool:
    """Return whether all classes of a selector occur; what is negated or escaped is kept."""
    plain = re.sub(r":(?:not|is|where|has)\((?:[^()]|\([^()]*\))*\)", "", selector)
    return "\\" in plain or all(n in names for n in re.findall(r"\.([a-zA-Z_][\w-]*)", plain))


def trim(app: Sphinx, error: Exception | None) -> None:
    """Rewrite the theme's files in the finished site."""
    site = Path(app.outdir)
    static = site / "_static"
    if error or not static.is_dir():
        return
    for unused in (*static.rglob("*.map"), static / "scripts/fontawesome.js"):
        unused.unlink(missing_ok=True)
    for path in (static / "vendor/fontawesome").rglob("*.*"):
        path.unlink()
    names = names_in_use(site)
    for sheet in (*(static / "styles").glob("*theme.css"), *static.glob("*.css")):
        if sheet.name in OURS:
            continue
        rules = tinycss2.parse_stylesheet(
            trimmed_css(sheet.read_text(encoding="utf-8")), skip_whitespace=True
        )
        sheet.write_text(purged(rules, names), encoding="utf-8")


def light_mathjax(_: Sphinx, config: Any) -> None:
    """Let our script load MathJax, when the page is drawn and without the menu, half its size."""
    config.mathjax_path = "formulas.js"


def setup(app: Sphinx) -> None:
    """Connect to the first and the last event of a build."""
    app.connect("config-inited", light_mathjax)
    app.connect("builder-inited", write_icons)
    app.connect("build-finished", trim)
