"""Functions of one number, applied to all: ReLU and its relatives, sigmoid, tanh; and softmax."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_between, check_floating, check_ndim
from convnet.layers.base import Layer

Array = npt.NDArray[Any]


def relu_loops(x: Array) -> Array:
    """Replace negative numbers by zero, one at a time; see :func:`relu`.

    >>> relu_loops(np.array([-5.0, 0.0, 10.0]))
    array([ 0.,  0., 10.])
    """
    check_floating("x", x)
    y = x.copy()
    for index in np.ndindex(*x.shape):
        if x[index] < 0:
            y[index] = 0
    return y


def relu(x: Array) -> Array:
    """Replace negative numbers by zero: ``y = max(x, 0)``; its derivative is 1 or 0.

    Args:
        x: array of any shape, float32 or float64. NaN stays NaN.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: ``x`` is not floating-point.

    Source:
        Nair and Hinton (2010), *Rectified Linear Units Improve Restricted Boltzmann Machines*,
        section 2. Chapter: *A whole network by hand*.

    >>> relu(np.array([-5.0, 0.0, 10.0]))
    array([ 0.,  0., 10.])
    """
    check_floating("x", x)
    y: Array = np.maximum(x, x.dtype.type(0))
    return y


class ReLU(Layer):
    """:func:`relu` as a layer. Backward it is a gate, shut where the input was not positive.

    >>> layer = ReLU()
    >>> layer(np.array([-5.0, 0.0, 10.0]))
    array([ 0.,  0., 10.])
    >>> layer.backward(np.array([1.0, 1.0, 1.0]))
    array([0., 0., 1.])
    """

    def forward(self, x: Array) -> Array:
        """Return ``max(x, 0)``."""
        self._y = relu(x)
        return self._y

    def backward(self, grad_output: Array) -> Array:
        """Return ``g`` where the input was positive, zero elsewhere (also at exactly zero)."""
        y: Array = self._latest("_y")
        self._check_gradient(grad_output, y.shape, y.dtype)
        grad: Array = grad_output * (y != 0)  # so that the gate is open for NaN, as in PyTorch
        return grad


def leaky_relu(x: Array, negative_slope: float = 0.01) -> Array:
    """Scale negative numbers down: ``y = x`` where x > 0, ``negative_slope x`` elsewhere.

    Args:
        x: array of any shape, float32 or float64.
        negative_slope: derivative below zero, at least 0; default 0.01.

    Source:
        Maas, Hannun and Ng (2013), *Rectifier Nonlinearities Improve Neural Network Acoustic
        Models*, section 2. Chapter: *Activations, normalization, dropout*.

    >>> leaky_relu(np.array([-5.0, 10.0]))
    array([-0.05, 10.  ])
    """
    check_floating("x", x)
    check_between("negative_slope", negative_slope, 0, np.inf, 0.01)
    y: Array = x * _leaky_slope(x, negative_slope)
    return y


def _leaky_slope(x: Array, negative_slope: float) -> Array:
    slope: Array = np.where(x > 0, x.dtype.type(1), x.dtype.type(negative_slope))
    return slope


class LeakyReLU(Layer):
    """:func:`leaky_relu` as a layer.

    >>> layer = LeakyReLU(0.1)
    >>> layer(np.array([-5.0, 10.0]))
    array([-0.5, 10. ])
    >>> layer.backward(np.array([1.0, 1.0]))
    array([0.1, 1. ])
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = check_between("negative_slope", negative_slope, 0, np.inf, 0.01)

    def forward(self, x: Array) -> Array:
        """Return ``x`` where positive, ``negative_slope x`` elsewhere."""
        self._x = x
        return leaky_relu(x, self.negative_slope)

    def backward(self, grad_output: Array) -> Array:
        """Return ``g`` times 1 or ``negative_slope``."""
        x: Array = self._latest("_x")
        self._check_gradient(grad_output, x.shape, x.dtype)
        return grad_output * _leaky_slope(x, self.negative_slope)


def elu(x: Array, alpha: float = 1.0) -> Array:
    """Bend smoothly below zero: ``y = x`` where x > 0, ``alpha (exp(x) - 1)`` elsewhere.

    Args:
        x: array of any shape, float32 or float64.
        alpha: the value approached far below zero is ``-alpha``; at least 0, default 1.

    Source:
        Clevert, Unterthiner and Hochreiter (2016), *Fast and Accurate Deep Network Learning by
        Exponential Linear Units*, equation 15. Chapter: *Activations, normalization, dropout*.

    >>> elu(np.array([-1.0, 2.0])).round(4)
    array([-0.6321,  2.    ])
    """
    check_floating("x", x)
    check_between("alpha", alpha, 0, np.inf, 1.0)
    # exp of a large positive number would overflow, although it is not used.
    below = x.dtype.type(alpha) * np.expm1(np.minimum(x, x.dtype.type(0)))
    return np.where(x > 0, x, below)


class ELU(Layer):
    """:func:`elu` as a layer.

    >>> layer = ELU()
    >>> layer(np.array([-1.0, 2.0])).round(4)
    array([-0.6321,  2.    ])
    >>> layer.backward(np.array([1.0, 1.0])).round(4)
    array([0.3679, 1.    ])
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = check_between("alpha", alpha, 0, np.inf, 1.0)

    def forward(self, x: Array) -> Array:
        """Return ``x`` where positive, ``alpha (exp(x) - 1)`` elsewhere."""
        self._x = x
        return elu(x, self.alpha)

    def backward(self, grad_output: Array) -> Array:
        """Return ``g`` where the input was positive, ``g alpha exp(x)`` elsewhere."""
        x: Array = self._latest("_x")
        self._check_gradient(grad_output, x.shape, x.dtype)
        below = x.dtype.type(self.alpha) * np.exp(np.minimum(x, x.dtype.type(0)))
        grad_x: Array = grad_output * np.where(x > 0, x.dtype.type(1), below)
        return grad_x


def sigmoid(x: Array) -> Array:
    """Squeeze numbers into (0, 1): ``y = 1 / (1 + exp(-x))``.

    It is computed as ``(1 + tanh(x/2)) / 2``, which is the same and never overflows.

    Source:
        Rumelhart, Hinton and Williams (1986), equation 2. Chapter: *Activations, normalization,
        dropout*.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    check_floating("x", x)
    half = x.dtype.type(0.5)
    y: Array = half * np.tanh(half * x) + half
    return y


