"""Does the gradient check find what is wrong, say where, and leave everything as it was?"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convnet.gradcheck import GradientMismatchError, check_layer, numerical_gradient
from convnet.layers import Linear, Tanh
from convnet.network import Sequential

from .parity import assert_same
from .strategies import RNGS

Array = npt.NDArray[Any]


class Broken(Linear):
    """A dense layer whose gradients a fault has changed."""

    def __init__(self, fault: Callable[["Broken", Array], Array]) -> None:
        super().__init__(3, 2, rng=np.random.default_rng(0), dtype=np.float64)
        self.fault = fault

    def backward(self, grad_output: Array) -> Array:
        """Return what the fault makes of the right gradient."""
        return self.fault(self, super().backward(grad_output))


def without_bias(layer: Broken, grad: Array) -> Array:
    del layer.gradients["bias"]
    return grad


def transposed_weight(layer: Broken, grad: Array) -> Array:
    layer.gradients["weight"] = layer.gradients["weight"].T
    return grad


def mean_for_sum(layer: Broken, grad: Array) -> Array:
    layer.gradients["bias"] = layer.gradients["bias"] / 4
    return grad


def nan_in_one_place(_layer: Broken, grad: Array) -> Array:
    grad[2, 1] = np.nan
    return grad


def a_little_off(_layer: Broken, grad: Array) -> Array:
    grad[3, 0] += 1e-4
    return grad


NUMBER = r"-?\d[\d.e-]*"
FAULTS: dict[str, tuple[Callable[[Broken, Array], Array], str]] = {
    "sign": (lambda _layer, grad: -grad, rf"the gradient of x at \(\d, \d\) is {NUMBER}, expected"),
    "no bias": (
        without_bias,
        r"set no gradient of bias, which has shape \(2,\); set grad",
    ),
    "shape": (transposed_weight, r"gradient of weight has shape \(3, 2\), expected \(2, 3\)"),
    "mean": (mean_for_sum, rf"the gradient of bias at \(\d,\) is {NUMBER}, expected {NUMBER}"),
    "NaN": (nan_in_one_place, rf"the gradient of x at \(2, 1\) is nan, expected {NUMBER}"),
    "small": (a_little_off, rf"x at \(3, 0\) is {NUMBER}, expected {NUMBER}.*relative error"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_its_place_named(name: str) -> None:
    fault, message = FAULTS[name]
    rng = np.random.default_rng(1)
    with pytest.raises(GradientMismatchError, match=rf"^Broken\.backward.*{message}"):
        check_layer(Broken(fault), rng.normal(size=(4, 3)), rng)


def test_a_layer_without_fault_passes() -> None:
    rng = np.random.default_rng(1)
    check_layer(Broken(lambda _layer, grad: grad), rng.normal(size=(4, 3)), rng)


def test_a_fault_inside_a_network_is_found_under_its_name() -> None:
    rng = np.random.default_rng(1)
    network = Sequential(Tanh(), Broken(mean_for_sum))
    with pytest.raises(GradientMismatchError, match=r"the gradient of 1\.bias at"):
        check_layer(network, rng.normal(size=(4, 3)), rng)


def test_input_and_parameters_are_left_as_they_were() -> None:
    rng = np.random.default_rng(1)
    layer, x = Broken(lambda _layer, grad: grad), rng.normal(size=(4, 3))
    kept = {"x": x.copy(), **{name: a.copy() for name, a in layer.parameters.items()}}
    check_layer(layer, x, rng)
    for name, array in {"x": x, **layer.parameters}.items():
        assert_same("check_layer", name, array, kept[name], 0.0)


def test_single_precision_is_refused_for_input_and_parameters() -> None:
    rng = np.random.default_rng(1)
    layer = Linear(3, 2, rng=rng)
    with pytest.raises(TypeError, match=r"x has dtype float32.*x\.astype\(np\.float64\)"):
        check_layer(layer, rng.normal(size=(4, 3)).astype(np.float32), rng)
    with pytest.raises(TypeError, match=r"weight has dtype float32.*build layers with dtype=np"):
        check_layer(layer, rng.normal(size=(4, 3)), rng)


def test_a_coarser_tolerance_lets_a_small_fault_pass() -> None:
    rng = np.random.default_rng(1)
    check_layer(Broken(a_little_off), rng.normal(size=(4, 3)), rng, tolerance=1e-2)


@given(RNGS, st.integers(1, 5))
def test_a_quadratic_forms_gradient_is_known(rng: Any, size: int) -> None:
    matrix, a = rng.normal(size=(size, size)), rng.normal(size=size)
    got = numerical_gradient(lambda: float(a @ matrix @ a), a)
    assert_same("numerical_gradient", "result", got, (matrix + matrix.T) @ a, 1e-6)


def test_the_step_is_the_callers() -> None:
    a = np.array([1.0])
    coarse = numerical_gradient(lambda: float(a[0] ** 3), a, step=0.5)
    assert coarse[0] == pytest.approx(3.25)  # (1.5^3 - 0.5^3) / 1
