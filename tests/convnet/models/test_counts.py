"""Are parameters, multiply-adds and sizes the published ones?"""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torchvision.models as published
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from convnet import models
from convnet.models import mlp
from convnet.models.googlenet import GoogLeNet
from convnet.models.inception import TABLE_1, Inception
from convnet.models.residual import BasicBlock
from convnet.models.resnet import ResNet

# what torchvision publishes of its weights, and our network
PUBLISHED: dict[str, tuple[Any, Callable[[], nn.Module]]] = {
    "alexnet": (published.AlexNet_Weights, models.AlexNet),
    "vgg11": (published.VGG11_Weights, models.vgg11),
    "vgg11_bn": (published.VGG11_BN_Weights, lambda: models.vgg11(batch_norm=True)),
    "vgg16": (published.VGG16_Weights, models.vgg16),
    "vgg16_bn": (published.VGG16_BN_Weights, lambda: models.vgg16(batch_norm=True)),
    "vgg19": (published.VGG19_Weights, models.vgg19),
    "vgg19_bn": (published.VGG19_BN_Weights, lambda: models.vgg19(batch_norm=True)),
    "googlenet": (published.GoogLeNet_Weights, lambda: GoogLeNet(aux_logits=False)),
    "resnet18": (published.ResNet18_Weights, models.resnet18),
    "resnet34": (published.ResNet34_Weights, models.resnet34),
    "resnet50": (published.ResNet50_Weights, models.resnet50),
    "resnet152": (published.ResNet152_Weights, models.resnet152),
    "densenet121": (published.DenseNet121_Weights, models.densenet121),
    "mobilenet_v2": (published.MobileNet_V2_Weights, models.MobileNetV2),
}


def on_paper(build: Callable[[], nn.Module]) -> nn.Module:
    """Return a network with shapes and no numbers: counting needs no more."""
    with torch.device("meta"):
        return build().eval()


def multiply_adds(network: nn.Module, channels: int, side: int) -> int:
    with FlopCounterMode(display=False) as counter:
        network(torch.empty(1, channels, side, side, device="meta"))
    return counter.get_total_flops() // 2


@pytest.mark.parametrize("name", PUBLISHED)
def test_full_size_is_as_published(name: str) -> None:
    weights, build = PUBLISHED[name]
    network = on_paper(build)
    meta = weights.IMAGENET1K_V1.meta
    assert models.count_parameters(network) == meta["num_params"]
    assert round(multiply_adds(network, 3, 224) / 1e9, 3) == meta["_ops"]


@pytest.mark.parametrize(
    ("build", "parameters"),
    [
        (lambda: models.MLP(mlp.BOSTON), 173),
        (lambda: models.MLP(mlp.IRIS), 115),
        (lambda: models.MLP(mlp.MNIST), 109_386),
        (lambda: models.MLP(mlp.CIFAR), 6_246_410),
        (models.LeNet5, 44_426),
        (models.LeNet5Original, 60_000),
        (models.CIFARNet, 545_098),
        (GoogLeNet, 13_004_888),  # with the auxiliary heads
        (models.MobileNetV1, 4_231_976),
    ],
)
def test_parameters_of_the_lectures_and_papers(
    build: Callable[[], nn.Module], parameters: int
) -> None:
    assert models.count_parameters(on_paper(build)) == parameters


@pytest.mark.parametrize(
    ("build", "features", "classifier"),
    [(models.LeNet5, 2_572, 41_854), (models.CIFARNet, 19_392, 525_706)],
)
def test_the_lectures_subtotals(build: Callable[[], Any], features: int, classifier: int) -> None:
    network = on_paper(build)
    parts = [models.count_parameters(getattr(network, p)) for p in ("features", "classifier")]
    assert parts == [features, classifier]


def test_the_mnist_mlp_is_nearly_all_weights() -> None:
    network = on_paper(lambda: models.MLP(mlp.MNIST))
    weights = sum(p.numel() for p in network.parameters() if p.ndim == 2)
    biases = sum(p.numel() for p in network.parameters() if p.ndim == 1)
    assert (weights, biases) == (109_184, 202)


def test_the_colour_cnn_has_eleven_times_fewer_parameters_than_the_mlp() -> None:
    perceptron, cnn = (on_paper(b) for b in (lambda: models.MLP(mlp.CIFAR), models.CIFARNet))
    assert models.count_parameters(perceptron) // models.count_parameters(cnn) == 11


