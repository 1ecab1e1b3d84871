"""Small arrays as cells of numbers: real tables, the size of the live figures' cells."""

import html
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from convnet.plotting.colours import variable

Cell = tuple[int, int]

# Styles stand in the element, so that a notebook without the book's style sheet shows the same.
_CELL = (
    "width:2.9rem;min-width:2.2rem;height:2.3rem;padding:0 .1rem;text-align:center;"
    f"border:1px solid {variable('line')};border-radius:5px;"
)
_ROW = "display:flex;gap:.9rem;align-items:center;"
FILLS = {"chosen": "blue", "read": "read", "kernel": "kernel", "result": "result", "image": "paper"}


@dataclass(frozen=True)
class Grid:
    """An array to be shown as cells.

    Args:
        values: one or two axes; numbers, or text such as ``"x₁"``; ``None`` leaves a cell empty.
        title: one or two words above the cells.
        read: cells to mark as read, as (row, column) pairs or as an array of booleans.
        chosen: cells to mark as the ones in question, in the same form.
        kind: "image" (white), "kernel" (violet) or "result" (blue), as in the live figures.

    Raises:
        ValueError: more than two axes, no number at all, or another kind.
    """

    values: Any
    title: str = ""
    read: Any = ()
    chosen: Any = ()
    kind: str = "image"
    rows: list[list[Any]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in ("image", "kernel", "result"):
            raise ValueError(
                f"kind is {self.kind!r}, but needs to be 'image', 'kernel' or 'result'; "
                "leave it out for plain cells"
            )
        values = np.atleast_2d(np.asarray(self.values, dtype=object))
        if values.ndim != 2 or values.size == 0:
            raise ValueError(
                f"values has shape {values.shape}, but needs one or two axes and a number; "
                "choose one sample and one channel"
            )
        object.__setattr__(self, "rows", values.tolist())


def shown(value: Any) -> str:
    """Return a number as a cell shows it: at most three decimals, a real minus sign.

    >>> shown(-5.0), shown(0.12345), shown(1e-6), shown(None)
    ('−5', '0.123', '1.0e−6', '')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    number = float(value)
    if number != 0 and (abs(number) < 0.0005 or abs(number) >= 1e6):
        digits, power = f"{number:.1e}".split("e")
        return f"{digits}e{int(power)}".replace("-", "−")
    return f"{number:.3f}".rstrip("0").rstrip(".").replace("-", "−")


def cells(marked: Any) -> set[Cell]:
    """Return marked cells as (row, column) pairs, from pairs or from an array of booleans.

    >>> sorted(cells(np.eye(2, dtype=bool)))
    [(0, 0), (1, 1)]
    """
    array = np.asarray(marked)
    if array.dtype == bool:
        return {(int(i), int(j)) for i, j in np.argwhere(np.atleast_2d(array))}
    return {(int(i), int(j)) for i, j in marked}


def fill_of(grid: Grid, cell: Cell) -> str:
    """Return the role of a cell: "chosen", "read", or else its grid's kind."""
    for mark, marked in (("chosen", grid.chosen), ("read", grid.read)):
        if cell in cells(marked):
            return mark
    return grid.kind


class NumberGrids:
    """Grids and the signs between them, as a notebook or a page shows them."""

    def __init__(self, parts: Iterable[Grid | str], caption: str) -> None:
        self.parts = list(parts)
        self.caption = caption

    def _repr_html_(self) -> str:
        """Return the grids as HTML that wraps where the page is narrow."""
        said = f"<figcaption>{self.caption}</figcaption>" if self.caption else ""
        return (
            f'<figure class="course-figure course-grids"><div style="{_ROW}flex-wrap:wrap">'
            f"{_row(self.parts)}</div>{said}</figure>"
        )


def number_grids(*parts: Grid | str, caption: str = "") -> NumberGrids:
    """Show arrays as cells of numbers side by side, with signs such as "∗" and "=" between them.

    They are tables: a screen reader reads them, and on a phone they stand below each other.

    Args:
        parts: grids and signs, in the order of reading.
        caption: what to notice; may contain HTML.

    >>> image, kernel = Grid([[1, 2], [3, 4]], "image"), Grid([[1, -1]], "kernel")
    >>> "−1" in number_grids(image, "∗", kernel)._repr_html_()
    True
    """
    return NumberGrids(parts, caption)


def _row(parts: list[Grid | str]) -> str:
    """Return grids and signs; a sign stays with the grid after it where the line wraps."""
    units: list[str] = []
    signs = ""
    for part in parts:
        if isinstance(part, str):
            signs += _sign(part)
            continue
        units.append(f'<div style="{_ROW}">{signs}{_table(part)}</div>')
        signs = ""
    return "".join(units) + signs


def _sign(words: str) -> str:
    return f'<span style="font-size:1.4rem">{html.escape(words)}</span>'


def _table(grid: Grid) -> str:
    """Return one grid as a table with its title as caption."""
    rows = "".join(
        f"<tr>{''.join(_cell(grid, (i, j), value) for j, value in enumerate(row))}</tr>"
        for i, row in enumerate(grid.rows)
    )
    style = (
        "border-collapse:separate;border-spacing:3px;width:auto;margin:0;"
        f"font:500 .88rem/1 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;"
        f"color:{variable('ink')};"
    )
    title = (
        "caption-side:top;padding:0 0 .2rem;color:inherit;"
        "font:600 .85rem/1.3 var(--pst-font-family-heading,system-ui);"
    )
    head = f'<caption style="{title}">{html.escape(grid.title)}</caption>' if grid.title else ""
    return f'<table class="course-grid" style="{style}">{head}<tbody>{rows}</tbody></table>'


def _cell(grid: Grid, cell: Cell, value: Any) -> str:
    """Return one cell; a marked one is bold or outlined too, not told apart by colour alone."""
    mark = fill_of(grid, cell)
    style = f"{_CELL}background:{variable(FILLS[mark])};"
    if mark == "chosen":
        style += f"color:{variable('paper')};font-weight:700;"
    if mark == "read":
        style += f"border:2px solid {variable('amber')};"
    return f'<td style="{style}">{html.escape(shown(value))}</td>'
