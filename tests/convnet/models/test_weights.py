"""Are weights counted, drawn and copied as promised?"""

import re

import numpy as np
import pytest
import torch
from torch import nn

from convnet import models
from convnet.models.blocks import ConvBN
from convnet.models.lenet1998 import LeNet5Original, Subsampling


def state(network: nn.Module) -> list[torch.Tensor]:
    return [tensor.clone() for tensor in network.state_dict().values()]


def same(a: list[torch.Tensor], b: list[torch.Tensor]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def test_frozen_parameters_are_not_counted() -> None:
    network = models.LeNet5()
    network.features.requires_grad_(False)
    assert models.count_parameters(network) == 41_854


def test_copied_networks_agree_and_stay_apart() -> None:
    source, target = models.resnet18(width=0.1), models.resnet18(width=0.1)
    x = torch.randn(2, 3, 32, 32)
    source(x)  # in training: moves the running statistics, which have to be copied too
    assert not same(state(source), state(target))
    models.copy_weights(source, target)
    assert same(state(source), state(target))
    nn.init.zeros_(source.classifier.dense.weight)
    assert target.classifier.dense.weight.any()


def test_a_state_dict_is_as_good_as_a_network_and_dtypes_are_kept() -> None:
    source, target = models.LeNet5().double(), models.LeNet5()
    models.copy_weights(source.state_dict(), target)
    assert {p.dtype for p in target.parameters()} == {torch.float32}
    for mine, yours in zip(target.parameters(), source.parameters(), strict=True):
        assert torch.equal(mine, yours.float())


def test_the_first_wrong_shape_is_named_and_nothing_copied() -> None:
    source, target = models.LeNet5(num_classes=10), models.LeNet5(num_classes=11)
    before = state(target)
    message = (
        "entry 8: source's classifier.5.weight has shape (10, 84), but target's "
        "classifier.5.weight has shape (11, 84); build both with the same architecture, width, "
        "num_classes and in_channels"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        models.copy_weights(source, target)
    assert same(before, state(target))


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        (
            nn.Linear(2, 3, bias=False),
            nn.Linear(2, 3),
            "source has 1 entries and target 2, but they need as many; the first that only target "
            "has is bias",
        ),
        (
            nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)),
            nn.Linear(2, 3),
            "source has 4 entries and target 2, but they need as many; the first that only source "
            "has is 1.weight",
        ),
    ],
)
def test_a_wrong_number_of_entries_is_told(
    source: nn.Module, target: nn.Module, message: str
) -> None:
    before = state(target)
    with pytest.raises(ValueError, match=re.escape(message)):
        models.copy_weights(source, target)
    assert same(before, state(target))


@pytest.mark.parametrize("build", [models.LeNet5, LeNet5Original, models.MobileNetV2])
def test_a_seed_fixes_all_weights_whatever_was_there_before(build: type[nn.Module]) -> None:
    first, second = build(), build()
    for parameter in first.parameters():
        nn.init.constant_(parameter, 7.0)
    for network in (first, second):
        models.initialize(network, np.random.default_rng(5))
    assert same(state(first), state(second))
    models.initialize(second, np.random.default_rng(6))
    assert not same(state(first), state(second))


def test_a_seed_gives_the_same_weights_in_double_precision() -> None:
    single, double = models.LeNet5(), models.LeNet5().double()
    for network in (single, double):
        models.initialize(network, np.random.default_rng(5))
    for a, b in zip(single.parameters(), double.parameters(), strict=True):
        assert torch.equal(a, b.float())


def test_variance_survives_twenty_layers_of_relu() -> None:
    """He's factor 2 makes up for the half that ReLU discards."""
    network = nn.Sequential()
    for _ in range(20):
        network.append(nn.Conv2d(32, 32, 3, padding=1, padding_mode="circular"))
        network.append(nn.ReLU())
    models.initialize(network, np.random.default_rng(0))
    x = torch.randn(2, 32, 12, 12, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        ratio = (network(x).square().mean() / x.square().mean().div(2)).item()
    assert 1 / 4 < ratio < 4  # with factor 1 it would be 1e-6


def test_other_layers_start_neutral() -> None:
    unit, pooling = ConvBN(2, 3, 3), Subsampling(3)
    unit(torch.randn(4, 2, 5, 5))
    nn.init.constant_(pooling.weight, 9.0)
    models.initialize(nn.Sequential(unit, pooling), np.random.default_rng(0))
    assert unit.bn.running_mean is not None
    assert not unit.bn.running_mean.any()
    assert unit.bn.weight.tolist() == [1.0] * 3
    assert pooling.weight.tolist() == [0.25] * 3