@pytest.mark.parametrize(("width", "millions"), [(1.0, 569), (0.75, 325), (0.5, 149), (0.25, 41)])
def test_mobilenet_v1_costs_what_its_table_6_says(width: float, millions: int) -> None:
    network = on_paper(lambda: models.MobileNetV1(width=width))
    assert round(multiply_adds(network, 3, 224) / 1e6) == pytest.approx(millions, abs=1)


@pytest.mark.parametrize(
    ("name", "channels", "thousands", "million_operations", "side"),
    [("3a", 192, 159, 128, 28), ("3b", 256, 380, 304, 28)],
)
def test_the_papers_inception_modules(
    name: str, channels: int, thousands: int, million_operations: int, side: int
) -> None:
    """Table 1 counts in units of 1024 and 1024^2."""
    module = on_paper(lambda: Inception(channels, TABLE_1[name], large_kernel=5))
    kernels = sum(p.numel() for p in module.parameters() if p.ndim == 4)
    assert kernels / 1024 == pytest.approx(thousands, abs=1)
    counted = multiply_adds(module, channels, side)
    assert counted / 1024**2 == pytest.approx(million_operations, rel=0.05)


# stage by stage, what the papers' tables print for 224 x 224 images
STAGES: dict[str, tuple[Callable[[], Any], dict[int, tuple[int, int]]]] = {
    "resnet50": (models.resnet50, {1: (64, 56), 2: (256, 56), 3: (512, 28), 5: (2048, 7)}),
    "densenet121": (models.densenet121, {2: (256, 56), 4: (512, 28), 6: (1024, 14), 8: (1024, 7)}),
    "vgg16": (models.vgg16, {0: (64, 112), 1: (128, 56), 2: (256, 28), 4: (512, 7)}),
    "alexnet": (models.AlexNet, {2: (64, 27), 5: (192, 13), 7: (384, 13), 12: (256, 6)}),
    "mobilenet_v1": (models.MobileNetV1, {0: (32, 112), 5: (256, 28), 6: (512, 14), 13: (1024, 7)}),
    "mobilenet_v2": (models.MobileNetV2, {1: (16, 112), 3: (24, 56), 6: (32, 28), 18: (1280, 7)}),
}


@pytest.mark.parametrize("name", STAGES)
def test_stages_have_the_papers_sizes(name: str) -> None:
    build, expected = STAGES[name]
    x = torch.empty(1, 3, 224, 224, device="meta")
    sizes = {}
    for index, layer in enumerate(on_paper(build).features):
        x = layer(x)
        sizes[index] = (x.shape[1], x.shape[2])
    assert {index: sizes[index] for index in expected} == expected


def test_googlenet_has_the_papers_sizes() -> None:
    network = on_paper(GoogLeNet)
    x = torch.empty(1, 3, 224, 224, device="meta")
    sizes = []
    for part in (network.stem, network.to_4a, network.to_4d, network.to_5b):
        x = part(x)
        sizes.append(tuple(x.shape[1:]))
    assert sizes == [(192, 28, 28), (512, 14, 14), (528, 14, 14), (1024, 7, 7)]


def test_width_thins_every_convolution_quadratically() -> None:
    """Half the channels: a quarter of a convolution's numbers, half of a normalization's."""
    full, half = (on_paper(lambda w=w: models.resnet18(width=w)) for w in (1.0, 0.5))
    numbers = [
        [p.numel() for name, p in network.named_parameters() if name.startswith("features.stage")]
        for network in (full, half)
    ]
    dimensions = [p.ndim for n, p in full.named_parameters() if n.startswith("features.stage")]
    for whole, part, ndim in zip(*numbers, dimensions, strict=True):
        assert whole == part * (4 if ndim == 4 else 2)


def test_a_plain_network_lacks_only_the_shortcuts() -> None:
    shortcuts = sum(c_in * c_out + 2 * c_out for c_in, c_out in ((64, 128), (128, 256), (256, 512)))
    plain, residual = (
        on_paper(lambda skip=skip: ResNet(BasicBlock, (2, 2, 2, 2), skip=skip))
        for skip in (False, True)
    )
    assert models.count_parameters(residual) - models.count_parameters(plain) == shortcuts
