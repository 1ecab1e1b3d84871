"""Does every layer keep what the base class promises: shapes, dtypes, memory, messages?"""

import inspect
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from convnet import layers, network
from convnet.gradcheck import check_layer
from convnet.network import named_gradients, named_layers, named_parameters

from ..parity import assert_same
from .catalogue import BATCH, LAYERS, RANDOM, example

Array = npt.NDArray[Any]
every_layer = pytest.mark.parametrize("name", LAYERS)


def test_the_catalogue_has_every_layer() -> None:
    public = {**vars(layers), **vars(network)}
    classes = {
        name
        for name, found in public.items()
        if inspect.isclass(found) and issubclass(found, layers.Layer) and found is not layers.Layer
    }
    assert classes == LAYERS.keys()
    for name in LAYERS:
        assert type(example(name)[0]).__name__ == name


@every_layer
def test_gradients_are_those_of_small_steps_in_training_and_in_use(name: str) -> None:
    layer, x, rng = example(name)
    if name not in RANDOM:
        check_layer(layer, x, rng)
    layer.eval()
    check_layer(layer, x, rng)


@every_layer
@pytest.mark.parametrize("samples", [0, 1, 3])
def test_single_precision_stays_single(name: str, samples: int) -> None:
    layer, x, rng = example(name, samples, np.float32)
    layer.train(name not in BATCH)
    y = layer.forward(x)
    grad_x = layer.backward(rng.normal(size=y.shape).astype(np.float32))
    arrays = {"y": y, "grad_x": grad_x, **named_gradients(layer), **named_parameters(layer)}
    assert {k: a.dtype for k, a in arrays.items()} == dict.fromkeys(arrays, np.dtype(np.float32))
    assert grad_x.shape == x.shape
    assert len(y) == samples


@every_layer
def test_an_empty_batch_has_gradients_of_zero(name: str) -> None:
    layer, x, _ = example(name, 0)
    layer.train(name not in BATCH)
    y = layer.forward(x)
    assert layer.backward(np.zeros_like(y)).shape == x.shape
    assert named_gradients(layer).keys() == named_parameters(layer).keys()
    for key, gradient in named_gradients(layer).items():
        assert_same(name, key, gradient, np.zeros_like(named_parameters(layer)[key]))


@every_layer
def test_arguments_and_parameters_stay_as_they_were(name: str) -> None:
    layer, x, rng = example(name)
    y = layer.forward(x)
    grad = rng.normal(size=y.shape)
    kept = {"x": x.copy(), "grad": grad.copy(), "y": y.copy()}
    before = {k: a.copy() for k, a in named_parameters(layer).items()}
    layer.backward(grad)
    for key, array in {"x": x, "grad": grad, "y": y}.items():
        assert_same(name, key, array, kept[key], 0.0)
    for key, array in named_parameters(layer).items():
        assert_same(name, key, array, before[key], 0.0)


@every_layer
def test_how_arrays_lie_in_memory_does_not_matter(name: str) -> None:
    layer, x, rng = example(name)
    expected = example(name)[0].forward(x)
    turned = np.asfortranarray(x)
    assert_same(name, "output", layer.forward(turned), expected)
    grad = rng.normal(size=expected.shape)
    straight, back = layer.backward(grad), layer.backward(np.asfortranarray(grad))
    assert_same(name, "gradient of x", back, straight)


@every_layer
def test_gradients_are_set_and_not_added_up(name: str) -> None:
    layer, x, rng = example(name)
    grad = rng.normal(size=layer.forward(x).shape)
    first_x = layer.backward(grad).copy()
    first = {k: a.copy() for k, a in named_gradients(layer).items()}
    assert_same(name, "gradient of x", layer.backward(grad), first_x, 0.0)
    for key, gradient in named_gradients(layer).items():
        assert_same(name, f"gradient of {key}", gradient, first[key], 0.0)


@every_layer
def test_parameters_can_be_differentiated_alone(name: str) -> None:
    layer, x, rng = example(name)
    grad = rng.normal(size=layer.forward(x).shape)
    layer.backward(grad)
    expected = {k: a.copy() for k, a in named_gradients(layer).items()}
    assert expected.keys() == named_parameters(layer).keys()
    for _, inner in named_layers(layer):
        inner.gradients.clear()
    layer.backward_parameters(grad)
    for key, gradient in expected.items():
        assert_same(name, f"gradient of {key}", named_gradients(layer)[key], gradient)


