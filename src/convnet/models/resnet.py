"""ResNet: a stem, four stages of residual blocks, and an average."""

from typing import TypedDict, Unpack

from torch import nn

from convnet.models._check import check_depths
from convnet.models.blocks import AverageHead, scaled, stem
from convnet.models.image_network import ImageClassifier
from convnet.models.residual import BasicBlock, Bottleneck


class ResNetOptions(TypedDict, total=False):
    """Keyword arguments of :class:`ResNet`, which its factories pass on."""

    num_classes: int
    in_channels: int
    width: float
    skip: bool
    small_images: bool


class ResNet(ImageClassifier):
    """A stem, four stages of residual blocks (64, 128, 256, 512 channels), average, dense.

    | network | blocks | parameters | multiply-adds, 224 x 224 | paper |
    |---|---|---|---|---|
    | ResNet-18 | basic 2 2 2 2 | 11,689,512 | 1.81 billion | 1.8 |
    | ResNet-34 | basic 3 4 6 3 | 21,797,672 | 3.66 billion | 3.6 |
    | ResNet-50 | bottleneck 3 4 6 3 | 25,557,032 | 4.09 billion | 3.8 |
    | ResNet-152 | bottleneck 3 8 36 3 | 60,192,808 | 11.51 billion | 11.3 |

    Every stage but the first halves the image in its first block. The last column is table 1's;
    where ours is larger, the stride stands in the 3x3 convolution (see :class:`Bottleneck`).

    Args:
        block: :class:`BasicBlock` or :class:`Bottleneck`.
        depths: blocks in each of the four stages.
        num_classes: length of the result; default 1000.
        in_channels: channels of the images; default 3.
        width: factor on every layer's channels; default 1.
        skip: add the shortcuts; default True. False gives the "plain" network to compare with.
        small_images: start with a 3x3 convolution at stride 1 and no pooling, as the paper does
            for CIFAR-10 (section 4.2); default False.

    Raises:
        ValueError: an argument is out of range. Images may be as small as 1 x 1.

    Source:
        He, Zhang, Ren and Sun (2015), *Deep Residual Learning for Image Recognition*, table 1.
        Chapter: *ResNet (2015)*.

    >>> import torch
    >>> from convnet.models import count_parameters
    >>> with torch.device("meta"):
    ...     network = resnet50()
    >>> count_parameters(network)
    25557032
    """

    def __init__(
        self,
        block: type[BasicBlock] | type[Bottleneck],
        depths: tuple[int, ...],
        num_classes: int = 1000,
        in_channels: int = 3,
        width: float = 1.0,
        skip: bool = True,
        small_images: bool = False,
    ) -> None:
        super().__init__(num_classes, in_channels, width, smallest=1)
        check_depths(depths, stages=4)
        channels = scaled(64, width)
        self.features = stem(in_channels, channels, small_images)
        for stage, depth in enumerate(depths):
            inside = scaled(64 * 2**stage, width)
            blocks = nn.Sequential()
            for index in range(depth):
                stride = 2 if stage > 0 and index == 0 else 1
                blocks.append(block(channels, inside, stride, skip))
                channels = inside * block.expansion
            self.features.add_module(f"stage{stage + 1}", blocks)
        self.classifier = AverageHead(channels, num_classes)


def resnet18(**options: Unpack[ResNetOptions]) -> ResNet:
    """Return :class:`ResNet` with 18 weight layers, 11,689,512 parameters.

    Args:
        options: keyword arguments of :class:`ResNet`.
    """
    return ResNet(BasicBlock, (2, 2, 2, 2), **options)


def resnet34(**options: Unpack[ResNetOptions]) -> ResNet:
    """Return :class:`ResNet` with 34 weight layers, 21,797,672 parameters.

    Args:
        options: keyword arguments of :class:`ResNet`.
    """
    return ResNet(BasicBlock, (3, 4, 6, 3), **options)


def resnet50(**options: Unpack[ResNetOptions]) -> ResNet:
    """Return :class:`ResNet` with 50 weight layers, 25,557,032 parameters.

    Args:
        options: keyword arguments of :class:`ResNet`.
    """
    return ResNet(Bottleneck, (3, 4, 6, 3), **options)


def resnet152(**options: Unpack[ResNetOptions]) -> ResNet:
    """Return :class:`ResNet` with 152 weight layers, 60,192,808 parameters.

    Args:
        options: keyword arguments of :class:`ResNet`.
    """
    return ResNet(Bottleneck, (3, 8, 36, 3), **options)
