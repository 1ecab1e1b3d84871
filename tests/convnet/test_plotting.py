"""Do figures follow the theme, carry their words, and stay apart for every reader?"""

import re

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

mpl.use("agg")

from convnet.plotting import (
    PALETTE,
    Edges,
    Grid,
    draw_grid,
    draw_image,
    draw_map,
    graph,
    new_figure,
    number_grids,
    picture,
)
from convnet.plotting.colours import style_sheet

ROLES = ("blue", "amber", "green", "rose", "violet", "grey")


def luminance(colour: str) -> float:
    """Return a colour's relative luminance (WCAG 2.2)."""
    parts = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2)."""
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize("role", ["ink", "muted", *ROLES])
def test_text_and_lines_stand_out_from_the_page(role: str, theme: int) -> None:
    assert contrast(PALETTE[role][theme], PALETTE["paper"][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize("fill", ["paper", "read", "kernel", "result"])
def test_numbers_stand_out_from_their_cell(fill: str, theme: int) -> None:
    assert contrast(PALETTE["ink"][theme], PALETTE[fill][theme]) >= 4.5


# Machado, Oliveira, Fernandes (2009), severity 1, on linear RGB.
BLINDNESS = {
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


def seen(colour: str, matrix: list[list[float]]) -> np.ndarray:
    """Return a colour as somebody without one kind of cone sees it, in CIELAB."""
    parts = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    rgb = np.clip(np.array(matrix) @ linear, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ rgb / [0.9505, 1.0, 1.089]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize("kind", BLINDNESS)
def test_the_first_three_series_differ_for_colour_blind_readers(kind: str, theme: int) -> None:
    colours = [seen(PALETTE[role][theme], BLINDNESS[kind]) for role in ROLES[:3]]
    for i in range(3):
        for j in range(i):
            distance = float(np.linalg.norm(colours[i] - colours[j]))
            assert distance > 15, (ROLES[i], ROLES[j], distance)


def test_a_line_is_told_apart_by_more_than_its_colour() -> None:
    figure, axes = new_figure()
    lines = [axes.plot([0, 1], [k, k])[0] for k in range(4)]
    dashes = {str(line.get_linestyle()) + str(line._dash_pattern) for line in lines}
    plt.close(figure)
    assert len(dashes) == 4


def drawing() -> str:
    figure, axes = new_figure()
    axes.plot([0, 1], [0, 1], label="a line")
    axes.legend()
    return picture(figure, "A line from (0, 0) to (1, 1) & back.", "It rises.")._repr_html_()


def test_colours_become_variables_and_none_is_left_fixed() -> None:
    made = drawing()
    bare = re.sub(r"var\(--fig-\w+, [^)]*\)", "", made)
    assert "var(--fig-blue, #0b4f9c)" in made
    assert [c.light for c in PALETTE.values() if c.light in bare] == []
    assert not re.search(r"(fill|stroke): #", bare)


def test_ids_differ_between_figures_and_not_between_builds() -> None:
    first, again = drawing(), drawing()
    figure, axes = new_figure()
    axes.plot([0, 1], [1, 0])
    other = picture(figure, "A falling line on the page.")._repr_html_()
    ids = [set(re.findall(r'id="([^"]+)"', made)) for made in (first, again, other)]
    assert ids[0] == ids[1]
    assert not ids[0] & ids[2]
    links = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', first))
    assert {a or b for a, b in links} <= ids[0]


def test_the_words_are_escaped_and_the_figure_is_closed() -> None:
    before = plt.get_fignums()
    assert 'aria-label="A line from (0, 0) to (1, 1) &amp; back."' in drawing()
    assert plt.get_fignums() == before


def test_a_figure_without_words_is_refused() -> None:
    figure, _ = new_figure()
    with pytest.raises(ValueError, match=r"alt is ' ', but needs to say what the figure shows"):
        picture(figure, " ")
    plt.close(figure)


def test_a_figure_too_wide_for_a_phone_is_refused() -> None:
    with pytest.raises(ValueError, match=r"width is 9, but needs .* 6\.5 inches; stack axes"):
        new_figure(width=9)


def test_grids_are_tables_with_titles_and_real_minus_signs() -> None:
    made = number_grids(Grid([[1, -0.5]], "a & b", chosen=[(0, 1)]), "=", Grid([["x", None]]))
    text = made._repr_html_()
    assert text.count("<table") == 2
    assert "<caption" in text
    assert "a &amp; b" in text
    assert ">−0.5</td>" in text
    assert "font-weight:700" in text.split("−0.5")[0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Grid(np.zeros((1, 2, 3))), r"values has shape \(1, 2, 3\)"),
        (lambda: Grid([[1]], kind="red"), "kind is 'red'"),
        (lambda: draw_image(plt.gca(), np.zeros((2, 4, 4))), r"image has shape \(2, 4, 4\)"),
        (lambda: draw_map(plt.gca(), np.zeros(3)), r"values has shape \(3,\)"),
    ],
)
def test_errors_name_value_and_remedy(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message + ".*but needs.*; "):
        make()  # type: ignore[operator]
    plt.close("all")


def test_a_drawn_grid_has_one_box_and_one_number_for_each_cell() -> None:
    figure, axes = new_figure()
    draw_grid(axes, Grid([[1, 2, 3], [4, 5, -6]], read=np.eye(2, 3, dtype=bool)))
    words = [t.get_text() for t in axes.texts]
    plt.close(figure)
    assert words == ["1", "2", "3", "4", "5", "−6"]
    assert len(axes.patches) == 6


def test_zero_is_white_on_a_signed_map() -> None:
    figure, axes = new_figure()
    shown = draw_map(axes, np.array([[-1.0, 3.0]]))
    plt.close(figure)
    assert shown.get_clim() == (-3.0, 3.0)


def test_the_style_sheet_sets_every_role_in_both_themes_and_in_print() -> None:
    sheet = style_sheet()
    for name, colour in PALETTE.items():
        assert sheet.count(f"--fig-{name}: {colour.light};") == 2
        assert sheet.count(f"--fig-{name}: {colour.dark};") == 1


def test_a_graph_needs_an_operation_between_each_two_rows_and_room() -> None:
    row = Edges([[Grid([1])]], [[Grid([2])]])
    with pytest.raises(ValueError, match=r"edges has 2 rows and operations 2 names"):
        graph([row, row], ["square", "add"])
    wide = Edges([[Grid([range(9)])]], [[Grid([range(9)])]])
    with pytest.raises(ValueError, match=r"edges\[1\] is 6\.8 inches wide"):
        graph([row, wide], ["square"])


def test_a_graph_writes_each_number_inside_its_picture_and_none_above_another() -> None:
    edges = [
        Edges([[Grid([[1, 2], [3, 4]], "x"), Grid([5], "b")]], [[Grid([[6, 7], [8, 9]], "dx")]]),
        Edges([[Grid([10], "y")]], [[Grid([11], "dy")]]),
    ]
    figure = graph(edges, ["add up"])
    figure.canvas.draw()
    inside = figure.bbox
    texts = [text for text in figure.axes[0].texts if text.get_text()]
    assert sorted(t.get_text() for t in texts if t.get_text().isdigit()) == sorted(
        map(str, range(1, 12))
    )
    boxes = [text.get_window_extent() for text in texts]
    for place, box in enumerate(boxes):
        assert inside.x0 <= box.x0 <= box.x1 <= inside.x1
        assert inside.y0 <= box.y0 <= box.y1 <= inside.y1
        assert not any(box.overlaps(other) for other in boxes[:place])
    plt.close(figure)


def test_two_equal_images_in_one_figure_have_two_ids() -> None:
    figure, axes = new_figure(1, 2)
    for axis in axes:
        draw_image(axis, np.eye(3))
    text = picture(figure, alt="The same picture twice.")._repr_html_()
    ids = re.findall(r'\bid="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    assert sum("image" in name for name in ids) >= 2
