"""Compare arrays with PyTorch's; a difference names the layer, the array, the index, both numbers.

PyTorch's automatic differentiation is the judge of every gradient here: it never sees our formulas.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from convnet.layers import Layer
from convnet.network import named_gradients, named_parameters

Array = npt.NDArray[Any]
Tensors = dict[str, Tensor]
TOLERANCE = {np.dtype(np.float64): 1e-10, np.dtype(np.float32): 2e-4}


class ParityError(AssertionError):
    """Two forms of one operation disagree."""


def assert_same(
    layer: str, name: str, got: Array, expected: Array | Tensor, tolerance: float | None = None
) -> None:
    """Raise ``ParityError`` unless shape, dtype and all numbers agree; NaN agrees with NaN."""
    wanted = expected.detach().numpy() if isinstance(expected, Tensor) else expected
    for what in ("shape", "dtype"):
        if getattr(got, what) != getattr(wanted, what):
            raise ParityError(
                f"{layer}: {name} has {what} {getattr(got, what)}, expected {getattr(wanted, what)}"
            )
    allowed = TOLERANCE[got.dtype] if tolerance is None else tolerance
    wrong = ~np.isclose(got, wanted, rtol=allowed, atol=allowed, equal_nan=True)
    if not wrong.any():
        return
    with np.errstate(invalid="ignore"):  # infinity less infinity is a NaN, and wrong as well
        errors = np.where(wrong, np.nan_to_num(np.abs(got - wanted), nan=np.inf), -1)
    worst = np.unravel_index(np.argmax(errors), errors.shape)
    index = tuple(int(i) for i in worst)
    raise ParityError(
        f"{layer}: {name} at {index} is {got[index]!r}, expected {wanted[index]!r}; "
        f"{wrong.sum()} of {wrong.size} numbers differ by more than {allowed:.0e}"
    )


def torch_results(
    function: Callable[[Tensors], Tensor],
    arrays: Mapping[str, Array | None],
    grad_of: Callable[[tuple[int, ...]], Array],
) -> tuple[Array, Array, dict[str, Array]]:
    """Return what torch computes from ``arrays``: output, its gradient, and theirs by name.

    ``grad_of`` makes the output's gradient for its shape.
    """
    given = {name: array for name, array in arrays.items() if array is not None}
    tensors = {name: as_tensor(array).requires_grad_() for name, array in given.items()}
    y = function(tensors)
    grad = grad_of(tuple(y.shape))
    y.backward(as_tensor(grad))
    gradients = {}
    for name, tensor in tensors.items():
        assert tensor.grad is not None, f"torch's function does not read {name}"
        gradients[name] = tensor.grad.numpy()
    return y.detach().numpy(), grad, gradients


def as_tensor(array: Array) -> Tensor:
    """Return a tensor of its own with these numbers, whatever the array's layout."""
    return torch.from_numpy(np.array(array, order="C"))


def normal(rng: np.random.Generator, x: Array) -> Callable[[tuple[int, ...]], Array]:
    """Return a source of normal numbers in the dtype of ``x``."""
    return lambda shape: rng.normal(size=shape).astype(x.dtype)


def assert_layer_is_torchs(
    layer: Layer,
    x: Array,
    function: Callable[[Tensors], Tensor],
    rng: np.random.Generator,
    tolerance: float | None = None,
) -> None:
    """Compare a layer's output, and the gradients of its input and of all parameters.

    ``function`` computes the same in torch from tensors named ``x`` and as the parameters are.
    """
    name = type(layer).__name__
    arrays = {"x": x, **named_parameters(layer)}
    before = {key: array.copy() for key, array in arrays.items()}
    y, grad, expected = torch_results(function, arrays, normal(rng, x))
    grad_before = grad.copy()
    assert_same(name, "output", layer.forward(x), y, tolerance)
    got = {"x": layer.backward(grad), **named_gradients(layer)}
    assert got.keys() == expected.keys(), f"{name}: gradients of {sorted(got)}"
    for key, gradient in expected.items():
        assert_same(name, f"gradient of {key}", got[key], gradient, tolerance)
        assert_same(name, f"{key} after backward", arrays[key], before[key], 0.0)
    assert_same(name, "grad_output after backward", grad, grad_before, 0.0)
