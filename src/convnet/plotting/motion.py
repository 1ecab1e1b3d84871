"""Points that move along their tracks when the reader presses Play; still until then.

Nothing but style rules inside the drawing: it works without scripts and without a network. Print,
and every page before the press, shows the still figure with the points at the ends of their tracks.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from convnet._check import Array
from convnet.plotting.colours import variable
from convnet.plotting.picture import Picture, picture


@dataclass(frozen=True)
class Track:
    """Where a point is at each step.

    Args:
        axes: in which it moves.
        points: shape (steps, 2), in the units of the axes; outside of the axes it waits at the rim.
        role: its colour, a name of the palette.

    Raises:
        ValueError: ``points`` has another shape, or fewer than two steps.
    """

    axes: Axes
    points: Array
    role: str

    def __post_init__(self) -> None:
        shape = np.shape(self.points)
        if len(shape) != 2 or shape[1] != 2 or shape[0] < 2:
            raise ValueError(
                f"points has shape {shape}, but needs (steps, 2) with at least two steps; pass for "
                "example np.stack([xs, ys], axis=1)"
            )


def moving_picture(
    figure: Figure, tracks: Sequence[Track], alt: str, caption: str = "", seconds: float = 8.0
) -> Picture:
    """Return a figure with a button that moves points along tracks; close it.

    All points start together and take the same time, whatever their number of steps.

    Args:
        figure: from :func:`~convnet.plotting.new_figure`; draw the tracks themselves as lines.
        tracks: at least one.
        alt: what the figure shows, in a sentence or two.
        caption: what to notice; may contain HTML. Default none.
        seconds: from start to end, above 0; default 8. Then it begins again.

    Raises:
        ValueError: there is no track, ``seconds`` is not positive, or ``alt`` is too short.

    >>> from convnet.plotting import new_figure
    >>> figure, axes = new_figure()
    >>> track = Track(axes, np.array([[0, 0], [1, 1]]), "blue")
    >>> moved = moving_picture(figure, [track], alt="A point that moves from 0, 0 to 1, 1.")
    >>> moved.svg.count("@keyframes")
    1
    """
    if not tracks or not seconds > 0:
        raise ValueError(
            f"there are {len(tracks)} tracks and seconds is {seconds}, but at least one track and "
            "a time above 0 are needed; pass for example [Track(axes, points, 'blue')], seconds=8"
        )
    still = picture(figure, alt, caption)
    figure.set_dpi(72)  # the drawing's unit; only now, since drawing settles where the axes are
    places = [_places(track, figure.get_size_inches()[1] * 72) for track in tracks]
    name = f"m{zlib.crc32(still.svg.encode()):08x}"
    rules = "".join(_rules(f"{name}-{k}", name, at, seconds) for k, at in enumerate(places))
    dots = "".join(
        f'<circle class="{name}-{k}" r="5.5" style="fill:{variable(track.role)};stroke:'
        f'{variable("paper")};stroke-width:1.5" transform="translate({at[-1][0]} {at[-1][1]})"/>'
        for k, (track, at) in enumerate(zip(tracks, places, strict=True))
    )
    inside = f"{dots}<style>{rules}{_SHARED}</style></svg>"
    button = (
        f'<input type="checkbox" class="course-play" id="{name}">'
        f'<label class="course-play" for="{name}">Play the steps</label>'
    )
    return Picture(button + still.svg.removesuffix("</svg>") + inside, alt, caption)


_SHARED = (
    ".course-play{margin:0 .45rem .5rem 0;cursor:pointer;display:inline-block}"
    "@media print{.course-play{display:none}}"
)


def _places(track: Track, height: float) -> list[tuple[float, float]]:
    """Return where the drawing has the track's points: right and down, in its own units."""
    box = track.axes.bbox
    at = track.axes.transData.transform(np.asarray(track.points, dtype=float))  # (steps, 2)
    at = np.clip(at, [box.x0, box.y0], [box.x1, box.y1])
    return [(round(float(x), 1), round(float(height - y), 1)) for x, y in at]


def _rules(point: str, button: str, at: list[tuple[float, float]], seconds: float) -> str:
    """Return the style rules that move one point while the button is pressed."""
    shares = np.linspace(0, 90, len(at))  # the last tenth of the time it rests at its end
    frames = "".join(
        f"{share:.4g}%{{transform:translate({x}px,{y}px)}}"
        for share, (x, y) in zip([*shares, 100], [*at, at[-1]], strict=True)
    )
    pressed = f"#{button}:checked~svg .{point}"
    return (
        f"@keyframes {point}{{{frames}}}"
        f"{pressed}{{animation:{point} {seconds:g}s linear infinite}}"
        # Who asked for less motion sees the points jump from step to step, not glide.
        f"@media (prefers-reduced-motion:reduce){{{pressed}{{animation-timing-function:step-end}}}}"
        f"@media print{{.{point}{{animation:none!important}}}}"
    )
