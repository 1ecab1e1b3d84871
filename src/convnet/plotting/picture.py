"""A Matplotlib figure as one inline drawing whose colours follow the page's theme."""

import html
import io
import re
import zlib
from collections import Counter
from dataclasses import dataclass

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from convnet.plotting.colours import PALETTE, variable
from convnet.plotting.style import RC

_COLOUR = re.compile("|".join(colour.light for colour in PALETTE.values()))
_ROLES = {colour.light: name for name, colour in PALETTE.items()}
_DROPPED = re.compile(r"<metadata>.*?</metadata>|<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->", re.DOTALL)


@dataclass(frozen=True)
class Picture:
    """A finished figure: a drawing, what it shows in words, and a caption."""

    svg: str
    alt: str
    caption: str = ""

    def _repr_html_(self) -> str:
        """Return the figure as a notebook or a page shows it."""
        said = f"<figcaption>{self.caption}</figcaption>" if self.caption else ""
        return f'<figure class="course-figure">{self.svg}{said}</figure>'


def picture(figure: Figure, alt: str, caption: str = "") -> Picture:
    """Return a figure as what a cell shows, and close it.

    One drawing serves light and dark pages, print and notebooks: each colour of the palette becomes
    a CSS variable with the light value as fallback.

    Args:
        figure: from :func:`~convnet.plotting.new_figure`; its colours are those of the palette.
        alt: what the figure shows, in a sentence or two, for a reader who does not see it.
        caption: what to notice; may contain HTML. Default none.

    Raises:
        ValueError: ``alt`` has fewer than ten characters.

    >>> from convnet.plotting import new_figure
    >>> figure, axes = new_figure()
    >>> _ = axes.plot([0, 1], [0, 1])
    >>> shown = picture(figure, alt="A straight line from (0, 0) to (1, 1).")
    >>> "var(--fig-blue, #0b4f9c)" in shown.svg
    True
    """
    if len(alt.strip()) < 10:
        raise ValueError(
            f"alt is {alt!r}, but needs to say what the figure shows; write a sentence, such as "
            "'Loss against epoch: it falls from 2.3 to 0.4.'"
        )
    try:
        svg = _drawing(figure)
    finally:
        plt.close(figure)
    return Picture(_themed(svg, alt), alt, caption)


def _drawing(figure: Figure) -> str:
    """Return the figure as SVG text without Matplotlib's preamble and metadata."""
    stream = io.StringIO()
    with plt.rc_context({**RC, "svg.hashsalt": "course"}):
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return _DROPPED.sub("", stream.getvalue()).strip()


def _numbered(svg: str) -> str:
    """Number the ids that stand more than once: Matplotlib names an image after its pixels."""
    seen: Counter[str] = Counter()

    def number(found: re.Match[str]) -> str:
        seen[found[1]] += 1
        return found[0] if seen[found[1]] == 1 else f'id="{found[1]}-{seen[found[1]]}"'

    return re.sub(r'\bid="([^"]*)"', number, svg)


def _themed(svg: str, alt: str) -> str:
    """Put variables for colours, a prefix before every id, and the text alternative."""
    prefix = (
        f"f{zlib.crc32(svg.encode()):08x}-"  # the same drawing gets the same ids on every build
    )
    svg = re.sub(r'(\bid="|href="#|url\(#)', lambda found: found[0] + prefix, svg)
    svg = _numbered(svg)
    svg = _COLOUR.sub(lambda found: variable(_ROLES[found[0]]), svg)
    width = re.search(r'viewBox="0 0 ([\d.]+) ', svg)
    limit = f"max-width:{float(width[1]) / 72:.2f}in;" if width else ""
    opening = (
        f'<svg role="img" aria-label="{html.escape(alt)}" style="width:100%;height:auto;{limit}"'
    )
    svg = re.sub(r'<svg (.*?)(width="[^"]*")(.*?)>', r"<svg \1\3>", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r' height="[^"]*"', "", svg, count=1)
    return svg.replace("<svg", opening, 1)
