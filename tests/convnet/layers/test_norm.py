"""Do the normalizations agree with PyTorch, in training and in use, and keep its averages?"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from convnet import layers
from convnet.gradcheck import check_layer

from ..parity import assert_layer_is_torchs, assert_same, normal, torch_results
from ..strategies import BATCHES, RNGS, maps

Array = npt.NDArray[Any]
DTYPES = st.sampled_from([np.float64, np.float32])
MANY = maps(st.integers(2, 4))


def moved(layer: layers.Layer, rng: np.random.Generator) -> layers.Layer:
    """Give scale and shift, initially 1 and 0, numbers that show where they are used."""
    for array in layer.parameters.values():
        array[...] = rng.normal(size=array.shape)
    return layer


def batch_norm(layer: layers.BatchNorm2d, tensors: dict[str, Tensor]) -> Tensor:
    """Compute a batch norm with torch, on copies of the layer's averages."""
    buffers = [torch.tensor(layer.buffers[k]) for k in ("running_mean", "running_var")]
    scale = tensors.get("weight"), tensors.get("bias")
    how = layer.training, layer.momentum, layer.eps
    return F.batch_norm(tensors["x"], *buffers, *scale, *how)


@given(MANY, st.booleans(), st.booleans(), st.sampled_from([1e-5, 0.1]), DTYPES, RNGS)
def test_batch_norm_is_torchs(
    x: Array, training: bool, affine: bool, eps: float, dtype: Any, rng: Any
) -> None:
    layer = layers.BatchNorm2d(x.shape[1], eps, affine=affine, dtype=dtype)
    moved(layer, rng)
    layer.train(training)
    layer.buffers["running_mean"][...] = rng.normal(size=x.shape[1])
    layer.buffers["running_var"][...] = rng.uniform(0.5, 2, size=x.shape[1])
    assert_layer_is_torchs(layer, x.astype(dtype), lambda t: batch_norm(layer, t), rng)


@given(st.lists(st.integers(2, 5), min_size=1, max_size=4), st.sampled_from([0, 0.1, 1]), RNGS)
def test_running_averages_are_torchs_after_several_batches(
    batches: list[int], momentum: float, rng: Any
) -> None:
    ours = layers.BatchNorm2d(3, momentum=momentum, dtype=np.float64)
    torchs = torch.nn.BatchNorm2d(3, momentum=momentum, dtype=torch.float64)
    for batch in batches:
        x = 5 + 2 * rng.normal(size=(batch, 3, 2, 2))
        assert_same("BatchNorm2d", "output", ours.forward(x), torchs(torch.tensor(x)))
    for name, buffer in ours.buffers.items():
        assert_same("BatchNorm2d", name, buffer, getattr(torchs, name))
    ours.eval()
    torchs.eval()
    assert_same("BatchNorm2d", "output in use", ours.forward(x), torchs(torch.tensor(x)))
    for name, buffer in ours.buffers.items():
        assert_same("BatchNorm2d", f"{name} after use", buffer, getattr(torchs, name))


@given(st.integers(2, 6), st.integers(1, 4), RNGS)
def test_batch_norm_takes_rows_as_well(rows: int, features: int, rng: Any) -> None:
    layer = layers.BatchNorm2d(features, dtype=np.float64)
    x = rng.normal(size=(rows, features))
    assert_layer_is_torchs(layer, x, lambda t: batch_norm(layer, t), rng)


@given(maps(), RNGS)
def test_in_use_a_sample_does_not_depend_on_its_neighbours(x: Array, rng: Any) -> None:
    assume(len(x) > 0)
    layer = moved(layers.BatchNorm2d(x.shape[1], dtype=np.float64), rng)
    layer.eval()
    alone = np.concatenate([layer.forward(sample[None]) for sample in x])
    assert_same("BatchNorm2d", "output", alone, layer.forward(x))


def test_backward_after_a_switch_differentiates_the_forward_that_was() -> None:
    rng = np.random.default_rng(0)
    layer = layers.BatchNorm2d(2, dtype=np.float64)
    x, grad = rng.normal(size=(3, 2, 2, 2)), rng.normal(size=(3, 2, 2, 2))
    layer.forward(x)
    expected = layer.backward(grad)
    layer.forward(x)
    layer.eval()
    assert_same("BatchNorm2d", "gradient of x", layer.backward(grad), expected)


