"""Do wrong arguments and images get told what is wrong and what to do?"""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from convnet import models
from convnet.models.residual import BasicBlock
from convnet.models.resnet import ResNet

NETWORKS: dict[str, Callable[..., Any]] = {
    "LeNet5": models.LeNet5,
    "CIFARNet": models.CIFARNet,
    "AlexNet": models.AlexNet,
    "VGG": models.vgg11,
    "GoogLeNet": models.GoogLeNet,
    "ResNet": models.resnet18,
    "DenseNet": models.densenet121,
    "MobileNetV1": models.MobileNetV1,
    "MobileNetV2": models.MobileNetV2,
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0}, r"width is 0, but needs to be a positive finite number; pass 1\.0"),
        ({"width": -0.5}, r"width is -0\.5, but needs to be a positive finite number"),
        ({"width": float("nan")}, "width is nan, but needs to be a positive finite number"),
        ({"width": float("inf")}, "width is inf, but needs to be a positive finite number"),
        (
            {"num_classes": 0},
            "num_classes is 0, but needs to be an integer of at least 1; pass the number of labels",
        ),
        ({"num_classes": 10.0}, r"num_classes is 10\.0, but needs to be an integer"),
        ({"num_classes": True}, "num_classes is True, but needs to be an integer"),
        (
            {"in_channels": -3},
            "in_channels is -3, but needs to be an integer of at least 1; pass 1 for grey",
        ),
    ],
)
def test_every_network_refuses_arguments_out_of_range(
    name: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        NETWORKS[name](**options)


def images(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.zeros(shape, dtype=dtype)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_refuses_images_it_cannot_read(name: str) -> None:
    with torch.device("meta"):
        network = NETWORKS[name](in_channels=2)
    side = network.smallest
    one, grey = images(2, side, side), images(5, 3, side, side)
    with pytest.raises(
        ValueError, match=rf"x has shape \(2, {side}, {side}\), but {name} needs 4 axes .*x\[None\]"
    ):
        network(one)
    with pytest.raises(
        ValueError,
        match=rf"x has 3 channels .*but this {name} reads 2; pass images of 2 channels or build "
        rf"{name}\(in_channels=3\)",
    ):
        network(grey)
    with pytest.raises(
        TypeError, match=rf"x has dtype torch\.uint8, but {name} needs.*x\.float\(\) / 255"
    ):
        network(images(1, 2, side, side, dtype=torch.uint8))


@pytest.mark.parametrize(
    ("network", "shape", "message"),
    [
        (models.LeNet5, (1, 1, 32, 32), "32 x 32 pixels, but LeNet5 needs exactly 28 x 28; resize"),
        (models.LeNet5, (1, 1, 28, 27), "28 x 27 pixels, but LeNet5 needs exactly 28 x 28"),
        (models.CIFARNet, (1, 3, 31, 32), "31 x 32 pixels, but CIFARNet needs exactly 32 x 32"),
        (
            models.LeNet5Original,
            (1, 1, 28, 28),
            r"28 x 28 pixels, but LeNet5Original needs exactly 32 x 32; resize .*size=32",
        ),
        (
            models.vgg11,
            (1, 3, 28, 28),
            r"28 x 28 pixels, but VGG needs at least 32 x 32; enlarge .*interpolate\(x, size=32\)",
        ),
    ],
)
def test_sizes_that_do_not_fit(
    network: Callable[[], Any], shape: tuple[int, ...], message: str
) -> None:
    with torch.device("meta"):
        built = network()
    with pytest.raises(ValueError, match=message):
        built(images(*shape))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: models.MLP((784,)), r"sizes is \(784,\), but needs at least two numbers"),
        (lambda: models.MLP((784, 0, 10)), r"sizes\[1\] is 0, but needs to be an integer of at"),
        (lambda: models.MLP(width=0), "width is 0, but needs to be a positive finite number"),
        (
            lambda: models.LeNet5(image_size=15),
            "image_size is 15, but needs to be an integer of at least 16; pass at least 16, for",
        ),
        (
            lambda: models.CIFARNet(image_size=3),
            "image_size is 3, but needs to be an integer of at least 4; pass at least 4, for",
        ),
        (
            lambda: models.AlexNet(dropout=1.0),
            r"dropout is 1\.0, but needs .* example dropout=0\.5",
        ),
        (lambda: models.vgg11(dropout=-0.1), r"dropout is -0\.1, but needs to be at least 0"),
        (lambda: models.MobileNetV2(dropout=2), "dropout is 2, but needs to be at least 0"),
        (lambda: models.GoogLeNet(dropout_aux=1), "dropout_aux is 1, but needs.*dropout_aux=0.5"),
        (
            lambda: models.GoogLeNet(large_kernel=7),
            "large_kernel is 7, but needs to be 3 or 5; pass 5 for the paper's modules",
        ),
        (
            lambda: ResNet(BasicBlock, (2, 2, 2)),
            r"depths is \(2, 2, 2\), but needs 4 integers of at least 1, one for each stage; pass "
            r"for example depths=\(2, 2, 2, 2\)",
        ),
        (lambda: models.VGG((1, 1, 1, 1, 0)), r"depths is \(1, 1, 1, 1, 0\), but needs 5 integers"),
        (lambda: models.DenseNet((1, 1)), r"depths is \(1, 1\), but needs 4 integers"),
        (
            lambda: models.DenseNet((1, 1, 1, 1), growth=0),
            "growth is 0, but needs to be an integer of at least 1; pass the number of maps",
        ),
    ],
)
def test_arguments_of_single_networks(build: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()


def test_an_mlp_refuses_samples_of_another_length() -> None:
    network = models.MLP()
    for shape in ((2, 3, 32, 32), (784,), (2, 783)):
        printed = str(shape).replace("(", r"\(").replace(")", r"\)")
        with pytest.raises(
            ValueError, match=rf"x has shape {printed}, but .* 784 numbers a sample; give a single"
        ):
            network(images(*shape))
    with pytest.raises(TypeError, match=r"x has dtype torch\.int64, but MLP needs"):
        network(images(2, 784, dtype=torch.int64))


def test_empty_batches_are_batches() -> None:
    assert models.MLP()(images(0, 1, 28, 28)).shape == (0, 10)
    assert models.LeNet5()(images(0, 1, 28, 28)).shape == (0, 10)
