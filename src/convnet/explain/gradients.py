"""The gradient of a class's logit with respect to the pixels, and what is made of it.

All functions ask about one class a sample and about its *logit*, the number before the softmax: a
probability near 1 has a gradient near 0, whatever the network looked at.

Chapter: *What the layers learn*.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_ndim
from convnet.layers import Layer

Array = npt.NDArray[Any]


def logit(network: Layer, x: Array, classes: Array) -> Array:
    """Return each sample's logit of its class: (N,).

    Args:
        network: in use (``eval``), maps (N, C, H, W) to logits (N, classes).
        x: images (N, C, H, W), float32 or float64, prepared as in training.
        classes: one class a sample (N,), whole numbers from 0.

    Raises:
        ValueError: ``x`` has not four axes, or there are not as many classes as images.
    """
    check_classes(x, classes)
    logits: Array = network.forward(x)
    return logits[np.arange(len(x)), classes]


def logit_gradient(network: Layer, x: Array, classes: Array) -> Array:
    """Return the derivative of each sample's logit with respect to its pixels: (N, C, H, W).

    Arguments and errors are those of :func:`logit`. The gradients of the network's parameters are
    overwritten on the way.

    Source:
        Simonyan, Vedaldi and Zisserman (2014), *Deep Inside Convolutional Networks*, section 3.

    >>> from convnet.layers import Flatten, Linear
    >>> from convnet.network import Sequential
    >>> network = Sequential(Flatten(), Linear(4, 3, rng=np.random.default_rng(0)))
    >>> x = np.ones((1, 1, 2, 2), np.float32)
    >>> gradient = logit_gradient(network, x, np.array([2]))  # of a linear network: its weights
    >>> bool(np.all(gradient.ravel() == network.layers[1].parameters["weight"][2]))
    True
    """
    check_classes(x, classes)
    one_hot = np.zeros_like(network.forward(x))
    one_hot[np.arange(len(x)), classes] = 1
    return network.backward(one_hot)


def saliency(network: Layer, x: Array, classes: Array) -> Array:
    """Return for each pixel the largest absolute derivative of its channels: (N, H, W).

    Arguments and errors are those of :func:`logit`.

    Source:
        Simonyan, Vedaldi and Zisserman (2014), section 3.1.
    """
    size: Array = np.abs(logit_gradient(network, x, classes)).max(axis=1)
    return size


def gradient_times_input(network: Layer, x: Array, classes: Array, fill: float = 0.0) -> Array:
    """Return the sum over channels of derivative times ``x - fill``: (N, H, W).

    To first order it is what the logit loses if this pixel becomes ``fill``.

    Args:
        network: as in :func:`logit`; so are ``x`` and ``classes``, and the errors.
        x: see there.
        classes: see there.
        fill: the number that stands for "nothing there"; default 0. In standardized images black
            is another one.

    Source:
        Shrikumar, Greenside and Kundaje (2017), *Learning Important Features Through Propagating
        Activation Differences*, section 3.
    """
    gradient = logit_gradient(network, x, classes)
    product: Array = (gradient * (x - x.dtype.type(fill))).sum(axis=1)
    return product


def check_classes(x: Array, classes: Array) -> None:
    """Raise ``ValueError`` unless there is one class for each image."""
    check_ndim("x", x, 4, "(N, C, H, W)")
    if np.shape(classes) != (len(x),):
        raise ValueError(
            f"classes has shape {np.shape(classes)}, but needs one class for each of the {len(x)} "
            f"images, ({len(x)},); pass for example network(x).argmax(axis=1)"
        )
