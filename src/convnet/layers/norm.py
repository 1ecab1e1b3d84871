"""Normalization: subtract a mean, divide by a deviation; the layers differ in whose they take.

For feature maps (N, C, H, W) the mean and the variance are taken over

- batch norm: N, H, W, for each channel by itself;
- layer norm: the last axes, here C, H, W, for each sample by itself;
- instance norm: H, W, for each sample and channel;
- group norm: H, W and the channels of a group, for each sample and group.

Chapter: *Activations, normalization, dropout*.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import (
    check_above,
    check_at_least,
    check_dtype,
    check_floating,
    check_fraction,
    check_ndim,
)
from convnet.layers.base import Layer

Array = npt.NDArray[Any]
Axes = tuple[int, ...]


def normalize(x: Array, axes: Axes, eps: float = 1e-5) -> tuple[Array, Array]:
    """Return ``(x - mean) / sqrt(variance + eps)`` and ``1 / sqrt(variance + eps)``.

    Mean and variance (divided by the count, not by one less) are taken over ``axes``.

    Args:
        x: array, float32 or float64.
        axes: the axes to average over.
        eps: keeps a constant input from a division by zero; default 1e-5.

    Returns:
        The normalized array, in the shape of ``x``, and the factors, with ``axes`` of length 1.

    Source:
        Ioffe and Szegedy (2015), *Batch Normalization*, algorithm 1. Chapter: *Activations,
        normalization, dropout*.

    >>> normalize(np.array([1.0, 3.0]), (0,), eps=0.0)[0]
    array([-1.,  1.])
    """
    check_floating("x", x)
    centred = x - x.mean(axis=axes, keepdims=True)
    variance = np.mean(centred * centred, axis=axes, keepdims=True)
    factor = 1 / np.sqrt(variance + x.dtype.type(eps))
    return centred * factor, factor


def normalize_backward(grad: Array, normalized: Array, factor: Array, axes: Axes) -> Array:
    """Differentiate :func:`normalize`: ``factor (g - mean(g) - z mean(g z))``.

    Every number moves the mean and the variance that all others are measured by; what is left of
    the gradient has no component along a shift of all numbers, nor along their scale.

    Args:
        grad: gradient with respect to the normalized array z.
        normalized: z, as :func:`normalize` returned it.
        factor: the factors, as it returned them.
        axes: the axes that were averaged over.

    Source:
        Ioffe and Szegedy (2015), section 3, equations of the backward pass. Chapter:
        *Backpropagation through pooling, ReLU and normalization*.

    >>> z, factor = normalize(np.array([1.0, 3.0]), (0,), eps=0.0)
    >>> normalize_backward(np.array([1.0, 0.0]), z, factor, (0,))
    array([0., 0.])
    """
    along = np.mean(grad * normalized, axis=axes, keepdims=True)
    grad_x: Array = factor * (grad - grad.mean(axis=axes, keepdims=True) - normalized * along)
    return grad_x


class _Normalization(Layer):
    """What the four layers share: a learned scale and shift, and where they apply.

    ``self._scale_axes`` are the axes along which scale and shift are the same number.
    """

    def __init__(self, shape: tuple[int, ...], eps: float, affine: bool, dtype: npt.DTypeLike):
        super().__init__()
        self.eps = check_above("eps", eps, 0, 1e-5)
        check_dtype("dtype", dtype)
        if affine:
            self.parameters["weight"] = np.ones(shape, dtype=dtype)
            self.parameters["bias"] = np.zeros(shape, dtype=dtype)

    def _shaped(self, values: Array, x: Array) -> Array:
        """Return one number a channel in the shape that multiplies ``x``."""
        return values.reshape(1, -1, *[1] * (x.ndim - 2))

    def _check_input(self, x: Array) -> None:
        """Raise unless ``x`` holds floating-point numbers, in the dtype of scale and shift."""
        check_floating("x", x)
        dtypes = {a.dtype for a in (*self.parameters.values(), *self.buffers.values())}
        if dtypes - {x.dtype}:
            (mine,) = dtypes
            raise TypeError(
                f"x has dtype {x.dtype}, but {type(self).__name__} has {mine}, and mixing them "
                "would silently compute in the wider one; convert one, for example "
                f"x.astype(np.{mine})"
            )

    def _scaled(self, z: Array) -> Array:
        if "weight" not in self.parameters:
            return z
        weight, bias = (self._shaped(self.parameters[k], z) for k in ("weight", "bias"))
        y: Array = z * weight + bias
        return y

    def _scaled_backward(self, grad_output: Array, z: Array, axes: Axes) -> Array:
        """Set the gradients of scale and shift; return the gradient with respect to ``z``."""
        self._check_gradient(grad_output, z.shape, z.dtype)
        if "weight" not in self.parameters:
            return grad_output
        self.gradients["weight"] = (grad_output * z).sum(axis=axes)
        self.gradients["bias"] = grad_output.sum(axis=axes)
        return grad_output * self._shaped(self.parameters["weight"], z)


class BatchNorm2d(_Normalization):
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
        _check_channels(x, self.num_features, "num_features")
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


class LayerNorm(_Normalization):
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


class GroupNorm(_Normalization):
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
        _check_channels(x, self.num_channels, self._channels_name)
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


def _check_channels(x: Array, channels: int, name: str) -> None:
    """Raise ``ValueError`` unless axis 1 of ``x`` has ``channels`` entries."""
    if x.ndim < 2 or x.shape[1] != channels:
        raise ValueError(
            f"x has shape {x.shape}, but axis 1 needs {name} = {channels} channels; "
            f"build the layer with the channels that come in, in the order (N, C, ...)"
        )
