"""Matplotlib in the course's style: sizes that stay legible on a phone, no box, no background."""

from typing import Any

import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.figure import Figure

from convnet.plotting.colours import PALETTE, SERIES

WIDTH = 5.0  # inches; a page of 360 px shows it at about two thirds, so 11 pt stay above 7 pt

# Colour is never the only difference: lines also differ in dashes.
_DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)), "-", "--")

RC: Any = {  # Any: Matplotlib types every key by name
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "savefig.dpi": 200,
    "axes.facecolor": "none",
    "axes.edgecolor": PALETTE["line"].light,
    "axes.labelcolor": PALETTE["ink"].light,
    "axes.titlecolor": PALETTE["ink"].light,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(color=SERIES) + cycler(linestyle=_DASHES),
    "grid.color": PALETTE["faint"].light,
    "grid.linewidth": 0.8,
    "xtick.color": PALETTE["line"].light,
    "ytick.color": PALETTE["line"].light,
    "xtick.labelcolor": PALETTE["ink"].light,
    "ytick.labelcolor": PALETTE["ink"].light,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "text.color": PALETTE["ink"].light,
    "font.size": 11,
    "lines.linewidth": 2.2,
    "lines.markersize": 6,
    "patch.edgecolor": PALETTE["paper"].light,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "legend.handlelength": 2.6,
    "image.cmap": "gray",
    "image.interpolation": "nearest",
    "svg.fonttype": "path",
}


def new_figure(
    rows: int = 1,
    columns: int = 1,
    *,
    height: float = 3.0,
    width: float = WIDTH,
    **options: Any,
) -> tuple[Figure, Any]:
    """Return a figure and its axes in the course's style, as :func:`matplotlib.pyplot.subplots`.

    From here on Matplotlib draws in this style, in this process.

    Args:
        rows: rows of axes.
        columns: columns of axes.
        height: inches.
        width: inches; default a text column. Wider figures become too small on a phone.
        options: further arguments of ``subplots``, such as ``sharey=True``.

    Raises:
        ValueError: ``width`` is more than a text column, 6.5 inches.

    >>> figure, axes = new_figure(columns=2)
    >>> len(axes)
    2
    >>> plt.close(figure)
    """
    if not 0 < width <= 6.5:
        raise ValueError(
            f"width is {width}, but needs to be between 0 and 6.5 inches; stack axes in rows "
            "instead of making the figure wider"
        )
    plt.rcParams.update(RC)  # legends and titles are made later and need the style then
    return plt.subplots(rows, columns, figsize=(width, height), **options)
