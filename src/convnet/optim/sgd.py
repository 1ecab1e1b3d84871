"""Stochastic gradient descent, with momentum and Nesterov's variant."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_between
from convnet.optim.base import Optimizer

Array = npt.NDArray[Any]


class SGD(Optimizer):
    """Step against the gradient, or against a running sum of gradients (momentum).

    With the gradient g of a batch, learning rate r, momentum m and weight decay d::

        g <- g + d w          weight decay: the gradient of d/2 |w|^2
        v <- m v + g          v starts at 0
        w <- w - r v          plain or with momentum
        w <- w - r (g + m v)  Nesterov: as if the gradient were taken after the next move

    Args:
        params: arrays to train, by name; they are changed in place.
        lr: learning rate r; default 0.001.
        momentum: m, at least 0 and less than 1; default 0. Past gradients add up to ``1/(1 - m)``
            times a steady one.
        weight_decay: d; default 0. By name, as all that follows: PyTorch has a ``dampening`` here,
            which the course does without.
        nesterov: whether to look ahead; default False.
        no_decay: names, as patterns such as ``"*bias"``, that do not decay; default none.

    Raises:
        ValueError: a number is out of range, or ``nesterov`` without momentum.

    Source:
        Robbins and Monro (1951), *A Stochastic Approximation Method*; Polyak (1964), *Some Methods
        of Speeding Up the Convergence of Iteration Methods*; Sutskever, Martens, Dahl and Hinton
        (2013), *On the Importance of Initialization and Momentum in Deep Learning*, section 2 (with
        the learning rate inside v; here it is outside, as in PyTorch). Chapter: *Optimizers,
        initialization, regularization*.

    >>> w = np.array([1.0])
    >>> optimizer = SGD({"w": w}, lr=0.1, momentum=0.5)
    >>> for _ in range(2):
    ...     optimizer.step({"w": np.array([1.0])})
    >>> w
    array([0.75])
    """

    def __init__(
        self,
        params: Mapping[str, Array],
        lr: float = 1e-3,
        momentum: float = 0.0,
        *,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        no_decay: Sequence[str] = (),
    ) -> None:
        super().__init__(params, lr, weight_decay, no_decay)
        self.momentum = check_between("momentum", momentum, 0, 1, 0.9)
        if nesterov and not self.momentum:
            raise ValueError(
                "nesterov is True and momentum 0, but without momentum there is nothing to look "
                "ahead along; pass for example momentum=0.9"
            )
        self.nesterov = nesterov
        moving = self.params if self.momentum else {}
        self._velocity = {name: np.zeros_like(array) for name, array in moving.items()}

    def _update(self, name: str, param: Array, grad: Array) -> None:
        work = self._scratch[name]
        if self.weight_decay and name in self.decaying:
            np.multiply(param, self.weight_decay, out=work)
            work += grad
            grad = work
        if self.momentum:
            velocity = self._velocity[name]
            velocity *= self.momentum
            velocity += grad
            # g + m v needs a second scratch array when g itself is in the first.
            grad = grad + self.momentum * velocity if self.nesterov else velocity
        np.multiply(grad, self.lr, out=work)
        param -= work

    def _slots(self) -> dict[str, dict[str, Array]]:
        return {"velocity": self._velocity}
