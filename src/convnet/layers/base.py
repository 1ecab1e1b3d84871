"""What all layers have in common: forward, backward, and arrays by name."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_dtype, check_shape

Array = npt.NDArray[Any]


class Layer:
    """A function with a derivative: ``y = forward(x)``, then ``grad_x = backward(grad_y)``.

    ``backward`` takes the gradient of the loss with respect to the latest output and returns the
    gradient with respect to its input. On the way it sets ``gradients``, one array for each entry
    of ``parameters``; it does not add to what was there.

    Attributes:
        parameters: arrays that training changes, in place, by name.
        gradients: for each parameter the gradient of the loss, after ``backward``.
        buffers: arrays that belong to the layer but are not trained, such as running means.
        training: whether layers that treat training differently (dropout, batch norm) do so.

    Source:
        Rumelhart, Hinton and Williams (1986), *Learning Representations by Back-Propagating
        Errors*. Chapter: *Loss and the chain rule*.
    """

    def __init__(self) -> None:
        self.parameters: dict[str, Array] = {}
        self.gradients: dict[str, Array] = {}
        self.buffers: dict[str, Array] = {}
        self.training = True

    def __call__(self, x: Array) -> Array:
        """Return ``forward(x)``, so that a layer reads as the function it is."""
        return self.forward(x)

    def forward(self, x: Array) -> Array:
        """Return the output for ``x``, and keep what ``backward`` needs."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward(x)")

    def backward(self, grad_output: Array) -> Array:
        """Set ``gradients``; return the gradient with respect to the latest input."""
        raise NotImplementedError(f"{type(self).__name__} does not define backward(grad_output)")

    def backward_parameters(self, grad_output: Array) -> None:
        """Set ``gradients`` and nothing else: all that a network's first layer has to do."""
        self.backward(grad_output)

    def children(self) -> Iterator[tuple[str, "Layer"]]:
        """Yield the layers inside this one, by name."""
        yield from ()

    def train(self, mode: bool = True) -> None:
        """Switch this layer, and all inside it, to training (or, with ``False``, to use)."""
        self.training = mode
        for _, child in self.children():
            child.train(mode)

    def eval(self) -> None:
        """Switch to use: dropout passes everything on, batch norm uses its running averages."""
        self.train(False)

    def _latest(self, name: str) -> Any:
        """Return what ``forward`` kept under ``name``; say so if it was never called."""
        if name not in self.__dict__:
            raise RuntimeError(
                f"{type(self).__name__}.backward was called before forward, so there is no input "
                "to differentiate at; call forward(x) first"
            )
        return self.__dict__[name]

    def _check_gradient(
        self, grad_output: Array, shape: tuple[int, ...], dtype: npt.DTypeLike
    ) -> None:
        """Raise unless ``grad_output`` has shape and dtype of the output it is the gradient of."""
        check_shape("grad_output", grad_output, shape, "the latest output")
        if grad_output.dtype != dtype:
            raise TypeError(
                f"grad_output has dtype {grad_output.dtype}, but the latest output has {dtype}, "
                "and mixing them would silently compute in the wider one; convert it, for example "
                f"grad_output.astype(np.{dtype})"
            )


def as_parameter(array: Array, dtype: npt.DTypeLike) -> Array:
    """Return ``array`` as a contiguous array of its own in the layer's ``dtype``.

    A NumPy scalar of double precision would turn float32 into float64 on its way; here the dtype
    is decided once.

    Raises:
        TypeError: ``dtype`` is neither float32 nor float64.
    """
    return np.array(array, dtype=check_dtype("dtype", dtype), order="C")
