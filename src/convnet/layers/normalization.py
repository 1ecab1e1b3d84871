"""Normalization: subtract a mean, divide by a deviation; the layers differ in whose they take.

For feature maps (N, C, H, W) the mean and the variance are taken over

- batch norm: N, H, W, for each channel by itself;
- layer norm: the last axes, here C, H, W, for each sample by itself;
- instance norm: H, W, for each sample and channel;
- group norm: H, W and the channels of a group, for each sample and group.

Chapter: *Activations, normalization, dropout*.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_above, check_dtype, check_floating
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


class Normalization(Layer):
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


def check_channels(x: Array, channels: int, name: str) -> None:
    """Raise ``ValueError`` unless axis 1 of ``x`` has ``channels`` entries."""
    if x.ndim < 2 or x.shape[1] != channels:
        raise ValueError(
            f"x has shape {x.shape}, but axis 1 needs {name} = {channels} channels; "
            f"build the layer with the channels that come in, in the order (N, C, ...)"
        )
