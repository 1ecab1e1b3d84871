"""GoogLeNet: nine inception modules in a row, watched by auxiliary heads."""

from typing import NamedTuple

from torch import Tensor, nn

from convnet.models._check import check_dropout
from convnet.models.blocks import AverageHead, scaled
from convnet.models.image_network import ImageNetwork
from convnet.models.inception import TABLE_1, AuxiliaryHead, Branches, Inception, conv


class GoogLeNetOutput(NamedTuple):
    """Logits (N, num_classes) of the network and, in training, of its auxiliary heads."""

    logits: Tensor
    aux2: Tensor  # after 4d
    aux1: Tensor  # after 4a


class GoogLeNet(ImageNetwork):
    """Nine inception modules between a plain stem and global average pooling.

    | part | output, 224 x 224 images |
    |---|---|
    | 7x7-64 stride 2, 3x3 max stride 2 | 64 x 56 x 56 |
    | 1x1-64, 3x3-192, 3x3 max stride 2 | 192 x 28 x 28 |
    | inception 3a, 3b, 3x3 max stride 2 | 480 x 14 x 14 |
    | inception 4a to 4e, 2x2 max stride 2 | 832 x 7 x 7 |
    | inception 5a, 5b | 1024 x 7 x 7 |
    | average, dropout, dense | 1000 |

    6,624,904 parameters and 1.50 billion multiply-adds (the paper: 1.5 billion); the two auxiliary
    heads bring the parameters to 13,004,888 in training. Unlike the paper's, every convolution
    is followed by batch normalization, as in the published PyTorch weights.

    Args:
        num_classes: length of the result; default 1000.
        in_channels: channels of the images; default 3.
        width: factor on every layer's channels; default 1.
        aux_logits: build the two auxiliary heads; default True.
        large_kernel: side of the inception modules' large kernel; 5 in the paper, default 3 as
            in the published PyTorch weights.
        dropout: share of numbers set to zero before the last layer; default 0.2.
        dropout_aux: the same inside the auxiliary heads; default 0.7.
        small_images: start with one 3x3 convolution at stride 1 instead of the 7x7 one and its
            pooling, for images of 28 or 32 pixels; default False.

    Raises:
        ValueError: an argument is out of range. Images need 15 x 15 pixels (4 x 4 with
            ``small_images``).

    Source:
        Szegedy et al. (2014), *Going Deeper with Convolutions*, table 1 and section 5. Chapter:
        *GoogLeNet (2014)*.

    >>> import torch
    >>> from convnet.models import count_parameters
    >>> with torch.device("meta"):
    ...     network = GoogLeNet(aux_logits=False)
    >>> count_parameters(network)
    6624904
    """

    def __init__(
        self,
        num_classes: int = 1000,
        in_channels: int = 3,
        width: float = 1.0,
        aux_logits: bool = True,
        large_kernel: int = 3,
        dropout: float = 0.2,
        dropout_aux: float = 0.7,
        small_images: bool = False,
    ) -> None:
        super().__init__(num_classes, in_channels, width, smallest=4 if small_images else 15)
        check_dropout("dropout", dropout)
        check_dropout("dropout_aux", dropout_aux)
        if large_kernel not in (3, 5):
            raise ValueError(
                f"large_kernel is {large_kernel!r}, but needs to be 3 or 5; pass 5 for the "
                "paper's modules, 3 for those of the published PyTorch weights"
            )
        table = {name: Branches(*(scaled(c, width) for c in row)) for name, row in TABLE_1.items()}

        def modules(names: str, channels: int) -> nn.Sequential:
            chain = nn.Sequential()
            for name in names.split():
                chain.add_module(name, Inception(channels, table[name], large_kernel))
                channels = table[name].total
            return chain

        self.stem = _stem(in_channels, width, small_images)
        self.to_4a = nn.Sequential(
            modules("3a 3b", scaled(192, width)), _halve(), modules("4a", table["3b"].total)
        )
        self.to_4d = modules("4b 4c 4d", table["4a"].total)
        self.to_5b = nn.Sequential(
            modules("4e", table["4d"].total), _halve(2), modules("5a 5b", table["4e"].total)
        )
        self.aux1 = self.aux2 = None
        if aux_logits:
            self.aux1 = AuxiliaryHead(table["4a"].total, num_classes, width, dropout_aux)
            self.aux2 = AuxiliaryHead(table["4d"].total, num_classes, width, dropout_aux)
        self.classifier = AverageHead(table["5b"].total, num_classes, dropout)

    def forward(self, x: Tensor) -> Tensor | GoogLeNetOutput:
        """Return the logits (N, num_classes) of images ``x`` (N, in_channels, H, W).

        In training, with auxiliary heads: a :class:`GoogLeNetOutput`. The paper's loss weights
        the two auxiliary ones by 0.3.

        Raises:
            TypeError: ``x`` is not floating-point.
            ValueError: ``x`` has other axes or channels, or is too small.
        """
        self.check(x)
        after_4a = self.to_4a(self.stem(x))
        after_4d = self.to_4d(after_4a)
        logits: Tensor = self.classifier(self.to_5b(after_4d))  # (N, num_classes)
        if self.training and self.aux1 is not None and self.aux2 is not None:
            return GoogLeNetOutput(logits, self.aux2(after_4d), self.aux1(after_4a))
        return logits


def _halve(kernel_size: int = 3) -> nn.MaxPool2d:
    return nn.MaxPool2d(kernel_size, stride=2, ceil_mode=True)


def _stem(in_channels: int, width: float, small_images: bool) -> nn.Sequential:
    """Return the layers before the first inception module."""
    thin, wide = scaled(64, width), scaled(192, width)
    layers = nn.Sequential()
    if small_images:
        layers.append(conv(in_channels, thin, 3))
    else:
        layers.extend([conv(in_channels, thin, 7, stride=2), _halve()])
    return layers.extend([conv(thin, thin, 1), conv(thin, wide, 3), _halve()])
