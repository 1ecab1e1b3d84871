"""The inception module, which looks at several scales and concatenates what it sees."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from convnet.models.blocks import ConvBNReLU, scaled

EPS = 1e-3


class Branches(NamedTuple):
    """Output channels inside an inception module, in the columns of the paper's table 1."""

    one: int
    three_reduce: int
    three: int
    five_reduce: int
    five: int
    pool: int

    @property
    def total(self) -> int:
        """Channels after concatenation."""
        return self.one + self.three + self.five + self.pool


TABLE_1 = {
    "3a": Branches(64, 96, 128, 16, 32, 32),
    "3b": Branches(128, 128, 192, 32, 96, 64),
    "4a": Branches(192, 96, 208, 16, 48, 64),
    "4b": Branches(160, 112, 224, 24, 64, 64),
    "4c": Branches(128, 128, 256, 24, 64, 64),
    "4d": Branches(112, 144, 288, 32, 64, 64),
    "4e": Branches(256, 160, 320, 32, 128, 128),
    "5a": Branches(256, 160, 320, 32, 128, 128),
    "5b": Branches(384, 192, 384, 48, 128, 128),
}


class Inception(nn.Module):
    """Four branches side by side, concatenated along the channels.

    ``y = [1x1(x), 3x3(1x1(x)), 5x5(1x1(x)), 1x1(maxpool(x))]``. The 1x1 convolutions before the
    large kernels make their input thin: that is where the multiplications are saved.

    Args:
        in_channels: channels C of the images (N, C, H, W).
        branches: output channels of every convolution; the result is (N, branches.total, H, W).
        large_kernel: side of the third branch's kernel; 5 in the paper, default 3 as in the
            published PyTorch weights, which were trained that way by mistake.

    Source:
        Szegedy et al. (2014), *Going Deeper with Convolutions*, figure 2(b). Chapter: *GoogLeNet
        (2014)*.

    >>> Inception(192, TABLE_1["3a"])(torch.zeros(1, 192, 4, 4)).shape
    torch.Size([1, 256, 4, 4])
    """

    def __init__(self, in_channels: int, branches: Branches, large_kernel: int = 3) -> None:
        super().__init__()
        self.one = conv(in_channels, branches.one, 1)
        self.three = nn.Sequential(
            conv(in_channels, branches.three_reduce, 1),
            conv(branches.three_reduce, branches.three, 3),
        )
        self.five = nn.Sequential(
            conv(in_channels, branches.five_reduce, 1),
            conv(branches.five_reduce, branches.five, large_kernel),
        )
        self.pool = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1), conv(in_channels, branches.pool, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the four branches' maps of ``x`` (N, C, H, W), concatenated."""
        return torch.cat((self.one(x), self.three(x), self.five(x), self.pool(x)), dim=1)


class AuxiliaryHead(nn.Sequential):
    """A small classifier in mid-network, whose loss brings gradient to the early layers.

    Args:
        in_channels: channels C of the images (N, C, H, W).
        num_classes: length of the result.
        width: factor on its own channels.
        dropout: share of numbers set to zero in training.

    Source:
        Szegedy et al. (2014), section 5. Chapter: *GoogLeNet (2014)*.

    >>> AuxiliaryHead(8, 10, width=0.1, dropout=0.7)(torch.zeros(2, 8, 14, 14)).shape
    torch.Size([2, 10])
    """

    def __init__(self, in_channels: int, num_classes: int, width: float, dropout: float) -> None:
        channels, hidden = scaled(128, width), scaled(1024, width)
        super().__init__(
            nn.AdaptiveAvgPool2d(4),  # (N, C, 4, 4)
            conv(in_channels, channels, 1),
            nn.Flatten(),  # (N, channels * 16)
            nn.Linear(channels * 16, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, num_classes),
        )


def conv(in_channels: int, out_channels: int, kernel_size: int, stride: int = 1) -> ConvBNReLU:
    """Return a Conv-BN-ReLU unit with the ``eps`` of the published weights."""
    return ConvBNReLU(in_channels, out_channels, kernel_size, stride, eps=EPS)
