"""The lectures' CNN for CIFAR-10, which beats an MLP of eleven times its parameters."""

from torch import nn

from convnet.models._check import check_count
from convnet.models.blocks import scaled
from convnet.models.image_network import ImageClassifier


class CIFARNet(ImageClassifier):
    """Two 3x3 convolutions, each halved by max-pooling, then two dense layers.

    | layer | output, 32 x 32 images | parameters |
    |---|---|---|
    | 3x3-32 same, ReLU, 2x2 max | 32 x 16 x 16 | 896 |
    | 3x3-64 same, ReLU, 2x2 max | 64 x 8 x 8 | 18,496 |
    | dense 4096-128, ReLU | 128 | 524,416 |
    | dense 128-10 | 10 | 1,290 |

    19,392 + 525,706 = 545,098 parameters; the MLP 3072-1536-768-384-128-10 has 6,246,410.

    Args:
        num_classes: length of the result; default 10.
        in_channels: channels of the images; default 3.
        width: factor on every layer's channels; default 1.
        image_size: pixels along a side, at least 4; default 32.

    Raises:
        ValueError: an argument is too small.

    Source:
        Lecture D. Chapter: *MLP against CNN on colour*.

    >>> from convnet.models import count_parameters
    >>> count_parameters(CIFARNet())
    545098
    """

    def __init__(
        self,
        num_classes: int = 10,
        in_channels: int = 3,
        width: float = 1.0,
        image_size: int = 32,
    ) -> None:
        check_count("image_size", image_size, "pass at least 4, for example 32", least=4)
        super().__init__(num_classes, in_channels, width, smallest=image_size, largest=image_size)
        first, second, hidden = (scaled(c, width) for c in (32, 64, 128))
        side = image_size // 2 // 2
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, first, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(first, second, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),  # (N, second * side * side)
            nn.Linear(second * side * side, hidden),
            nn.ReLU(),
            nn.Linear(hidden, num_classes),
        )
