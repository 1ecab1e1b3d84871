"""Do penalties have the gradient of their value, and noise the size it says?"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convnet import layers
from convnet.gradcheck import numerical_gradient
from convnet.network import Sequential, named_parameters
from convnet.optim import SGD
from convnet.regularization import L1, L2, GradientNoise
from convnet.train import NumpyLearner, fit

WEIGHTS = {"0.weight": np.array([[1.5, -2.0], [0.3, 4.0]]), "0.bias": np.array([-1.0, 2.0])}


@pytest.mark.parametrize("kind", [L1, L2])
@pytest.mark.parametrize("exclude", [[], ["*bias"]])
def test_a_penalty_adds_the_gradient_of_its_value(kind: Any, exclude: list[str]) -> None:
    penalty = kind(0.7, exclude=exclude)
    gradients = {name: np.ones_like(a) for name, a in WEIGHTS.items()}
    penalty(WEIGHTS, gradients)
    for name, array in WEIGHTS.items():
        slope = numerical_gradient(lambda: penalty.value(WEIGHTS), array)
        np.testing.assert_allclose(gradients[name], 1 + slope, atol=1e-7)
        assert slope.any() == (name != "0.bias" or not exclude)


def test_l2_is_the_weight_decay_of_sgd() -> None:
    def learner(decay: float, changes: list[Any]) -> NumpyLearner:
        network = Sequential(layers.Linear(3, 2, rng=np.random.default_rng(0), dtype=np.float64))
        params = named_parameters(network)
        optimizer = SGD(params, 0.1, 0.9, weight_decay=decay, no_decay=["*bias"])
        return NumpyLearner(network, optimizer, change_gradients=changes)

    rng = np.random.default_rng(0)
    data = rng.normal(size=(20, 3)), rng.integers(0, 2, 20)
    pair = learner(0.1, []), learner(0.0, [L2(0.1, exclude=["*bias"])])
    for each in pair:
        fit(each, data, epochs=3, rng=np.random.default_rng(1))
    for a, b in zip(*(each.network_state().values() for each in pair), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_l1_leaves_fewer_weights_than_l2() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 20))
    y = x[:, :2].sum(axis=1, keepdims=True)  # eighteen inputs do not matter, but seem to
    y += rng.normal(size=y.shape)
    left = {}
    for kind in (L1, L2):
        network = Sequential(layers.Linear(20, 1, rng=np.random.default_rng(1), dtype=np.float64))
        optimizer = SGD(named_parameters(network), lr=0.01)
        learner = NumpyLearner(network, optimizer, layers.MeanSquaredError(), [kind(0.2)])
        fit(learner, (x, y), epochs=60, rng=np.random.default_rng(2), batch_size=20)
        left[kind] = int(np.sum(np.abs(learner.network_state()["0.weight"]) > 0.02))
    assert 2 <= left[L1] <= 4
    assert left[L2] >= 12


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_noise_falls_with_the_steps(dtype: Any) -> None:
    noise = GradientNoise(eta=0.04, gamma=2.0, rng=np.random.default_rng(0))
    for step in range(3):
        gradients = {"w": np.ones(20_000, dtype=dtype)}
        noise({}, gradients)
        assert gradients["w"].dtype == dtype
        assert gradients["w"].mean() == pytest.approx(1, abs=0.01)
        assert gradients["w"].std() == pytest.approx(0.2 / (1 + step), rel=0.05)


def test_noise_is_resumed(tmp_path: Path) -> None:
    def learner(seed: int) -> NumpyLearner:
        network = Sequential(layers.Linear(3, 2, rng=np.random.default_rng(0), dtype=np.float64))
        noise = GradientNoise(rng=np.random.default_rng(seed))
        return NumpyLearner(network, SGD(named_parameters(network), 0.1), change_gradients=[noise])

    rng = np.random.default_rng(0)
    data = rng.normal(size=(20, 3)), rng.integers(0, 2, 20)
    whole, rest = learner(1), learner(2)
    fit(whole, data, epochs=4, rng=np.random.default_rng(1))
    fit(learner(1), data, epochs=2, rng=np.random.default_rng(1), checkpoint=tmp_path)
    fit(rest, data, epochs=4, rng=np.random.default_rng(1), checkpoint=tmp_path)
    for a, b in zip(whole.network_state().values(), rest.network_state().values(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        (lambda: L1(-1), ValueError, "strength is -1, but needs to be at least 0; pass"),
        (lambda: L2(1, exclude=["x"])(WEIGHTS, {}), ValueError, "exclude has 'x', which fits no"),
        (lambda: L2(1, exclude="x").value(WEIGHTS), TypeError, r"exclude is .* pass \['x'\]"),
        (lambda: GradientNoise(-1, rng=np.random.default_rng(0)), ValueError, "eta is -1, but"),
        (lambda: GradientNoise(1, -1, rng=np.random.default_rng(0)), ValueError, "gamma is -1, b"),
    ],
)
def test_errors_say_what_to_do(wrong: Callable[[], Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        wrong()
