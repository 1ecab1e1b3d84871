"""Are the figures of the course's networks, and of torchvision's, the known ones?"""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
import torchvision.models as published
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from convnet import models
from convnet.shapes import Field, summarize


def on_paper(build: Callable[[], nn.Module]) -> nn.Module:
    """Return a network with shapes and no numbers."""
    with torch.device("meta"):
        return build().eval()


LARGE, SMALL = (3, 224, 224), (3, 32, 32)
THIN: dict[str, Any] = {"width": 0.25, "small_images": True}
NETWORKS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "mlp": (models.MLP, (1, 28, 28)),
    "boston": (lambda: models.MLP((13, 8, 6, 1)), (13,)),
    "lenet": (models.LeNet5, (1, 28, 28)),
    "cifar": (models.CIFARNet, SMALL),
    "alexnet": (lambda: models.AlexNet(**THIN), SMALL),
    "vgg16_bn": (lambda: models.vgg16(batch_norm=True, width=0.1), (3, 65, 71)),
    "googlenet": (lambda: models.GoogLeNet(**THIN), (3, 33, 41)),
    "resnet18": (lambda: models.resnet18(**THIN), (3, 31, 31)),
    "resnet50": (lambda: models.resnet50(width=0.1), (3, 65, 50)),
    "densenet": (lambda: models.DenseNet((2, 3, 2, 2), **THIN), (3, 31, 35)),
    "mobilenet_v1": (lambda: models.MobileNetV1(**THIN), SMALL),
    "mobilenet_v2": (lambda: models.MobileNetV2(**THIN), SMALL),
    "torchvision's resnet18": (published.resnet18, (3, 65, 70)),
    "torchvision's squeezenet": (published.squeezenet1_0, (3, 65, 70)),
    "torchvision's efficientnet": (published.efficientnet_b0, SMALL),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_totals_are_pytorchs(name: str) -> None:
    build, shape = NETWORKS[name]
    network = build().eval()
    summary = summarize(network, shape)
    assert summary.parameters + summary.unused == sum(p.numel() for p in network.parameters())
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        result = network(torch.zeros(1, *shape))
    assert 2 * summary.macs == counter.get_total_flops()
    assert summary[-1].output_shape == result.shape[1:]


PUBLISHED: dict[str, tuple[Any, Callable[[], nn.Module]]] = {
    "alexnet": (published.AlexNet_Weights, models.AlexNet),
    "vgg16": (published.VGG16_Weights, models.vgg16),
    "googlenet": (published.GoogLeNet_Weights, models.GoogLeNet),
    "resnet152": (published.ResNet152_Weights, models.resnet152),
    "densenet121": (published.DenseNet121_Weights, models.densenet121),
    "mobilenet_v2": (published.MobileNet_V2_Weights, models.MobileNetV2),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_totals_are_the_published_ones(name: str) -> None:
    weights, build = PUBLISHED[name]
    meta, summary = weights.IMAGENET1K_V1.meta, summarize(on_paper(build), LARGE)
    assert summary.parameters == meta["num_params"]
    assert round(summary.macs / 1e9, 3) == meta["_ops"]


@pytest.mark.parametrize(
    ("build", "layer", "size", "jump"),
    [
        (models.AlexNet, "features.12", 195, 32),
        (models.vgg16, "features.4", 212, 32),
        (models.MobileNetV1, "features.13", 315, 32),
    ],
)
def test_receptive_fields_of_the_literature(
    build: Callable[[], nn.Module], layer: str, size: int, jump: int
) -> None:
    """Araujo, Norris and Sim (2019), table 1."""
    rows = [row for row in summarize(on_paper(build), LARGE).rows if row.name.startswith(layer)]
    assert rows[-1].receptive_field is not None
    for field in rows[-1].receptive_field:
        assert (field.size, field.jump) == (size, jump)


def test_the_lectures_subtotals() -> None:
    for build, shape, features, classifier in (
        (models.LeNet5, (1, 28, 28), 2_572, 41_854),
        (models.CIFARNet, SMALL, 19_392, 525_706),
    ):
        rows = summarize(on_paper(build), shape).rows
        for part, expected in (("features", features), ("classifier", classifier)):
            assert sum(r.parameters for r in rows if r.name.startswith(part)) == expected


def test_auxiliary_heads_are_told_apart() -> None:
    summary = summarize(on_paper(models.GoogLeNet), LARGE)
    assert (summary.parameters, summary.unused) == (6_624_904, 13_004_888 - 6_624_904)
    assert "6,379,984 parameters more are not used" in str(summary)


def test_the_original_lenet_has_the_papers_parameters_and_its_output_a_product_a_pixel() -> None:
    summary = summarize(models.LeNet5Original(), (1, 32, 32))
    assert summary.parameters == 60_000
    assert [row.parameters for row in summary.rows if row.parameters] == [
        156, 12, 1_516, 32, 48_120, 10_164,
    ]  # fmt: skip
    assert summary["classifier.3"].macs == 840


class Functional(nn.Module):
    """Functions instead of modules, and one layer used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.kernels = nn.Parameter(torch.zeros(4, 1, 3, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Convolve thrice, add, gate, and average."""
        x = F.relu(F.conv2d(x, self.kernels, padding=(1, 1)))
        x = F.max_pool2d(self.conv(self.conv(x)) + x, 2)
        x = x * torch.sigmoid(x.mean((2, 3), keepdim=True))
        return F.interpolate(F.pad(x, (1, 1)), scale_factor=2).mean(dim=(-1, -2))


def test_functions_and_shared_layers_are_followed() -> None:
    network = Functional()
    summary = summarize(network, (1, 6, 8))
    names = ["conv2d", "relu", "conv", "conv", "add", "max_pool2d", "mean", "sigmoid", "mul"]
    assert [row.name for row in summary.rows] == [*names, "pad", "interpolate", "mean"]
    assert [row.parameters for row in summary.rows[:4]] == [36, 0, 4 * 37, 0]  # shared: once
    assert summary.macs == 36 * 48 + 2 * 144 * 48
    assert summary[5].receptive_field == (Field(8, 2, -3), Field(8, 2, -3))
    assert summary["mul"].receptive_field == (Field(12, 0, -3), Field(14, 0, -3))
    assert summary["interpolate"].output_shape == (4, 6, 12)
    assert summary[-1].output_shape == (4,)


class Gated(nn.Module):
    """Meets its short path first, and computes twice in one module."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2, 1, 3, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Convolve, and weigh every pixel by the mean."""
        x = F.relu(F.conv2d(x, self.weight, stride=2))
        return torch.sigmoid(x.mean((2, 3), keepdim=True)) * x


def test_a_module_that_calls_several_functions_has_one_row() -> None:
    (row,) = summarize(Gated(), (1, 7, 6)).rows
    assert (row.kind, row.output_shape, row.parameters) == ("Gated", (2, 3, 2), 18)
    assert row.macs == 18 * 3 * 2
    assert (list(row.dropped_rows), list(row.dropped_columns)) == ([], [5])
    assert row.receptive_field == (Field(7, 0, 0), Field(5, 0, 0))


def test_padding_moves_the_field_and_cropping_moves_it_back() -> None:
    class Padded(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            """Add columns 2 and 1, a row above, and crop a row and a column again."""
            return F.pad(F.pad(x, (2, 1, 1, 0)), (-1, 0, 0, -1))

    (row,) = summarize(Padded(), (1, 4, 5)).rows
    assert row.output_shape == (1, 4, 7)
    assert row.receptive_field == (Field(1, 1, -1), Field(1, 1, -1))


def test_training_makes_no_difference() -> None:
    network = models.GoogLeNet(width=0.1, small_images=True)
    in_use = summarize(network.eval(), SMALL)
    assert summarize(network.train(), SMALL) == in_use
    assert network.training
    assert in_use.unused > 0


def test_of_equal_names_the_last_is_meant() -> None:
    class Twice(nn.Sequential):
        def forward(self, x: Tensor) -> Tensor:
            """Use the first layer twice."""
            return self[0](self[0](x))  # type: ignore[no-any-return]

    summary = summarize(Twice(nn.MaxPool2d(2)), (1, 8, 8))
    assert [row.name for row in summary.rows] == ["0", "0"]
    assert summary["0"].output_shape == (1, 2, 2)


def test_a_network_is_left_as_it_was() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout())
    network[2].eval()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    summarize(network, (1, 5, 5))
    assert [module.training for module in network] == [True, True, False]
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name])
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network)


