"""Adam, which gives each weight a step of its own size, and AdamW, which decays weights apart."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_between
from convnet.optim.base import Optimizer

Array = npt.NDArray[Any]


class Adam(Optimizer):
    """Step by the mean gradient over its root mean square: about ``lr`` a weight, whatever scale.

    With the gradient g, step t = 1, 2, ..., and weight decay d::

        g <- g + d w
        m <- b1 m + (1 - b1) g           mean, m and v start at 0
        v <- b2 v + (1 - b2) g^2         mean square
        w <- w - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)

    The divisions by ``1 - b^t`` make up for the start at 0.

    Args:
        params: arrays to train, by name; they are changed in place.
        lr: learning rate; default 0.001.
        betas: b1 and b2, each at least 0 and less than 1; default (0.9, 0.999).
        eps: keeps the division from zero, above 0; default 1e-8.
        weight_decay: d; default 0. It enters the averages, so weights with large gradients decay
            less: see :class:`AdamW`.
        no_decay: names, as patterns such as ``"*bias"``, that do not decay; default none.

    Raises:
        ValueError: a number is out of range.

    Source:
        Kingma and Ba (2015), *Adam: A Method for Stochastic Optimization*, algorithm 1. Chapter:
        *Optimizers, initialization, regularization*.

    >>> w = np.array([1.0, 1.0])
    >>> Adam({"w": w}, lr=0.1).step({"w": np.array([1.0, 1000.0])})
    >>> w.round(6)
    array([0.9, 0.9])
    """

    def __init__(
        self,
        params: Mapping[str, Array],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        no_decay: Sequence[str] = (),
    ) -> None:
        super().__init__(params, lr, weight_decay, no_decay)
        names = ("betas[0]", "betas[1]")
        self.betas = tuple(
            check_between(n, b, 0, 1, 0.9) for n, b in zip(names, betas, strict=True)
        )
        if not eps > 0:
            raise ValueError(f"eps is {eps}, but needs to be above 0; pass for example eps=1e-8")
        self.eps = float(eps)
        self._mean = {name: np.zeros_like(array) for name, array in self.params.items()}
        self._square = {name: np.zeros_like(array) for name, array in self.params.items()}

    def _decayed(self, name: str, param: Array, grad: Array) -> Array:
        """Return the gradient with the decay's added."""
        if self.weight_decay and name in self.decaying:
            return grad + self.weight_decay * param
        return grad

    def _update(self, name: str, param: Array, grad: Array) -> None:
        (b1, b2), work = self.betas, self._scratch[name]
        mean, square = self._mean[name], self._square[name]
        grad = self._decayed(name, param, grad)
        mean *= b1
        mean += np.multiply(grad, 1 - b1, out=work)
        square *= b2
        np.multiply(grad, grad, out=work)
        work *= 1 - b2
        square += work
        # w -= lr m' / (sqrt(v') + eps), with the factors of m' and v' drawn out of the arrays
        np.sqrt(square, out=work)
        work /= math.sqrt(1 - b2**self.steps)
        work += self.eps
        np.divide(mean, work, out=work)
        work *= self.lr / (1 - b1**self.steps)
        param -= work

    def _slots(self) -> dict[str, dict[str, Array]]:
        return {"mean": self._mean, "square": self._square}


class AdamW(Adam):
    """Adam with the weight decay outside of the averages: ``w <- (1 - lr d) w``, then Adam's step.

    Every weight then shrinks by the same share, whatever its gradients; with plain Adam the decay
    is divided by the root mean square like everything else.

    Args:
        params: arrays to train, by name; they are changed in place.
        lr: learning rate; default 0.001.
        betas: as in :class:`Adam`; default (0.9, 0.999).
        eps: as in :class:`Adam`; default 1e-8.
        weight_decay: d; default 0.01.
        no_decay: names, as patterns such as ``"*bias"``, that do not decay; default none.

    Raises:
        ValueError: a number is out of range.

    Source:
        Loshchilov and Hutter (2019), *Decoupled Weight Decay Regularization*, algorithm 2 (the
        decay times ``lr``, as in PyTorch). Chapter: *Optimizers, initialization, regularization*.

    >>> w = np.array([1.0])
    >>> AdamW({"w": w}, lr=0.1, weight_decay=0.5).step({"w": np.array([0.0])})
    >>> w
    array([0.95])
    """

    def __init__(
        self,
        params: Mapping[str, Array],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        *,
        no_decay: Sequence[str] = (),
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, no_decay=no_decay)

    def _decayed(self, name: str, param: Array, grad: Array) -> Array:
        """Shrink the weights themselves; return the gradient as it is."""
        if name in self.decaying:
            param *= 1 - self.lr * self.weight_decay
        return grad
