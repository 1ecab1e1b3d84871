"""The dense layer: every output reads every input."""

from typing import Any

import numpy as np
import numpy.typing as npt

from convnet import init
from convnet._check import (
    check_at_least,
    check_floating,
    check_ndim,
    check_same_dtype,
)
from convnet.layers.base import Layer, as_parameter

Array = npt.NDArray[Any]


def linear_loops(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Compute a dense layer one product at a time; see :func:`linear`.

    >>> linear_loops(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), np.array([5.0]))
    array([[16.]])
    """
    _check(x, weight, bias)
    y = np.zeros((len(x), len(weight)), dtype=x.dtype)
    for n, k in np.ndindex(*y.shape):
        y[n, k] = 0 if bias is None else bias[k]
        for i in range(x.shape[1]):
            y[n, k] += weight[k, i] * x[n, i]
    return y


def linear(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Compute a dense layer, ``y = x W^T + b``.

    Args:
        x: batch (N, in_features), float32 or float64.
        weight: (out_features, in_features), one row an output, as in PyTorch.
        bias: (out_features,), or None for no bias.

    Returns:
        Array (N, out_features), dtype of ``x``.

    Raises:
        TypeError: ``x`` is not floating-point, or the dtypes differ.
        ValueError: the shapes do not fit; the message says which.

    Source:
        Rumelhart, Hinton and Williams (1986), *Learning Representations by Back-Propagating
        Errors*, equation 1. Chapter: *A whole network by hand*.

    >>> linear(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), np.array([5.0]))
    array([[16.]])
    """
    _check(x, weight, bias)
    y: Array = x @ weight.T
    if bias is not None:
        y += bias
    return y


class Linear(Layer):
    """A dense layer that learns: ``y = x W^T + b``.

    Backward: ``dL/dx = g W``, ``dL/dW = g^T x`` and ``dL/db`` the sum of ``g`` over the batch.

    Args:
        in_features: numbers that each output reads.
        out_features: outputs.
        bias: whether each output has a bias; default True.
        rng: source of the initial weights.
        dtype: float32 (default) or float64.

    Attributes:
        parameters: ``weight`` (out_features, in_features) and ``bias`` (out_features,), initially
            uniform between plus and minus ``1/sqrt(in_features)``, as in PyTorch.

    Raises:
        ValueError: a count is below 1.

    Source:
        Rumelhart, Hinton and Williams (1986), equations 1 and 4 to 7. Chapter: *Loss and the chain
        rule*.

    >>> layer = Linear(3, 2, rng=np.random.default_rng(0))
    >>> layer(np.zeros((5, 3), dtype=np.float32)).shape
    (5, 2)
    >>> layer.backward(np.ones((5, 2), dtype=np.float32)).shape
    (5, 3)
    >>> layer.gradients["bias"]
    array([5., 5.], dtype=float32)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        rng: np.random.Generator,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        shape = (
            check_at_least("out_features", out_features, 1),
            check_at_least("in_features", in_features, 1),
        )
        self.parameters["weight"] = as_parameter(init.uniform_fan_in(shape, rng), dtype)
        if bias:
            start = init.uniform_fan_in(shape, rng, size=shape[:1])
            self.parameters["bias"] = as_parameter(start, dtype)

    def forward(self, x: Array) -> Array:
        """Return ``x W^T + b`` for a batch (N, in_features)."""
        y = linear(x, self.parameters["weight"], self.parameters.get("bias"))
        self._x = x
        return y

    def backward(self, grad_output: Array) -> Array:
        """Set the gradients of ``weight`` and ``bias``; return ``g W``."""
        self.backward_parameters(grad_output)
        grad: Array = grad_output @ self.parameters["weight"]
        return grad

    def backward_parameters(self, grad_output: Array) -> None:
        """Set the gradients of ``weight`` and ``bias``: ``g^T x`` and the sum of ``g``."""
        x: Array = self._latest("_x")
        self._check_gradient(grad_output, (len(x), len(self.parameters["weight"])), x.dtype)
        self.gradients["weight"] = grad_output.T @ x
        if "bias" in self.parameters:
            self.gradients["bias"] = grad_output.sum(axis=0)


def _check(x: Array, weight: Array, bias: Array | None) -> None:
    """Check the arguments of all forms."""
    check_ndim("x", x, 2, "(N, in_features)")
    check_ndim("weight", weight, 2, "(out_features, in_features)")
    check_floating("x", x)
    check_same_dtype("weight", weight, x)
    if weight.shape[1] != x.shape[1]:
        raise ValueError(
            f"weight has shape {weight.shape}, so it reads {weight.shape[1]} features, but x has "
            f"{x.shape[1]}; give weight the shape (out_features, {x.shape[1]})"
        )
    if bias is not None:
        check_same_dtype("bias", bias, x)
        if bias.shape != weight.shape[:1]:
            raise ValueError(
                f"bias has shape {bias.shape}, but needs one number for each of the "
                f"{len(weight)} outputs; pass an array of shape ({len(weight)},) or None"
            )
