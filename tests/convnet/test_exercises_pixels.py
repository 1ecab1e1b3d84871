"""Has each student a camera and a picture of their own, and does it hide what it should?"""

from typing import Any

import numpy as np
import pytest

from convnet.exercises.pixels import DIGITS, OwnPixels, own_picture, own_pixels, show_pictures
from convnet.photograph import photograph_bytes
from convnet.shapes import conv_output_size, dropped_rows


def last_size(n: int, own: OwnPixels, both_sides: int = 2) -> int:
    for k, s, p in own.layers:
        n = (n + both_sides * p - k) // s + 1
    return n


def test_a_thousand_ids_have_a_thousand_different_valid_exercises() -> None:
    everybody = [own_pixels(f"student{number}") for number in range(1000)]
    assert len(set(everybody)) == 1000
    for own in everybody:
        assert own.height != own.width
        for side in (own.height, own.width):
            assert side % own.factor == 0
            n, dropped = side // own.factor, 0
            for k, s, p in own.layers:
                dropped += dropped_rows(n, k, s, p)
                n = conv_output_size(n, k, s, p)
            assert n >= 4
            assert dropped > 0  # so that rounding up shows
            assert n == last_size(side // own.factor, own)
            assert n != last_size(side // own.factor, own, both_sides=1)


def test_the_numbers_of_an_id_never_change() -> None:
    """A notebook and a grader with other versions of NumPy must draw the same."""
    assert own_pixels(" Ada ") == own_pixels("ada")
    assert own_pixels("ada42") == PINNED
    assert hidden_number("ada42") == 438


PINNED = OwnPixels(944, 1528, 8, (41, 28), 5, ((7, 3, 1), (2, 2, 0), (5, 2, 1)), 4)


def hidden_number(student_id: str) -> int:
    """Read the digits as the assignment describes them."""
    step = own_pixels(student_id).step
    dots = own_picture(student_id)[::step, ::step][14:42:4, ::4] > 127  # (7, 21)
    found = [(dots[:, place : place + 5] == DIGITS).all(axis=(1, 2)) for place in (1, 8, 15)]
    assert all(same.sum() == 1 for same in found)
    return int("".join(str(same.argmax()) for same in found))


def test_pictures_hide_three_digits_that_differ_from_student_to_student() -> None:
    numbers = [hidden_number(f"student{number}") for number in range(30)]
    assert min(numbers) >= 100  # nobody has to write a zero in front
    assert len(set(numbers)) > 25


@pytest.mark.parametrize("student_id", ["student1", "student2", "student3", "student4"])
def test_the_means_of_the_blocks_are_the_photographs(student_id: str) -> None:
    picture, step = own_picture(student_id), own_pixels(student_id).step
    assert picture.shape == (56 * step, 84 * step)
    assert picture.dtype == np.uint8
    left = (512 - 84 * step) // 2
    photo = photograph_bytes()[40 : 40 + 56 * step, left : left + 84 * step]
    grey = photo @ np.array([0.299, 0.587, 0.114])
    before, after = (p.reshape(56, step, 84, step).mean(axis=(1, 3)) for p in (grey, picture))
    assert np.abs(after - before).mean() < 0.5
    assert np.abs(after - before).max() < 8  # of 255: 255 / 15 where a block cannot make up for it
    assert np.abs(picture[::step, ::step] - grey[::step, ::step]).max() > 150


def test_every_step_occurs() -> None:
    assert {own_pixels(f"student{number}").step for number in range(30)} == {4, 5, 6}


def test_drawing_a_picture_changes_no_other() -> None:
    first = own_picture("ada42")
    own_picture("ada42")[...] = 0
    np.testing.assert_array_equal(own_picture("ada42"), first)


def test_digits_are_all_different_and_fixed() -> None:
    assert DIGITS.shape == (10, 7, 5)
    assert len({digit.tobytes() for digit in DIGITS}) == 10
    with pytest.raises(ValueError, match="read-only"):
        DIGITS[0, 0, 0] = True


def test_pictures_are_shown_with_their_texts() -> None:
    shown = show_pictures(
        {"as it is": np.zeros((2, 3)), "<red>": np.ones((3, 2, 2))}, alt='Black & "red" pixels.'
    )
    html = shown._repr_html_()
    assert html.count("<img") == html.count('alt="Black &amp; &quot;red&quot; pixels."') == 2
    assert "<figcaption>&lt;red&gt;</figcaption>" in html
    assert "width: 300px" in html  # 100 of the screen's pixels for one of the picture's
    assert repr(shown) == 'Black & "red" pixels.'


@pytest.mark.parametrize(
    ("picture", "alt", "error", "said"),
    [
        (np.zeros((2, 2)), "short", ValueError, "alt is 'short', but needs to say what"),
        (None, "A missing one.", TypeError, "the picture 'kept' is None, but needs to be an array"),
        (np.zeros((2, 2, 3)), "Channels last.", ValueError, r"has shape \(2, 2, 3\), but needs"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    picture: Any, alt: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        show_pictures({"kept": picture}, alt=alt)


@pytest.mark.parametrize("draw", [own_pixels, own_picture])
def test_what_is_no_id_is_refused(draw: Any) -> None:
    with pytest.raises(ValueError, match="STUDENT_ID is '', but needs to be the id"):
        draw("")
