"""Numbers for the assignment *backpropagation*: a network of each student's own that is wrong.

``own_backpropagation`` draws a 6 x 6 network, an image with its label, and a learning rate, so that
one step of gradient descent on the kernel is worth computing. It needs NumPy alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from convnet.examples import SixBySix
from convnet.exercises.numbers import student_rng

Array = npt.NDArray[Any]

SIGNS = np.array([-1.0, -1.0, 0.0, 1.0, 1.0])  # what a kernel is drawn from: few zeros
# Places, in an image read row by row, of the pixels that each output reads: (4, 4, 3, 3).
READ = np.lib.stride_tricks.sliding_window_view(np.arange(36).reshape(6, 6), (3, 3))
TRIES = 20  # dense layers behind one convolution, of which few are instructive
RATES = (0.02, 0.03, 0.05)  # small enough for the loss to fall, large enough for it to show


class _Way(NamedTuple):
    """What the way back through a convolution, ReLU and pooling needs, a row for each window.

    Attributes:
        tops: the largest number of each window of the pooling, before ReLU, (4,).
        read: the pixels that it was computed from, (4, 3, 3).
        read_by_all: the sum of the pixels that all numbers above 0 of the window read, (4, 3, 3).
    """

    tops: Array
    read: Array
    read_by_all: Array


@dataclass(frozen=True)
class OwnBackpropagation:
    """A student's own numbers for the assignment *backpropagation*.

    Attributes:
        network: image (6, 6) from 0 to 4, kernel (3, 3) of -1, 0 and 1 and its bias, a whole
            number; weights (3, 4) and biases (3,) of the dense layer in tenths.
        label: the right class of the image, from 0; the network says another one.
        rate: of learning.
    """

    network: SixBySix
    label: int
    rate: float


def own_backpropagation(student_id: str) -> OwnBackpropagation:
    """Draw a student's own network, label and learning rate.

    Draws are repeated until two or three pooled numbers are above 0 and the others are cut off by
    ReLU, each of them is the only largest number of its window, the network is wrong without being
    hopeless, errors of both signs reach the pooled map, the usual mistakes on the way back each
    give another gradient of the kernel, and one step of gradient descent lowers the loss.

    Args:
        student_id: the id that the course knows the student by.

    Returns:
        The student's numbers; arrays are float64.

    Raises:
        TypeError: the id is no text.
        ValueError: the id is empty, a placeholder, or too long.

    Source:
        Chapter: *Backpropagation through convolution*.

    >>> own = own_backpropagation("ada42")
    >>> own.network.kernel.shape, own.label in (0, 1, 2), 0 < own.rate < 1
    ((3, 3), True, True)
    """
    rng = student_rng(student_id, "backpropagation")
    while True:
        image, kernel, bias = _draw_convolution(rng)
        if (way := _way_back(image, kernel, bias)) is None:
            continue
        rate = RATES[int(rng.integers(len(RATES)))]
        dense = rng.integers(-5, 6, (TRIES, 3, 5)) / 10  # four weights and a bias for each class
        labels = rng.integers(3, size=TRIES)
        for place, errors in _clear_errors(dense, labels, way.tops):
            layer = dense[place]
            network = SixBySix(image, kernel, bias, layer[:, :4].copy(), layer[:, 4].copy())
            own = OwnBackpropagation(network, int(labels[place]), rate)
            if _mistakes_show(errors, way) and _loss_falls(own, errors, way):
                return own


def _draw_convolution(rng: np.random.Generator) -> tuple[Array, Array, float]:
    """Return an image, a kernel, and a bias that cuts off one or two of the four windows."""
    image = rng.integers(0, 5, (6, 6)).astype(float)
    kernel = SIGNS[rng.integers(5, size=(3, 3))]
    largest = np.sort(_quarters(_slide(image, kernel)).max(axis=1))
    return image, kernel, -1.0 - float(largest[rng.integers(2)])


def _way_back(image: Array, kernel: Array, bias: float) -> _Way | None:
    """Return the way back, or None where it is not clear."""
    quarters = _quarters(_slide(image, kernel) + bias)  # (4, 4), a row for each window
    ordered = np.sort(quarters, axis=1)
    tops = ordered[:, -1]
    alive = tops > 0
    tied = alive & (ordered[:, -2] == tops)
    small = tops.max() <= 6 and -9 <= bias <= 9 and bias != 0
    if not small or tied.any() or not tops.all() or not 2 <= alive.sum() <= 3:
        return None
    by_quarter = image.ravel()[READ].reshape(2, 2, 2, 2, 3, 3).swapaxes(1, 2).reshape(4, 4, 3, 3)
    read = by_quarter[np.arange(4), quarters.argmax(axis=1)]
    return _Way(tops, read, ((quarters > 0)[:, :, None, None] * by_quarter).sum(axis=1))


def _clear_errors(dense: Array, labels: Array, tops: Array) -> Iterator[tuple[int, Array]]:
    """Yield place and errors of the pooled map, (4,), of those dense layers that show something.

    The network has to be wrong by a margin, and errors of both signs have to pass ReLU.

    Args:
        dense: weights and bias of each layer, (TRIES, 3, 5).
        labels: the right class with each of them, (TRIES,).
        tops: the largest number of each window of the pooling, before ReLU, (4,).
    """
    logits = dense[:, :, :4] @ np.maximum(tops, 0) + dense[:, :, 4]  # (TRIES, 3)
    powers = np.exp(logits)
    logit_errors = powers / powers.sum(axis=1, keepdims=True) - np.eye(3)[labels]
    chance = 1 + logit_errors[np.arange(len(labels)), labels]  # of the right class
    errors = np.einsum("tk,tki->ti", logit_errors, dense[:, :, :4])  # (TRIES, 4)
    passed = errors[:, tops > 0]
    shows = (
        (logits.argmax(axis=1) != labels)
        & (chance >= 0.05)
        & (chance <= 0.4)
        & (np.diff(np.sort(logits)).min(axis=1) >= 0.2)
        & (passed.min(axis=1) < -0.1)
        & (passed.max(axis=1) > 0.1)
        & (np.abs(errors).min(axis=1) >= 0.05)
    )
    for place in np.flatnonzero(shows):
        yield int(place), errors[place]


def _mistakes_show(errors: Array, way: _Way) -> bool:
    """Say whether each usual mistake gives another gradient of the kernel than the right one."""
    passed = errors * (way.tops > 0)
    right = _weighted(passed, way.read)
    wrong = [
        _weighted(errors, way.read),  # without ReLU's gate
        _weighted(np.maximum(errors, 0), way.read),  # with a gate that looks at the error
        _weighted(np.maximum(passed, 0), way.read),
        _weighted(errors, way.read_by_all),  # to the whole window
        _weighted(errors.reshape(2, 2).T.ravel() * (way.tops > 0), way.read),  # by columns
        right[::-1, ::-1],
        right.T,
    ]
    no_bias_shows = bool(abs(passed.sum()) >= 0.05)
    return no_bias_shows and all(float(np.abs(w - right).max()) >= 0.05 for w in wrong)


def _loss_falls(own: OwnBackpropagation, errors: Array, way: _Way) -> bool:
    """Say whether one step on kernel and bias lowers the loss, and one the other way raises it."""
    passed, net = errors * (way.tops > 0), own.network
    gradient, bias_gradient = _weighted(passed, way.read), float(passed.sum())

    def loss_after(step: float) -> float:
        kernel, bias = net.kernel - step * gradient, net.conv_bias - step * bias_gradient
        pooled = np.maximum(_quarters(_slide(net.image, kernel) + bias).max(axis=1), 0)
        return -float(np.log(_softmax(net.weight @ pooled + net.bias)[own.label]))

    below, here, above = (loss_after(step) for step in (own.rate, 0.0, -own.rate))
    return below + 0.02 < here < above - 0.02


def _weighted(errors: Array, windows: Array) -> Array:
    """Add up windows (4, 3, 3), each times its error."""
    total: Array = (errors[:, None, None] * windows).sum(axis=0)
    return total


def _slide(image: Array, kernel: Array) -> Array:
    """Cross-correlate an image (6, 6) with a kernel (3, 3)."""
    responses: Array = image.ravel()[READ].reshape(4, 4, 9) @ kernel.ravel()
    return responses


def _quarters(features: Array) -> Array:
    """Return the four 2 x 2 windows of a (4, 4) map, one a row."""
    rows: Array = features.reshape(2, 2, 2, 2).swapaxes(1, 2).reshape(4, 4)
    return rows


def _softmax(logits: Array) -> Array:
    powers: Array = np.exp(logits - logits.max())
    probabilities: Array = powers / powers.sum()
    return probabilities