@every_layer
def test_backward_needs_forward(name: str) -> None:
    layer, x, _ = example(name)
    message = r"\w+\.backward was called before forward.*call forward\(x\) first"
    with pytest.raises(RuntimeError, match=message):
        layer.backward(x)


@every_layer
def test_a_gradient_of_another_shape_is_refused(name: str) -> None:
    layer, x, _ = example(name)
    y = layer.forward(x)
    message = r"grad_output has shape .*, but .* shape .*; pass one number for each"
    for wrong in (y[..., None], y[:-1], np.concatenate([y, y[..., -1:]], axis=-1)):
        with pytest.raises(ValueError, match=message):
            layer.backward(wrong)


@every_layer
def test_a_gradient_of_another_dtype_is_refused(name: str) -> None:
    layer, x, _ = example(name, dtype=np.float32)
    y = layer.forward(x)
    message = r"grad_output has dtype float64, but .* has float32.*grad_output\.astype"
    with pytest.raises(TypeError, match=message):
        layer.backward(y.astype(np.float64))


@every_layer
def test_lists_tensors_and_whole_numbers_are_refused(name: str) -> None:
    layer, x, _ = example(name)
    with pytest.raises(
        TypeError, match=r"(x|logits) is of type list.*np\.asarray\((x|logits), dtype"
    ):
        layer.forward(x.tolist())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"(x|logits) has dtype int64.*\.astype\(np\.float32\)"):
        layer.forward(x.astype(np.int64))


@every_layer
def test_training_and_use_are_switched_for_all_inside(name: str) -> None:
    layer, _, _ = example(name)
    assert all(inner.training for _, inner in named_layers(layer))
    layer.eval()
    assert not any(inner.training for _, inner in named_layers(layer))
    layer.train()
    assert all(inner.training for _, inner in named_layers(layer))


def test_a_layer_without_forward_or_backward_says_so() -> None:
    class Unfinished(layers.Layer):
        """Defines nothing."""

    with pytest.raises(NotImplementedError, match=r"Unfinished does not define forward\(x\)"):
        Unfinished()(np.zeros(1))
    with pytest.raises(NotImplementedError, match="Unfinished does not define backward"):
        Unfinished().backward(np.zeros(1))
    with pytest.raises(NotImplementedError, match="Loss does not define forward"):
        layers.Loss()(np.zeros(1), np.zeros(1))


@pytest.mark.parametrize("suffix", ["", "_loops"])
def test_functions_keep_an_empty_batch_empty(suffix: str) -> None:
    x, flat = np.zeros((0, 2, 4, 4)), np.zeros((0, 4))
    assert getattr(layers, "conv2d" + suffix)(x, np.zeros((3, 2, 3, 3))).shape == (0, 3, 2, 2)
    assert getattr(layers, "conv_transpose2d" + suffix)(x, np.zeros((2, 3, 2, 2))).shape == (
        0,
        3,
        5,
        5,
    )
    assert getattr(layers, "max_pool2d" + suffix)(x, 2).shape == (0, 2, 2, 2)
    assert getattr(layers, "avg_pool2d" + suffix)(x, 2).shape == (0, 2, 2, 2)
    assert getattr(layers, "linear" + suffix)(flat, np.zeros((3, 4))).shape == (0, 3)
    assert getattr(layers, "softmax" + suffix)(flat).shape == (0, 4)


@pytest.mark.parametrize("suffix", ["", "_loops"])
def test_functions_keep_single_precision_and_their_arguments(suffix: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1, 2, 4, 4)).astype(np.float32)
    weight = rng.normal(size=(3, 2, 2, 2)).astype(np.float32)
    flat, dense = x.reshape(1, -1), rng.normal(size=(3, 32)).astype(np.float32)
    kept, grad = x.copy(), np.ones((1, 3, 3, 3), dtype=np.float32)
    results = [
        getattr(layers, "conv2d" + suffix)(x, weight, weight[:, 0, 0, 0]),
        *getattr(layers, "conv2d_backward" + suffix)(grad, x, weight),
        getattr(layers, "conv_transpose2d" + suffix)(x, weight[:2], weight[0, :, 0, 0]),
        getattr(layers, "max_pool2d" + suffix)(x, 2),
        getattr(layers, "avg_pool2d" + suffix)(x, 2),
        getattr(layers, "relu" + suffix)(x),
        getattr(layers, "linear" + suffix)(flat, dense, dense[:, 0]),
        getattr(layers, "softmax" + suffix)(flat),
    ]
    assert {r.dtype for r in results} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(x, kept)
