"""Figures in the book's style: one drawing that follows light and dark theme, print and phone.

``new_figure`` gives axes in the house style; ``picture`` turns the figure into what a cell shows.
``number_grids`` sets small arrays as cells of numbers, of the same size as in the live figures.
``moving_picture`` lets points walk along tracks, ``Choice`` shows one of several figures.
"""

from convnet.plotting.choice import Choice
from convnet.plotting.colours import PALETTE, SERIES
from convnet.plotting.draw import draw_grid, draw_image, draw_map
from convnet.plotting.graph import Edges, graph
from convnet.plotting.grids import Grid, number_grids
from convnet.plotting.motion import Track, moving_picture
from convnet.plotting.picture import Picture, picture
from convnet.plotting.style import new_figure

__all__ = [
    "PALETTE",
    "SERIES",
    "Choice",
    "Edges",
    "Grid",
    "Picture",
    "Track",
    "draw_grid",
    "draw_image",
    "draw_map",
    "graph",
    "moving_picture",
    "new_figure",
    "number_grids",
    "picture",
]
