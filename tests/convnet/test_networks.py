"""Are the NumPy networks those of ``convnet.models``: the same numbers in, the same numbers out?"""

from typing import Any

import numpy as np
import pytest
import torch

from convnet.models import MLP, CIFARNet, LeNet5
from convnet.models import count_parameters as count_in_torch
from convnet.network import named_parameters
from convnet.networks import (
    cifar_net,
    copy_from_torch,
    copy_to_torch,
    count_parameters,
    lenet5,
    mlp,
)

SIZES = (784, 128, 64, 10)
PAIRS: list[tuple[Any, Any, tuple[int, ...]]] = [
    (lambda **options: mlp(SIZES, **options), lambda: MLP(SIZES), (1, 28, 28)),
    (lenet5, LeNet5, (1, 28, 28)),
    (cifar_net, CIFARNet, (3, 32, 32)),
]


@pytest.mark.parametrize(("ours", "theirs", "image"), PAIRS, ids=["mlp", "lenet", "cifar"])
def test_outputs_and_gradients_are_those_of_the_torch_network(
    ours: Any, theirs: Any, image: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(0)
    network, module = ours(rng=rng, dtype=np.float64), theirs().double()
    assert count_parameters(network) == count_in_torch(module)
    copy_from_torch(module, network)
    x = rng.normal(size=(4, *image))
    logits = module(torch.from_numpy(x))
    np.testing.assert_allclose(network(x), logits.detach().numpy(), rtol=1e-10, atol=1e-10)
    g = rng.normal(size=(4, 10))
    network.backward_parameters(g)
    logits.backward(torch.from_numpy(g))
    gradients = [grad for layer in network.layers for grad in layer.gradients.values()]
    for got, parameter in zip(gradients, module.parameters(), strict=True):
        assert parameter.grad is not None
        np.testing.assert_allclose(got, parameter.grad.numpy(), rtol=1e-9, atol=1e-10)


def test_weights_go_to_torch_and_back() -> None:
    network, module = lenet5(rng=np.random.default_rng(0)), LeNet5()
    copy_to_torch(network, module)
    again = lenet5(rng=np.random.default_rng(1))
    copy_from_torch(module, again)
    for a, b in zip(
        named_parameters(network).values(), named_parameters(again).values(), strict=True
    ):
        np.testing.assert_array_equal(a, b)
        assert not np.shares_memory(a, b)


def test_what_does_not_fit_is_named() -> None:
    rng = np.random.default_rng(0)
    network = mlp((4, 3), rng=rng)
    with pytest.raises(ValueError, match=r"source's weight has shape \(3, 5\), .* 1.weight \(3, 4"):
        copy_from_torch(torch.nn.Linear(5, 3), network)
    with pytest.raises(ValueError, match=r"source has 2 parameters and the target 4, .* as many"):
        copy_to_torch(network, MLP((4, 3, 2)))
    with pytest.raises(ValueError, match=r"sizes is \(4,\), but needs at least two numbers"):
        mlp((4,), rng=rng)
