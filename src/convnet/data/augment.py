"""Augmentation: change images at random in ways that leave their class as it is.

Each function takes a batch (N, C, H, W) and a generator, as the argument ``augment`` of
:func:`convnet.train.fit` does, and returns a new batch. Options are fixed with
``functools.partial``; several are put in a row by :func:`chain`. Chapter: *Optimizers,
initialization, regularization*.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from convnet._check import check_at_least, check_between, check_ndim

Array = npt.NDArray[Any]
Augment = Callable[[Array, np.random.Generator], Array]


def random_flip(x: Array, rng: np.random.Generator, p: float = 0.5) -> Array:
    """Mirror each image left to right with probability ``p``.

    Right for photographs; wrong for digits and letters, whose mirror image is another sign.

    Args:
        x: images (N, C, H, W).
        rng: decides which.
        p: probability of mirroring, from 0 to 1; default 0.5.

    Raises:
        ValueError: ``x`` has another number of axes, or ``p`` is no probability.

    Source:
        Krizhevsky, Sutskever and Hinton (2012), section 4.1.

    >>> random_flip(np.arange(3.0).reshape(1, 1, 1, 3), np.random.default_rng(0), p=1.0)
    array([[[[2., 1., 0.]]]])
    """
    check_ndim("x", x, 4, "(N, C, H, W)")
    if not 0 <= p <= 1:
        raise ValueError(f"p is {p}, but needs to be from 0 to 1; pass for example p=0.5")
    flipped = rng.random(len(x)) < p
    y = x.copy()
    y[flipped] = x[flipped, :, :, ::-1]
    return y


def random_shift(x: Array, rng: np.random.Generator, pixels: int = 2) -> Array:
    """Move each image by up to ``pixels`` along both axes; zeros come in at the border.

    The same as padding by ``pixels`` and cutting out a window of the old size at random.

    Args:
        x: images (N, C, H, W).
        rng: source of the shifts, uniform and independent.
        pixels: largest shift, at least 0; default 2.

    Raises:
        ValueError: ``x`` has another number of axes, or ``pixels`` is negative.

    Source:
        He, Zhang, Ren and Sun (2016), *Deep Residual Learning*, section 4.2.

    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> random_shift(x, np.random.default_rng(4), pixels=1)[0, 0]
    array([[4., 5., 0.],
           [7., 8., 0.],
           [0., 0., 0.]])
    """
    check_ndim("x", x, 4, "(N, C, H, W)")
    check_at_least("pixels", pixels, 0)
    padded = np.pad(x, ((0, 0), (0, 0), (pixels, pixels), (pixels, pixels)))
    windows = sliding_window_view(padded, x.shape[2:], axis=(2, 3))  # (N, C, 2p+1, 2p+1, H, W)
    down, right = rng.integers(0, 2 * pixels + 1, (2, len(x)))
    return windows[np.arange(len(x)), :, down, right]  # (N, C, H, W)


def input_noise(x: Array, rng: np.random.Generator, std: float = 0.1) -> Array:
    """Add normal noise to every number.

    For a linear model with squared error that adds, on average, ``std^2 |w|^2`` to the loss: L2
    regularization.

    Args:
        x: any shape, float32 or float64.
        rng: source of the noise.
        std: its standard deviation, at least 0; default 0.1.

    Raises:
        ValueError: ``std`` is negative.

    Source:
        Bishop (1995), *Training with Noise is Equivalent to Tikhonov Regularization*.

    >>> input_noise(np.zeros(2), np.random.default_rng(0), std=0.0)
    array([0., 0.])
    """
    check_between("std", std, 0, np.inf, 0.1)
    dtype: Any = x.dtype
    y: Array = x + dtype.type(std) * rng.standard_normal(x.shape, dtype=dtype)
    return y


def chain(*steps: Augment) -> Augment:
    """Return the augmentation that takes these steps one after the other.

    >>> both = chain(random_flip, random_shift)
    >>> both(np.zeros((2, 1, 8, 8)), np.random.default_rng(0)).shape
    (2, 1, 8, 8)
    """

    def augment(x: Array, rng: np.random.Generator) -> Array:
        for step in steps:
            x = step(x, rng)
        return x

    return augment


def permute_pixels(x: Array, order: Array) -> Array:
    """Put the pixels of all images into one and the same other order.

    A dense network learns as well as before: its weights only change places. A convolution loses
    what it relies on, that neighbours belong together.

    Args:
        x: images (N, C, H, W).
        order: (H W,), where each pixel comes from: ``rng.permutation(H * W)``, drawn once for
            training and test images together.

    Raises:
        ValueError: ``x`` has another number of axes, or ``order`` is no permutation of its pixels.

    Source:
        Zhang et al. (2017), *Understanding Deep Learning Requires Rethinking Generalization*,
        section 2.1 (shuffled pixels). Chapter: *What an MLP cannot do*.

    >>> permute_pixels(np.arange(4.0).reshape(1, 1, 2, 2), np.array([3, 2, 1, 0]))[0, 0]
    array([[3., 2.],
           [1., 0.]])
    """
    check_ndim("x", x, 4, "(N, C, H, W)")
    pixels = x.shape[2] * x.shape[3]
    if not np.array_equal(np.sort(order), np.arange(pixels)):
        raise ValueError(
            f"order has shape {order.shape}, but needs each of 0 to {pixels - 1} once; "
            f"pass rng.permutation({pixels})"
        )
    return x.reshape(*x.shape[:2], -1)[:, :, order].reshape(x.shape)
