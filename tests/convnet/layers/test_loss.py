"""Do losses and their gradients agree with PyTorch, and survive numbers that overflow?"""

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
from convnet.gradcheck import numerical_gradient

from ..parity import TOLERANCE, assert_same
from ..strategies import RNGS

Array = npt.NDArray[Any]
DTYPES = st.sampled_from([np.float64, np.float32])
SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)
SCALES = st.sampled_from([1.0, 100.0])


def assert_loss_is_torchs(
    loss: layers.Loss, prediction: Array, target: Array, expected: Tensor, source: Tensor
) -> None:
    """Compare the number, and the gradient with respect to the predictions."""
    got = loss(prediction, target)
    assert type(got) is float
    wanted = expected.item()
    tolerance = TOLERANCE[prediction.dtype]
    assert got == pytest.approx(wanted, rel=tolerance, abs=tolerance, nan_ok=True)
    expected.backward()
    assert source.grad is not None
    assert_same(type(loss).__name__, "gradient of prediction", loss.backward(), source.grad)


@st.composite
def classified(draw: st.DrawFn) -> tuple[Array, Array]:
    """Draw logits (N, classes) and class numbers (N,)."""
    rng, samples, classes = draw(RNGS), draw(st.integers(1, 5)), draw(st.integers(1, 6))
    kind = draw(st.sampled_from([np.int64, np.uint8]))
    logits = draw(SCALES) * rng.normal(size=(samples, classes))
    return logits, rng.integers(classes, size=samples).astype(kind)


@given(classified(), DTYPES)
def test_softmax_cross_entropy_is_torchs(case: tuple[Array, Array], dtype: Any) -> None:
    logits, target = case[0].astype(dtype), case[1]
    source = torch.tensor(logits, requires_grad=True)
    expected = F.cross_entropy(source, torch.tensor(target.astype(np.int64)))
    assert_loss_is_torchs(layers.SoftmaxCrossEntropy(), logits, target, expected, source)


@given(classified())
def test_cross_entropy_has_three_equal_forms(case: tuple[Array, Array]) -> None:
    logits, target = np.clip(case[0], -50, 50), case[1]  # the definition takes a rounded zero's log
    expected = F.cross_entropy(torch.tensor(logits), torch.tensor(target.astype(np.int64))).item()
    fast = layers.SoftmaxCrossEntropy()(logits, target)
    loops = layers.softmax_cross_entropy_loops(logits, target)
    assert fast == pytest.approx(expected, rel=1e-10, abs=1e-10)
    assert loops == pytest.approx(expected, rel=1e-10, abs=1e-10)


@given(SHAPES, SCALES, DTYPES, RNGS, st.booleans())
def test_binary_cross_entropy_is_torchs(
    shape: tuple[int, ...], scale: float, dtype: Any, rng: Any, hard: bool
) -> None:
    logits = (scale * rng.normal(size=shape)).astype(dtype)
    target = rng.uniform(size=shape).round(0 if hard else 3).astype(dtype)
    source = torch.tensor(logits, requires_grad=True)
    expected = F.binary_cross_entropy_with_logits(source, torch.tensor(target))
    assert_loss_is_torchs(layers.BinaryCrossEntropyWithLogits(), logits, target, expected, source)


@given(SHAPES, SCALES, DTYPES, RNGS)
def test_mean_squared_error_is_torchs(
    shape: tuple[int, ...], scale: float, dtype: Any, rng: Any
) -> None:
    prediction, target = (scale * rng.normal(size=(2, *shape))).astype(dtype)
    source = torch.tensor(prediction, requires_grad=True)
    expected = F.mse_loss(source, torch.tensor(target))
    assert_loss_is_torchs(layers.MeanSquaredError(), prediction, target, expected, source)


@given(SHAPES, st.sampled_from([0.5, 1.0, 2.5]), DTYPES, RNGS)
def test_smooth_l1_is_torchs(shape: tuple[int, ...], beta: float, dtype: Any, rng: Any) -> None:
    # Halves, so that some differences are exactly beta, where the two parts meet.
    prediction, target = (rng.integers(-6, 7, size=(2, *shape)) / 2).astype(dtype)
    source = torch.tensor(prediction, requires_grad=True)
    expected = F.smooth_l1_loss(source, torch.tensor(target), beta=beta)
    assert_loss_is_torchs(layers.SmoothL1(beta), prediction, target, expected, source)


@pytest.mark.parametrize("name", ["softmax", "binary", "squared", "smooth"])
@settings(max_examples=15)
@given(rng=RNGS, shape=st.tuples(st.integers(1, 3), st.integers(1, 4)))
def test_gradients_are_those_of_small_steps(name: str, rng: Any, shape: tuple[int, int]) -> None:
    loss, target = {
        "softmax": (layers.SoftmaxCrossEntropy(), rng.integers(shape[1], size=shape[0])),
        "binary": (layers.BinaryCrossEntropyWithLogits(), rng.uniform(size=shape)),
        "squared": (layers.MeanSquaredError(), rng.normal(size=shape)),
        "smooth": (layers.SmoothL1(10.0), rng.normal(size=shape)),
    }[name]
    prediction = rng.normal(size=shape)
    loss(prediction, target)
    got = loss.backward()
    expected = numerical_gradient(lambda: loss(prediction, target), prediction)
    assert_same(name, "gradient of prediction", got, expected, 1e-7)


@pytest.mark.parametrize("size", [1e4, -1e4])
def test_huge_logits_do_not_overflow(size: float) -> None:
    logits = np.array([[size, 0.0]])
    source = torch.tensor(logits, requires_grad=True)
    expected = F.cross_entropy(source, torch.tensor([1]))
    assert_loss_is_torchs(layers.SoftmaxCrossEntropy(), logits, np.array([1]), expected, source)
    source = torch.tensor(logits, requires_grad=True)
    expected = F.binary_cross_entropy_with_logits(source, torch.ones(1, 2, dtype=torch.float64))
    loss = layers.BinaryCrossEntropyWithLogits()
    assert_loss_is_torchs(loss, logits, np.ones((1, 2)), expected, source)


def test_nan_makes_a_loss_nan_as_in_torch() -> None:
    logits = np.array([[np.nan, 0.0], [1.0, 0.0]])
    source = torch.tensor(logits, requires_grad=True)
    expected = F.cross_entropy(source, torch.tensor([1, 0]))
    loss = layers.SoftmaxCrossEntropy()
    assert_loss_is_torchs(loss, logits, np.array([1, 0]), expected, source)


def test_a_loss_leaves_its_arguments_as_they_were() -> None:
    rng = np.random.default_rng(0)
    prediction, target = rng.normal(size=(2, 3)), rng.uniform(size=(2, 3))
    kept = prediction.copy(), target.copy()
    for loss in (layers.BinaryCrossEntropyWithLogits(), layers.MeanSquaredError()):
        loss(prediction, target)
        loss.backward()
    layers.SoftmaxCrossEntropy()(prediction, np.array([0, 2]))
    np.testing.assert_array_equal((prediction, target), kept)
