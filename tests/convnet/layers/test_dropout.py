"""Does dropout silence as many as it says, keep the mean, and do nothing in use?"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convnet.layers import Dropout

from ..parity import assert_same
from ..strategies import RNGS, maps

Array = npt.NDArray[Any]
RATES = st.sampled_from([0.0, 0.1, 0.5, 0.9])


@given(maps(), RATES, RNGS)
def test_each_number_is_silenced_or_scaled_up_and_its_gradient_too(
    x: Array, p: float, rng: Any
) -> None:
    layer = Dropout(p, rng=rng)
    y = layer.forward(x)
    scale = np.where(y == 0, 0, 1 / (1 - p))
    assert_same("Dropout", "output", y, x * scale)
    grad = rng.normal(size=x.shape)
    assert_same("Dropout", "gradient of x", layer.backward(grad), grad * scale)


@given(maps(), RATES, RNGS)
def test_in_use_it_is_the_identity(x: Array, p: float, rng: Any) -> None:
    layer = Dropout(p, rng=rng)
    layer.forward(x)
    layer.eval()
    grad = rng.normal(size=x.shape)
    assert_same("Dropout", "output in use", layer.forward(x), x, 0.0)
    assert_same("Dropout", "gradient of x in use", layer.backward(grad), grad, 0.0)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_as_many_are_silent_as_probability_says(p: float) -> None:
    count = 100_000
    y = Dropout(p, rng=np.random.default_rng(0)).forward(np.ones(count))
    deviation = np.sqrt(p * (1 - p) / count)
    assert abs(np.mean(y == 0) - p) < 4 * deviation
    assert abs(y.mean() - 1) < 4 * deviation / (1 - p)


def test_silence_falls_on_numbers_independently() -> None:
    y = Dropout(0.5, rng=np.random.default_rng(0)).forward(np.ones((400, 250)))
    silent = (y == 0).astype(float) - 0.5
    for shifted in (silent[:-1] * silent[1:], silent[:, :-1] * silent[:, 1:]):
        assert abs(shifted.mean()) < 4 * 0.25 / np.sqrt(shifted.size)


def test_masks_are_drawn_anew_and_repeat_with_the_seed() -> None:
    x = np.ones(64)
    first, same = (Dropout(rng=np.random.default_rng(7)) for _ in range(2))
    masks = first.forward(x), first.forward(x)
    assert (masks[0] != masks[1]).any()
    for mask in masks:
        assert_same("Dropout", "output of the same seed", same.forward(x), mask, 0.0)


def test_without_probability_nothing_is_silenced() -> None:
    x = np.arange(5.0)
    assert_same("Dropout", "output", Dropout(0.0, rng=np.random.default_rng(0)).forward(x), x, 0.0)


def test_nan_is_silenced_to_nan_or_scaled_as_any_number_is() -> None:
    y = Dropout(0.5, rng=np.random.default_rng(0)).forward(np.full(8, np.nan))
    assert np.isnan(y).all()
