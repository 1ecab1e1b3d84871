"""Group norm: mean and deviation of each sample over a group of channels; instance norm: of one."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_at_least, check_ndim
from convnet.layers.normalization import (
    Normalization,
    check_channels,
    normalize,
    normalize_backward,
)

Array = npt.NDArray[Any]


class GroupNorm(Normalization):
    """Normalize each sample over its pixels and the channels of a group; then scale and shift.

    Args:
        num_groups: groups that the channels are split into.
        num_channels: channels C, a multiple of ``num_groups``.
        eps: added to the variance; default 1e-5.
        affine: whether a scale and a shift for each channel are learned; default True.
        dtype: float32 (default) or float64.

    Attributes:
        parameters: ``weight`` and ``bias``, (C,), initially 1 and 0.

    Source:
        Wu and He (2018), *Group Normalization*, section 3. Chapter: *Activations, normalization,
        dropout*.

    >>> layer = GroupNorm(1, 2, dtype=np.float64)
    >>> layer(np.array([[[[1.0]], [[3.0]]]])).round(3).ravel()
    array([-1.,  1.])
    """

    _channels_name = "num_channels"  # what the constructor calls them, for messages

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        *,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        channels = check_at_least("num_channels", num_channels, 1)
        if channels % check_at_least("num_groups", num_groups, 1):
            raise ValueError(
                f"num_groups is {num_groups}, but needs to divide num_channels = {num_channels}; "
                "pass for example num_groups=1"
            )
        super().__init__((channels,), eps, affine, dtype)
        self.num_groups, self.num_channels = num_groups, channels

    def forward(self, x: Array) -> Array:
        """Return the normalized, scaled and shifted ``x``."""
        self._check_input(x)
        check_channels(x, self.num_channels, self._channels_name)
        z, self._factor = normalize(self._grouped(x), (2,), self.eps)
        self._z = z.reshape(x.shape)
        return self._scaled(self._z)

    def backward(self, grad_output: Array) -> Array:
        """Set the gradients of scale and shift; return that of the input."""
        z: Array = self._latest("_z")
        grad = self._scaled_backward(grad_output, z, (0, *range(2, z.ndim)))
        grouped = normalize_backward(self._grouped(grad), self._grouped(z), self._factor, (2,))
        return grouped.reshape(z.shape)

    def _grouped(self, x: Array) -> Array:
        return x.reshape(len(x), self.num_groups, math.prod(x.shape[1:]) // self.num_groups)


class InstanceNorm2d(GroupNorm):
    """Normalize each channel of each sample over its pixels: group norm, one channel a group.

    Args:
        num_features: channels C.
        eps: added to the variance; default 1e-5.
        affine: whether scale and shift are learned; default False, as in PyTorch.
        dtype: float32 (default) or float64.

    Source:
        Ulyanov, Vedaldi and Lempitsky (2016), *Instance Normalization*, equation 4. Chapter:
        *Activations, normalization, dropout*.

    >>> InstanceNorm2d(1)(np.array([[[[1.0, 3.0]]]])).round(3)
    array([[[[-1.,  1.]]]])
    """

    _channels_name = "num_features"

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        affine: bool = False,
        *,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        check_at_least("num_features", num_features, 1)
        super().__init__(num_features, num_features, eps, affine, dtype=dtype)

    def forward(self, x: Array) -> Array:
        """Return the normalized ``x``, scaled and shifted if that is learned."""
        check_ndim("x", x, 4, "(N, C, H, W)")
        pixels = x.shape[2] * x.shape[3]
        if pixels < 2:
            raise ValueError(
                f"x has shape {x.shape}, so each channel has {pixels} pixels, but a variance needs "
                "at least 2; normalize larger maps, or use GroupNorm"
            )
        return super().forward(x)