def test_a_type_decides_the_memory() -> None:
    conv = nn.Conv2d(1, 2, 3)
    assert summarize(conv, (1, 5, 5)).activation_bytes == 2 * 3 * 3 * 4
    assert summarize(conv.double(), (1, 5, 5)).activation_bytes == 2 * 3 * 3 * 8
    assert summarize(conv, (1, 5, 5), itemsize=2).activation_bytes == 2 * 3 * 3 * 2


def described(**options: Any) -> Any:
    """Return the row of a single described layer on a 7 x 4 image."""
    return summarize([options], (1, 7, 4))[0]


def test_rows_and_columns_that_a_stride_drops() -> None:
    row = described(kind="Conv2d", out_channels=1, kernel_size=2, stride=3)
    assert (row.dropped_rows, row.dropped_columns) == (range(5, 7), range(2, 4))
    row = described(kind="MaxPool2d", kernel_size=2)
    assert (list(row.dropped_rows), list(row.dropped_columns)) == ([6], [])
    row = described(kind="Conv2d", out_channels=1, kernel_size=3, stride=2, padding=1)
    assert (list(row.dropped_rows), list(row.dropped_columns)) == ([], [4])  # 4: padding
    row = described(kind="MaxPool2d", kernel_size=2, ceil_mode=True)
    assert (list(row.dropped_rows), list(row.dropped_columns)) == ([], [])


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
@pytest.mark.parametrize("size", [(3, 5), (9, 8), (14, 12), (1, 1)])
@pytest.mark.parametrize("corners", [False, True])
def test_resizing_sees_what_gradients_reach(
    mode: str, size: tuple[int, int], corners: bool
) -> None:
    align = corners if mode == "bilinear" else None

    class Resized(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            """Resize."""
            return F.interpolate(x, size, mode=mode, align_corners=align)

    fields = summarize(Resized(), (1, 7, 6))[0].receptive_field
    assert fields is not None
    widest = [0, 0]
    for place in torch.cartesian_prod(torch.arange(size[0]), torch.arange(size[1])).tolist():
        x = torch.ones(1, 1, 7, 6, requires_grad=True)
        Resized()(x)[0, 0, place[0], place[1]].backward()
        assert x.grad is not None
        for axis, field in enumerate(fields):
            seen = x.grad[0, 0].ne(0).any(1 - axis).nonzero().flatten().tolist()
            assert {*seen} <= {*field.pixels(place[axis], (7, 6)[axis])}
            widest[axis] = max(widest[axis], len(seen))
    assert [int(field.size) for field in fields] == widest
