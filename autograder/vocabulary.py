"""Words for test cells: receive what a student's code returns before believing anything about it.

A test that asks an object for its shape, its number of parameters or whether it is equal believes
what the object says. These functions receive plain numbers first and look at those. They raise
``AssertionError`` with a message that holds no value, so that a hidden test stays hidden.

They work in test cells under this autograder, under stock nbgrader and in a student's own notebook
(``from autograder.vocabulary import as_array``), with NumPy alone; PyTorch only where weights are.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.syntax import (  # the words that look at what was written
    definition as definition,
)
from autograder.syntax import (
    forbids as forbids,
)
from autograder.syntax import (
    forbids_loops as forbids_loops,
)
from autograder.syntax import (
    modules_used as modules_used,
)
from autograder.syntax import (
    names_used as names_used,
)
from autograder.syntax import (
    requires as requires,
)

NUMBERS = "?bBhHiIlLqQefdgFD"  # dtype characters that as_array takes: no objects, no text


def as_array(value: Any, shape: tuple[int | None, ...] | None = None, dtype: Any = None) -> Any:
    """Return ``value`` as a new plain array, checked for shape and dtype.

    Args:
        value: a number, an array, a tensor, or lists of numbers, of exactly such a type: a class
            that only behaves like one is refused.
        shape: the shape that is asked for; ``None`` in it allows any length. Nothing is broadcast.
        dtype: a dtype (``np.float32``) or a kind of them (``np.floating``, ``np.integer``); by
            default any numbers.

    Raises:
        AssertionError: the value is something else; the message says what and what is needed.

    >>> as_array([[1, 2], [3, 4]], (2, 2)).sum()
    np.int64(10)
    >>> as_array(0.0, (3,))
    Traceback (most recent call last):
        ...
    AssertionError: the shape is (), but it needs to be (3,)
    """
    array = _plain_array(value)
    if array.dtype.char not in NUMBERS:
        raise AssertionError(f"a {type(value).__name__} came back, but numbers are needed")
    if shape is not None and not _fits(array.shape, shape):
        wanted = str(shape).replace("None", "any")
        raise AssertionError(f"the shape is {array.shape}, but it needs to be {wanted}")
    if dtype is not None and not np.issubdtype(array.dtype, dtype):
        wanted = getattr(dtype, "__name__", str(dtype))
        raise AssertionError(f"the dtype is {array.dtype}, but it needs to be {wanted}")
    return array


def _plain_array(value: Any) -> Any:
    torch = sys.modules.get("torch")
    if torch is not None and type(value) in (torch.Tensor, torch.nn.Parameter):
        return np.array(value.detach().cpu().numpy())
    plain = type(value) in (bool, int, float, complex, list, tuple, np.ndarray)
    if not plain and not (isinstance(value, np.generic) and type(value).__module__ == "numpy"):
        raise AssertionError(f"a {type(value).__name__} came back, but an array is needed")
    if type(value) in (list, tuple):
        value = [_plain_array(item) for item in value]
    try:
        return np.array(value)
    except (ValueError, OverflowError) as error:
        raise AssertionError("the rows differ in length, but an array is needed") from error


def _fits(shape: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    pairs = zip(shape, wanted, strict=False)
    return len(shape) == len(wanted) and all(w is None or w == n for n, w in pairs)


def close(value: Any, expected: Any, rtol: float = 1e-6, atol: float = 1e-8) -> None:
    """Assert that ``value`` has the shape of ``expected`` and its numbers, within tolerance.

    Unlike ``np.testing.assert_allclose`` it broadcasts nothing, and its message shows no number.

    >>> close([1.0, 2.0], np.array([1.0, 2.0]))
    >>> close(0.0, np.zeros(3))
    Traceback (most recent call last):
        ...
    AssertionError: the shape is (), but it needs to be (3,)
    """
    wanted = _plain_array(expected)
    found = as_array(value, wanted.shape)
    wrong = int(np.sum(~np.isclose(found, wanted, rtol=rtol, atol=atol, equal_nan=True)))
    if wrong:
        raise AssertionError(f"{wrong} of {wanted.size} numbers are wrong")


def leaves_arguments_alone(function: Callable[..., Any], *args: Any) -> Any:
    """Call ``function`` and return its result; assert that it changed no array it was given.

    >>> leaves_arguments_alone(np.sort, np.array([2, 1]))
    array([1, 2])
    """
    kept = [np.array(a) if isinstance(a, np.ndarray) else None for a in args]
    result = function(*args)
    for place, (before, now) in enumerate(zip(kept, args, strict=True), start=1):
        if before is not None and not np.array_equal(
            before, now, equal_nan=before.dtype.char in "efdgFD"
        ):
            raise AssertionError(f"argument {place} was changed; work on a copy")
    return result


def refuses(
    function: Callable[..., Any], *args: Any, error: type[Exception], naming: str = ""
) -> None:
    """Assert that a call raises ``error``, with ``naming`` in its message.

    >>> refuses(int, "x", error=ValueError, naming="invalid")
    """
    try:
        function(*args)
    except error as raised:
        if naming not in str(raised):
            raise AssertionError(f"the message does not name {naming!r}") from raised
        return
    except Exception as raised:
        raise AssertionError(
            f"{type(raised).__name__} was raised, but it needs to be {error.__name__}"
        ) from raised
    raise AssertionError(f"nothing was raised, but {error.__name__} is needed")


def received_weights(model: Any) -> dict[str, Any]:
    """Return a module's parameters by name, received as plain tensors.

    What counts is what arrives: compute with these, in a module of your own (``load_weights``), and
    neither the model's ``forward`` nor what it says of itself is believed.

    Raises:
        AssertionError: the model has no parameters that can be received.
    """
    import torch  # slow, and most tests need none

    try:
        ask = getattr(
            type(model), "_receive_weights", None
        )  # an object on the other side of the wall
        found = ask(model) if ask else dict(model.named_parameters())
    except (AttributeError, TypeError, ValueError) as error:
        raise AssertionError(
            "the model has no parameters to receive; is it a nn.Module?"
        ) from error
    weights = {}
    for name, value in found.items():
        if type(name) is not str or type(value) not in (torch.Tensor, torch.nn.Parameter):
            raise AssertionError("a parameter is no tensor")
        weights[name] = value.detach().clone()
    return weights


def parameter_count(model: Any) -> int:
    """Return how many numbers the parameters of ``model`` hold, counted over what was received."""
    return sum(int(np.prod(w.shape)) for w in received_weights(model).values())


def load_weights(module: Any, model: Any) -> Any:
    """Return ``module``, the test's own, with the weights of the student's ``model`` in it.

    Raises:
        AssertionError: names or shapes differ; the message says which.
    """
    own, theirs = dict(module.named_parameters()), received_weights(model)
    if set(own) != set(theirs):
        missing, extra = sorted(set(own) - set(theirs)), sorted(set(theirs) - set(own))[:20]
        raise AssertionError(
            f"the names of the parameters differ: missing {missing}, extra {extra}"
        )
    for name, parameter in own.items():
        array = as_array(theirs[name], tuple(parameter.shape))
        parameter.data.copy_(parameter.data.new_tensor(array))
    return module
