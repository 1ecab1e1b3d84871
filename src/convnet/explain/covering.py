"""Occlusion: cover a part of the image and see what the logit loses.

Chapter: *What the layers learn*.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from convnet._check import check_at_least, check_ndim, pair
from convnet.explain.gradients import check_classes, logit
from convnet.layers import Layer

Array = npt.NDArray[Any]
Size = int | tuple[int, int]


def occlusion(
    network: Layer, x: Array, classes: Array, window: Size = 5, stride: Size = 1, fill: float = 0.0
) -> Array:
    """Return what the logit loses when a window of the image is covered: (N, OH, OW).

    ``drop[n,i,j] = logit(x[n]) - logit(x[n] with the window at (s i, s j) set to fill)``, which
    takes one forward pass for each window and no gradient.

    Args:
        network: as in :func:`logit`; so are ``x`` and ``classes``.
        x: see there.
        classes: see there.
        window: side of the window, one integer or (height, width); default 5.
        stride: pixels from one window to the next; default 1.
        fill: what covers the window, in the images' units; default 0.

    Returns:
        Drops, with ``OH = (H - window) // stride + 1``; positive where the window held evidence for
        the class, negative where it held evidence against.

    Raises:
        ValueError: as :func:`logit`; or the window or the stride does not fit the image.

    Source:
        Zeiler and Fergus (2014), *Visualizing and Understanding Convolutional Networks*, section
        4.2.

    >>> from convnet.layers import Flatten, Linear
    >>> from convnet.network import Sequential
    >>> network = Sequential(Flatten(), Linear(9, 1, rng=np.random.default_rng(0)))
    >>> network.layers[1].parameters["weight"][...] = [[1, 0, -1] * 3]
    >>> x = np.arange(9, dtype=np.float32).reshape(1, 1, 3, 3)
    >>> occlusion(network, x, np.array([0]), window=2)[0].round(3)
    array([[  3.,  -7.],
           [  9., -13.]], dtype=float32)
    """
    check_classes(x, classes)
    rows, columns = _corners(x.shape[2:], pair("window", window), pair("stride", stride))
    height, width = pair("window", window)
    whole = logit(network, x, classes)
    drops = np.empty((len(x), len(rows), len(columns)), dtype=whole.dtype)
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            covered = x.copy()
            covered[:, :, top : top + height, left : left + width] = fill
            drops[:, i, j] = whole - logit(network, covered, classes)
    return drops


def window_means(maps: Array, window: Size = 5, stride: Size = 1) -> Array:
    """Return the mean of maps (N, H, W) over the windows that :func:`occlusion` covers.

    >>> window_means(np.arange(9.0).reshape(1, 3, 3), window=2)[0]
    array([[2., 3.],
           [5., 6.]])
    """
    check_ndim("maps", maps, 3, "(N, H, W)")
    step_h, step_w = pair("stride", stride)
    _corners(maps.shape[1:], pair("window", window), (step_h, step_w))
    views = sliding_window_view(maps, pair("window", window), axis=(1, 2))
    means: Array = views[:, ::step_h, ::step_w].mean(axis=(3, 4))
    return means


def _corners(
    image: tuple[int, ...], window: tuple[int, int], stride: tuple[int, int]
) -> tuple[range, range]:
    """Return the first rows and columns of all windows; raise if there is none."""
    check_at_least("stride", min(stride), 1)
    if not all(1 <= w <= n for w, n in zip(window, image, strict=True)):
        raise ValueError(
            f"window is {window}, but needs to be between 1 and the image's size {image}; "
            "pass a smaller window"
        )
    rows, columns = (range(0, n - w + 1, s) for n, w, s in zip(image, window, stride, strict=True))
    return rows, columns
