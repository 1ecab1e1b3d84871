"""AlexNet: five convolutions, three dense layers, ReLU and dropout."""

from torch import nn

from convnet.models._check import check_dropout
from convnet.models.blocks import scaled
from convnet.models.image_network import ImageClassifier


class AlexNet(ImageClassifier):
    """AlexNet in one tower, as of 2014: the network that most libraries call AlexNet.

    | layer | output, 224 x 224 images | parameters |
    |---|---|---|
    | 11x11-64 stride 4, ReLU, 3x3 max stride 2 | 64 x 27 x 27 | 23,296 |
    | 5x5-192, ReLU, 3x3 max stride 2 | 192 x 13 x 13 | 307,392 |
    | 3x3-384, ReLU | 384 x 13 x 13 | 663,936 |
    | 3x3-256, ReLU | 256 x 13 x 13 | 884,992 |
    | 3x3-256, ReLU, 3x3 max stride 2 | 256 x 6 x 6 | 590,080 |
    | dropout, dense 9216-4096, ReLU | 4096 | 37,752,832 |
    | dropout, dense 4096-4096, ReLU | 4096 | 16,781,312 |
    | dense 4096-1000 | 1000 | 4,097,000 |

    61,100,840 parameters and 0.71 billion multiply-adds. The network of 2012 spread its layers
    over two GPUs (96-256-384-384-256 channels, half of them a GPU; the paper says 60 million
    parameters) and normalized across channels.

    Args:
        num_classes: length of the result; default 1000.
        in_channels: channels of the images; default 3.
        width: factor on every layer's channels; default 1.
        dropout: share of numbers set to zero before the first two dense layers; default 0.5.
        small_images: start with a 3x3 convolution at stride 1 instead of the 11x11 one at stride
            4, for images of 28 or 32 pixels; default False.

    Raises:
        ValueError: an argument is out of range. Images need 63 x 63 pixels (15 x 15 with
            ``small_images``).

    Source:
        Krizhevsky, Sutskever and Hinton (2012), *ImageNet Classification with Deep Convolutional
        Neural Networks*, section 3; one tower: Krizhevsky (2014), *One weird trick for
        parallelizing convolutional neural networks*, section 5. Chapter: *AlexNet (2012)*.

    >>> import torch
    >>> from convnet.models import count_parameters
    >>> with torch.device("meta"):
    ...     network = AlexNet()
    >>> count_parameters(network)
    61100840
    """

    def __init__(
        self,
        num_classes: int = 1000,
        in_channels: int = 3,
        width: float = 1.0,
        dropout: float = 0.5,
        small_images: bool = False,
    ) -> None:
        super().__init__(num_classes, in_channels, width, smallest=15 if small_images else 63)
        check_dropout("dropout", dropout)
        c1, c2, c3, c4, hidden = (scaled(c, width) for c in (64, 192, 384, 256, 4096))
        first = (
            nn.Conv2d(in_channels, c1, 3, padding=1)
            if small_images
            else nn.Conv2d(in_channels, c1, 11, stride=4, padding=2)
        )
        self.features = nn.Sequential(
            first,
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(c1, c2, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(c2, c3, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(c3, c4, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(c4, c4, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),
            nn.AdaptiveAvgPool2d(6),  # no change at 224 x 224; other sizes become 6 x 6 too
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),  # (N, c4 * 6 * 6)
            nn.Dropout(dropout),
            nn.Linear(c4 * 6 * 6, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, num_classes),
        )
