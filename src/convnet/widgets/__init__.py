"""Live figures: one self-contained ES module each, on a static page and in a notebook alike.

``{widget} convolution`` places one on a page of the book; in a notebook, the classes of
:mod:`convnet.widgets.notebook` are anywidgets whose traits Python can read and set.
"""

import json
from itertools import count
from pathlib import Path
from typing import Any

from convnet.widgets.bundle import module, sources
from convnet.widgets.fallback import fallback
from convnet.widgets.presets import PRESETS, plain

__all__ = ["PRESETS", "STYLES", "element", "module", "sources", "state_of"]

STYLES = Path(__file__).parent / "widgets.css"
_NUMBERS = count(1)

# What a widget finds instead of a notebook's model: it keeps values, and nobody else listens. It
# starts when it is a screen away, since a phone needs a while to build all of a page's figures, or
# with the first key that is pressed: the Tab key has to find its controls.
_HOST = """
const state = %s;
const model = {get: (key) => state[key], set: (key, value) => { state[key] = value; },
  save_changes() {}, on() {}, off() {}};
const el = document.getElementById("%s");
const begin = () => {
  watch.disconnect();
  removeEventListener("keydown", begin, true);
  live.render({model, el});
};
const near = (places) => { if (places.some((place) => place.isIntersecting)) begin(); };
const watch = new IntersectionObserver(near, {rootMargin: "100%% 0%%"});
watch.observe(el);
addEventListener("keydown", begin, true);
"""


def state_of(name: str, **changes: Any) -> dict[str, Any]:
    """Return the traits that widget ``name`` opens on, some of them changed.

    Args:
        name: the widget's name.
        changes: traits by name, as numbers, lists or arrays.

    Raises:
        ValueError: no widget has this name, or it has no such trait.

    >>> state_of("convolution", stride=2)["stride"]
    2
    >>> state_of("convolution", strides=2)
    Traceback (most recent call last):
        ...
    ValueError: strides is no trait of the widget 'convolution'; use one of image, kernel, stride,
    padding, dilation, flip, at
    """
    sources(name)  # raises where no widget has this name
    start: dict[str, Any] = PRESETS[name][0]["state"]
    for key in changes:
        if key not in start:
            raise ValueError(
                f"{key} is no trait of the widget {name!r}; use one of {', '.join(start)}"
            )
    return {**start, **plain(changes)}


def element(name: str, **changes: Any) -> str:
    """Return HTML that shows widget ``name`` on a static page, without any other file.

    The module is put into the page, because browsers refuse to import modules from ``file:``.
    Where scripts are off, and in print, the same numbers stand as tables.

    Args:
        name: the widget's name.
        changes: traits to open on; default the widget's first example.

    Raises:
        ValueError: as :func:`state_of`.

    >>> 'data-widget="convolution"' in element("convolution", stride=2)
    True
    """
    state = state_of(name, **changes)
    source = module(name).replace("export default", "const live =")
    place = f"convnet-{name}-{next(_NUMBERS)}"
    way = ' data-way="both"' if state.get("backward") else ""  # more height is reserved
    host = _HOST % (json.dumps(state).replace("</", "<\\/"), place)
    return (
        f'<div class="convnet-widget" data-widget="{name}"{way} id="{place}">'
        f'<div class="cw-static">{fallback(name, state)}</div></div>\n'
        f'<script type="module">\n{source}{host}</script>\n'
    )
