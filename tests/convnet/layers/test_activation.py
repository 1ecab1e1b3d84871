"""Do activations and softmax agree with PyTorch, at zero, at infinity and for NaN too?"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from convnet import layers
from convnet.gradcheck import check_layer

from ..parity import assert_layer_is_torchs, assert_same, normal
from ..strategies import RNGS, maps

Array = npt.NDArray[Any]
CASES: dict[str, tuple[Callable[[], layers.Layer], Callable[[Tensor], Tensor]]] = {
    "relu": (layers.ReLU, F.relu),
    "leaky relu": (layers.LeakyReLU, F.leaky_relu),
    "steep leaky relu": (lambda: layers.LeakyReLU(0.3), lambda x: F.leaky_relu(x, 0.3)),
    "elu": (layers.ELU, F.elu),
    "deep elu": (lambda: layers.ELU(1.7), lambda x: F.elu(x, 1.7)),
    "sigmoid": (layers.Sigmoid, torch.sigmoid),
    "tanh": (layers.Tanh, torch.tanh),
    "softmax": (layers.Softmax, lambda x: torch.softmax(x, -1)),
    "softmax over channels": (lambda: layers.Softmax(1), lambda x: torch.softmax(x, 1)),
}
FUNCTIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Tensor], Tensor]]] = {
    "relu": (layers.relu, F.relu),
    "leaky_relu": (lambda x: layers.leaky_relu(x, 0.2), lambda x: F.leaky_relu(x, 0.2)),
    "elu": (lambda x: layers.elu(x, 0.5), lambda x: F.elu(x, 0.5)),
    "sigmoid": (layers.sigmoid, torch.sigmoid),
    "softmax": (layers.softmax, lambda x: torch.softmax(x, -1)),
}
SPECIAL = np.array([np.nan, -np.inf, -800.0, -1.0, -0.0, 0.0, 1.0, 800.0, np.inf])


@pytest.mark.parametrize("name", CASES)
@given(x=maps(), scale=st.sampled_from([1.0, 30.0]), rng=RNGS)
def test_the_layer_is_torchs(name: str, x: Array, scale: float, rng: Any) -> None:
    build, function = CASES[name]
    assert_layer_is_torchs(build(), scale * x, lambda t: function(t["x"]), rng)


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=30)
@given(x=maps(), rng=RNGS)
def test_the_layer_is_torchs_in_single_precision(name: str, x: Array, rng: Any) -> None:
    build, function = CASES[name]
    assert_layer_is_torchs(build(), x.astype(np.float32), lambda t: function(t["x"]), rng)


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=10)
@given(x=maps(), rng=RNGS)
def test_the_layers_gradients_are_those_of_small_steps(name: str, x: Array, rng: Any) -> None:
    away_from_kinks = np.where(np.abs(x) < 1e-3, 0.5, x)
    check_layer(CASES[name][0](), away_from_kinks, rng)


@pytest.mark.parametrize("name", FUNCTIONS)
@given(x=maps())
def test_the_function_is_torchs(name: str, x: Array) -> None:
    ours, torchs = FUNCTIONS[name]
    assert_same(name, "output", ours(x), torchs(torch.tensor(x)))


@given(st.integers(0, 3), st.integers(1, 6), st.sampled_from([1.0, 1e3]), RNGS)
def test_softmax_and_relu_have_three_equal_forms(
    rows: int, classes: int, scale: float, rng: Any
) -> None:
    logits = scale * rng.normal(size=(rows, classes))
    expected = torch.softmax(torch.tensor(logits), dim=1)
    for form in (layers.softmax, layers.softmax_loops):
        assert_same(form.__name__, "output", form(logits), expected)
    clipped = torch.relu(torch.tensor(logits))
    for form in (layers.relu, layers.relu_loops):
        assert_same(form.__name__, "output", form(logits), clipped, 0.0)


@pytest.mark.parametrize("name", [name for name in CASES if "softmax" not in name])
def test_special_numbers_pass_through_as_in_torch(name: str) -> None:
    build, function = CASES[name]
    # In torch it depends on NaN's place whether it stops the gradient of ELU; here it always does.
    numbers = SPECIAL[1:] if "elu" in name and "relu" not in name else SPECIAL
    for x in (numbers, np.repeat(numbers, 8)):
        assert_layer_is_torchs(build(), x, lambda t: function(t["x"]), np.random.default_rng(0))
    assert np.isnan(build().forward(np.array([np.nan])))


@pytest.mark.parametrize("form", [layers.relu, layers.relu_loops])
def test_relu_lets_nan_through_as_torch_does(form: Callable[[Array], Array]) -> None:
    assert_same(form.__name__, "output", form(SPECIAL), torch.relu(torch.tensor(SPECIAL)), 0.0)


@pytest.mark.parametrize("form", [layers.softmax, layers.softmax_loops])
def test_softmax_of_nan_and_of_minus_infinity_is_torchs(form: Callable[[Array], Array]) -> None:
    logits = np.array([[0.0, np.nan, 1.0], [np.nan, 0.0, 1.0], [-np.inf, 0.0, 0.0]])
    assert_same(form.__name__, "output", form(logits), torch.softmax(torch.tensor(logits), 1))


def test_softmax_is_a_distribution_that_a_shift_does_not_change() -> None:
    rng = np.random.default_rng(0)
    logits = normal(rng, np.zeros(0))((4, 7))
    p = layers.softmax(logits)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(layers.softmax(logits + 500), p, rtol=1e-12)
