"""Batch norm: mean and deviation of each channel over the batch and all pixels."""

from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_at_least, check_fraction
from convnet.layers.normalization import (
    Normalization,
    check_channels,
    normalize,
    normalize_backward,
)

Array = npt.NDArray[Any]


class BatchNorm2d(Normalization):
    """Normalize each channel over the batch and all pixels, then scale and shift it.

    ``y = weight (x - mean) / sqrt(variance + eps) + bias``. In training mean and variance are those
    of the batch, and running averages of them are kept; in use these averages take their place, so
    that a sample's result does not depend on its neighbours. Also takes rows (N, C).

    Args:
        num_features: channels C.
        eps: added to the variance; default 1e-5.
        momentum: how far a running average moves towards the batch's value; default 0.1. (Other
            texts call 0.9 what PyTorch, and we, call 0.1.)
        affine: whether scale and shift are learned; default True.
        dtype: float32 (default) or float64.

    Attributes:
        parameters: ``weight`` and ``bias``, (C,), initially 1 and 0.
        buffers: ``running_mean`` and ``running_var``, (C,), initially 0 and 1. The running
            variance divides by one less than the count, as in PyTorch.

    Raises:
        ValueError: an argument is out of range; in training, a channel has a single number.

    Source:
        Ioffe and Szegedy (2015), algorithms 1 and 2. Chapter: *Activations, normalization,
        dropout*.

    >>> layer = BatchNorm2d(1, dtype=np.float64)
    >>> layer(np.array([[1.0], [3.0]])).round(3)
    array([[-1.],
           [ 1.]])
    >>> layer.buffers["running_mean"]
    array([0.2])
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = True,
        *,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        shape = (check_at_least("num_features", num_features, 1),)
        super().__init__(shape, eps, affine, dtype)
        self.num_features, self.momentum = shape[0], check_fraction("momentum", momentum, 0.1)
        self.buffers["running_mean"] = np.zeros(shape, dtype=dtype)
        self.buffers["running_var"] = np.ones(shape, dtype=dtype)

    def forward(self, x: Array) -> Array:
        """Return the normalized, scaled and shifted ``x``; in training, update the averages."""
        self._check_input(x)
        check_channels(x, self.num_features, "num_features")
        self._axes = (0, *range(2, x.ndim))
        if self.training:
            self._check_count(x)
            self._z, self._factor = normalize(x, self._axes, self.eps)
            self._update_averages(x)
        else:
            mean, variance = (self._shaped(self.buffers[k], x) for k in self.buffers)
            self._factor = 1 / np.sqrt(variance + x.dtype.type(self.eps))
            self._z = (x - mean) * self._factor
        self._in_training = self.training
        return self._scaled(self._z)

    def backward(self, grad_output: Array) -> Array:
        """Set the gradients of scale and shift; return that of the input."""
        z: Array = self._latest("_z")
        grad = self._scaled_backward(grad_output, z, self._axes)
        if not self._in_training:  # the averages are constants then
            return grad * self._factor
        return normalize_backward(grad, z, self._factor, self._axes)

    def _check_count(self, x: Array) -> None:
        """Raise ``ValueError`` unless there are numbers whose variance can be taken."""
        count = x.size // self.num_features
        if count < 2:
            raise ValueError(
                f"x has shape {x.shape}, so each channel has {count} numbers, but a variance needs "
                "at least 2; train with a larger batch, or call eval() first"
            )

    def _update_averages(self, x: Array) -> None:
        batch = {
            "running_mean": x.mean(axis=self._axes),
            "running_var": x.var(axis=self._axes, ddof=1),
        }
        for name, value in batch.items():
            average = self.buffers[name]
            average += average.dtype.type(self.momentum) * (value - average)
