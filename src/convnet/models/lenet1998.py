"""LeNet-5 of the 1998 paper, with all that has been left out since."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convnet.models.digit_codes import RadialBasisOutput, digit_codes
from convnet.models.image_network import ImageClassifier

# Table I: the maps of S2 that each map of C3 reads. Six read three neighbours, six read four,
# three read four that are not neighbours, the last reads all: maps that see different things
# cannot become copies of each other.
C3_READS: tuple[tuple[int, ...], ...] = (
    *(tuple((first + step) % 6 for step in range(3)) for first in range(6)),
    *(tuple((first + step) % 6 for step in range(4)) for first in range(6)),
    (0, 1, 3, 4),
    (1, 2, 4, 5),
    (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)


class ScaledTanh(nn.Module):
    """The paper's squashing function: ``f(a) = 1.7159 tanh(2 a / 3)``, so that ``f(1) = 1``.

    Source:
        LeCun et al. (1998), equation 6 and appendix A. Chapter: *LeNet-5 (1998)*.

    >>> round(ScaledTanh()(torch.tensor(1.0)).item(), 4)
    1.0
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return ``f`` of every number of ``x``, any shape."""
        return 1.7159 * torch.tanh(x * 2 / 3)


class Subsampling(nn.Module):
    """The paper's pooling: the sum of each 2x2 window, times a coefficient, plus a bias.

    ``y[n,c,i,j] = weight[c] sum over a, b of x[n,c,2i+a,2j+b] + bias[c]``: two parameters a
    channel. They start as the average, ``weight = 1/4`` and ``bias = 0``.

    Args:
        channels: channels C of the images (N, C, H, W); the result is (N, C, H // 2, W // 2).

    Source:
        LeCun et al. (1998), section II.B, layer S2. Chapter: *LeNet-5 (1998)*.

    >>> x = torch.tensor([[[[0.0, 1.0], [2.0, 5.0]]]])
    >>> Subsampling(1)(x).item()
    2.0
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels))
        self.bias = nn.Parameter(torch.empty(channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Return to the plain average."""
        nn.init.constant_(self.weight, 0.25)
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return the subsampled maps of ``x``."""
        sums = 4 * F.avg_pool2d(x, 2)  # (N, C, H // 2, W // 2)
        return self.weight[:, None, None] * sums + self.bias[:, None, None]


class PartialConv2d(nn.Module):
    """A convolution in which each output channel reads only some input channels.

    ``y[n,f,i,j] = bias[f] + sum over c in reads[f], a, b of weight[k(f,c),a,b] x[n,c,i+a,j+b]``.
    Only kernels that exist are parameters: ``weight`` is (number of pairs (f, c), K, K).

    Args:
        reads: for each output channel the input channels it reads.
        kernel_size: side K of each kernel.

    Source:
        LeCun et al. (1998), table I, layer C3. Chapter: *LeNet-5 (1998)*.

    >>> layer = PartialConv2d(C3_READS, kernel_size=5)
    >>> tuple(layer.weight.shape), sum(p.numel() for p in layer.parameters())
    ((60, 5, 5), 1516)
    """

    def __init__(self, reads: tuple[tuple[int, ...], ...], kernel_size: int) -> None:
        super().__init__()
        pairs = [(f, c) for f, channels in enumerate(reads) for c in channels]
        self.outputs, self.inputs = (list(side) for side in zip(*pairs, strict=True))
        self.shape = (len(reads), max(self.inputs) + 1, kernel_size, kernel_size)
        self.weight = nn.Parameter(torch.empty(len(pairs), kernel_size, kernel_size))
        self.bias = nn.Parameter(torch.empty(len(reads)))
        self.reset_parameters()

    def fan_in(self) -> Tensor:
        """Return, for each kernel, how many numbers its output adds up: (pairs, 1, 1)."""
        window = self.shape[2] * self.shape[3]
        counts = [window * self.outputs.count(f) for f in self.outputs]
        return torch.tensor(counts, device=self.weight.device)[:, None, None]

    def reset_parameters(self) -> None:
        """Draw weights uniformly within 2.4 / fan_in, as the paper's appendix A does."""
        with torch.no_grad():
            self.weight.uniform_(-1, 1).mul_(2.4 / self.fan_in())
            self.bias.zero_()

    def dense_weight(self) -> Tensor:
        """Return the kernels as an ordinary convolution's, zero where nothing is read."""
        dense = self.weight.new_zeros(self.shape)  # (F, C, K, K)
        dense[self.outputs, self.inputs] = self.weight
        return dense

    def forward(self, x: Tensor) -> Tensor:
        """Return the maps (N, F, H - K + 1, W - K + 1) of ``x`` (N, C, H, W)."""
        return F.conv2d(x, self.dense_weight(), self.bias)


class LeNet5Original(ImageClassifier):
    """LeNet-5 of 1998: partial connections, trainable subsampling, codes instead of classes.

    | layer | output | parameters | connections |
    |---|---|---|---|
    | C1 5x5 | 6 x 28 x 28 | 156 | 122,304 |
    | S2 2x2 | 6 x 14 x 14 | 12 | 5,880 |
    | C3 5x5, table I | 16 x 10 x 10 | 1,516 | 151,600 |
    | S4 2x2 | 16 x 5 x 5 | 32 | 2,000 |
    | C5 5x5 | 120 x 1 x 1 | 48,120 | 48,120 |
    | F6 dense | 84 | 10,164 | 10,164 |
    | output, radial basis | 10 | 0 of 840 | 840 |

    60,000 trainable parameters and 340,908 connections, as the paper says. It reads images of
    32 x 32 pixels (28 x 28 padded by 2), ink 1.175 and paper -0.1, and has ten classes. The
    digits' codes follow the paper's idea, figure 3: bitmaps of 7 x 12; the bitmaps are drawn here.

    Source:
        LeCun, Bottou, Bengio and Haffner (1998), *Gradient-Based Learning Applied to Document
        Recognition*, section II.B, figures 2 and 3, table I. Chapter: *LeNet-5 (1998)*.

    >>> from convnet.models import count_parameters
    >>> network = LeNet5Original()
    >>> count_parameters(network), network(torch.zeros(1, 1, 32, 32)).shape
    (60000, torch.Size([1, 10]))
    """

    def __init__(self) -> None:
        super().__init__(num_classes=10, in_channels=1, width=1.0, smallest=32, largest=32)
        self.features = nn.Sequential()
        for name, layer in (
            ("c1", nn.Conv2d(1, 6, 5)),
            ("s2", Subsampling(6)),
            ("c3", PartialConv2d(C3_READS, 5)),
            ("s4", Subsampling(16)),
            ("c5", nn.Conv2d(16, 120, 5)),
        ):
            self.features.add_module(name, nn.Sequential(layer, ScaledTanh()))
        self.classifier = nn.Sequential(
            nn.Flatten(),  # (N, 120)
            nn.Linear(120, 84),  # F6
            ScaledTanh(),
            RadialBasisOutput(digit_codes()),
        )
