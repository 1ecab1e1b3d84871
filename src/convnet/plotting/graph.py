"""A computational graph with numbers on every edge: values on the left, derivatives on the right.

Read down the left column for the forward pass and up the right one for the backward pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from convnet.plotting.colours import PALETTE
from convnet.plotting.grids import FILLS, Grid, fill_of, shown
from convnet.plotting.style import new_figure

# Inches. Numbers of 9.5 pt stay above 6 pt where a phone shows 5 inches on 3.4.
_WIDE, _HIGH, _TITLE, _BETWEEN, _OPERATION = 0.375, 0.27, 0.23, 0.16, 0.62
_LETTER = 0.078  # of a title
_WIDTH = 5.2

Stack = Sequence[Grid]


@dataclass(frozen=True)
class Edges:
    """What flows between two operations: arrays, and the loss's derivatives with respect to them.

    Args:
        values: grids side by side; those of one inner sequence stand below each other.
        derivatives: likewise, for the right column; empty where nobody needs them.
    """

    values: Sequence[Stack]
    derivatives: Sequence[Stack] = ()


def graph(edges: Sequence[Edges], operations: Sequence[str]) -> Figure:
    """Draw a chain of operations with the numbers that pass between them, both ways.

    Args:
        edges: from the input to the loss.
        operations: a name for what stands between each two of them.

    Returns:
        A figure for :func:`~convnet.plotting.picture`.

    Raises:
        ValueError: there is not one operation between each two edges, or a row is too wide.

    Source:
        Goodfellow, Bengio and Courville (2016), *Deep Learning*, section 6.5.1. Chapter: *Loss and
        the chain rule*.

    >>> from convnet.plotting import picture
    >>> figure = graph([Edges([[Grid([3])]]), Edges([[Grid([9])]])], ["square"])
    >>> "<svg" in picture(figure, alt="Three, squared, is nine.").svg
    True
    """
    if len(edges) < 2 or len(operations) != len(edges) - 1:
        raise ValueError(
            f"edges has {len(edges)} rows and operations {len(operations)} names, but needs a name "
            "between each two of at least two rows; add or remove one"
        )
    for number, row in enumerate(edges):
        width = _row_width(row.values) + _row_width(row.derivatives)
        if width > _WIDTH:
            raise ValueError(
                f"edges[{number}] is {width:.1f} inches wide, but needs to fit into {_WIDTH}; put "
                "grids below each other, in one inner list"
            )
    heights = [max(map(_stack_height, (*row.values, *row.derivatives))) for row in edges]
    total = sum(heights) + _OPERATION * len(operations)
    figure, axes = new_figure(height=total, width=_WIDTH)
    axes.set(xlim=(0, _WIDTH), ylim=(total, 0))
    axes.set_axis_off()
    top = 0.0
    for number, (row, height) in enumerate(zip(edges, heights, strict=True)):
        _draw_row(axes, row.values, 0, top)
        _draw_row(axes, row.derivatives, _WIDTH - _row_width(row.derivatives), top)
        top += height
        if number < len(operations):
            _draw_operation(axes, operations[number], top + _OPERATION / 2)
            top += _OPERATION
    return figure


def _columns(grid: Grid) -> int:
    return len(grid.rows[0])


def _stack_width(stack: Stack) -> float:
    return max(max(_WIDE * _columns(grid), _LETTER * len(grid.title)) for grid in stack)


def _row_width(stacks: Sequence[Stack]) -> float:
    return sum(map(_stack_width, stacks)) + _BETWEEN * max(len(stacks) - 1, 0)


def _stack_height(stack: Stack) -> float:
    return sum(_TITLE + _HIGH * len(grid.rows) for grid in stack)


def _draw_row(axes: Axes, stacks: Sequence[Stack], left: float, top: float) -> None:
    """Draw stacks of grids side by side from the upper left corner."""
    for stack in stacks:
        below = top
        for grid in stack:
            _draw_cells(axes, grid, left, below)
            below += _stack_height([grid])
        left += _stack_width(stack) + _BETWEEN


def _draw_cells(axes: Axes, grid: Grid, left: float, top: float) -> None:
    """Draw one grid with its title above; lower cells than those of ``draw_grid``."""
    ink = PALETTE["ink"].light
    axes.text(left, top + 0.6 * _TITLE, grid.title, va="center", fontsize=9.5, weight="bold")
    for i, row in enumerate(grid.rows):
        for j, value in enumerate(row):
            x, y = left + j * _WIDE, top + _TITLE + i * _HIGH
            mark = fill_of(grid, (i, j))
            fill, edge = PALETTE[FILLS[mark]].light, PALETTE["line"].light
            axes.add_patch(Rectangle((x, y), _WIDE, _HIGH, facecolor=fill, edgecolor=edge, lw=0.7))
            axes.text(
                x + _WIDE / 2,
                y + _HIGH / 2,
                shown(value),
                ha="center",
                va="center",
                fontsize=9.5,
                color=PALETTE["paper"].light if mark == "chosen" else ink,
                weight="bold" if mark == "chosen" else "normal",
            )


def _draw_operation(axes: Axes, name: str, middle: float) -> None:
    """Draw an operation's box between two rows, an arrow down beside it and one up."""
    half = _OPERATION / 2 - 0.04
    box: Any = {"boxstyle": "round,pad=0.02,rounding_size=0.08", "linewidth": 1.2}
    edge, fill = PALETTE["ink"].light, PALETTE["faint"].light
    size = (_WIDTH - 1.4, 0.3)
    axes.add_patch(FancyBboxPatch((0.7, middle - 0.15), *size, fc=fill, ec=edge, **box))
    axes.text(_WIDTH / 2, middle, name, ha="center", va="center", fontsize=10)
    for x, colour, way in ((0.35, "blue", 1), (_WIDTH - 0.35, "amber", -1)):
        arrow = {"arrowstyle": "-|>", "color": PALETTE[colour].light, "lw": 2.2}
        ends = (x, middle + way * half), (x, middle - way * half)
        axes.annotate("", xy=ends[0], xytext=ends[1], arrowprops=arrow)
