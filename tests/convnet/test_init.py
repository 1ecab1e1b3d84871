"""Do initial weights have the variances of the papers, and PyTorch's habits?"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from convnet import examples, init, layers

from .parity import assert_same

Array = npt.NDArray[Any]
SHAPES = st.lists(st.integers(1, 5), min_size=2, max_size=4).map(tuple)
LARGE = (64, 32, 5, 5)
FAN_IN, FAN_OUT = 32 * 25, 64 * 25
VARIANCES: dict[str, tuple[Callable[..., Array], float]] = {
    "uniform_fan_in": (init.uniform_fan_in, 1 / (3 * FAN_IN)),
    "glorot_uniform": (init.glorot_uniform, 2 / (FAN_IN + FAN_OUT)),
    "glorot_normal": (init.glorot_normal, 2 / (FAN_IN + FAN_OUT)),
    "he_normal": (init.he_normal, 2 / FAN_IN),
    "he_uniform": (init.he_uniform, 2 / FAN_IN),
}


@given(SHAPES)
def test_fans_are_torchs(shape: tuple[int, ...]) -> None:
    weight = torch.empty(shape)
    assert init.fans(shape) == torch.nn.init._calculate_fan_in_and_fan_out(weight)


@pytest.mark.parametrize("name", VARIANCES)
def test_mean_and_variance_are_the_papers(name: str) -> None:
    draw, variance = VARIANCES[name]
    weights = draw(LARGE, np.random.default_rng(0))
    assert weights.shape == LARGE
    assert weights.dtype == np.float64
    assert weights.var() == pytest.approx(variance, rel=0.03)  # 51,200 numbers: 1 % is usual
    assert abs(weights.mean()) < 4 * math.sqrt(variance / weights.size)


@pytest.mark.parametrize("name", VARIANCES)
def test_uniform_ones_reach_their_bound_and_normal_ones_pass_it(name: str) -> None:
    draw, variance = VARIANCES[name]
    largest = np.abs(draw(LARGE, np.random.default_rng(0))).max() / math.sqrt(3 * variance)
    assert (largest > 1.5) if "normal" in name else (0.999 < largest <= 1)


@pytest.mark.parametrize("name", VARIANCES)
def test_a_seed_repeats_and_a_generator_moves_on(name: str) -> None:
    draw, _ = VARIANCES[name]
    rng = np.random.default_rng(5)
    first, second = draw((3, 4), rng), draw((3, 4), rng)
    assert_same(name, "same seed", draw((3, 4), np.random.default_rng(5)), first, 0.0)
    assert (first != second).any()


@pytest.mark.parametrize(
    ("ours", "torchs"),
    [
        (layers.Conv2d, torch.nn.Conv2d),
        (layers.ConvTranspose2d, torch.nn.ConvTranspose2d),
    ],
)
@pytest.mark.parametrize("groups", [1, 4])
def test_convolutions_start_within_torchs_bounds(ours: Any, torchs: Any, groups: int) -> None:
    torch.manual_seed(0)
    theirs = torchs(32, 64, 3, groups=groups)
    mine = ours(32, 64, 3, groups=groups, rng=np.random.default_rng(0))
    for name, array in mine.parameters.items():
        limit = np.abs(getattr(theirs, name).detach().numpy()).max()
        assert np.abs(array).max() == pytest.approx(limit, rel=0.1)


def test_dense_layers_start_within_torchs_bounds() -> None:
    torch.manual_seed(0)
    theirs = torch.nn.Linear(300, 200)
    mine = layers.Linear(300, 200, rng=np.random.default_rng(0))
    for name, array in mine.parameters.items():
        limit = np.abs(getattr(theirs, name).detach().numpy()).max()
        assert np.abs(array).max() == pytest.approx(limit, rel=0.05)


def test_designed_kernels_are_the_lectures() -> None:
    kernels = init.hand_designed(9)[:, 0]
    np.testing.assert_array_equal(kernels[0], examples.VERTICAL_EDGE)
    np.testing.assert_array_equal(kernels[1], examples.VERTICAL_EDGE.T)
    np.testing.assert_array_equal(kernels[3], kernels[2][:, ::-1])
    np.testing.assert_array_equal(kernels[5], examples.SHARPEN)
    np.testing.assert_array_equal(kernels[7:], kernels[:2])
    # Edges do not answer to an even surface; blur, sharpening and identity keep it.
    np.testing.assert_allclose(kernels[:7].sum(axis=(1, 2)), [0, 0, 0, 0, 1, 1, 1], atol=1e-12)


@given(st.integers(1, 9), st.integers(1, 5))
def test_an_image_in_all_channels_answers_as_in_one(filters: int, channels: int) -> None:
    image = np.random.default_rng(0).normal(size=(1, 1, 5, 5))
    one = layers.conv2d(image, init.hand_designed(filters))
    many = layers.conv2d(np.repeat(image, channels, axis=1), init.hand_designed(filters, channels))
    assert_same("hand_designed", "response", many, one)
