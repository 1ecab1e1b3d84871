"""The units that several architectures share."""

from torch import nn


def scaled(channels: int, width: float) -> int:
    """Return ``max(1, round(width * channels))``, the channels of a layer in a thinner network.

    Parameters and multiplications of a convolution fall with the *square* of ``width``, because
    its input is thinner too.

    Args:
        channels: the published number.
        width: factor, positive.

    Source:
        Howard et al. (2017), *MobileNets: Efficient Convolutional Neural Networks for Mobile
        Vision Applications*, section 3.3. Chapter: *One harness*.

    >>> scaled(64, 0.25), scaled(3, 0.01)
    (16, 1)
    """
    return max(1, round(channels * width))


class ConvBN(nn.Sequential):
    """A convolution that keeps the size of the image (at stride 1), then batch normalization.

    ``y = gamma (conv(x) - mean) / sqrt(var + eps) + beta``, with one mean, variance, gamma and
    beta a channel. The convolution has no bias: the normalization would subtract it.

    Args:
        in_channels: channels C of the images (N, C, H, W).
        out_channels: channels F of the result (N, F, OH, OW), ``OH = ceil(H / stride)``.
        kernel_size: side k of the square kernel, odd; it is padded by ``k // 2`` on each side.
        stride: step of the kernel; default 1.
        groups: independent groups of channels; default 1, ``in_channels`` for a depthwise one.
        eps: number added to the variance; default 1e-5.

    Source:
        Ioffe and Szegedy (2015), *Batch Normalization: Accelerating Deep Network Training by
        Reducing Internal Covariate Shift*, section 3.2. Chapter: *Activations, normalization,
        dropout*.

    >>> import torch
    >>> ConvBN(3, 8, kernel_size=3, stride=2)(torch.zeros(2, 3, 7, 7)).shape
    torch.Size([2, 8, 4, 4])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        groups: int = 1,
        eps: float = 1e-5,
    ) -> None:
        super().__init__()
        padding = kernel_size // 2
        self.conv = nn.Conv2d(
            in_channels, out_channels, kernel_size, stride, padding, groups=groups, bias=False
        )
        self.bn = nn.BatchNorm2d(out_channels, eps=eps)


class ConvBNReLU(ConvBN):
    """:class:`ConvBN`, then ``max(0, x)``, or with ``relu6`` ``min(max(0, x), 6)``.

    Args:
        in_channels: as in :class:`ConvBN`, like all arguments but the last.
        out_channels: as in :class:`ConvBN`.
        kernel_size: as in :class:`ConvBN`.
        stride: as in :class:`ConvBN`.
        groups: as in :class:`ConvBN`.
        eps: as in :class:`ConvBN`.
        relu6: cut off at 6 as well, which keeps numbers small enough for 8-bit arithmetic;
            default False.

    >>> import torch
    >>> y = ConvBNReLU(1, 4, kernel_size=1)(torch.randn(2, 1, 5, 5))
    >>> y.shape, bool(y.min() >= 0)
    (torch.Size([2, 4, 5, 5]), True)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        groups: int = 1,
        eps: float = 1e-5,
        relu6: bool = False,
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, groups, eps=eps)
        self.relu = nn.ReLU6() if relu6 else nn.ReLU()


class AverageHead(nn.Sequential):
    """Global average pooling, then one dense layer: any image size gives the same shape.

    ``logits[n] = W mean over i, j of x[n, :, i, j] + b``.

    Args:
        channels: channels C of the feature maps (N, C, H, W).
        num_classes: length of the result (N, num_classes).
        dropout: share of the means set to zero in training; default 0, no such layer.

    Source:
        Lin, Chen and Yan (2014), *Network In Network*, section 3.2. Chapter: *Pooling*.

    >>> import torch
    >>> AverageHead(8, 10)(torch.zeros(2, 8, 3, 5)).shape
    torch.Size([2, 10])
    """

    def __init__(self, channels: int, num_classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)  # (N, C, 1, 1)
        self.flatten = nn.Flatten()  # (N, C)
        if dropout:
            self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(channels, num_classes)


def stem(in_channels: int, channels: int, small_images: bool = False) -> nn.Sequential:
    """Return the first layers of ResNet and DenseNet: all that they do at full resolution.

    A 7x7 convolution and 3x3 max-pooling, both at stride 2, which leave a sixteenth of the pixels;
    for small images a 3x3 convolution at stride 1, which leaves all.

    Args:
        in_channels: channels C of the images (N, C, H, W).
        channels: channels of the result.
        small_images: whether images have few pixels, 28 or 32 a side; default False.

    Source:
        He, Zhang, Ren and Sun (2015), *Deep Residual Learning for Image Recognition*, table 1 and
        section 4.2. Chapter: *ResNet (2015)*.

    >>> import torch
    >>> stem(3, 8)(torch.zeros(1, 3, 32, 32)).shape
    torch.Size([1, 8, 8, 8])
    """
    layers = nn.Sequential()
    if small_images:
        layers.add_module("stem", ConvBNReLU(in_channels, channels, 3))
    else:
        layers.add_module("stem", ConvBNReLU(in_channels, channels, 7, stride=2))
        layers.add_module("pool", nn.MaxPool2d(3, stride=2, padding=1))
    return layers
