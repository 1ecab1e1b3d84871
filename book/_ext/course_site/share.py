"""What other sites and lost readers see: a card, and a page for addresses that do not exist."""

import html
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from sphinx.application import Sphinx

INK, CELL, READ, CHOSEN = "#14213d", "#2c4370", "#ffb04d", "#8ec1ff"


def draw_card(title: str, path: Path) -> None:
    """Draw the card of 1200 × 630 pixels: the book's mark and its name."""
    figure = Figure(figsize=(12, 6.3), dpi=100, facecolor=INK)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 12), ylim=(6.3, 0))
    axes.set_axis_off()
    for i in range(6):
        for j in range(6):
            inside = 1 <= i <= 3 and 2 <= j <= 4
            fill = CHOSEN if (i, j) == (2, 3) else READ if inside else CELL
            box = FancyBboxPatch((0.75 + 0.72 * j, 1.0 + 0.72 * i), 0.5, 0.5, facecolor=fill)
            box.set(boxstyle="round,pad=0.05,rounding_size=0.1", linewidth=0)
            axes.add_patch(box)
    lines = title.replace(", ", ",\n").replace("Convolutional ", "Convolutional\n")
    words = {"color": "white", "fontfamily": "DejaVu Sans", "va": "center"}
    axes.text(5.6, 2.9, lines, fontsize=40, fontweight="bold", linespacing=1.15, **words)
    axes.text(5.62, 4.85, "every number in sight", fontsize=22, **{**words, "color": READ})
    figure.savefig(path, metadata={"Software": None})


# A server shows this page at any depth of address: it refers to no other file.
LOST = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>No page here · {title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root {{ color-scheme: light dark; }}
body {{ margin: 0; min-height: 100vh; display: grid; place-content: center; padding: 1.5rem;
  font: 1.1rem/1.6 Georgia, serif; background: light-dark(#fbfaf6, #12161d);
  color: light-dark(#14213d, #e8edf4); }}
h1 {{ font: 600 2.2rem/1.1 system-ui, sans-serif; margin: 1.2rem 0 .4rem; }}
a {{ color: light-dark(#0b4f9c, #8ec1ff); }}
.row {{ display: flex; gap: 4px; }} .row span {{ width: 2rem; height: 2rem; border-radius: 5px;
  background: light-dark(#d8d3c5, #2b3440); }} .row .on {{ background: #d97706; }}
</style></head><body><main>
<div class="row" aria-hidden="true">{cells}</div>
<h1>The window has slid off the image</h1>
<p>There is no page at this address. It may have been renamed.</p>
<p><a href="{home}">Go to the cover of {title}</a></p>
</main></body></html>
"""


def write_lost(title: str, base: str, path: Path) -> None:
    """Write the page 404.html; its one link leads to the site's root."""
    cells = "".join(f"<span{' class=on' if k >= 7 else ''}></span>" for k in range(9))
    home = f"{base.rstrip('/')}/" if base else "/"
    page = LOST.format(title=html.escape(title), home=html.escape(home), cells=cells)
    path.write_text(page, encoding="utf-8")


def share(app: Sphinx, error: Exception | None) -> None:
    """Write both into the finished site."""
    if not error:
        title = app.config.html_title or app.config.project
        draw_card(title, Path(app.outdir) / "_static" / "card.png")
        write_lost(title, app.config.html_baseurl, Path(app.outdir) / "404.html")


def setup(app: Sphinx) -> None:
    """Connect to the end of the build."""
    app.connect("build-finished", share)
