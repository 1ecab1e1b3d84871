"""Live figures: one self-contained ES module each, on a static page and in a notebook alike."""

from itertools import count
from pathlib import Path

_NUMBERS = count(1)


def element(name: str) -> str:
    """Return HTML that shows the widget ``name`` on a static page, without any other file.

    The module is put into the page, because browsers refuse to import modules from ``file:``.

    >>> 'data-widget="six-by-six"' in element("six-by-six")
    True
    """
    path = Path(__file__).parent / f"{name.replace('-', '_')}.js"
    source = path.read_text(encoding="utf-8").replace("export default", "const widget =")
    place = f"convnet-{name}-{next(_NUMBERS)}"
    return (
        f'<div class="convnet-widget" data-widget="{name}" id="{place}">'
        "<noscript><p>This figure is live where scripts are on; the text gives the same numbers."
        f'</p></noscript></div>\n<script type="module">\n{source}\n'
        f'widget.render({{el: document.getElementById("{place}")}});\n</script>\n'
    )
