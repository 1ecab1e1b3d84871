"""Do the lectures' worked examples come out as the curriculum says?"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from convnet import examples
from convnet.examples import SIX_BY_SIX
from convnet.layers import conv2d, linear, max_pool2d, relu, softmax

Array = npt.NDArray[Any]


def correlate(image: Array, kernel: Array, **options: Any) -> Array:
    """Return the feature map of one channel and one kernel as a matrix."""
    return conv2d(image[None, None], kernel[None, None], **options)[0, 0]


@pytest.mark.parametrize(
    ("image", "kernel", "expected"),
    [
        (examples.COUNTING_IMAGE, examples.COUNTING_KERNEL, [[19, 25], [37, 43]]),
        (
            examples.STROKES_IMAGE,
            examples.DIAGONAL_FILTER,
            [[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]],
        ),
        (
            examples.STROKES_IMAGE,
            examples.BAR_FILTER,
            [[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]],
        ),
        (examples.PLUS_IMAGE, examples.PLUS_KERNEL, [[2, 3, 2], [1, 2, 4], [2, 2, 3]]),
        (examples.CROSS_IMAGE, examples.CROSS_KERNEL, [[4, 3, 4], [2, 4, 3], [2, 3, 4]]),
        (
            np.repeat([[10.0] * 3 + [0.0] * 3], 6, axis=0),
            examples.VERTICAL_EDGE,
            [[0, 30, 30, 0]] * 4,
        ),
        (np.repeat([[10.0] * 3 + [0.0] * 3], 6, axis=0), examples.VERTICAL_EDGE.T, [[0] * 4] * 4),
    ],
)
def test_feature_map(image: Array, kernel: Array, expected: list[list[int]]) -> None:
    np.testing.assert_array_equal(correlate(image, kernel), np.array(expected))


def test_strokes_with_stride_two() -> None:
    found = correlate(examples.STROKES_IMAGE, examples.DIAGONAL_FILTER, stride=2)
    np.testing.assert_array_equal(found, [[3, -3], [-3, 0]])


def test_first_values_of_valid_and_same_padding() -> None:
    assert correlate(examples.VALID_IMAGE, examples.VERTICAL_EDGE)[0, 0] == 6
    assert correlate(examples.SAME_IMAGE, examples.SHARPEN, padding=1)[0, 0] == 114


def test_pooling_the_strokes() -> None:
    features = correlate(examples.STROKES_IMAGE, examples.DIAGONAL_FILTER)
    np.testing.assert_array_equal(max_pool2d(features[None, None], 2)[0, 0], [[3, 0], [3, 1]])


def test_six_by_six_exercise_to_the_last_digit() -> None:
    features = correlate(SIX_BY_SIX.image, SIX_BY_SIX.kernel, bias=np.array([SIX_BY_SIX.conv_bias]))
    pooled = max_pool2d(relu(features)[None, None], 2)
    logits = linear(pooled.reshape(1, -1), SIX_BY_SIX.weight, SIX_BY_SIX.bias)
    np.testing.assert_array_equal(pooled[0, 0], [[0, 10], [0, 10]])
    np.testing.assert_allclose(logits, [[-3.9, -9.3, 12.6]], rtol=1e-12)
    expected = [[6.8256e-8, 3.0828e-10, 0.99999993]]
    np.testing.assert_allclose(softmax(logits), expected, rtol=2e-5)


def test_examples_cannot_be_changed_by_accident() -> None:
    with pytest.raises(ValueError, match="read-only"):
        SIX_BY_SIX.image[0, 0] = 1
