"""Does pooling agree with PyTorch, where numbers tie, are NaN, or lie where no window reaches?"""

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

from ..parity import assert_layer_is_torchs, assert_same, normal, torch_results
from ..strategies import RNGS, Pooling, maps, pairs, poolings

Array = npt.NDArray[Any]
TORCHS: dict[str, Callable[..., Tensor]] = {
    "MaxPool2d": F.max_pool2d,
    "MinPool2d": lambda x, *how: -F.max_pool2d(-x, *how),
    "AvgPool2d": F.avg_pool2d,
}


@given(poolings())
def test_max_pool_has_three_equal_forms(case: Pooling) -> None:
    expected = F.max_pool2d(torch.tensor(case.x), *case.how)
    for form in (layers.max_pool2d, layers.max_pool2d_loops):
        assert_same(form.__name__, "output", form(case.x, *case.how), expected)


@given(poolings())
def test_average_pool_has_three_equal_forms(case: Pooling) -> None:
    expected = F.avg_pool2d(torch.tensor(case.x), *case.how)
    for form in (layers.avg_pool2d, layers.avg_pool2d_loops):
        assert_same(form.__name__, "output", form(case.x, *case.how), expected)


@given(poolings())
def test_the_minimum_is_the_negative_maximum_of_negatives(case: Pooling) -> None:
    expected = -F.max_pool2d(-torch.tensor(case.x), *case.how)
    assert_same("min_pool2d", "output", layers.min_pool2d(case.x, *case.how), expected)


@pytest.mark.parametrize("name", TORCHS)
@given(case=poolings())
def test_the_layer_is_torchs(name: str, case: Pooling) -> None:
    layer = getattr(layers, name)(*case.how)
    assert_layer_is_torchs(layer, case.x, lambda t: TORCHS[name](t["x"], *case.how), case.rng)


@pytest.mark.parametrize("name", TORCHS)
@settings(max_examples=40)
@given(case=poolings(dtype=np.float32))
def test_the_layer_is_torchs_in_single_precision(name: str, case: Pooling) -> None:
    layer = getattr(layers, name)(*case.how)
    assert_layer_is_torchs(layer, case.x, lambda t: TORCHS[name](t["x"], *case.how), case.rng)


@pytest.mark.parametrize("name", TORCHS)
@settings(max_examples=15)
@given(case=poolings())
def test_the_layers_gradients_are_those_of_small_steps(name: str, case: Pooling) -> None:
    check_layer(getattr(layers, name)(*case.how), case.x.copy(), case.rng)


@st.composite
def awkward(draw: st.DrawFn) -> Pooling:
    """Draw maps of few values: most windows hold a tie, many hold NaN beside an infinity."""
    case = draw(poolings())
    values = draw(
        st.sampled_from([[0.0, 1.0], [-np.inf, 0.0, np.inf], [-np.inf, 0.0, 1.0, np.nan]])
    )
    return Pooling(case.rng.choice(values, case.x.shape), case.how, case.rng)


@given(awkward())
def test_ties_nan_and_infinity_are_pooled_as_torch_pools_them(case: Pooling) -> None:
    x, how = case.x, case.how
    # Different gradients tell which of two equal maxima a gradient went to.
    expected, grad, gradients = torch_results(
        lambda t: F.max_pool2d(t["x"], *how), {"x": x}, normal(case.rng, x)
    )
    for form in (layers.max_pool2d, layers.max_pool2d_loops):
        assert_same(form.__name__, "output", form(x, *how), expected)
    got = layers.max_pool2d_backward(grad, x, expected, *how)
    assert_same("max_pool2d_backward", "gradient of x", got, gradients["x"])


@pytest.mark.parametrize("how", [(3, 2, 1), (2, 2, 0)], ids=["overlapping", "apart"])
@pytest.mark.parametrize("name", TORCHS)
def test_maps_larger_than_the_cache_come_in_chunks_that_fit_together(
    name: str, how: tuple[int, int, int]
) -> None:
    # 2 MB of maps, with values that a few of the 150 planes share: ties across and within chunks.
    rng = np.random.default_rng(0)
    x = rng.integers(0, 50, size=(3, 50, 40, 41)).astype(float)
    x[1, 7, 5, 4:6] = np.nan
    layer = getattr(layers, name)(*how)
    assert_layer_is_torchs(layer, x, lambda t: TORCHS[name](t["x"], *how), rng)


def test_a_tie_goes_to_the_first_in_reading_order() -> None:
    x = np.ones((1, 1, 2, 2))
    got = layers.max_pool2d_backward(np.full((1, 1, 1, 1), 8.0), x, np.ones((1, 1, 1, 1)), 2)
    assert_same("max_pool2d_backward", "gradient of x", got[0, 0], np.array([[8.0, 0], [0, 0]]))


def test_rows_that_the_stride_leaves_out_get_no_gradient() -> None:
    x = np.arange(25.0).reshape(1, 1, 5, 5)
    for layer in (layers.MaxPool2d(2), layers.MinPool2d(2), layers.AvgPool2d(2)):
        grad = layer.backward(np.ones_like(layer.forward(x)))
        assert np.count_nonzero(grad[:, :, 4]) == np.count_nonzero(grad[:, :, :, 4]) == 0
        assert grad.sum() == 4


@given(maps(), pairs(1, 7), RNGS)
def test_adaptive_average_is_torchs(x: Array, size: tuple[int, int], rng: Any) -> None:
    assert_layer_is_torchs(
        layers.AdaptiveAvgPool2d(size), x, lambda t: F.adaptive_avg_pool2d(t["x"], size), rng
    )
    expected, grad, gradients = torch_results(
        lambda t: F.adaptive_avg_pool2d(t["x"], size), {"x": x}, normal(rng, x)
    )
    assert_same("adaptive_avg_pool2d", "output", layers.adaptive_avg_pool2d(x, size), expected)
    back = layers.adaptive_avg_pool2d_backward(grad, x.shape[2:])
    assert_same("adaptive_avg_pool2d_backward", "gradient of x", back, gradients["x"])


@given(maps(), RNGS)
def test_global_average_is_the_mean_of_each_channel(x: Array, rng: Any) -> None:
    assert_layer_is_torchs(
        layers.GlobalAvgPool2d(), x, lambda t: t["x"].mean(dim=(2, 3), keepdim=True), rng
    )


@given(poolings())
def test_an_average_passes_on_all_of_the_gradient_or_loses_it_to_the_padding(case: Pooling) -> None:
    _, grad, gradients = torch_results(
        lambda t: F.avg_pool2d(t["x"], *case.how), {"x": case.x}, normal(case.rng, case.x)
    )
    got = layers.avg_pool2d_backward(grad, case.x.shape, *case.how)
    assert_same("avg_pool2d_backward", "gradient of x", got, gradients["x"])
    if case.how[2] == (0, 0):
        np.testing.assert_allclose(got.sum(), grad.sum(), atol=1e-9)
