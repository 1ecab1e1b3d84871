"""One self-contained ES module for each widget, put together from the sources in this folder.

A source imports the parts that widgets share. Browsers refuse relative imports from ``file:``, and
a notebook has no folder to import from, so the imported text is put where the import stands.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from convnet.widgets.presets import PRESETS

FOLDER = Path(__file__).parent
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)
# Imports that are no files: they are written when a module is put together.
_MADE: dict[str, Callable[[str], str]] = {
    "_presets": lambda name: f"const PRESETS = {_compact(PRESETS[name])};",
    "_photo": lambda _: f'const PHOTO = "data:image/jpeg;base64,{_base64("coffee.jpg")}";',
    "_lenet": lambda _: f"const LENET = {_compact(_weights())};",
}
_EXPORT = re.compile(r"^export (?=const |function |async )", re.MULTILINE)


def sources(name: str) -> list[Path]:
    """Return the files that the module of widget ``name`` is made of, the widget's own last.

    >>> [path.name for path in sources("convolution")]
    ['_kit.js', '_arithmetic.js', 'convolution.js']
    """
    found: list[Path] = []

    def visit(path: Path) -> None:
        for stem in _IMPORT.findall(path.read_text(encoding="utf-8")):
            imported = FOLDER / f"{stem}.js"
            if stem not in _MADE and imported not in found:
                visit(imported)
        found.append(path)

    visit(_own_source(name))
    return found


def module(name: str) -> str:
    """Return the ES module of widget ``name``: it imports nothing, and exports ``{render}``.

    Args:
        name: the widget's name, as in ``{widget} convolution``.

    Raises:
        ValueError: no widget has this name; the message lists those there are.

    >>> text = module("convolution")
    >>> "import {" in text, text.count("export default")
    (False, 1)
    """
    texts = [path.read_text(encoding="utf-8") for path in sources(name)]
    wanted = [stem for stem in _IMPORT.findall(texts[-1]) if stem in _MADE]
    made = [f"{_MADE[stem](name)}\n" for stem in wanted]
    plain = [_IMPORT.sub("", text) for text in texts]
    shared = [_EXPORT.sub("", text) for text in plain[:-1]]
    return "\n".join([*shared, *made, plain[-1]])


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _base64(file: str) -> str:
    return b64encode((FOLDER / file).read_bytes()).decode("ascii")


def _weights() -> dict[str, Any]:
    """Return the trained network's arrays as shape, factor and 8-bit integers."""
    with np.load(FOLDER / "lenet.npz") as file:
        names = [name for name in file if not name.endswith(".scale")]
        return {
            name: {
                "shape": file[name].shape,
                "scale": float(file[f"{name}.scale"]),
                "data": b64encode(file[name].tobytes()).decode("ascii"),
            }
            for name in names
        }


def _own_source(name: str) -> Path:
    """Return the file of the widget itself, or say which widgets there are."""
    path = FOLDER / f"{name.replace('-', '_')}.js"
    if name not in PRESETS or not path.exists():
        raise ValueError(
            f"name is {name!r}, but no widget is called that; use one of {', '.join(PRESETS)}"
        )
    return path
