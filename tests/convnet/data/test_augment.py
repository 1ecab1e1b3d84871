"""Does augmentation change what it says, and nothing else?"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convnet.data.augment import chain, input_noise, permute_pixels, random_flip, random_shift

SEEDS = st.integers(0, 2**32 - 1)


def images(seed: int, count: int = 6, dtype: Any = np.float32) -> Any:
    """Return images of numbers above zero, so that padding shows."""
    return np.random.default_rng(seed).uniform(1, 2, (count, 3, 7, 5)).astype(dtype)


@given(SEEDS, st.floats(0, 1))
def test_flipping_mirrors_some_images_whole(seed: int, p: float) -> None:
    x = images(seed)
    y = random_flip(x, np.random.default_rng(seed), p)
    for before, after in zip(x, y, strict=True):
        assert np.array_equal(after, before) or np.array_equal(after, before[:, :, ::-1])


def test_about_as_many_are_flipped_as_asked() -> None:
    x = images(0, 4000)
    y = random_flip(x, np.random.default_rng(0), 0.25)
    assert 0.22 < np.mean((x != y).any(axis=(1, 2, 3))) < 0.28


@given(SEEDS, st.integers(0, 4))
def test_shifting_moves_an_image_and_lets_in_zeros(seed: int, pixels: int) -> None:
    x = images(seed)
    y = random_shift(x, np.random.default_rng(seed), pixels)
    assert y.shape == x.shape
    for before, after in zip(x, y, strict=True):
        padded = np.pad(before, ((0, 0), (pixels, pixels), (pixels, pixels)))
        windows = [
            padded[:, i : i + 7, j : j + 5]
            for i in range(2 * pixels + 1)
            for j in range(2 * pixels + 1)
        ]
        assert any(np.array_equal(after, window) for window in windows)


def test_all_shifts_come_about_equally_often() -> None:
    x = np.zeros((9000, 1, 3, 3), dtype=np.float32)
    x[:, :, 1, 1] = 1
    y = random_shift(x, np.random.default_rng(0), 1)
    assert np.all(np.abs(y.mean(axis=0) - 1 / 9) < 0.015)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_noise_has_the_deviation_asked_for(dtype: Any) -> None:
    x = images(0, 500, dtype)
    noise = input_noise(x, np.random.default_rng(0), std=0.3) - x
    assert noise.dtype == dtype
    assert abs(noise.mean()) < 0.01
    assert abs(noise.std() - 0.3) < 0.01


@given(SEEDS)
def test_permuting_can_be_undone_and_keeps_channels_together(seed: int) -> None:
    x = images(seed)
    order = np.random.default_rng(seed).permutation(35)
    y = permute_pixels(x, order)
    np.testing.assert_array_equal(permute_pixels(y, np.argsort(order)), x)
    np.testing.assert_array_equal(y.reshape(6, 3, 35)[:, :, 4], x.reshape(6, 3, 35)[:, :, order[4]])


@pytest.mark.parametrize(
    "augment",
    [random_flip, random_shift, input_noise, chain(random_flip, partial(random_shift, pixels=1))],
)
def test_the_batch_itself_is_left_alone_and_seeds_decide(augment: Any) -> None:
    x = images(0, 40)
    before = x.copy()
    first, again, other = (augment(x, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.shares_memory(first, x)
    assert first.dtype == np.float32


def test_a_chain_takes_its_steps_in_order() -> None:
    both = chain(lambda x, _: x + 1, lambda x, _: x * 2)
    assert both(np.array([3.0]), np.random.default_rng(0)) == 8


RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: random_flip(np.zeros((3, 3)), RNG), r"x has shape \(3, 3\), but needs 4 axes"),
        (lambda: random_flip(images(0), RNG, 1.5), "p is 1.5, but needs to be from 0 to 1; pass"),
        (lambda: random_shift(images(0), RNG, -1), "pixels is -1, but needs to be a whole number"),
        (lambda: input_noise(images(0), RNG, -1), "std is -1, but needs to be at least 0"),
        (
            lambda: permute_pixels(images(0), np.arange(34)),
            r"order has shape \(34,\), but needs each of 0 to 34 once; pass rng.permutation\(35\)",
        ),
    ],
)
def test_errors_say_what_to_do(wrong: Callable[[], Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        wrong()
