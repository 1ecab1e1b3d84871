"""MobileNet: convolutions taken apart into one per channel and one per pixel."""

from torch import nn

from convnet.models.blocks import AverageHead, ConvBNReLU, scaled
from convnet.models.image_network import ImageClassifier

# Table 1 of version 1: output channels and stride of each depthwise separable block.
BLOCKS_V1 = (
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    *(((512, 1),) * 5),
    (1024, 2),
    (1024, 1),
)


class DepthwiseSeparable(nn.Sequential):
    """A 3x3 convolution in every channel alone, then a 1x1 convolution across channels.

    Multiply-adds fall from ``9 C F`` a pixel to ``9 C + C F``, a share of ``1/F + 1/9``.

    Args:
        in_channels: channels C of the images (N, C, H, W).
        out_channels: channels F of the result.
        stride: step of the depthwise convolution; default 1.

    Source:
        Howard et al. (2017), *MobileNets: Efficient Convolutional Neural Networks for Mobile
        Vision Applications*, section 3.1 and figure 3. Chapter: *MobileNet and the variants of
        convolution*.

    >>> import torch
    >>> DepthwiseSeparable(4, 8, stride=2)(torch.zeros(2, 4, 6, 6)).shape
    torch.Size([2, 8, 3, 3])
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.depthwise = ConvBNReLU(in_channels, in_channels, 3, stride, groups=in_channels)
        self.pointwise = ConvBNReLU(in_channels, out_channels, 1)


class MobileNetV1(ImageClassifier):
    """One ordinary convolution, thirteen depthwise separable blocks, average, dense.

    4,231,976 parameters and 569 million multiply-adds at 224 x 224; the paper's table 4 says 4.2
    million and 569 million.

    Args:
        num_classes: length of the result; default 1000.
        in_channels: channels of the images; default 3.
        width: the paper's width multiplier alpha, on every layer's channels; default 1.
        small_images: stride 1 in the first convolution, for images of 28 or 32 pixels; default
            False.

    Raises:
        ValueError: an argument is out of range. Images may be as small as 1 x 1.

    Source:
        Howard et al. (2017), *MobileNets: Efficient Convolutional Neural Networks for Mobile
        Vision Applications*, table 1. Chapter: *MobileNet and the variants of convolution*.

    >>> import torch
    >>> from convnet.models import count_parameters
    >>> with torch.device("meta"):
    ...     network = MobileNetV1()
    >>> count_parameters(network)
    4231976
    """

    def __init__(
        self,
        num_classes: int = 1000,
        in_channels: int = 3,
        width: float = 1.0,
        small_images: bool = False,
    ) -> None:
        super().__init__(num_classes, in_channels, width, smallest=1)
        channels = scaled(32, width)
        self.features = nn.Sequential(
            ConvBNReLU(in_channels, channels, 3, stride=1 if small_images else 2)
        )
        for published, stride in BLOCKS_V1:
            out_channels = scaled(published, width)
            self.features.append(DepthwiseSeparable(channels, out_channels, stride))
            channels = out_channels
        self.classifier = AverageHead(channels, num_classes)
