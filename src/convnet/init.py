"""Initial weights: as large as keeps signals and gradients of one size through many layers.

``fan_in`` is how many numbers one output reads, ``fan_out`` how many outputs one input reaches:
for a convolution ``C/groups K_h K_w`` and ``F K_h K_w``, for a dense layer its two widths. Shapes
are those of the weights, (out, in, ...). Chapter: *Optimizers, initialization, regularization*.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_at_least, check_rng

Array = npt.NDArray[Any]


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return (fan_in, fan_out) of weights of this shape.

    Raises:
        ValueError: the shape has fewer than two axes, or an axis of no length.

    >>> fans((16, 6, 5, 5))
    (150, 400)
    """
    if len(shape) < 2 or min(shape) < 1:
        raise ValueError(
            f"shape is {shape}, but fans need at least two axes (out, in, ...), none of them "
            "empty; biases and normalization have no fan: start them with zeros and ones"
        )
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window


def uniform_fan_in(
    shape: tuple[int, ...], rng: np.random.Generator, size: tuple[int, ...] | None = None
) -> Array:
    """Draw uniformly between plus and minus ``1/sqrt(fan_in)``: PyTorch's habit for its layers.

    Args:
        shape: shape of the weights, from which ``fan_in`` follows.
        rng: source of the numbers.
        size: shape to draw, for biases that go with such weights; default ``shape``.

    Returns:
        Array of float64.

    Source:
        LeCun, Bottou, Orr and Müller (1998), *Efficient BackProp*, section 4.6 (variance 1/fan_in;
        this habit has a third of it).

    >>> bool(np.abs(uniform_fan_in((2, 4), np.random.default_rng(0))).max() <= 0.5)
    True
    """
    check_rng("rng", rng)
    bound = 1 / math.sqrt(fans(shape)[0])
    return rng.uniform(-bound, bound, shape if size is None else size)


def glorot_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw uniformly with variance ``2 / (fan_in + fan_out)``; for tanh and sigmoid.

    Source:
        Glorot and Bengio (2010), *Understanding the Difficulty of Training Deep Feedforward Neural
        Networks*, equation 16.

    >>> bool(np.abs(glorot_uniform((3, 3), np.random.default_rng(0))).max() <= 1)
    True
    """
    check_rng("rng", rng)
    bound = math.sqrt(6 / sum(fans(shape)))
    return rng.uniform(-bound, bound, shape)


def glorot_normal(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw normally with variance ``2 / (fan_in + fan_out)``; see :func:`glorot_uniform`.

    >>> glorot_normal((3, 2), np.random.default_rng(0)).shape
    (3, 2)
    """
    check_rng("rng", rng)
    return rng.normal(0, math.sqrt(2 / sum(fans(shape))), shape)


def he_normal(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw normally with variance ``2 / fan_in``; for ReLU, which passes on half of its inputs.

    Source:
        He, Zhang, Ren and Sun (2015), *Delving Deep into Rectifiers*, equation 10.

    >>> he_normal((3, 2), np.random.default_rng(0)).shape
    (3, 2)
    """
    check_rng("rng", rng)
    return rng.normal(0, math.sqrt(2 / fans(shape)[0]), shape)


def he_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw uniformly with variance ``2 / fan_in``; see :func:`he_normal`.

    >>> bool(np.abs(he_uniform((3, 6), np.random.default_rng(0))).max() <= 1)
    True
    """
    check_rng("rng", rng)
    bound = math.sqrt(6 / fans(shape)[0])
    return rng.uniform(-bound, bound, shape)


def hand_designed(out_channels: int, in_channels: int = 1) -> Array:
    """Return 3x3 kernels designed by hand: edges in four directions, blur, sharpening, identity.

    They are repeated as often as needed, and divided by ``in_channels`` so that an image copied
    into all channels gives the response of one.

    Args:
        out_channels: kernels to return, at least 1.
        in_channels: channels that each reads, at least 1; default 1.

    Returns:
        Array of float64, (out_channels, in_channels, 3, 3).

    Raises:
        ValueError: a count is below 1.

    >>> hand_designed(1)[0, 0]
    array([[ 1.,  0., -1.],
           [ 1.,  0., -1.],
           [ 1.,  0., -1.]])
    """
    check_at_least("out_channels", out_channels, 1)
    check_at_least("in_channels", in_channels, 1)
    vertical = np.array([[1.0, 0, -1]] * 3)
    rising = np.array([[0.0, -1, -1], [1, 0, -1], [1, 1, 0]])
    blur = np.full((3, 3), 1 / 9)
    sharpen = np.array([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    identity = np.array([[0.0, 0, 0], [0, 1, 0], [0, 0, 0]])
    kernels = [vertical, vertical.T, rising, rising[:, ::-1], blur, sharpen, identity]
    chosen = np.stack([kernels[k % len(kernels)] for k in range(out_channels)])
    return np.repeat(chosen[:, None], in_channels, axis=1) / in_channels
