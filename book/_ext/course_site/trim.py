"""Cut the theme down to what the book shows: a page must stay light on a slow line.

Measured on one page before: 542 KiB (compressed) of a script that draws icons a font draws too,
156 KiB of that font for 1,400 icons of which some twenty are shown, 20 KiB of rules for the rest,
and a search index that every page loads although only the search page reads it.
"""

import logging
import re
from pathlib import Path
from typing import Any

import pydata_sphinx_theme
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
    """Return the theme's style sheet without the rules of icons that are not in use."""
    used = tuple(f".fa-{name}:before" for name in ICONS)
    return _FONT_FACE.sub(
        "",
        _ICON_RULE.sub(
            lambda rule: rule[0] if any(u in rule[1].split(",") for u in used) else "", css
        ),
    )


def trim(app: Sphinx, error: Exception | None) -> None:
    """Rewrite the theme's files in the finished site."""
    static = Path(app.outdir) / "_static"
    if error or not static.is_dir():
        return
    sheet = static / "styles" / "pydata-sphinx-theme.css"
    sheet.write_text(trimmed_css(sheet.read_text(encoding="utf-8")), encoding="utf-8")
    for unused in (*static.rglob("*.map"), static / "scripts/fontawesome.js"):
        unused.unlink(missing_ok=True)
    for folder in ("vendor/fontawesome",):
        for path in (static / folder).rglob("*.*"):
            path.unlink()


def light_mathjax(_: Sphinx, config: Any) -> None:
    """Load MathJax without the menu, half its size; its package asks for the whole."""
    config.mathjax_path = "mathjax/startup.js"


def setup(app: Sphinx) -> None:
    """Connect to the first and the last event of a build."""
    app.connect("config-inited", light_mathjax)
    app.connect("builder-inited", write_icons)
    app.connect("build-finished", trim)
