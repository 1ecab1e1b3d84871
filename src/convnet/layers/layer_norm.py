"""Layer norm: mean and deviation of each sample over its last axes."""

from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_at_least
from convnet.layers.normalization import Normalization, normalize, normalize_backward

Array = npt.NDArray[Any]


class LayerNorm(Normalization):
    """Normalize each sample over its last axes, then scale and shift every number.

    Args:
        normalized_shape: the lengths of the last axes, one integer or several.
        eps: added to the variance; default 1e-5.
        affine: whether scale and shift are learned; default True.
        dtype: float32 (default) or float64.

    Attributes:
        parameters: ``weight`` and ``bias`` in ``normalized_shape``, initially 1 and 0.

    Source:
        Ba, Kiros and Hinton (2016), *Layer Normalization*, equation 4. Chapter: *Activations,
        normalization, dropout*.

    >>> LayerNorm(2, dtype=np.float64)(np.array([[1.0, 3.0]])).round(3)
    array([[-1.,  1.]])
    """

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...],
        eps: float = 1e-5,
        affine: bool = True,
        *,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        shape = normalized_shape if isinstance(normalized_shape, tuple) else (normalized_shape,)
        if not shape:
            raise ValueError(
                "normalized_shape is (), but needs the length of at least one axis; pass for "
                "example normalized_shape=(C, H, W)"
            )
        for length in shape:
            check_at_least("normalized_shape", length, 1)
        super().__init__(shape, eps, affine, dtype)
        self.normalized_shape = shape

    def _shaped(self, values: Array, x: Array) -> Array:  # noqa: ARG002  # numpy broadcasts
        return values

    def forward(self, x: Array) -> Array:
        """Return the normalized, scaled and shifted ``x``."""
        self._check_input(x)
        if x.shape[-len(self.normalized_shape) :] != self.normalized_shape:
            raise ValueError(
                f"x has shape {x.shape}, but its last axes need the lengths "
                f"{self.normalized_shape}; build LayerNorm with the shape that comes in"
            )
        self._axes = tuple(range(x.ndim - len(self.normalized_shape), x.ndim))
        self._z, self._factor = normalize(x, self._axes, self.eps)
        return self._scaled(self._z)

    def backward(self, grad_output: Array) -> Array:
        """Set the gradients of scale and shift; return that of the input."""
        z: Array = self._latest("_z")
        others = tuple(range(z.ndim - len(self.normalized_shape)))
        grad = self._scaled_backward(grad_output, z, others)
        return normalize_backward(grad, z, self._factor, self._axes)