@given(maps(), st.integers(1, 3), st.booleans(), DTYPES, RNGS)
def test_layer_norm_is_torchs(x: Array, axes: int, affine: bool, dtype: Any, rng: Any) -> None:
    shape = x.shape[-axes:]
    layer = moved(layers.LayerNorm(shape, affine=affine, dtype=dtype), rng)

    def torchs(t: dict[str, Tensor]) -> Tensor:
        return F.layer_norm(t["x"], shape, t.get("weight"), t.get("bias"))

    assert_layer_is_torchs(layer, x.astype(dtype), torchs, rng)


@st.composite
def grouped(draw: st.DrawFn) -> tuple[Array, int]:
    """Draw feature maps and a number of groups that divides their channels."""
    groups, channels = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    shape = (draw(BATCHES), groups * channels, draw(st.integers(2, 4)), draw(st.integers(1, 4)))
    return draw(RNGS).normal(size=shape), groups


@given(grouped(), st.booleans(), DTYPES, RNGS)
def test_group_norm_is_torchs(case: tuple[Array, int], affine: bool, dtype: Any, rng: Any) -> None:
    x, groups = case
    layer = moved(layers.GroupNorm(groups, x.shape[1], affine=affine, dtype=dtype), rng)

    def torchs(t: dict[str, Tensor]) -> Tensor:
        return F.group_norm(t["x"], groups, t.get("weight"), t.get("bias"))

    assert_layer_is_torchs(layer, x.astype(dtype), torchs, rng)


@given(maps(st.integers(1, 3)), st.booleans(), DTYPES, RNGS)  # torch's fails on an empty batch
def test_instance_norm_is_torchs(x: Array, affine: bool, dtype: Any, rng: Any) -> None:
    layer = moved(layers.InstanceNorm2d(x.shape[1], affine=affine, dtype=dtype), rng)

    def torchs(t: dict[str, Tensor]) -> Tensor:
        return F.instance_norm(t["x"], weight=t.get("weight"), bias=t.get("bias"))

    assert_layer_is_torchs(layer, x.astype(dtype), torchs, rng)


@pytest.mark.parametrize(
    "name", ["batch in training", "batch in use", "layer", "group", "instance"]
)
@settings(max_examples=10)
@given(x=MANY, rng=RNGS)
def test_the_layers_gradients_are_those_of_small_steps(name: str, x: Array, rng: Any) -> None:
    channels, how = x.shape[1], {"eps": 1e-2, "dtype": np.float64}
    layer = {
        "batch": lambda: layers.BatchNorm2d(channels, **how),
        "layer": lambda: layers.LayerNorm(x.shape[1:], **how),
        "group": lambda: layers.GroupNorm(1, channels, **how),
        "instance": lambda: layers.InstanceNorm2d(channels, affine=True, **how),
    }[name.split()[0]]()
    layer.train(not name.endswith("use"))
    check_layer(moved(layer, rng), x.copy(), rng)


@given(maps(), st.sets(st.integers(0, 3), min_size=1), RNGS)
def test_the_function_and_its_gradient_are_torchs(x: Array, axes: set[int], rng: Any) -> None:
    assume(x.size)

    def torchs(t: dict[str, Tensor]) -> Tensor:
        variance, mean = torch.var_mean(t["x"], dim=tuple(axes), correction=0, keepdim=True)
        return (t["x"] - mean) / torch.sqrt(variance + 1e-3)

    y, grad, expected = torch_results(torchs, {"x": x}, normal(rng, x))
    z, factor = layers.normalize(x, tuple(axes), 1e-3)
    assert_same("normalize", "output", z, y)
    got = layers.normalize_backward(grad, z, factor, tuple(axes))
    assert_same("normalize_backward", "gradient of x", got, expected["x"])


def test_nan_stays_where_torch_leaves_it() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 2, 2, 2))
    x[1, 0, 0, 0] = np.nan
    layer = layers.BatchNorm2d(2, dtype=np.float64)
    assert_layer_is_torchs(layer, x, lambda t: batch_norm(layer, t), rng)
    assert np.isnan(layer.buffers["running_mean"]).tolist() == [True, False]
