"""Multilayer perceptrons of the lectures: what an image costs when no structure is assumed."""

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from convnet.models._check import check_count, check_width
from convnet.models.blocks import scaled

BOSTON = (13, 8, 6, 1)  # 173 parameters
IRIS = (4, 8, 6, 3)  # 115
MNIST = (784, 128, 64, 10)  # 109,386: 109,184 weights and 202 biases
CIFAR = (3072, 1536, 768, 384, 128, 10)  # 6,246,410


class MLP(nn.Module):
    """Dense layers with ReLU between them; images are flattened first.

    ``h_0 = x``, ``h_l = max(0, W_l h_(l-1) + b_l)``, and ``logits = W_L h_(L-1) + b_L``. It has
    ``sum over l of (sizes[l] + 1) sizes[l + 1]`` parameters and, but for the biases, as many
    multiply-adds a sample.

    Args:
        sizes: numbers a sample has, of each hidden layer, and of the result: two or more. The
            lectures': ``BOSTON`` (173 parameters), ``IRIS`` (115), ``MNIST`` (109,386; also for
            Fashion-MNIST) and ``CIFAR`` (6,246,410).
        width: factor on the hidden layers; default 1.

    Raises:
        ValueError: fewer than two sizes, one below 1, or ``width`` not positive.

    Source:
        Rumelhart, Hinton and Williams (1986), *Learning representations by back-propagating
        errors*; sizes from the lectures. Chapter: *What an MLP cannot do*.

    >>> from convnet.models import count_parameters
    >>> [count_parameters(MLP(sizes)) for sizes in (BOSTON, IRIS, MNIST)]
    [173, 115, 109386]
    """

    def __init__(self, sizes: Sequence[int] = MNIST, width: float = 1.0) -> None:
        if len(sizes) < 2:
            raise ValueError(
                f"sizes is {tuple(sizes)}, but needs at least two numbers, of inputs and of "
                "outputs; pass for example sizes=(784, 128, 64, 10)"
            )
        for index, size in enumerate(sizes):
            check_count(f"sizes[{index}]", size, "pass for example sizes=(784, 128, 64, 10)")
        check_width(width)
        super().__init__()
        self.inputs = sizes[0]
        sizes = [sizes[0], *(scaled(s, width) for s in sizes[1:-1]), sizes[-1]]
        self.layers = nn.Sequential()
        for fan_in, fan_out in pairwise(sizes):
            if len(self.layers):
                self.layers.append(nn.ReLU())
            self.layers.append(nn.Linear(fan_in, fan_out))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (N, sizes[-1]) of samples ``x`` (N, ...) of sizes[0] numbers each.

        Raises:
            TypeError: ``x`` is not floating-point.
            ValueError: ``x`` has no batch axis or another number of values a sample.
        """
        shape = tuple(x.shape)
        if not x.is_floating_point():
            raise TypeError(
                f"x has dtype {x.dtype}, but MLP needs floating-point numbers; "
                "convert it, for example x.float() / 255"
            )
        if len(shape) < 2 or math.prod(shape[1:]) != self.inputs:
            raise ValueError(
                f"x has shape {shape}, but this MLP reads (N, ...) with {self.inputs} numbers a "
                f"sample; give a single sample a batch axis with x[None], or build MLP with the "
                "samples' length first in sizes"
            )
        logits: Tensor = self.layers(x.flatten(1))  # (N, sizes[-1])
        return logits