class Sigmoid(Layer):
    """:func:`sigmoid` as a layer; its derivative is ``y (1 - y)``, at most a quarter.

    >>> layer = Sigmoid()
    >>> layer(np.array([0.0]))
    array([0.5])
    >>> layer.backward(np.array([1.0]))
    array([0.25])
    """

    def forward(self, x: Array) -> Array:
        """Return ``1 / (1 + exp(-x))``."""
        self._y = sigmoid(x)
        return self._y

    def backward(self, grad_output: Array) -> Array:
        """Return ``g y (1 - y)``."""
        y: Array = self._latest("_y")
        self._check_gradient(grad_output, y.shape, y.dtype)
        grad_x: Array = grad_output * y * (1 - y)
        return grad_x


class Tanh(Layer):
    """The hyperbolic tangent as a layer: into (-1, 1); its derivative is ``1 - y^2``.

    Source:
        LeCun, Bottou, Orr and Müller (1998), *Efficient BackProp*, section 4.4. Chapter:
        *Activations, normalization, dropout*.

    >>> layer = Tanh()
    >>> layer(np.array([0.0]))
    array([0.])
    >>> layer.backward(np.array([1.0]))
    array([1.])
    """

    def forward(self, x: Array) -> Array:
        """Return ``tanh(x)``."""
        check_floating("x", x)
        self._y: Array = np.tanh(x)
        return self._y

    def backward(self, grad_output: Array) -> Array:
        """Return ``g (1 - y^2)``."""
        y: Array = self._latest("_y")
        self._check_gradient(grad_output, y.shape, y.dtype)
        grad_x: Array = grad_output * (1 - y * y)
        return grad_x


def softmax_loops(logits: Array) -> Array:
    """Turn each row of logits into probabilities, one number at a time; see :func:`softmax`.

    Args:
        logits: one row a sample, (N, classes).

    >>> softmax_loops(np.array([[0.0, 0.0]]))
    array([[0.5, 0.5]])
    """
    check_ndim("logits", logits, 2, "(N, classes)")
    _check_logits(logits, 1)
    probabilities = np.empty_like(logits)
    for n, row in enumerate(logits):
        largest = max(row)
        powers = [math.exp(z - largest) for z in row]
        probabilities[n] = [power / sum(powers) for power in powers]
    return probabilities


def softmax(logits: Array, axis: int = -1) -> Array:
    """Turn logits into probabilities: ``p[k] = exp(z[k]) / sum over m of exp(z[m])``.

    The largest logit is subtracted first. That changes nothing in the quotient and keeps ``exp``
    from overflowing.

    Args:
        logits: array of any shape, float32 or float64.
        axis: the axis of the classes; default the last.

    Returns:
        Array of the shape and dtype of ``logits``; non-negative, sums to 1 along ``axis``.

    Raises:
        TypeError: ``logits`` is not floating-point.
        ValueError: there is no such axis, or no class along it.

    Source:
        Bridle (1990), *Probabilistic Interpretation of Feedforward Classification Network
        Outputs*, section 3. Chapter: *A whole network by hand*.

    >>> softmax(np.array([[0.0, 0.0], [1000.0, 0.0]]))
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    _check_logits(logits, axis)
    powers = np.exp(logits - logits.max(axis=axis, keepdims=True))
    total = powers.sum(axis=axis, keepdims=True)
    probabilities: Array = powers / total
    return probabilities


def _check_logits(logits: Array, axis: int) -> None:
    """Raise unless ``logits`` are numbers with at least one class along ``axis``."""
    check_floating("logits", logits)
    if not -logits.ndim <= axis < logits.ndim:
        raise ValueError(
            f"axis is {axis}, but logits has shape {logits.shape}, so it needs to be from "
            f"{-logits.ndim} to {logits.ndim - 1}; pass for example axis=-1"
        )
    if logits.shape[axis] == 0:
        raise ValueError(
            f"logits has shape {logits.shape}, but needs at least one class along axis {axis}; "
            "give the network an output for each class"
        )


class Softmax(Layer):
    """:func:`softmax` as a layer; for training, a loss that includes it is safer and cheaper.

    >>> layer = Softmax()
    >>> layer(np.array([[0.0, 0.0]]))
    array([[0.5, 0.5]])
    >>> layer.backward(np.array([[1.0, 0.0]]))
    array([[ 0.25, -0.25]])
    """

    def __init__(self, axis: int = -1) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, x: Array) -> Array:
        """Return the probabilities."""
        self._y = softmax(x, self.axis)
        return self._y

    def backward(self, grad_output: Array) -> Array:
        """Return ``p[k] (g[k] - sum over m of g[m] p[m])``: every logit moves all probabilities."""
        p: Array = self._latest("_y")
        self._check_gradient(grad_output, p.shape, p.dtype)
        mean = (grad_output * p).sum(axis=self.axis, keepdims=True)
        grad: Array = p * (grad_output - mean)
        return grad
