"""LeNet-5 as it is taught and trained today; the paper's own is in ``lenet1998``."""

from torch import nn

from convnet.models._check import check_count
from convnet.models.blocks import scaled
from convnet.models.image_network import ImageClassifier


class LeNet5(ImageClassifier):
    """LeNet-5 as it is taught: every map reads every map, ReLU, max-pooling, dense output.

    | layer | output, 28 x 28 images | parameters |
    |---|---|---|
    | 5x5-6, ReLU, 2x2 max | 6 x 12 x 12 | 156 |
    | 5x5-16, ReLU, 2x2 max | 16 x 4 x 4 | 2,416 |
    | dense 256-120, ReLU | 120 | 30,840 |
    | dense 120-84, ReLU | 84 | 10,164 |
    | dense 84-10 | 10 | 850 |

    2,572 + 41,854 = 44,426 parameters.

    Args:
        num_classes: length of the result; default 10.
        in_channels: channels of the images; default 1.
        width: factor on every layer's channels; default 1.
        image_size: pixels along a side, at least 16; default 28.

    Raises:
        ValueError: an argument is too small.

    Source:
        After LeCun, Bottou, Bengio and Haffner (1998), *Gradient-Based Learning Applied to
        Document Recognition*, section II.B; the layers are lecture B's. Chapter: *Training
        LeNet*.

    >>> from convnet.models import count_parameters
    >>> count_parameters(LeNet5())
    44426
    """

    def __init__(
        self,
        num_classes: int = 10,
        in_channels: int = 1,
        width: float = 1.0,
        image_size: int = 28,
    ) -> None:
        check_count("image_size", image_size, "pass at least 16, for example 28", least=16)
        super().__init__(num_classes, in_channels, width, smallest=image_size, largest=image_size)
        c1, c2, d1, d2 = (scaled(c, width) for c in (6, 16, 120, 84))
        side = ((image_size - 4) // 2 - 4) // 2
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, c1, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(c1, c2, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),  # (N, c2 * side * side)
            nn.Linear(c2 * side * side, d1),
            nn.ReLU(),
            nn.Linear(d1, d2),
            nn.ReLU(),
            nn.Linear(d2, num_classes),
        )
