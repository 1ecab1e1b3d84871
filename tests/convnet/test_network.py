"""Do networks compute and differentiate as PyTorch's, however their blocks are nested?"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from convnet import layers, network
from convnet.gradcheck import check_layer
from convnet.layers import Conv2d, ReLU, Tanh
from convnet.network import Concatenate, Residual, Sequential

from .blocks import DOUBLE, Block, blocks, lenet, resnet_block
from .parity import Tensors, assert_layer_is_torchs, assert_same
from .strategies import RNGS

Array = npt.NDArray[Any]


def torchs_lenet(t: Tensors) -> Tensor:
    """Compute the network with torch."""
    features = F.max_pool2d(F.relu(F.conv2d(t["x"], t["0.weight"], t["0.bias"])), 2)
    hidden = torch.tanh(F.linear(features.flatten(1), t["4.weight"], t["4.bias"]))
    return F.linear(hidden, t["6.weight"], t["6.bias"])


def torchs_resnet_block(t: Tensors) -> Tensor:
    """Compute the block with torch, in training."""

    def normalized(x: Tensor, name: str) -> Tensor:
        scale = t[f"{name}.weight"], t[f"{name}.bias"]
        return F.batch_norm(x, None, None, *scale, training=True)

    hidden = F.relu(normalized(F.conv2d(t["x"], t["body.0.weight"], None, 2, 1), "body.1"))
    through = normalized(F.conv2d(hidden, t["body.3.weight"], None, 1, 1), "body.4")
    return through + normalized(F.conv2d(t["x"], t["shortcut.0.weight"], None, 2), "shortcut.1")


def inception(rng: np.random.Generator) -> Concatenate:
    """Return paths of different windows, and one that passes its input on as DenseNet does."""
    how: Any = {"rng": rng, **DOUBLE}
    return Concatenate(
        Conv2d(2, 3, 1, **how),
        None,
        Sequential(Conv2d(2, 2, 1, **how), Tanh(), Conv2d(2, 1, 3, padding="same", **how)),
        layers.AvgPool2d(3, 1, 1),
    )


def torchs_inception(t: Tensors) -> Tensor:
    """Compute the paths with torch."""
    deep = torch.tanh(F.conv2d(t["x"], t["2.0.weight"], t["2.0.bias"]))
    paths = [
        F.conv2d(t["x"], t["0.weight"], t["0.bias"]),
        t["x"],
        F.conv2d(deep, t["2.2.weight"], t["2.2.bias"], padding=1),
        F.avg_pool2d(t["x"], 3, 1, 1),
    ]
    return torch.cat(paths, dim=1)


NETWORKS = {
    "lenet": (lenet, torchs_lenet),
    "resnet block": (resnet_block, torchs_resnet_block),
    "inception": (inception, torchs_inception),
    "identity plus": (
        lambda _rng: Residual(Tanh()),
        lambda t: t["x"] + torch.tanh(t["x"]),
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
@settings(max_examples=25)
@given(rng=RNGS)
def test_a_network_is_torchs(name: str, rng: Any) -> None:
    build, function = NETWORKS[name]
    assert_layer_is_torchs(build(rng), rng.normal(size=(3, 2, 8, 8)), function, rng)


@pytest.mark.parametrize("name", NETWORKS)
def test_its_gradients_are_those_of_small_steps(name: str) -> None:
    rng = np.random.default_rng(0)
    network_ = NETWORKS[name][0](rng)
    check_layer(network_, rng.normal(size=(2, 2, 8, 8)), rng)


@given(blocks(2), RNGS, st.integers(0, 3))
def test_any_network_of_blocks_is_torchs(block: Block, rng: Any, samples: int) -> None:
    x = rng.normal(size=(samples, 2, 3, 4))
    assert_layer_is_torchs(block.layer, x, lambda t: block.torchs(t["x"], t, ""), rng)


@settings(max_examples=10)
@given(blocks(2), RNGS)
def test_any_networks_gradients_are_those_of_small_steps(block: Block, rng: Any) -> None:
    check_layer(block.layer, rng.normal(size=(1, 2, 3, 2)), rng)


def test_the_first_layers_input_gradient_can_be_skipped() -> None:
    rng = np.random.default_rng(0)
    skipping = lenet(rng)

    def refuse(_grad: Array) -> Array:
        raise AssertionError("the first layer's input was differentiated")

    x = rng.normal(size=(2, 2, 8, 8))
    grad = rng.normal(size=skipping.forward(x).shape)
    skipping.backward(grad)
    expected = dict(network.named_gradients(skipping))
    skipping.layers[0].backward = refuse  # type: ignore[method-assign]
    skipping.backward_parameters(grad)
    for name, gradient in network.named_gradients(skipping).items():
        assert_same("Sequential", name, gradient, expected[name])


def test_names_lead_to_the_arrays_themselves() -> None:
    block = resnet_block(np.random.default_rng(0))
    parameters, buffers = network.named_parameters(block), network.named_buffers(block)
    assert [name for name, _ in network.named_layers(block)][:3] == ["", "body", "body.0"]
    first = next(block.body.children())[1]
    assert parameters["body.0.weight"] is first.parameters["weight"]
    assert sorted(buffers) == sorted(
        f"{place}.running_{kind}"
        for place in ("body.1", "body.4", "shortcut.1")
        for kind in ("mean", "var")
    )
    assert network.state(block).keys() == parameters.keys() | buffers.keys()
    assert network.named_gradients(block) == {}


def test_a_layer_deep_inside_may_not_stand_in_two_places() -> None:
    shared = ReLU()
    with pytest.raises(ValueError, match=r"one ReLU object in two places, 0\.0 and 1\.body"):
        Sequential(Sequential(shared), Residual(shared))
    with pytest.raises(ValueError, match="Residual has one Tanh object in two places, 0 and 1"):
        Residual(*[Tanh()] * 2)
    tanh = Tanh()
    with pytest.raises(ValueError, match="Concatenate has one Tanh object in two places, 0 and 2"):
        Concatenate(tanh, None, tanh)
