"""Dropout: in training, silence some inputs at random and scale up the others."""

from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_between, check_floating, check_rng
from convnet.layers.base import Layer

Array = npt.NDArray[Any]


class Dropout(Layer):
    """Set each number to zero with probability p in training, and divide the others by ``1 - p``.

    ``y = x m / (1 - p)`` with m drawn anew each time, 0 with probability p and else 1: the mean of
    y is x. In use (``eval``) ``y = x``. Backward, the gradient passes through the same mask.

    Args:
        p: probability of zero, at least 0 and less than 1; default 0.5.
        rng: source of the masks.

    Raises:
        ValueError: ``p`` is out of range.
        TypeError: ``rng`` is no generator.

    Source:
        Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov (2014), *Dropout*, section 4;
        scaling in training rather than in use, section 10. Chapter: *Activations, normalization,
        dropout*.

    >>> layer = Dropout(0.5, rng=np.random.default_rng(0))
    >>> layer(np.ones(6))
    array([2., 0., 0., 0., 2., 2.])
    >>> layer.backward(np.ones(6))
    array([2., 0., 0., 0., 2., 2.])
    >>> layer.eval()
    >>> layer(np.ones(6))
    array([1., 1., 1., 1., 1., 1.])
    """

    def __init__(self, p: float = 0.5, *, rng: np.random.Generator) -> None:
        super().__init__()
        self.p = check_between("p", p, 0, 1, 0.5)
        check_rng("rng", rng)
        self.rng = rng

    def forward(self, x: Array) -> Array:
        """Return the masked and scaled input in training, the input itself in use."""
        check_floating("x", x)
        self._scale: Array | None = None
        self._shape, self._dtype = x.shape, x.dtype
        if not self.training:
            return x
        kept = self.rng.random(x.shape) >= self.p
        self._scale = kept / x.dtype.type(1 - self.p)
        return x * self._scale

    def backward(self, grad_output: Array) -> Array:
        """Return the gradient, masked and scaled like the input."""
        scale: Array | None = self._latest("_scale")
        self._check_gradient(grad_output, self._shape, self._dtype)
        return grad_output if scale is None else grad_output * scale
