"""Losses: one number for a batch, and its gradient. Means over the batch, as in PyTorch."""

from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_above, check_floating, check_ndim, check_same_dtype, check_shape
from convnet.layers.activation import sigmoid, softmax

Array = npt.NDArray[Any]


class Loss:
    """A function of predictions and targets: ``forward`` gives the number, ``backward`` dL/dpred.

    Source:
        Goodfellow, Bengio and Courville (2016), *Deep Learning*, section 4.3. Chapter: *Loss and
        the chain rule*.
    """

    def __call__(self, prediction: Array, target: Array) -> float:
        """Return ``forward(prediction, target)``."""
        return self.forward(prediction, target)

    def forward(self, prediction: Array, target: Array) -> float:
        """Return the loss of a batch, and keep what ``backward`` needs."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward")

    def backward(self) -> Array:
        """Return the gradient of the latest loss with respect to its predictions."""
        if "_grad" not in self.__dict__:
            raise RuntimeError(
                f"{type(self).__name__}.backward was called before forward, so there is no loss to "
                "differentiate; call forward(prediction, target) first"
            )
        grad: Array = self.__dict__["_grad"]
        return grad


def softmax_cross_entropy_loops(logits: Array, target: Array) -> float:
    """Compute the cross-entropy after a softmax one sample at a time.

    This is :class:`SoftmaxCrossEntropy` written as its definition.

    >>> round(softmax_cross_entropy_loops(np.zeros((1, 4)), np.array([2])), 4)
    1.3863
    """
    _check_classes(logits, target)
    total = 0.0
    for row, label in zip(logits, target, strict=True):
        total -= float(np.log(softmax(row)[label]))
    return total / len(logits)


class SoftmaxCrossEntropy(Loss):
    """Softmax and cross-entropy in one: ``L = mean over n of -log softmax(logits[n])[target[n]]``.

    Computed as ``log sum exp(z - max z) - (z[target] - max z)``, which neither overflows nor takes
    the logarithm of a rounded zero. The gradient is ``(softmax(logits) - onehot(target)) / N``.

    Its ``forward`` takes ``logits`` (N, classes), float32 or float64, and ``target`` (N,), whole
    numbers from 0 to classes - 1.

    Raises:
        TypeError: logits are not floating-point, or targets not whole numbers.
        ValueError: the shapes do not fit, the batch is empty, or a target is no class.

    Source:
        Bridle (1990), section 3; Goodfellow, Bengio and Courville (2016), *Deep Learning*, section
        6.2.2.3. Chapter: *Loss and the chain rule*.

    >>> loss = SoftmaxCrossEntropy()
    >>> round(loss(np.array([[0.0, 0.0]]), np.array([1])), 4)
    0.6931
    >>> loss.backward()
    array([[ 0.5, -0.5]])
    """

    def forward(self, prediction: Array, target: Array) -> float:
        """Return the mean cross-entropy of logits (N, classes) and class numbers (N,)."""
        _check_classes(prediction, target)
        shifted = prediction - prediction.max(axis=1, keepdims=True)
        powers = np.exp(shifted)
        sums = powers.sum(axis=1, keepdims=True)
        rows = np.arange(len(target))
        grad = powers / sums
        grad[rows, target] -= 1
        grad /= prediction.dtype.type(len(target))
        self._grad = grad
        return float(np.mean(np.log(sums[:, 0]) - shifted[rows, target]))


class BinaryCrossEntropyWithLogits(Loss):
    """Sigmoid and binary cross-entropy in one, for labels that do not exclude each other.

    ``L = mean of max(z, 0) - z t + log(1 + exp(-|z|))``, which equals
    ``-t log s(z) - (1 - t) log(1 - s(z))`` with the sigmoid s and does not overflow. The gradient
    is ``(s(z) - t) / count``; the mean is over all numbers.

    Its ``forward`` takes logits z and targets t from 0 to 1, of one shape and dtype.

    Source:
        Goodfellow, Bengio and Courville (2016), section 6.2.2.2. Chapter: *Image tagging*.

    >>> loss = BinaryCrossEntropyWithLogits()
    >>> round(loss(np.array([0.0]), np.array([1.0])), 4)
    0.6931
    >>> loss.backward()
    array([-0.5])
    """

    def forward(self, prediction: Array, target: Array) -> float:
        """Return the mean binary cross-entropy of logits and targets of one shape."""
        _check_pair(prediction, target)
        if target.min() < 0 or target.max() > 1:
            raise ValueError(
                f"target has values from {target.min()} to {target.max()}, but needs probabilities "
                "from 0 to 1; pass 0 for absent and 1 for present"
            )
        self._grad = (sigmoid(prediction) - target) / prediction.dtype.type(prediction.size)
        softplus = np.log1p(np.exp(-np.abs(prediction)))
        return float(np.mean(np.maximum(prediction, 0) - prediction * target + softplus))


class MeanSquaredError(Loss):
    """The mean of the squared differences: ``L = mean of (p - t)^2``; gradient ``2 (p - t)/count``.

    Its ``forward`` takes predictions and targets of one shape and dtype.

    Source:
        Goodfellow, Bengio and Courville (2016), section 5.1.4. Chapter: *Loss and the chain rule*.

    >>> loss = MeanSquaredError()
    >>> loss(np.array([3.0, 1.0]), np.array([1.0, 1.0]))
    2.0
    >>> loss.backward()
    array([2., 0.])
    """

    def forward(self, prediction: Array, target: Array) -> float:
        """Return the mean squared difference of arrays of one shape."""
        _check_pair(prediction, target)
        difference = prediction - target
        self._grad = difference * prediction.dtype.type(2 / difference.size)
        return float(np.mean(difference * difference))


class SmoothL1(Loss):
    """Squared error near zero, absolute error far away; for box coordinates.

    ``L = mean of d^2 / (2 beta)`` where ``|d| < beta``, ``|d| - beta / 2`` elsewhere, with
    ``d = p - t``. The gradient never exceeds ``1 / count``, so one outlier cannot dominate.

    Args:
        beta: where the two parts meet, above 0; default 1.

    Source:
        Girshick (2015), *Fast R-CNN*, equation 3. Chapter: *Two-stage detectors*.

    >>> loss = SmoothL1()
    >>> loss(np.array([0.5, 3.0]), np.array([0.0, 0.0]))
    1.3125
    >>> loss.backward()
    array([0.25, 0.5 ])
    """

    def __init__(self, beta: float = 1.0) -> None:
        self.beta = check_above("beta", beta, 0, 1.0)

    def forward(self, prediction: Array, target: Array) -> float:
        """Return the mean loss of arrays of one shape."""
        _check_pair(prediction, target)
        beta = prediction.dtype.type(self.beta)
        difference = prediction - target
        size = np.abs(difference)
        slope = np.clip(difference / beta, -1, 1)
        self._grad = slope / prediction.dtype.type(difference.size)
        near = size < beta
        return float(np.mean(np.where(near, difference * difference / (2 * beta), size - beta / 2)))


def _check_classes(logits: Array, target: Array) -> None:
    """Check logits (N, classes) and class numbers (N,)."""
    check_ndim("logits", logits, 2, "(N, classes)")
    check_floating("logits", logits)
    check_shape("target", target, logits.shape[:1], "the batch")
    _check_not_empty("logits", logits)
    if not np.issubdtype(target.dtype, np.integer):
        raise TypeError(
            f"target has dtype {target.dtype}, but needs whole numbers, the classes' places; "
            "convert it, for example target.astype(np.int64), or onehot.argmax(axis=1)"
        )
    if target.min() < 0 or target.max() >= logits.shape[1]:
        raise ValueError(
            f"target has values from {target.min()} to {target.max()}, but needs classes from 0 to "
            f"{logits.shape[1] - 1}; count classes from 0, or give the network more outputs"
        )


def _check_pair(prediction: Array, target: Array) -> None:
    """Check predictions and targets of one shape and dtype."""
    check_floating("prediction", prediction)
    check_shape("target", target, prediction.shape, "prediction")
    check_same_dtype("target", target, prediction, "prediction")
    _check_not_empty("prediction", prediction)


def _check_not_empty(name: str, array: Array) -> None:
    if array.size == 0:
        raise ValueError(
            f"{name} has shape {array.shape}, but the mean of no numbers is undefined; "
            "pass at least one sample"
        )
