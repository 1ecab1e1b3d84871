"""Weights that stay small, and gradients that are disturbed on purpose.

Each is an object to pass in ``change_gradients`` of a learner, which calls it with parameters and
gradients by name between backward and step; it changes the gradients in place. Chapter:
*Optimizers, initialization, regularization*.

>>> from convnet.optim import clip_grad_norm
>>> changes = [L1(1e-4, exclude=["*bias"]), lambda _, gradients: clip_grad_norm(gradients, 1.0)]
>>> gradients = {"weight": np.full(4, 10.0), "bias": np.zeros(1)}
>>> for change in changes:
...     _ = change({"weight": np.ones(4), "bias": np.ones(1)}, gradients)
>>> gradients["weight"].round(3)
array([0.5, 0.5, 0.5, 0.5])
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_between
from convnet.optim.names import names_without

Array = npt.NDArray[Any]


class _Penalty:
    """A number added to the loss that depends on the weights only."""

    def __init__(self, strength: float, *, exclude: Sequence[str] = ()) -> None:
        self.strength = check_between("strength", strength, 0, math.inf, 1e-4)
        self.exclude = exclude

    def _chosen(self, parameters: Mapping[str, Array]) -> frozenset[str]:
        return names_without(parameters, self.exclude, "exclude")


class L1(_Penalty):
    """The sum of the weights' sizes: ``strength sum |w|``, with the gradient ``strength sign(w)``.

    It pulls every weight towards zero equally hard, so that weights that matter little end at (or,
    with steps of finite size, about) zero: few are left.

    Args:
        strength: at least 0.
        exclude: names that are not penalized, as patterns such as ``"*bias"``; default none.

    Raises:
        ValueError: ``strength`` is negative; when called, a pattern fits no name.

    Source:
        Tibshirani (1996), *Regression Shrinkage and Selection via the Lasso*; Goodfellow, Bengio
        and Courville (2016), *Deep Learning*, section 7.1.2.

    >>> penalty, gradients = L1(0.5), {"w": np.zeros(3)}
    >>> weights = {"w": np.array([2.0, 0.0, -1.0])}
    >>> penalty(weights, gradients)
    >>> gradients["w"], penalty.value(weights)
    (array([ 0.5,  0. , -0.5]), 1.5)
    """

    def __call__(self, parameters: Mapping[str, Array], gradients: Mapping[str, Array]) -> None:
        """Add the penalty's gradient."""
        for name in self._chosen(parameters):
            grad = gradients[name]
            grad += self.strength * np.sign(parameters[name])

    def value(self, parameters: Mapping[str, Array]) -> float:
        """Return what the penalty adds to the loss."""
        sizes = (float(np.abs(parameters[name]).sum()) for name in self._chosen(parameters))
        return self.strength * math.fsum(sizes)


class L2(_Penalty):
    """Half the sum of the weights' squares: ``strength/2 sum w^2``, gradient ``strength w``.

    It pulls large weights harder than small ones: many stay, all small. With :class:`SGD
    <convnet.optim.SGD>` it is ``weight_decay``; with Adam it is not, see
    :class:`convnet.optim.AdamW`.

    Args:
        strength: at least 0.
        exclude: names that are not penalized, as patterns such as ``"*bias"``; default none.

    Raises:
        ValueError: ``strength`` is negative; when called, a pattern fits no name.

    Source:
        Krogh and Hertz (1992), *A Simple Weight Decay Can Improve Generalization*; Goodfellow,
        Bengio and Courville (2016), *Deep Learning*, section 7.1.1.

    >>> penalty, gradients = L2(0.5), {"w": np.zeros(3)}
    >>> weights = {"w": np.array([2.0, 0.0, -1.0])}
    >>> penalty(weights, gradients)
    >>> gradients["w"], penalty.value(weights)
    (array([ 1. ,  0. , -0.5]), 1.25)
    """

    def __call__(self, parameters: Mapping[str, Array], gradients: Mapping[str, Array]) -> None:
        """Add the penalty's gradient."""
        for name in self._chosen(parameters):
            grad = gradients[name]
            grad += self.strength * parameters[name]

    def value(self, parameters: Mapping[str, Array]) -> float:
        """Return what the penalty adds to the loss."""
        squares = (float(np.vdot(parameters[n], parameters[n])) for n in self._chosen(parameters))
        return self.strength / 2 * math.fsum(squares)


class GradientNoise:
    """Normal noise on every gradient, which falls with the steps: variance ``eta / (1 + t)^gamma``.

    Args:
        eta: variance at the first step, at least 0; default 0.01.
        gamma: how fast it falls, at least 0; default 0.55. 0 keeps it.
        rng: source of the noise.

    Raises:
        ValueError: a number is negative.

    Source:
        Neelakantan et al. (2015), *Adding Gradient Noise Improves Learning for Very Deep Networks*,
        section 3.

    >>> noise = GradientNoise(eta=0.04, rng=np.random.default_rng(0))
    >>> gradients = {"w": np.zeros(10_000)}
    >>> noise({}, gradients)
    >>> round(float(gradients["w"].std()), 2)
    0.2
    """

    def __init__(self, eta: float = 0.01, gamma: float = 0.55, *, rng: np.random.Generator) -> None:
        self.eta = check_between("eta", eta, 0, math.inf, 0.01)
        self.gamma = check_between("gamma", gamma, 0, math.inf, 0.55)
        self.rng = rng
        self.steps = 0

    def __call__(self, parameters: Mapping[str, Array], gradients: Mapping[str, Array]) -> None:
        """Disturb the gradients."""
        del parameters  # the noise does not depend on them
        std = math.sqrt(self.eta / (1 + self.steps) ** self.gamma)
        self.steps += 1
        for grad in gradients.values():
            kind: Any = grad.dtype
            grad += std * self.rng.standard_normal(grad.shape, dtype=kind)
