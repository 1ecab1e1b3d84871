"""Do points move along the lines as drawn? Does a choice show one figure, and print all?"""

import re

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("agg")

from convnet.plotting import Choice, Picture, Track, moving_picture, new_figure, picture

POINTS = np.array([[0.0, 1.0], [0.5, 0.25], [1.0, 0.75]])


def moved(points: np.ndarray = POINTS, seconds: float = 8.0) -> Picture:
    figure, axes = new_figure(height=2)
    axes.plot(*POINTS.T, color="#0b4f9c", gid="line")
    axes.set(xlim=(-0.1, 1.1), ylim=(0, 1.1), xlabel="weight", title="bowl")
    return moving_picture(
        figure, [Track(axes, points, "amber")], "A line of three points.", "", seconds
    )


def places(svg: str) -> np.ndarray:
    return np.array(re.findall(r"translate\(([\d.]+)px,([\d.]+)px\)", svg), dtype=float)


def test_points_move_along_the_line_as_it_is_drawn() -> None:
    svg = moved().svg
    line = re.search(r'id="f\w+-line">\s*<path d="([^"]*)"', svg)
    assert line is not None
    drawn = np.array(re.findall(r"[ML] ([\d.]+) ([\d.]+)", line[1]), dtype=float)
    np.testing.assert_allclose(places(svg)[:3], drawn, atol=0.1)


def test_a_still_point_stands_at_the_end_of_its_track() -> None:
    svg = moved().svg
    still = re.search(r'transform="translate\(([\d.]+) ([\d.]+)\)"/><style>', svg)
    assert still is not None
    np.testing.assert_array_equal([float(v) for v in still.groups()], places(svg)[-1])


def test_nothing_moves_before_the_button_is_pressed() -> None:
    svg = moved().svg
    assert "checked>" not in svg
    assert all(":checked~svg" in rule for rule in re.findall(r"[^{}]*\{animation:m[^}]*\}", svg))


def test_points_outside_wait_at_the_rim() -> None:
    inside, outside = moved(), moved(np.array([[0.0, 1.0], [0.5, -40.0], [9.0, 0.75]]))
    assert places(outside.svg)[1, 1] > places(inside.svg)[:, 1].max()
    assert places(outside.svg).max() < 5 * 72


def test_less_motion_and_print_are_heeded() -> None:
    assert "prefers-reduced-motion" in moved().svg
    assert "@media print{.course-play{display:none}}" in moved().svg


@pytest.mark.parametrize(
    ("points", "seconds", "message"),
    [(np.zeros((1, 2)), 8.0, r"points has shape \(1, 2\)"), (POINTS, 0.0, "seconds is 0.0")],
)
def test_what_cannot_move_is_refused(points: np.ndarray, seconds: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        moved(points, seconds)


def a_picture(height: float) -> Picture:
    return picture(new_figure(height=height)[0], alt="Empty axes for a test.")


def test_a_choice_has_one_button_and_one_figure_for_each_option() -> None:
    text = Choice("strength <of it>", {"0.1": a_picture(1), "1": a_picture(2)}, "1")._repr_html_()
    assert text.count('type="radio"') == text.count("<figure") == 2
    assert re.search(r'id="c\w+-1" checked', text)
    assert "strength &lt;of it&gt;" in text
    ids = re.findall(r'\bid="([^"]*)"', text)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("chosen", ["", "3"])
def test_a_choice_of_one_or_of_none_is_refused(chosen: str) -> None:
    options = {"1": a_picture(1)} if not chosen else {"1": a_picture(1), "2": a_picture(2)}
    with pytest.raises(ValueError, match="at least two options"):
        Choice("strength", options, chosen)
