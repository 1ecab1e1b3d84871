"""MobileNet, version 2: blocks that are thin outside and thick inside, with a short cut."""

from torch import Tensor, nn

from convnet.models._check import check_dropout
from convnet.models.blocks import AverageHead, ConvBN, ConvBNReLU
from convnet.models.image_network import ImageClassifier

# Table 2 of version 2: expansion t, output channels c, repetitions n, stride s of the first.
BLOCKS_V2 = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


class InvertedResidual(nn.Module):
    """Widen by 1x1, filter each channel by 3x3, narrow by 1x1; add the input if shapes allow.

    ``y = x + project(depthwise(expand(x)))``. It is thick inside and thin outside, the inverse of
    a bottleneck; the last convolution has no ReLU, which would lose information in few channels.

    Args:
        in_channels: channels C of the images (N, C, H, W).
        out_channels: channels F of the result.
        stride: step of the depthwise convolution.
        expansion: channels inside, in multiples of C; 1 leaves the first convolution out.

    Source:
        Sandler, Howard, Zhu, Zhmoginov and Chen (2018), *MobileNetV2: Inverted Residuals and Linear
        Bottlenecks*, section 3.3 and table 1. Chapter: *MobileNet and the variants of
        convolution*.

    >>> import torch
    >>> InvertedResidual(4, 8, stride=2, expansion=6)(torch.zeros(2, 4, 6, 6)).shape
    torch.Size([2, 8, 3, 3])
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int, expansion: int) -> None:
        super().__init__()
        inside = expansion * in_channels
        self.skip = stride == 1 and in_channels == out_channels
        self.residual = nn.Sequential()
        if expansion != 1:
            self.residual.add_module("expand", ConvBNReLU(in_channels, inside, 1, relu6=True))
        self.residual.add_module(
            "depthwise", ConvBNReLU(inside, inside, 3, stride, groups=inside, relu6=True)
        )
        self.residual.add_module("project", ConvBN(inside, out_channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return the residual's maps of ``x``, plus ``x`` where the shapes are equal."""
        y: Tensor = self.residual(x)
        return x + y if self.skip else y


class MobileNetV2(ImageClassifier):
    """One ordinary convolution, seventeen inverted residual blocks, 1x1-1280, average, dense.

    3,504,872 parameters and 301 million multiply-adds at 224 x 224; the paper's table 4 says 3.4
    million and 300 million.

    Args:
        num_classes: length of the result; default 1000.
        in_channels: channels of the images; default 3.
        width: factor on every layer's channels, which are then rounded to multiples of 8; the last
            1280 grow with it but do not shrink (section 4.1); default 1.
        dropout: share of numbers set to zero before the last layer; default 0.2.
        small_images: stride 1 in the first convolution, for images of 28 or 32 pixels; default
            False.

    Raises:
        ValueError: an argument is out of range. Images may be as small as 1 x 1.

    Source:
        Sandler, Howard, Zhu, Zhmoginov and Chen (2018), *MobileNetV2: Inverted Residuals and Linear
        Bottlenecks*, table 2. Chapter: *MobileNet and the variants of convolution*.

    >>> import torch
    >>> from convnet.models import count_parameters
    >>> with torch.device("meta"):
    ...     network = MobileNetV2()
    >>> count_parameters(network)
    3504872
    """

    def __init__(
        self,
        num_classes: int = 1000,
        in_channels: int = 3,
        width: float = 1.0,
        dropout: float = 0.2,
        small_images: bool = False,
    ) -> None:
        super().__init__(num_classes, in_channels, width, smallest=1)
        check_dropout("dropout", dropout)
        channels = multiple_of_8(32 * width)
        last = multiple_of_8(1280 * max(1.0, width))
        self.features = nn.Sequential(
            ConvBNReLU(in_channels, channels, 3, stride=1 if small_images else 2, relu6=True)
        )
        for expansion, published, repetitions, first_stride in BLOCKS_V2:
            out_channels = multiple_of_8(published * width)
            for index in range(repetitions):
                stride = 1 if index else first_stride
                self.features.append(InvertedResidual(channels, out_channels, stride, expansion))
                channels = out_channels
        self.features.append(ConvBNReLU(channels, last, 1, relu6=True))
        self.classifier = AverageHead(last, num_classes, dropout)


def multiple_of_8(channels: float) -> int:
    """Return the multiple of 8 nearest to ``channels``, at least 8 and at least nine tenths of it.

    >>> [multiple_of_8(c) for c in (3, 12, 18, 32)]
    [8, 16, 24, 32]
    """
    nearest = max(8, int(channels + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * channels else nearest
