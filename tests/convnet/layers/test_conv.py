"""Do the forms of convolution agree, forward and backward, on shapes nobody chose by hand?"""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings

from convnet import layers
from convnet.gradcheck import check_layer
from convnet.layers import unroll
from convnet.layers.memory import lies_samples_last

from ..parity import assert_layer_is_torchs, assert_same, normal, torch_results
from ..strategies import Convolution, convolutions

# Small cases fit the cache as a whole, and are turned.
WAYS = {
    "at once": {"BAND_BYTES": unroll.BAND_BYTES},
    "in short bands, one by one": {"BAND_BYTES": 1, "LARGE_BYTES": 0, "TOGETHER": 2},
    "long rows": {"LONG": 0},
    "long rows in short bands": {"LONG": 0, "BAND_BYTES": 1, "TOGETHER": 2},
}
all_ways = pytest.mark.parametrize("way", WAYS)


def built(case: Convolution) -> layers.Conv2d:
    """Return the layer with the case's options and parameters."""
    groups = case.options["groups"]
    layer = layers.Conv2d(
        case.weight.shape[1] * groups,
        len(case.weight),
        case.kernel_size,
        **case.options,
        bias=case.bias is not None,
        rng=case.rng,
        dtype=case.x.dtype,
    )
    layer.parameters["weight"][...] = case.weight
    if case.bias is not None:
        layer.parameters["bias"][...] = case.bias
    return layer


@all_ways
@given(case=convolutions())
def test_convolution_has_three_equal_forms(case: Convolution, way: str) -> None:
    expected, _, _ = torch_results(case.torchs, case.arrays, normal(case.rng, case.x))
    for form in (layers.conv2d, layers.conv2d_loops):
        with patch.multiple(unroll, **WAYS[way]):
            y = form(case.x, case.weight, case.bias, **case.options)
        assert_same(form.__name__, "output", y, expected)


@all_ways
@given(case=convolutions())
def test_its_gradients_have_three_equal_forms(case: Convolution, way: str) -> None:
    _, grad, expected = torch_results(case.torchs, case.arrays, normal(case.rng, case.x))
    for form in (layers.conv2d_backward, layers.conv2d_backward_loops):
        with patch.multiple(unroll, **WAYS[way]):
            got = form(grad, case.x, case.weight, **case.options)
        for name, gradient in expected.items():
            assert_same(form.__name__, f"gradient of {name}", getattr(got, name), gradient)


@given(convolutions())
def test_each_gradient_can_be_had_alone(case: Convolution) -> None:
    _, grad, expected = torch_results(case.torchs, case.arrays, normal(case.rng, case.x))
    of_weight = layers.conv2d_weight_gradient(grad, case.x, case.weight.shape, **case.options)
    assert_same("conv2d_weight_gradient", "result", of_weight, expected["weight"])
    of_x = layers.conv2d_input_gradient(grad, case.weight, case.x.shape, **case.options)
    assert_same("conv2d_input_gradient", "result", of_x, expected["x"])


@given(convolutions())
def test_the_layer_is_torchs(case: Convolution) -> None:
    assert_layer_is_torchs(built(case), case.x, case.torchs, case.rng)


@given(convolutions(dtype=np.float32))
def test_the_layer_is_torchs_in_single_precision(case: Convolution) -> None:
    assert_layer_is_torchs(built(case), case.x, case.torchs, case.rng)


@settings(max_examples=20)
@given(convolutions())
def test_the_layers_gradients_are_those_of_small_steps(case: Convolution) -> None:
    check_layer(built(case), case.x.copy(), case.rng)


@pytest.mark.parametrize(("samples", "side"), [(5, 33), (70, 33), (70, 9)])
def test_a_batch_larger_than_the_cache_comes_in_parts(samples: int, side: int) -> None:
    # Large maps one by one, in bands of some rows, the last of fewer; small ones 35 at a time.
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(samples, 8, side, side - 2)), rng.normal(size=(6, 4, 3, 3))
    options = {"stride": (2, 1), "padding": (1, 1), "dilation": (1, 1), "groups": 2}
    case = Convolution(x, weight, rng.normal(size=6), options, rng)
    assert_layer_is_torchs(built(case), x, case.torchs, rng, tolerance=1e-9)


def test_large_images_are_taken_one_by_one() -> None:
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(2, 16, 60, 60)), rng.normal(size=(8, 16, 3, 3))
    options = {"stride": (1, 1), "padding": (1, 1), "dilation": (1, 1), "groups": 1}
    case = Convolution(x, weight, rng.normal(size=8), options, rng)
    assert layers.conv2d(x, weight, padding=1).flags.c_contiguous
    assert_layer_is_torchs(built(case), x, case.torchs, rng, tolerance=1e-9)


def test_feature_maps_stay_in_the_order_in_which_a_product_leaves_them() -> None:
    rng = np.random.default_rng(0)
    conv, relu, pool = layers.Conv2d(1, 2, 3, rng=rng), layers.ReLU(), layers.MaxPool2d(2)
    maps = conv(np.ones((16, 1, 8, 8), np.float32))
    assert [lies_samples_last(y) for y in (maps, relu(maps), pool(relu(maps)))] == [True] * 3
    grads = pool.backward(np.ones((16, 2, 3, 3), np.float32))  # samples first, as Flatten's
    assert lies_samples_last(grads)
    assert lies_samples_last(relu.backward(grads))


def test_many_samples_whose_maps_begin_a_power_of_two_apart() -> None:
    # 16 maps of 32 x 32 doubles are turned by way of an array with gaps.
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(9, 16, 32, 32)), rng.normal(size=(4, 16, 1, 1))
    options = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1}
    case = Convolution(x, weight, None, options, rng)
    assert_layer_is_torchs(built(case), x, case.torchs, rng)


def test_a_kernel_that_is_not_symmetric_is_not_flipped() -> None:
    # The impulse brings out the kernel mirrored: correlation, as this field's convolution.
    impulse = np.zeros((1, 1, 3, 3))
    impulse[0, 0, 1, 1] = 1
    kernel = np.arange(9.0).reshape(1, 1, 3, 3)
    for form in (layers.conv2d, layers.conv2d_loops):
        response = form(impulse, kernel, padding=1)
        assert_same(form.__name__, "impulse response", response, kernel[:, :, ::-1, ::-1])
