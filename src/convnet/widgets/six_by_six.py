"""The 6x6 network as a widget for notebooks; the same module runs on the book's static pages."""

from pathlib import Path
from typing import Any

import anywidget


class SixBySixWidget(anywidget.AnyWidget):
    """Image, kernel and every number between them and the predicted class, live.

    In a notebook, the last expression of a cell shows it; on a page, the directive
    ``{widget} six-by-six`` does. Chapter: *A whole network by hand*.
    """

    _esm = Path(__file__).parent / "six_by_six.js"
    _css = Path(__file__).parent / "widgets.css"

    def static_html(self) -> str:
        """Return the widget as HTML that needs no kernel."""
        from convnet.widgets import element

        return element("six-by-six")

    def _repr_html_(self) -> Any:
        return self.static_html()
