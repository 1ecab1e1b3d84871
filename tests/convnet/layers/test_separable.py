"""Is the depthwise separable convolution PyTorch's two convolutions, one after the other?"""

from typing import Any

import numpy as np
import pytest
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from convnet import layers
from convnet.gradcheck import check_layer

from ..parity import assert_layer_is_torchs
from ..strategies import BATCHES, RNGS, pairs

PADDINGS = st.one_of(pairs(0, 2), st.sampled_from(["same", "valid"]))


def torchs(layer: layers.DepthwiseSeparableConv2d, tensors: dict[str, Tensor]) -> Tensor:
    """Compute the layer with torch."""
    how = layer.depthwise
    between = F.conv2d(
        tensors["x"],
        tensors["depthwise.weight"],
        tensors.get("depthwise.bias"),
        how.stride,
        how.padding,
        how.dilation,
        tensors["x"].shape[1],
    )
    return F.conv2d(between, tensors["pointwise.weight"], tensors.get("pointwise.bias"))


@st.composite
def separables(draw: st.DrawFn, dtype: Any = np.float64) -> tuple[Any, ...]:
    """Draw a layer and images for it."""
    channels, filters, padding = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(PADDINGS)
    # Odd kernels: for an even one and "same", torch warns that it needs a copy.
    kernel = draw(st.tuples(st.sampled_from([1, 3]), st.sampled_from([1, 3])))
    stride = (1, 1) if padding == "same" else draw(pairs(1, 3))
    dilation, bias, rng = draw(pairs(1, 2)), draw(st.booleans()), draw(RNGS)
    layer = layers.DepthwiseSeparableConv2d(
        channels, filters, kernel, stride, padding, dilation, bias, rng=rng, dtype=dtype
    )
    image = draw(pairs(5, 7))
    return layer, rng.normal(size=(draw(BATCHES), channels, *image)).astype(dtype), rng


@given(separables())
def test_the_layer_is_torchs(case: tuple[Any, ...]) -> None:
    layer, x, rng = case
    assert_layer_is_torchs(layer, x, lambda tensors: torchs(layer, tensors), rng)


@settings(max_examples=40)
@given(separables(np.float32))
def test_the_layer_is_torchs_in_single_precision(case: tuple[Any, ...]) -> None:
    layer, x, rng = case
    assert_layer_is_torchs(layer, x, lambda tensors: torchs(layer, tensors), rng)


@settings(max_examples=15)
@given(separables())
def test_the_layers_gradients_are_those_of_small_steps(case: tuple[Any, ...]) -> None:
    layer, x, rng = case
    check_layer(layer, x, rng)


@pytest.mark.parametrize("bias", [True, False])
def test_it_has_the_papers_share_of_a_convolutions_weights(bias: bool) -> None:
    rng = np.random.default_rng(0)
    layer = layers.DepthwiseSeparableConv2d(8, 16, 3, bias=bias, rng=rng)
    sizes = [sum(a.size for a in part.parameters.values()) for _, part in layer.children()]
    assert sizes == ([8 * 9 + 8, 8 * 16 + 16] if bias else [8 * 9, 8 * 16])
    full = layers.Conv2d(8, 16, 3, bias=False, rng=rng).parameters["weight"].size
    assert (8 * 9 + 8 * 16) / full == pytest.approx(1 / 16 + 1 / 9)
