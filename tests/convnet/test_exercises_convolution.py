"""Do mistakes show in every student's own layer, and are the pictures what they say?"""

from collections import Counter
from functools import cache

import numpy as np
import pytest

from convnet.exercises.convolution import (
    SIDES,
    LayerSizes,
    OwnConvolution,
    grey_photograph,
    own_convolution,
    show_filter,
    step_image,
)
from convnet.layers import conv2d
from convnet.photograph import photograph
from convnet.shapes import conv_output_size


@cache
def class_of_a_thousand() -> list[OwnConvolution]:
    return [own_convolution(f"student-{number}") for number in range(1000)]


def layer_map(own: OwnConvolution, kernel: np.ndarray | None = None) -> np.ndarray:
    kernel = own.kernel if kernel is None else kernel
    bias = np.array([own.bias])
    return conv2d(own.image[None], kernel[None], bias, stride=own.stride, padding=own.padding)[0, 0]


def test_a_thousand_students_have_a_thousand_exercises() -> None:
    small = {(o.image.tobytes(), o.kernel.tobytes(), o.bias) for o in class_of_a_thousand()}
    assert len(small) == 1000
    sizes = Counter(o.layer for o in class_of_a_thousand())
    assert max(sizes.values()) <= 2
    sides = Counter(o.bright for o in class_of_a_thousand())
    assert set(sides) == set(SIDES)
    assert min(sides.values()) > 80


def test_numbers_are_whole_and_small_and_the_bias_is_not_zero() -> None:
    for own in class_of_a_thousand():
        assert own.image.shape == (2, 4, 5)
        assert own.kernel.shape == (2, 3, 3)
        assert set(np.unique(own.image)) <= {0, 1, 2, 3, 4}
        assert set(np.unique(own.kernel)) <= {-2, -1, 0, 1, 2}
        assert own.bias in {-4, -3, -2, -1, 1, 2, 3, 4}
        assert (own.stride, own.padding) == (2, 1)


@pytest.mark.parametrize(
    "mistaken",
    [
        lambda k: k[:, ::-1, ::-1],
        lambda k: k.swapaxes(1, 2),
        lambda k: k[::-1],
        lambda k: k[[0, 0]],
        lambda k: k * np.array([1, 0])[:, None, None],
    ],
    ids=["flipped", "transposed", "channels exchanged", "first slice only", "one channel only"],
)
def test_every_mistake_gives_another_map(mistaken) -> None:  # type: ignore[no-untyped-def]
    for own in class_of_a_thousand():
        assert not np.array_equal(layer_map(own), layer_map(own, mistaken(own.kernel)))


def test_the_flip_shows_in_the_first_number() -> None:
    for own in class_of_a_thousand():
        assert layer_map(own)[0, 0] != layer_map(own, own.kernel[:, ::-1, ::-1])[0, 0]


def test_padding_on_one_side_shows() -> None:
    for own in class_of_a_thousand():
        for sides in ((2, 0), (0, 2)):
            image = np.pad(own.image, ((0, 0), sides, sides))
            found = conv2d(image[None], own.kernel[None], stride=own.stride)[0, 0] + own.bias
            assert not np.array_equal(found, layer_map(own))


def test_larger_layers_leave_a_remainder_and_padding_counts_twice() -> None:
    for layer in (own.layer for own in class_of_a_thousand()):
        k, s, p = layer.kernel_size, layer.stride, layer.padding
        for n in (layer.height, layer.width):
            assert (n + 2 * p - k) % s
        twice, once = (
            [conv_output_size(n + extra, k, s) for n in (layer.height, layer.width)]
            for extra in (2 * p, p)
        )
        assert twice != once
        assert layer.channels != layer.filters
        assert layer.height < layer.width


def test_one_students_numbers_stay_what_they_are() -> None:
    """Students began with these numbers: another draw would mark right work wrong."""
    own = own_convolution("ada42")
    np.testing.assert_array_equal(own.kernel[0], [[0, 0, 1], [-2, 1, 1], [0, 1, 1]])
    assert (own.bias, own.bright) == (-2, "right")
    assert own.layer == LayerSizes(3, 53, 171, filters=23, kernel_size=5, stride=3, padding=2)


def test_the_id_is_what_counts_not_its_spelling() -> None:
    np.testing.assert_array_equal(own_convolution(" ADA42 ").image, own_convolution("ada42").image)
    with pytest.raises(ValueError, match="needs to be the id that your course knows you by"):
        own_convolution("")


@pytest.mark.parametrize("side", SIDES)
def test_a_step_is_bright_on_its_side_and_its_opposite_is_its_half_turn(side: str) -> None:
    image = step_image(side)
    down, right = SIDES[side]
    assert image[4 + 4 * down, 4 + 4 * right] == 1
    assert image[4, 4] == image[4 - 4 * down, 4 - 4 * right] == 0
    opposite = next(s for s, step in SIDES.items() if step == (-down, -right))
    np.testing.assert_array_equal(step_image(opposite), image[::-1, ::-1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("top",), "bright is 'top', but needs to be a side"),
        (("above", 4), "size is 4, but needs to be odd and at least 5"),
        (("above", 3), "size is 3, but needs to be odd and at least 5"),
    ],
)
def test_steps_that_cannot_be_drawn_are_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        step_image(*arguments)


def test_the_photograph_is_the_books() -> None:
    blocks = photograph()[0].astype(float).reshape(3, 300, 2, 256, 2)
    np.testing.assert_allclose(grey_photograph(), blocks.mean(axis=(0, 2, 4)), atol=1e-6)


def test_a_drawing_says_in_words_how_much_is_found() -> None:
    assert show_filter().alt == "A portrait in uniform before a flag, in grey."
    assert show_filter().html.count("<img") == 1
    kernel = step_image("above", 5)[1:4, 1:4] - step_image("below", 5)[1:4, 1:4]
    shown = show_filter(kernel, -0.6)
    assert shown.html.count("<img") == 2
    assert "3.3% of the responses are above zero" in shown.alt
    with pytest.raises(ValueError, match="needs \\(3, 3\\)"):
        show_filter([1, 0, -1])
