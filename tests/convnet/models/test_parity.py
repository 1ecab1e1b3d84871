"""Do the full-size networks compute what torchvision's compute from the same weights?"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
import torchvision.models as published
from torch import Tensor, nn

from convnet import models
from convnet.models.googlenet import GoogLeNetOutput

CLASSES = 7  # the last layer is the same code at 1000

# torchvision's constructor, ours, keywords of theirs, side of an image at which no feature map
# before the last pooling is a single pixel (a flipped or transposed map would go unseen)
SMALL: dict[str, tuple[Callable[..., Any], Callable[..., Any], dict[str, Any], int]] = {
    "alexnet": (published.alexnet, models.AlexNet, {"dropout": 0}, 95),
    "googlenet": (
        published.googlenet,
        models.GoogLeNet,
        {"dropout": 0, "dropout_aux": 0, "init_weights": False},
        63,
    ),
    "resnet18": (published.resnet18, models.resnet18, {}, 65),
    "resnet34": (published.resnet34, models.resnet34, {}, 65),
    "resnet50": (published.resnet50, models.resnet50, {}, 65),
    "resnet152": (published.resnet152, models.resnet152, {}, 33),
    "densenet121": (published.densenet121, models.densenet121, {}, 65),
    "mobilenet_v2": (published.mobilenet_v2, models.MobileNetV2, {"dropout": 0}, 65),
}
VGG = {
    "vgg11": (published.vgg11, models.vgg11, False),
    "vgg11_bn": (published.vgg11_bn, models.vgg11, True),
    "vgg16": (published.vgg16, models.vgg16, False),
    "vgg16_bn": (published.vgg16_bn, models.vgg16, True),
    "vgg19": (published.vgg19, models.vgg19, False),
    "vgg19_bn": (published.vgg19_bn, models.vgg19, True),
}


def blank(build: Callable[..., nn.Module], dtype: torch.dtype) -> nn.Module:
    """Return a network whose memory holds nothing yet, which spares drawing weights twice."""
    with torch.device("meta"):
        network = build(num_classes=CLASSES)
    return network.to(dtype).to_empty(device="cpu")


def randomized(network: nn.Module) -> nn.Module:
    """Draw every number: signals that reach the end, and no bias or scale like another."""
    models.initialize(network, np.random.default_rng(0))
    generator = torch.Generator().manual_seed(1)
    for name, tensor in network.state_dict().items():
        if name.endswith(("bias", "running_mean")):
            nn.init.uniform_(tensor, -0.1, 0.1, generator=generator)
        elif tensor.ndim == 1:  # scale and variance of a normalization
            nn.init.uniform_(tensor, 0.5, 1.5, generator=generator)
    return network


def twins(
    theirs: Callable[..., nn.Module], ours: Callable[..., nn.Module], dtype: torch.dtype
) -> tuple[nn.Module, nn.Module]:
    """Return torchvision's network with random weights, and ours with the same."""
    original, copy = randomized(blank(theirs, dtype)), blank(ours, dtype)
    models.copy_weights(original, copy)
    return original, copy


def two_images(side: int, dtype: torch.dtype) -> Tensor:
    generator = torch.Generator().manual_seed(2)
    return torch.randn(2, 3, side, side + 9, dtype=dtype, generator=generator)


def assert_same(ours: Tensor, theirs: Tensor, tolerance: float) -> None:
    largest = theirs.abs().max().item()
    assert (theirs[0] - theirs[1]).abs().max() > 1e-2 * largest  # the images are told apart
    torch.testing.assert_close(ours, theirs, rtol=0, atol=tolerance * largest)


def pair(name: str) -> tuple[nn.Module, nn.Module, Tensor]:
    """Return torchvision's network, ours with its weights, and two images, all float64."""
    theirs, ours, options, side = SMALL[name]
    original, copy = twins(partial(theirs, **options), ours, torch.float64)
    for layer in copy.modules():  # theirs has none: two draws could not be compared
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    return original, copy, two_images(side, torch.float64)


@pytest.mark.parametrize("name", SMALL)
def test_evaluation_gives_torchvisions_logits(name: str) -> None:
    theirs, ours, x = pair(name)
    with torch.no_grad():
        assert_same(ours.eval()(x), theirs.eval()(x), tolerance=1e-10)


# ResNet-34 and ResNet-152 are more of the same blocks
@pytest.mark.parametrize("name", sorted(SMALL.keys() - {"resnet34", "resnet152"}))
def test_training_gives_torchvisions_logits_gradients_and_statistics(name: str) -> None:
    theirs, ours, x = pair(name)
    outputs = [network.train()(x) for network in (ours, theirs)]
    if name == "googlenet":
        assert isinstance(outputs[0], GoogLeNetOutput)
        outputs = [torch.cat(tuple(heads), dim=1) for heads in outputs]
    assert_same(*outputs, tolerance=1e-10)
    weights = torch.linspace(-1, 1, outputs[0].numel(), dtype=x.dtype).reshape(outputs[0].shape)
    for output in outputs:
        (output * weights).sum().backward()
    for (key, mine), yours in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        assert mine.grad is not None, key
        assert yours.grad is not None, key
        largest = yours.grad.abs().max().item()
        assert (mine.grad - yours.grad).abs().max() <= 1e-8 * largest, key
    for (key, mine), yours in zip(ours.named_buffers(), theirs.buffers(), strict=True):
        assert torch.allclose(mine, yours, rtol=1e-10, atol=1e-10), key


@pytest.mark.parametrize("name", VGG)
def test_vgg_gives_torchvisions_logits(name: str) -> None:
    theirs, ours, batch_norm = VGG[name]
    original, copy = twins(
        partial(theirs, init_weights=False), partial(ours, batch_norm=batch_norm), torch.float32
    )
    x = two_images(64, torch.float32)  # float64 would need 2.3 GB for the two of them
    with torch.no_grad():
        assert_same(copy.eval()(x), original.eval()(x), tolerance=1e-5)


@pytest.mark.parametrize("width", [0.35, 0.5, 0.75, 1.4])
def test_thin_mobilenet_v2_is_torchvisions(width: float) -> None:
    original, copy = twins(
        partial(published.mobilenet_v2, width_mult=width),
        partial(models.MobileNetV2, width=width),
        torch.float64,
    )
    x = two_images(33, torch.float64)
    with torch.no_grad():
        assert_same(copy.eval()(x), original.eval()(x), tolerance=1e-10)
