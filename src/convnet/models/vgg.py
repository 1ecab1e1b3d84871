"""VGG: stacks of 3x3 convolutions, halved by pooling, doubled in channels."""

from typing import TypedDict, Unpack

from torch import nn

from convnet.models._check import check_depths, check_dropout
from convnet.models.blocks import scaled
from convnet.models.image_network import ImageClassifier

CHANNELS = (64, 128, 256, 512, 512)


class VGGStage(nn.Sequential):
    """``depth`` 3x3 convolutions, each with ReLU, then 2x2 max-pooling.

    Two 3x3 convolutions see 5x5 pixels and three see 7x7, as one large kernel would, with fewer
    parameters (27 C^2 against 49 C^2) and a ReLU after each.

    Args:
        depth: number of convolutions.
        in_channels: channels C of the images (N, C, H, W).
        out_channels: channels F of the result (N, F, H // 2, W // 2).
        batch_norm: normalize between convolution and ReLU.

    Source:
        Simonyan and Zisserman (2014), *Very Deep Convolutional Networks for Large-Scale Image
        Recognition*, section 2.3. Chapter: *VGG (2014)*.

    >>> import torch
    >>> VGGStage(2, 3, 8, batch_norm=False)(torch.zeros(1, 3, 6, 6)).shape
    torch.Size([1, 8, 3, 3])
    """

    def __init__(self, depth: int, in_channels: int, out_channels: int, batch_norm: bool) -> None:
        super().__init__()
        for index in range(depth):
            channels = out_channels if index else in_channels
            self.append(nn.Conv2d(channels, out_channels, 3, padding=1))
            if batch_norm:
                self.append(nn.BatchNorm2d(out_channels))
            self.append(nn.ReLU())
        self.append(nn.MaxPool2d(2))


class VGGOptions(TypedDict, total=False):
    """Keyword arguments of :class:`VGG`, which its factories pass on."""

    batch_norm: bool
    num_classes: int
    in_channels: int
    width: float
    dropout: float


class VGG(ImageClassifier):
    """Five stages of 3x3 convolutions (64, 128, 256, 512, 512 channels), three dense layers.

    | network | stages | parameters | with batch norm | multiply-adds, 224 x 224 |
    |---|---|---|---|---|
    | VGG-11 (A) | 1 1 2 2 2 | 132,863,336 | 132,868,840 | 7.61 billion |
    | VGG-16 (D) | 2 2 3 3 3 | 138,357,544 | 138,365,992 | 15.47 billion |
    | VGG-19 (E) | 2 2 4 4 4 | 143,667,240 | 143,678,248 | 19.63 billion |

    The paper's table 2 says 133, 138 and 144 million. 102,764,544 of them belong to the first
    dense layer alone.

    Args:
        depths: convolutions in each of the five stages.
        batch_norm: normalize between convolution and ReLU (later than the paper); default False.
        num_classes: length of the result; default 1000.
        in_channels: channels of the images; default 3.
        width: factor on every layer's channels; default 1.
        dropout: share of numbers set to zero after the first two dense layers; default 0.5.

    Raises:
        ValueError: an argument is out of range. Images need 32 x 32 pixels.

    Source:
        Simonyan and Zisserman (2014), *Very Deep Convolutional Networks for Large-Scale Image
        Recognition*, tables 1 and 2. Chapter: *VGG (2014)*.

    >>> import torch
    >>> from convnet.models import count_parameters
    >>> with torch.device("meta"):
    ...     network = vgg16()
    >>> count_parameters(network)
    138357544
    """

    def __init__(
        self,
        depths: tuple[int, ...],
        batch_norm: bool = False,
        num_classes: int = 1000,
        in_channels: int = 3,
        width: float = 1.0,
        dropout: float = 0.5,
    ) -> None:
        super().__init__(num_classes, in_channels, width, smallest=32)
        check_dropout("dropout", dropout)
        check_depths(depths, stages=5)
        self.features = nn.Sequential()
        for depth, published in zip(depths, CHANNELS, strict=True):
            channels = scaled(published, width)
            self.features.append(VGGStage(depth, in_channels, channels, batch_norm))
            in_channels = channels
        hidden = scaled(4096, width)
        self.classifier = nn.Sequential(
            nn.AdaptiveAvgPool2d(7),  # no change at 224 x 224; other sizes become 7 x 7 too
            nn.Flatten(),  # (N, in_channels * 7 * 7)
            nn.Linear(in_channels * 7 * 7, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, num_classes),
        )


def vgg11(**options: Unpack[VGGOptions]) -> VGG:
    """Return :class:`VGG` in configuration A, 132,863,336 parameters.

    Args:
        options: keyword arguments of :class:`VGG`.
    """
    return VGG((1, 1, 2, 2, 2), **options)


def vgg16(**options: Unpack[VGGOptions]) -> VGG:
    """Return :class:`VGG` in configuration D, 138,357,544 parameters.

    Args:
        options: keyword arguments of :class:`VGG`.
    """
    return VGG((2, 2, 3, 3, 3), **options)


def vgg19(**options: Unpack[VGGOptions]) -> VGG:
    """Return :class:`VGG` in configuration E, 143,667,240 parameters.

    Args:
        options: keyword arguments of :class:`VGG`.
    """
    return VGG((2, 2, 4, 4, 4), **options)
