"""Are the NumPy blocks those of ``convnet.models``, forward and backward, to ten digits?"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn

from convnet import models
from convnet.examples import SIX_BY_SIX
from convnet.layers import Layer
from convnet.models.densenet import DenseBlock, Transition
from convnet.models.inception import Branches, Inception
from convnet.models.residual import BasicBlock, Bottleneck
from convnet.models.resnet import ResNet
from convnet.network import named_buffers, named_gradients, named_parameters, state
from convnet.networks import (
    basic_block,
    bottleneck,
    copy_from_torch,
    copy_to_torch,
    count_parameters,
    dense_block,
    inception,
    mlp,
    six_by_six,
    small_resnet,
    transition,
)
from convnet.shapes import summarize

Array = npt.NDArray[Any]
PATHS = (8, (4, 6), (3, 5), 2)

BLOCKS: dict[str, tuple[Callable[..., Layer], Callable[[], nn.Module], int]] = {
    "basic": (lambda **how: basic_block(4, 4, **how), lambda: BasicBlock(4, 4), 4),
    "basic, stride": (lambda **how: basic_block(3, 4, 2, **how), lambda: BasicBlock(3, 4, 2), 3),
    "bottleneck": (lambda **how: bottleneck(8, 2, **how), lambda: Bottleneck(8, 2), 8),
    "bottleneck, stride": (
        lambda **how: bottleneck(3, 2, 2, **how),
        lambda: Bottleneck(3, 2, 2),
        3,
    ),
    "inception": (
        lambda **how: inception(3, *PATHS, **how),
        lambda: Inception(3, Branches(8, 4, 6, 3, 5, 2), large_kernel=5),
        3,
    ),
    "dense": (lambda **how: dense_block(3, 4, 2, **how), lambda: DenseBlock(3, 4, 2), 4),
    "transition": (lambda **how: transition(4, 2, **how), lambda: Transition(4, 2), 4),
    "resnet": (
        lambda **how: small_resnet((1, 2, 1, 1), 4, num_classes=5, **how),
        lambda: ResNet(BasicBlock, (1, 2, 1, 1), 5, width=1 / 16, small_images=True),
        3,
    ),
}


def twins(name: str) -> tuple[Layer, nn.Module, Array]:
    """Return a NumPy block, PyTorch's with the same random numbers, and images for them."""
    ours, theirs, channels = BLOCKS[name]
    rng = np.random.default_rng(0)
    block, module = ours(rng=rng, dtype=np.float64), theirs().double()
    for key, array in state(block).items():
        if array.ndim == 1:  # scales, shifts and averages start alike
            array[...] = rng.uniform(0.5, 1.5, array.shape) - ("bias" in key or "mean" in key)
    copy_to_torch(block, module)
    return block, module, rng.normal(size=(3, channels, 9, 10))


def close(got: Array, expected: torch.Tensor | None) -> None:
    """Compare to ten digits of the largest number."""
    assert expected is not None
    wanted = expected.detach().numpy()
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-10 * max(1, np.abs(wanted).max()))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_computes_what_pytorchs_does(name: str, training: bool) -> None:
    block, module, images = twins(name)
    block.train(training)
    module.train(training)
    x = torch.from_numpy(images.copy()).requires_grad_()
    y, expected = block(images), module(x)
    close(y, expected)
    g = np.random.default_rng(1).normal(size=y.shape)
    grad = block.backward(g)
    expected.backward(torch.from_numpy(g))
    close(grad, x.grad)
    gradients = named_gradients(block)
    assert gradients.keys() == named_parameters(block).keys()
    for got, parameter in zip(gradients.values(), module.parameters(), strict=True):
        close(got, parameter.grad)
    running = [b for k, b in module.named_buffers() if not k.endswith("num_batches_tracked")]
    for got, buffer in zip(named_buffers(block).values(), running, strict=True):
        close(got, buffer)


@pytest.mark.parametrize("name", BLOCKS)
def test_parameters_and_running_averages_go_to_torch_and_back(name: str) -> None:
    block, module, images = twins(name)
    block(images)  # moves the averages
    copy_to_torch(block, module)
    ours, _, _ = BLOCKS[name]
    again = ours(rng=np.random.default_rng(7), dtype=np.float64)
    copy_from_torch(module, again)
    for key, array in state(again).items():
        np.testing.assert_array_equal(array, state(block)[key])
    assert count_parameters(block) == models.count_parameters(module)


@pytest.mark.parametrize("name", BLOCKS)
def test_the_calculator_reads_a_block_as_it_reads_pytorchs(name: str) -> None:
    block, module, images = twins(name)
    shape = images.shape[1:]
    mine, theirs = summarize(block, shape), summarize(module, shape)
    assert (mine.parameters, mine.macs) == (theirs.parameters, theirs.macs)
    assert mine[-1].output_shape == theirs[-1].output_shape == block(images).shape[1:]
    assert mine[-1].receptive_field == theirs[-1].receptive_field


def test_the_six_by_six_network_has_the_lectures_numbers() -> None:
    network = six_by_six()
    np.testing.assert_allclose(
        network(SIX_BY_SIX.image[None, None]), [[-3.9, -9.3, 12.6]], rtol=1e-12
    )
    rows = summarize(network, (1, 6, 6)).rows
    assert [row.parameters for row in rows] == [10, 0, 0, 0, 15]
    assert six_by_six(dtype=np.float32).layers[0].parameters["weight"].dtype == np.float32
    network.layers[0].parameters["weight"][...] = 0  # training may change its own copy
    assert SIX_BY_SIX.kernel.any()


def test_missing_averages_are_named() -> None:
    block, module, _ = twins("transition")
    plain = nn.Sequential(nn.GroupNorm(2, 4), nn.Conv2d(4, 2, 1, bias=False)).double()
    before = {key: array.copy() for key, array in state(block).items()}
    with pytest.raises(ValueError, match=r"has 0 buffers and the target 2, but they need as many"):
        copy_from_torch(plain, block)
    for key, array in state(block).items():
        np.testing.assert_array_equal(array, before[key])
    with pytest.raises(ValueError, match=r"0.weight has shape \(4,\), but the target's 1.weight"):
        copy_to_torch(block, mlp_module())
    assert module.training


def mlp_module() -> nn.Module:
    """Return a module whose first array has another shape."""
    return nn.Sequential(nn.Flatten(), nn.Linear(4, 3))


def test_sizes_below_one_are_named() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"depth is 0, but needs to be a whole number of at least"):
        dense_block(0, 4, 2, rng=rng)
    with pytest.raises(ValueError, match=r"depths is \(\), but needs at least one number of blo"):
        small_resnet((), rng=rng)
    with pytest.raises(ValueError, match="out_channels is 0, but needs to be a whole number"):
        basic_block(4, 0, rng=rng)
    with pytest.raises(ValueError, match="out_features is 0"):
        mlp((4, 0), rng=rng)
