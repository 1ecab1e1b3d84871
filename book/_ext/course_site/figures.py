"""The style sheet that gives figures their colours in both themes, written from the palette."""

from pathlib import Path

from sphinx.application import Sphinx

from convnet.plotting.colours import style_sheet


def write_style_sheet(app: Sphinx) -> None:
    """Write ``figures.css`` before Sphinx looks for it."""
    folder = Path(app.outdir) / "_static"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "figures.css").write_text(style_sheet(), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Register the style sheet on every page."""
    app.connect("builder-inited", write_style_sheet)
    app.add_css_file("figures.css")
