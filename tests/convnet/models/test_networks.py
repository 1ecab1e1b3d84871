"""Do all networks keep their promises at any width, image size and number of classes?"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from convnet import models
from convnet.models.googlenet import GoogLeNetOutput
from convnet.models.residual import Bottleneck
from convnet.models.resnet import ResNet

Build = Callable[..., Any]


def plain_resnet(**options: Any) -> ResNet:
    return ResNet(Bottleneck, (1, 1, 1, 1), skip=False, **options)


def small(build: Build) -> Build:
    return lambda **options: build(small_images=True, **options)


ANY_SIZE: dict[str, Build] = {
    "alexnet": models.AlexNet,
    "alexnet, small images": small(models.AlexNet),
    "vgg11": models.vgg11,
    "vgg16_bn": lambda **options: models.vgg16(batch_norm=True, **options),
    "googlenet": models.GoogLeNet,
    "googlenet, 5x5": lambda **options: models.GoogLeNet(large_kernel=5, **options),
    "googlenet, small images": small(models.GoogLeNet),
    "resnet18": models.resnet18,
    "resnet18, small images": small(models.resnet18),
    "resnet50": models.resnet50,
    "plain resnet": plain_resnet,
    "densenet121": models.densenet121,
    "densenet121, small images": small(models.densenet121),
    "mobilenet v1": models.MobileNetV1,
    "mobilenet v1, small images": small(models.MobileNetV1),
    "mobilenet v2": models.MobileNetV2,
    "mobilenet v2, small images": small(models.MobileNetV2),
}
FIXED_SIZE: dict[str, Build] = {"lenet": models.LeNet5, "cifar": models.CIFARNet}


def sizes_only(build: Build, **options: Any) -> Any:
    """Return a network whose tensors have shapes and no numbers: full size at no cost."""
    with torch.device("meta"):
        return build(**options).eval()


@pytest.mark.parametrize("name", ANY_SIZE)
@settings(max_examples=4)
@given(
    width=st.floats(0.02, 1.5),
    more=st.tuples(st.integers(0, 40), st.integers(0, 40)),
    batch=st.integers(1, 3),
    classes=st.integers(1, 20),
    channels=st.integers(1, 4),
)
def test_logits_have_one_row_a_sample_and_one_column_a_class(
    name: str, width: float, more: tuple[int, int], batch: int, classes: int, channels: int
) -> None:
    network = sizes_only(ANY_SIZE[name], num_classes=classes, in_channels=channels, width=width)
    height, columns = (network.smallest + extra for extra in more)
    x = torch.empty(batch, channels, height, columns, device="meta")
    assert network(x).shape == (batch, classes)


@pytest.mark.parametrize("name", FIXED_SIZE)
@settings(max_examples=25)
@given(
    width=st.floats(0.02, 2.0),
    size=st.integers(16, 64),
    batch=st.integers(1, 3),
    classes=st.integers(1, 20),
    channels=st.integers(1, 4),
)
def test_dense_layers_follow_the_image_size(
    name: str, width: float, size: int, batch: int, classes: int, channels: int
) -> None:
    network = FIXED_SIZE[name](
        num_classes=classes, in_channels=channels, width=width, image_size=size
    )
    assert network(torch.zeros(batch, channels, size, size)).shape == (batch, classes)


@given(
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=5),
    width=st.floats(0.1, 3),
    batch=st.integers(1, 3),
)
def test_an_mlp_is_its_formula(sizes: list[int], width: float, batch: int) -> None:
    network = models.MLP(sizes, width).double()
    x = torch.randn(batch, sizes[0], dtype=torch.float64)
    layers = [layer for layer in network.layers if isinstance(layer, nn.Linear)]
    assert [layer.in_features for layer in layers] == [
        sizes[0],
        *(max(1, round(width * size)) for size in sizes[1:-1]),
    ]
    expected = x
    for index, layer in enumerate(layers):
        expected = (layer.weight @ expected.T).T + layer.bias
        if index < len(layers) - 1:
            expected = expected * (expected > 0)
    torch.testing.assert_close(network(x), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ANY_SIZE)
def test_the_smallest_image_is_the_smallest(name: str) -> None:
    """One pixel fewer along either axis leaves some layer without input."""
    network = sizes_only(ANY_SIZE[name], width=0.1)
    side = network.smallest
    assert network(torch.empty(1, 3, side, side, device="meta")).shape == (1, 1000)
    for shape in ((1, 3, side - 1, side), (1, 3, side, side - 1)):
        too_small = torch.empty(shape, device="meta")
        with pytest.raises(ValueError, match=rf"needs at least {side} x {side}"):
            network(too_small)
        unchecked = [layer for key, layer in network.named_children() if "aux" not in key]
        with pytest.raises(RuntimeError):  # noqa: PT012  # torch's own complaint
            for layer in unchecked:
                too_small = layer(too_small)


def one_step(network: nn.Module, x: Tensor) -> None:
    """Give every parameter a gradient, as a step of training would."""
    output = network.train()(x)
    heads = output if isinstance(output, GoogLeNetOutput) else (output,)
    labels = torch.arange(len(x))
    sum(nn.functional.cross_entropy(head, labels) for head in heads).backward()


TRAINED: dict[str, tuple[Build, tuple[int, ...]]] = {
    **{
        name: (lambda b=build: b(num_classes=4, width=0.25, in_channels=2), (4, 2, 33, 33))
        for name, build in ANY_SIZE.items()
    },
    "alexnet": (lambda: models.AlexNet(num_classes=4, width=0.25), (4, 3, 63, 63)),
    "lenet": (models.LeNet5, (4, 1, 28, 28)),
    "lenet, 1998": (models.LeNet5Original, (4, 1, 32, 32)),
    "cifar": (models.CIFARNet, (4, 3, 32, 32)),
    "mlp": (models.MLP, (4, 1, 28, 28)),
}


@pytest.mark.parametrize("name", TRAINED)
def test_gradients_reach_every_parameter(name: str) -> None:
    build, shape = TRAINED[name]
    network = build()
    models.initialize(network, np.random.default_rng(0))
    one_step(network, torch.randn(shape, generator=torch.Generator().manual_seed(0)))
    for key, parameter in network.named_parameters():
        assert parameter.grad is not None, f"{key} has no gradient"
        assert parameter.grad.isfinite().all(), f"{key} has a gradient that is not finite"
        assert parameter.grad.any(), f"{key} has a gradient of zeros"
