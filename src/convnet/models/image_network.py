"""What all networks for images share: they know which images they can read."""

import math

from torch import Tensor, nn

from convnet.models._check import check_count, check_images, check_width


class ImageNetwork(nn.Module):
    """A network that knows which images it can read, and says so.

    Weights are drawn from PyTorch's default generator; see :func:`convnet.models.initialize` for
    weights that follow from an explicit ``rng``.

    Args:
        num_classes: length of the result, at least 1.
        in_channels: channels of the images, at least 1.
        width: factor on the channels of every layer, positive.
        smallest: fewest pixels along a side that leave every layer at least one.
        largest: most pixels along a side; default no limit.

    Raises:
        ValueError: an argument is out of range.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        width: float,
        smallest: int,
        largest: float = math.inf,
    ) -> None:
        check_count("num_classes", num_classes, "pass the number of labels, as num_classes=10")
        check_count("in_channels", in_channels, "pass 1 for grey images, 3 for colour")
        check_width(width)
        super().__init__()
        self.in_channels = in_channels
        self.smallest = smallest
        self.largest = largest

    def check(self, x: Tensor) -> None:
        """Raise ``TypeError`` or ``ValueError`` unless ``x`` is a batch of readable images."""
        check_images(type(self).__name__, x, self.in_channels, self.smallest, self.largest)


class ImageClassifier(ImageNetwork):
    """A network in two parts, which subclasses build: ``logits = classifier(features(x))``.

    Arguments and errors are those of :class:`ImageNetwork`.
    """

    features: nn.Sequential
    classifier: nn.Sequential

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (N, num_classes) of images ``x`` (N, in_channels, H, W).

        Raises:
            TypeError: ``x`` is not floating-point.
            ValueError: ``x`` has other axes or channels, or does not fit ``smallest`` and
                ``largest``.
        """
        self.check(x)
        logits: Tensor = self.classifier(self.features(x))  # (N, num_classes)
        return logits
