"""Is a backward pass right? Compare it with what small steps say."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_rng
from convnet.layers.base import Layer

Array = npt.NDArray[Any]


class GradientMismatchError(AssertionError):
    """A backward pass disagrees with the numerical gradient; the message shows where most."""


def numerical_gradient(function: Callable[[], float], array: Array, step: float = 1e-6) -> Array:
    """Differentiate ``function`` with respect to every entry of ``array``, by central differences.

    ``(f(a + step) - f(a - step)) / (2 step)``, whose error falls with the square of the step until
    rounding takes over; 1e-6 suits float64.

    Args:
        function: returns the number to differentiate; reads ``array``, which is changed meanwhile.
        array: the entries to move, float64; restored afterwards.
        step: how far to move each; default 1e-6.

    Returns:
        Array of the shape of ``array``.

    Raises:
        TypeError: ``array`` is not float64, where such small steps would be lost.

    Chapter: *Backpropagation through convolution*.

    >>> a = np.array([3.0])
    >>> numerical_gradient(lambda: float(a[0] ** 2), a).round(6)
    array([6.])
    """
    _check_double("array", array)
    gradient = np.zeros_like(array)
    for index in np.ndindex(*array.shape):
        original = array[index]
        array[index] = original + step
        above = function()
        array[index] = original - step
        below = function()
        array[index] = original
        gradient[index] = (above - below) / (2 * step)
    return gradient


def check_layer(
    layer: Layer, x: Array, rng: np.random.Generator, step: float = 1e-6, tolerance: float = 1e-6
) -> None:
    """Compare a layer's ``backward`` with numerical gradients, for its input and all parameters.

    The loss is the sum of the outputs times random factors, so that no error can cancel.

    Args:
        layer: the layer, with float64 parameters.
        x: an input, float64; keep it away from kinks, such as ReLU's zero.
        rng: source of the factors.
        step: of the central differences; default 1e-6.
        tolerance: largest difference allowed, relative to the larger of 1 and the gradient's
            largest entry; default 1e-6.

    Raises:
        TypeError: ``x`` or a parameter is not float64.
        GradientMismatchError: a gradient is missing or wrong; names layer, array and index,
            what ``backward`` gave and what was expected.

    >>> from convnet.layers import Linear
    >>> rng = np.random.default_rng(0)
    >>> check_layer(Linear(3, 2, rng=rng, dtype=np.float64), rng.normal(size=(4, 3)), rng)
    """
    check_rng("rng", rng)
    for name, array in {"x": x, **_parameters(layer)}.items():
        _check_double(name, array)
    factors = rng.normal(size=layer.forward(x).shape)

    def loss() -> float:
        return float(np.sum(layer.forward(x) * factors))

    loss()
    got = {"x": layer.backward(factors), **_gradients(layer)}
    for name, array in {"x": x, **_parameters(layer)}.items():
        if name not in got:
            raise GradientMismatchError(
                f"{type(layer).__name__}.backward set no gradient of {name}, which has shape "
                f"{array.shape}; set gradients[{name!r}]"
            )
        _compare(
            type(layer).__name__, name, got[name], numerical_gradient(loss, array, step), tolerance
        )


def _check_double(name: str, array: Array) -> None:
    """Raise ``TypeError`` unless ``array`` is float64."""
    if array.dtype != np.float64:
        raise TypeError(
            f"{name} has dtype {array.dtype}, but small steps are lost in all but float64; convert "
            f"it, for example {name}.astype(np.float64), and build layers with dtype=np.float64"
        )


def _parameters(layer: Layer, prefix: str = "") -> dict[str, Array]:
    found = {prefix + name: array for name, array in layer.parameters.items()}
    for name, child in layer.children():
        found |= _parameters(child, f"{prefix}{name}.")
    return found


def _gradients(layer: Layer, prefix: str = "") -> dict[str, Array]:
    found = {prefix + name: array for name, array in layer.gradients.items()}
    for name, child in layer.children():
        found |= _gradients(child, f"{prefix}{name}.")
    return found


def _compare(layer: str, name: str, got: Array, expected: Array, tolerance: float) -> None:
    if got.shape != expected.shape:
        raise GradientMismatchError(
            f"{layer}.backward: the gradient of {name} has shape {got.shape}, expected "
            f"{expected.shape}"
        )
    scale = max(1.0, float(np.max(np.abs(expected), initial=0)))
    error = np.abs(got - expected) / scale
    # A NaN is an error too, and compares as larger than any tolerance this way round.
    if np.all(error <= tolerance):
        return
    worst = np.unravel_index(np.argmax(np.where(np.isnan(error), np.inf, error)), error.shape)
    place = tuple(int(i) for i in worst)
    raise GradientMismatchError(
        f"{layer}.backward: the gradient of {name} at {place} is {got[place]:.10g}, expected "
        f"{expected[place]:.10g} from central differences (relative error {error[place]:.1e}, "
        f"allowed {tolerance:.0e})"
    )
