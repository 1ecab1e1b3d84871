"""Parts of Matplotlib figures: photographs, signed maps, and cells of numbers."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.patches import FancyBboxPatch

from convnet._check import Array
from convnet.plotting.colours import PALETTE
from convnet.plotting.grids import FILLS, Grid, fill_of, shown


def _bare(axes: Axes, title: str) -> None:
    """Remove ticks, grid and frame; set the title."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.set_frame_on(False)
    axes.set_title(title)


def draw_image(axes: Axes, image: Array, title: str = "") -> AxesImage:
    """Show an image with values from 0 to 1, grey or in colour, without axes.

    Args:
        axes: where to draw.
        image: shape (H, W), (1, H, W) or (3, H, W).
        title: above the image.

    Raises:
        ValueError: the shape is another one.

    >>> from convnet.plotting import new_figure
    >>> figure, axes = new_figure()
    >>> draw_image(axes, np.zeros((3, 4, 5))).get_array().shape
    (4, 5, 3)
    """
    image = np.asarray(image)
    if image.ndim == 3 and len(image) in (1, 3):
        image = image[0] if len(image) == 1 else image.transpose(1, 2, 0)  # (H, W) or (H, W, 3)
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[-1] != 3):
        raise ValueError(
            f"image has shape {image.shape}, but needs (H, W), (1, H, W) or (3, H, W); choose one "
            "sample of the batch"
        )
    _bare(axes, title)
    return axes.imshow(image, vmin=0, vmax=1)


def draw_map(axes: Axes, values: Array, title: str = "", limit: float | None = None) -> AxesImage:
    """Show a signed map: white is zero, blue negative, red-brown positive, the same to both sides.

    Args:
        axes: where to draw.
        values: shape (H, W).
        title: above the map.
        limit: the absolute value of the deepest colours; default the map's own largest.

    Raises:
        ValueError: ``values`` has not two axes.
    """
    values = np.asarray(values)
    if values.ndim != 2:
        raise ValueError(
            f"values has shape {values.shape}, but needs (H, W); choose one sample and one channel"
        )
    top = limit if limit is not None else float(np.abs(values).max(initial=0)) or 1.0
    _bare(axes, title)
    return axes.imshow(values, cmap="RdBu_r", vmin=-top, vmax=top)


def draw_grid(axes: Axes, grid: Grid, fontsize: float = 11) -> None:
    """Draw cells of numbers into axes, where a table cannot stand: beside curves or arrows.

    Args:
        axes: where to draw; a cell is one unit, the first row is on top.
        grid: values and marks.
        fontsize: points.
    """
    for i, row in enumerate(grid.rows):
        for j, value in enumerate(row):
            mark = fill_of(grid, (i, j))
            axes.add_patch(_box(j, i, PALETTE[FILLS[mark]].light))
            ink = PALETTE["paper" if mark == "chosen" else "ink"].light
            axes.text(j, i, shown(value), ha="center", va="center", fontsize=fontsize, color=ink)
    axes.set_xlim(-0.55, len(grid.rows[0]) - 0.45)
    axes.set_ylim(len(grid.rows) - 0.45, -0.55)
    axes.set_aspect("equal")
    _bare(axes, grid.title)


def _box(x: float, y: float, fill: str) -> Any:
    """Return a cell with round corners around its centre."""
    return FancyBboxPatch(
        (x - 0.38, y - 0.38),
        0.76,
        0.76,
        boxstyle="round,pad=0.07,rounding_size=0.08",
        facecolor=fill,
        edgecolor=PALETTE["line"].light,
        linewidth=1,
    )
