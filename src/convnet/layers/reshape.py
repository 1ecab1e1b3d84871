"""Flatten: the same numbers in another shape."""

from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_floating
from convnet.layers.base import Layer

Array = npt.NDArray[Any]


class Flatten(Layer):
    """Turn feature maps (N, C, H, W) into rows (N, C H W); backward, turn rows into maps again.

    Source:
        PyTorch's ``torch.nn.Flatten``, whose order is C's: columns fastest, channels slowest.
        Chapter: *A whole network by hand*.

    >>> layer = Flatten()
    >>> layer(np.zeros((5, 2, 3, 3))).shape
    (5, 18)
    >>> layer.backward(np.zeros((5, 18))).shape
    (5, 2, 3, 3)
    """

    def forward(self, x: Array) -> Array:
        """Return one row a sample."""
        check_floating("x", x)
        if x.ndim < 2:
            raise ValueError(
                f"x has shape {x.shape}, but needs at least 2 axes (N, ...); "
                "add the axis of the batch, for example x[None]"
            )
        self._shape, self._dtype = x.shape, x.dtype
        return x.reshape(len(x), int(np.prod(x.shape[1:])))

    def backward(self, grad_output: Array) -> Array:
        """Return the gradient in the shape of the input."""
        shape: tuple[int, ...] = self._latest("_shape")
        self._check_gradient(grad_output, (shape[0], int(np.prod(shape[1:]))), self._dtype)
        return grad_output.reshape(shape)
