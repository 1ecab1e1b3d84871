"""Do the forms of the dense layer agree, forward and backward?"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from convnet import layers
from convnet.gradcheck import check_layer

from ..parity import assert_layer_is_torchs, assert_same, normal, torch_results
from ..strategies import BATCHES, RNGS

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Dense:
    """Everything that a dense layer is given."""

    x: Array
    weight: Array
    bias: Array | None
    rng: np.random.Generator

    def built(self) -> layers.Linear:
        """Return the layer with these parameters."""
        outputs, inputs = self.weight.shape
        with_bias = self.bias is not None
        layer = layers.Linear(inputs, outputs, with_bias, rng=self.rng, dtype=self.x.dtype)
        layer.parameters["weight"][...] = self.weight
        if self.bias is not None:
            layer.parameters["bias"][...] = self.bias
        return layer


@st.composite
def denses(draw: st.DrawFn, dtype: npt.DTypeLike = np.float64) -> Dense:
    """Draw rows and weights that fit them, with a bias or none."""
    rng, inputs, outputs = draw(RNGS), draw(st.integers(1, 6)), draw(st.integers(1, 5))
    x = rng.normal(size=(inputs, draw(BATCHES))).astype(dtype).T  # columns in memory
    bias = rng.normal(size=outputs).astype(dtype) if draw(st.booleans()) else None
    return Dense(x, rng.normal(size=(outputs, inputs)).astype(dtype), bias, rng)


def torchs(tensors: dict[str, Tensor]) -> Tensor:
    """Compute the layer with torch."""
    return F.linear(tensors["x"], tensors["weight"], tensors.get("bias"))


@given(denses())
def test_the_dense_layer_has_three_equal_forms(case: Dense) -> None:
    arrays = {"x": case.x, "weight": case.weight, "bias": case.bias}
    expected, _, _ = torch_results(torchs, arrays, normal(case.rng, case.x))
    for form in (layers.linear, layers.linear_loops):
        y = form(case.x, case.weight, case.bias)
        assert_same(form.__name__, "output", y, expected)


@given(denses())
def test_the_layer_is_torchs(case: Dense) -> None:
    assert_layer_is_torchs(case.built(), case.x, torchs, case.rng)


@given(denses(dtype=np.float32))
def test_the_layer_is_torchs_in_single_precision(case: Dense) -> None:
    assert_layer_is_torchs(case.built(), case.x, torchs, case.rng)


@settings(max_examples=20)
@given(denses())
def test_the_layers_gradients_are_those_of_small_steps(case: Dense) -> None:
    check_layer(case.built(), case.x.copy(), case.rng)
