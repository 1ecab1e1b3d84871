"""DenseNet: every layer reads what all layers before it in its block have written."""

from typing import TypedDict, Unpack

import torch
from torch import Tensor, nn

from convnet.models._check import check_count, check_depths
from convnet.models.blocks import AverageHead, scaled, stem
from convnet.models.image_network import ImageClassifier

BOTTLENECK = 4  # channels of a 1x1 convolution, in growth rates
STAGES = 4


class DenseLayer(nn.Sequential):
    """Batch norm, ReLU, 1x1 convolution, batch norm, ReLU, 3x3 convolution: ``growth`` new maps.

    Normalization comes first, because each reader of the maps wants its own scale.

    Args:
        in_channels: channels of all maps so far (N, C, H, W).
        growth: maps it writes (N, growth, H, W).

    Source:
        Huang, Liu, van der Maaten and Weinberger (2017), *Densely Connected Convolutional
        Networks*, section 3, "Bottleneck layers". Chapter: *DenseNet*.

    >>> DenseLayer(8, growth=4)(torch.zeros(2, 8, 5, 5)).shape
    torch.Size([2, 4, 5, 5])
    """

    def __init__(self, in_channels: int, growth: int) -> None:
        inside = BOTTLENECK * growth
        super().__init__(
            nn.BatchNorm2d(in_channels),
            nn.ReLU(),
            nn.Conv2d(in_channels, inside, 1, bias=False),
            nn.BatchNorm2d(inside),
            nn.ReLU(),
            nn.Conv2d(inside, growth, 3, padding=1, bias=False),
        )


class DenseBlock(nn.Module):
    """``x_l = H_l([x_0, x_1, ..., x_(l-1)])``; the result is the concatenation of all.

    Args:
        depth: number of layers.
        in_channels: channels C of the images (N, C, H, W).
        growth: maps that each layer adds; the result is (N, C + depth growth, H, W).

    Source:
        Huang et al. (2017), equation 2 and figure 1. Chapter: *DenseNet*.

    >>> DenseBlock(3, 8, growth=4)(torch.zeros(2, 8, 5, 5)).shape
    torch.Size([2, 20, 5, 5])
    """

    def __init__(self, depth: int, in_channels: int, growth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            DenseLayer(in_channels + index * growth, growth) for index in range(depth)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x`` and the maps of all layers, concatenated."""
        for layer in self.layers:
            x = torch.cat((x, layer(x)), dim=1)
        return x


class Transition(nn.Sequential):
    """Batch norm, ReLU, 1x1 convolution to fewer channels, 2x2 average pooling.

    Args:
        in_channels: channels C of the images (N, C, H, W).
        out_channels: channels F of the result (N, F, H // 2, W // 2).

    Source:
        Huang et al. (2017), section 3, "Pooling layers" and "Compression". Chapter: *DenseNet*.

    >>> Transition(20, 10)(torch.zeros(2, 20, 5, 5)).shape
    torch.Size([2, 10, 2, 2])
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(
            nn.BatchNorm2d(in_channels),
            nn.ReLU(),
            nn.Conv2d(in_channels, out_channels, 1, bias=False),
            nn.AvgPool2d(2),
        )


class DenseNetOptions(TypedDict, total=False):
    """Keyword arguments of :class:`DenseNet`, which :func:`densenet121` passes on."""

    num_classes: int
    in_channels: int
    width: float
    small_images: bool


class DenseNet(ImageClassifier):
    """DenseNet-BC: a stem, four dense blocks with transitions between, average, dense.

    DenseNet-121 (blocks of 6, 12, 24, 16 layers, growth 32) has 7,978,856 parameters and 2.83
    billion multiply-adds at 224 x 224.

    Args:
        depths: layers in each of the four dense blocks.
        growth: maps that each layer adds, before ``width``; default 32.
        num_classes: length of the result; default 1000.
        in_channels: channels of the images; default 3.
        width: factor on the growth and on the stem's ``2 growth`` channels; default 1.
        small_images: start with a 3x3 convolution at stride 1 and no pooling, as the paper does
            for CIFAR (section 3, "Implementation details"); default False.

    Raises:
        ValueError: an argument is out of range. Images need 29 x 29 pixels (8 x 8 with
            ``small_images``).

    Source:
        Huang, Liu, van der Maaten and Weinberger (2017), *Densely Connected Convolutional
        Networks*, table 1. Chapter: *DenseNet*.

    >>> from convnet.models import count_parameters
    >>> with torch.device("meta"):
    ...     network = densenet121()
    >>> count_parameters(network)
    7978856
    """

    def __init__(
        self,
        depths: tuple[int, ...],
        growth: int = 32,
        num_classes: int = 1000,
        in_channels: int = 3,
        width: float = 1.0,
        small_images: bool = False,
    ) -> None:
        super().__init__(num_classes, in_channels, width, smallest=8 if small_images else 29)
        check_depths(depths, STAGES)
        check_count("growth", growth, "pass the number of maps a layer adds, as growth=32")
        growth, channels = scaled(growth, width), scaled(2 * growth, width)
        self.features = stem(in_channels, channels, small_images)
        for stage, depth in enumerate(depths, start=1):
            self.features.add_module(f"block{stage}", DenseBlock(depth, channels, growth))
            channels += depth * growth
            if stage < STAGES:
                self.features.add_module(f"transition{stage}", Transition(channels, channels // 2))
                channels //= 2
        self.features.add_module("bn", nn.BatchNorm2d(channels))
        self.features.add_module("relu", nn.ReLU())
        self.classifier = AverageHead(channels, num_classes)


def densenet121(**options: Unpack[DenseNetOptions]) -> DenseNet:
    """Return :class:`DenseNet` with 121 weight layers, 7,978,856 parameters.

    Args:
        options: keyword arguments of :class:`DenseNet`.
    """
    return DenseNet((6, 12, 24, 16), **options)
