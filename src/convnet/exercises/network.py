"""New exercises of the kind of the 6x6 network, each with its solution worked out.

``new_network(rng)`` draws an image, a kernel and a dense layer whose numbers suit pencil and paper;
``solve`` computes every step; ``question`` and ``answer`` are text to print. A class can have a
sheet for each student: the same seed gives the same sheet.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from convnet._check import check_rng
from convnet.examples import VERTICAL_EDGE, SixBySix
from convnet.layers import conv2d, linear, max_pool2d, relu, softmax
from convnet.shapes import conv2d_parameters, linear_parameters

Array = npt.NDArray[Any]

# Vertical and diagonal edges; turned and negated they make all the kernels that are drawn.
KERNELS = (VERTICAL_EDGE, np.array([[0.0, 1, 1], [-1, 0, 1], [-1, -1, 0]]))


class Solution(NamedTuple):
    """Every number between the image and the class.

    Attributes:
        features: the convolution with its bias, (4, 4).
        rectified: after ReLU, (4, 4).
        pooled: after 2 x 2 max-pooling with stride 2, (2, 2).
        logits: (3,).
        probabilities: (3,), they add up to 1.
        label: place of the largest logit, from 0.
        parameters: how many learned numbers there are.
    """

    features: Array
    rectified: Array
    pooled: Array
    logits: Array
    probabilities: Array
    label: int
    parameters: int


def solve(exercise: SixBySix) -> Solution:
    """Compute the network forwards: convolution, ReLU, max-pooling, dense layer, softmax.

    Args:
        exercise: image, kernel and weights.

    Returns:
        The numbers of every step, float64.

    Source:
        Chapter: *A whole network by hand*.

    >>> from convnet.examples import SIX_BY_SIX
    >>> solution = solve(SIX_BY_SIX)
    >>> solution.pooled, solution.logits.round(6), solution.label
    (array([[ 0., 10.],
           [ 0., 10.]]), array([-3.9, -9.3, 12.6]), 2)
    """
    kernel = exercise.kernel[None, None]
    features = conv2d(exercise.image[None, None], kernel, np.array([exercise.conv_bias]))
    rectified = relu(features)
    pooled = max_pool2d(rectified, 2)  # (1, 1, 2, 2)
    logits = linear(pooled.reshape(1, -1), exercise.weight, exercise.bias)[0]
    return Solution(
        features[0, 0],
        rectified[0, 0],
        pooled[0, 0],
        logits,
        softmax(logits[None])[0],
        int(logits.argmax()),
        conv2d_parameters(1, 1, kernel.shape[2:]) + linear_parameters(4, len(exercise.weight)),
    )


def new_network(rng: np.random.Generator) -> SixBySix:
    """Draw a network of the same kind that is worth computing.

    The image has two kinds of rows made of zeros and one grey value, the kernel compares two sides,
    and the dense layer's weights are tenths. Draws are repeated until ReLU changes something and
    leaves something, the pooled numbers differ, and the class wins by a margin that softmax shows.

    Args:
        rng: the source of all choices; the same state gives the same network.

    Raises:
        TypeError: ``rng`` is not a generator.

    Source:
        Chapter: *A whole network by hand*.

    >>> network = new_network(np.random.default_rng(0))
    >>> network.image.shape, network.kernel.shape, network.weight.shape
    ((6, 6), (3, 3), (3, 4))
    """
    check_rng("rng", rng)
    network = _draw(rng)
    while not _is_instructive(solve(network)):
        network = _draw(rng)
    return network


def _draw(rng: np.random.Generator) -> SixBySix:
    """Return one network drawn at random, instructive or not."""
    grey = int(rng.integers(2, 7))
    patterns = grey * rng.integers(0, 2, (2, 6))
    first = int(rng.integers(1, 6))  # so many rows of the first kind
    kernel = np.rot90(KERNELS[rng.integers(len(KERNELS))], int(rng.integers(4)))
    return SixBySix(
        image=np.repeat(patterns, (first, 6 - first), axis=0).astype(float),
        kernel=np.ascontiguousarray(kernel),
        conv_bias=float(rng.integers(-2 * grey, grey + 1)),
        weight=rng.integers(-9, 10, (3, 4)) / 10,
        bias=rng.integers(-9, 10, 3) / 10,
    )


def _is_instructive(solution: Solution) -> bool:
    """Say whether each step of a solution has something to show."""
    below, above = (solution.features < 0).sum(), (solution.features > 0).sum()
    second, best = np.sort(solution.logits)[-2:]
    return bool(
        below >= 4
        and above >= 4
        and len(np.unique(solution.pooled)) >= 2
        and 0.5 <= best - second <= 6
    )


def question(exercise: SixBySix) -> str:
    """Return an exercise as text: what is given, and what is asked for.

    >>> from convnet.examples import SIX_BY_SIX
    >>> print(question(SIX_BY_SIX).splitlines()[1])
     0  5  5  5  5  0
    """
    return "\n".join(
        [
            "Image (6 x 6):",
            _rows(exercise.image),
            f"Kernel (3 x 3), bias {exercise.conv_bias:g}, no padding, stride 1:",
            _rows(exercise.kernel),
            "Then ReLU, 2 x 2 max-pooling with stride 2, and a dense layer",
            "that reads the pooled map row by row; weights | bias:",
            *(
                f"{_rows(row[None], '{:5.1f}')} | {bias:4.1f}"
                for row, bias in zip(exercise.weight, exercise.bias, strict=True)
            ),
            "Find the feature map, the pooled map, the logits, the",
            "probabilities, the class, and the number of parameters.",
        ]
    )


def answer(exercise: SixBySix) -> str:
    """Return an exercise's solution as text, step by step.

    >>> from convnet.examples import SIX_BY_SIX
    >>> print(answer(SIX_BY_SIX).splitlines()[-1])
    Class 3; 25 parameters = 10 + 0 + 15
    """
    found = solve(exercise)
    dense = exercise.weight.size + exercise.bias.size
    return "\n".join(
        [
            "Feature map:",
            _rows(found.features),
            "After ReLU:",
            _rows(found.rectified),
            "Pooled:",
            _rows(found.pooled),
            f"Logits: {', '.join(f'{z:.2f}' for z in found.logits)}",
            f"Probabilities: {', '.join(f'{p:.4g}' for p in found.probabilities)}",
            f"Class {found.label + 1}; {found.parameters} parameters = "
            f"{found.parameters - dense} + 0 + {dense}",
        ]
    )


def _rows(values: Array, form: str = "{:2g}") -> str:
    """Return a matrix as lines of numbers below each other.

    >>> print(_rows(np.array([[1.0, -10.0]])))
     1 -10
    """
    return "\n".join(" ".join(form.format(value + 0.0) for value in row) for row in values)
