"""Residual blocks, which learn what to add to their input."""

from typing import ClassVar

from torch import Tensor, nn

from convnet.models.blocks import ConvBN, ConvBNReLU


class ResidualBlock(nn.Module):
    """``y = max(0, F(x) + shortcut(x))``: the two kinds of block differ in ``F``.

    The shortcut is the identity where shapes allow it, else a 1x1 convolution with batch
    normalization (the paper's option B). Gradient reaches ``x`` through the sum unchanged.

    Args:
        residual: the layers of ``F``.
        in_channels: channels C of the images (N, C, H, W).
        out_channels: channels of ``F``'s result.
        stride: step of ``F``.
        skip: add the shortcut; without it the block is the paper's "plain" one.

    Source:
        He, Zhang, Ren and Sun (2015), *Deep Residual Learning for Image Recognition*, section
        3.2 and figure 2. Chapter: *ResNet (2015)*.
    """

    expansion: ClassVar[int] = 1

    def __init__(
        self, residual: nn.Sequential, in_channels: int, out_channels: int, stride: int, skip: bool
    ) -> None:
        super().__init__()
        self.residual = residual
        self.shortcut: nn.Module | None = None
        if skip and (stride != 1 or in_channels != out_channels):
            self.shortcut = ConvBN(in_channels, out_channels, 1, stride)
        elif skip:
            self.shortcut = nn.Identity()
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Return ``max(0, F(x) + shortcut(x))``, or ``max(0, F(x))`` without a shortcut."""
        y: Tensor = self.residual(x)
        if self.shortcut is not None:
            y = y + self.shortcut(x)
        return self.relu(y)  # type: ignore[no-any-return]


class BasicBlock(ResidualBlock):
    """A residual block of two 3x3 convolutions: ResNet-18 and ResNet-34.

    Args:
        in_channels: channels C of the images (N, C, H, W).
        channels: channels of both convolutions and of the result.
        stride: step of the first convolution; default 1.
        skip: add the shortcut; default True.

    Source:
        He et al. (2015), figure 5, left. Chapter: *ResNet (2015)*.

    >>> import torch
    >>> BasicBlock(4, 8, stride=2)(torch.zeros(2, 4, 6, 6)).shape
    torch.Size([2, 8, 3, 3])
    """

    def __init__(self, in_channels: int, channels: int, stride: int = 1, skip: bool = True) -> None:
        residual = nn.Sequential(
            ConvBNReLU(in_channels, channels, 3, stride), ConvBN(channels, channels, 3)
        )
        super().__init__(residual, in_channels, channels, stride, skip)


class Bottleneck(ResidualBlock):
    """A residual block that is thin inside: 1x1, 3x3, 1x1 with four times the channels.

    Args:
        in_channels: channels C of the images (N, C, H, W).
        channels: channels inside; the result has ``4 channels``.
        stride: step of the 3x3 convolution; default 1. (The paper puts it into the first 1x1;
            here as in the published PyTorch weights, "ResNet v1.5".)
        skip: add the shortcut; default True.

    Source:
        He et al. (2015), figure 5, right. Chapter: *ResNet (2015)*.

    >>> import torch
    >>> Bottleneck(4, 8, stride=2)(torch.zeros(2, 4, 6, 6)).shape
    torch.Size([2, 32, 3, 3])
    """

    expansion = 4

    def __init__(self, in_channels: int, channels: int, stride: int = 1, skip: bool = True) -> None:
        out_channels = self.expansion * channels
        residual = nn.Sequential(
            ConvBNReLU(in_channels, channels, 1),
            ConvBNReLU(channels, channels, 3, stride),
            ConvBN(channels, out_channels, 1),
        )
        super().__init__(residual, in_channels, out_channels, stride, skip)
