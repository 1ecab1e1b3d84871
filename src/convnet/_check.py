"""Errors that teach: each names the argument, the value, the requirement and the remedy."""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def check_array(name: str, array: object) -> None:
    """Raise ``TypeError`` unless ``array`` is a NumPy array: a list or a tensor is not.

    >>> check_array("x", [1.0, 2.0])
    Traceback (most recent call last):
        ...
    TypeError: x is of type list, but needs to be a NumPy array; convert it, for example
    np.asarray(x, dtype=np.float32)
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(
            f"{name} is of type {type(array).__name__}, but needs to be a NumPy array; "
            f"convert it, for example np.asarray({name}, dtype=np.float32)"
        )


def check_ndim(name: str, array: Array, ndim: int, layout: str) -> None:
    """Raise ``ValueError`` unless ``array`` has ``ndim`` axes, which ``layout`` spells out.

    >>> check_ndim("x", np.zeros((28, 28)), 4, "(N, C, H, W)")
    Traceback (most recent call last):
        ...
    ValueError: x has shape (28, 28), but needs 4 axes (N, C, H, W); add the missing axes, for
    example x[None, None]
    """
    check_array(name, array)
    if array.ndim == ndim:
        return
    missing = ndim - array.ndim
    remedy = (
        f"add the missing axes, for example {name}[{', '.join(['None'] * missing)}]"
        if missing > 0
        else f"remove {-missing} axes, for example with {name}.reshape or an index"
    )
    raise ValueError(f"{name} has shape {array.shape}, but needs {ndim} axes {layout}; {remedy}")


def check_shape(name: str, array: Array, shape: tuple[int, ...], whose: str) -> None:
    """Raise ``ValueError`` unless ``array`` has exactly ``shape``, the shape of ``whose``.

    >>> check_shape("grad_output", np.zeros(3), (2, 3), "the latest output")
    Traceback (most recent call last):
        ...
    ValueError: grad_output has shape (3,), but needs the shape of the latest output, (2, 3); pass
    one number for each of its entries
    """
    check_array(name, array)
    if array.shape != shape:
        raise ValueError(
            f"{name} has shape {array.shape}, but needs the shape of {whose}, {shape}; "
            "pass one number for each of its entries"
        )


def check_floating(name: str, array: Array) -> None:
    """Raise ``TypeError`` unless ``array`` holds floating-point numbers.

    >>> check_floating("x", np.zeros((1, 1, 2, 2), dtype=np.uint8))
    Traceback (most recent call last):
        ...
    TypeError: x has dtype uint8, but layers need floating-point numbers; convert it, for
    example x.astype(np.float32) / 255
    """
    check_array(name, array)
    if not np.issubdtype(array.dtype, np.floating):
        raise TypeError(
            f"{name} has dtype {array.dtype}, but layers need floating-point numbers; "
            f"convert it, for example {name}.astype(np.float32) / 255"
        )


def check_same_dtype(name: str, array: Array, x: Array, other: str = "x") -> None:
    """Raise ``TypeError`` unless ``array`` has the dtype of ``x``: mixing widens silently.

    >>> check_same_dtype("weight", np.zeros(3), np.zeros(3, dtype=np.float32))
    Traceback (most recent call last):
        ...
    TypeError: weight has dtype float64, but x has float32, and mixing them would silently compute
    in the wider one; convert one, for example weight.astype(x.dtype)
    """
    check_array(name, array)
    if array.dtype != x.dtype:
        raise TypeError(
            f"{name} has dtype {array.dtype}, but {other} has {x.dtype}, and mixing them would "
            "silently compute in the wider one; convert one, for example "
            f"{name}.astype({other}.dtype)"
        )


def check_at_least(name: str, value: object, minimum: int) -> int:
    """Return ``value`` as ``int``; raise ``ValueError`` unless it is a whole number, large enough.

    >>> check_at_least("groups", 0, 1)
    Traceback (most recent call last):
        ...
    ValueError: groups is 0, but needs to be a whole number of at least 1; pass for example
    groups=1
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < minimum:
        raise ValueError(
            f"{name} is {value!r}, but needs to be a whole number of at least {minimum}; "
            f"pass for example {name}={minimum}"
        )
    return int(value)


def check_between(name: str, value: float, low: float, high: float, example: float) -> float:
    """Return ``value`` as ``float``; raise ``ValueError`` unless ``low <= value < high``.

    >>> check_between("momentum", 1.5, 0, 1, 0.9)
    Traceback (most recent call last):
        ...
    ValueError: momentum is 1.5, but needs to be at least 0 and less than 1; pass for example
    momentum=0.9
    """
    number = _as_number(value)
    if not low <= number < high:
        limit = "" if high == np.inf else f" and less than {high}"
        raise ValueError(
            f"{name} is {value!r}, but needs to be at least {low}{limit}; "
            f"pass for example {name}={example}"
        )
    return number


def check_above(name: str, value: float, low: float, example: float) -> float:
    """Return ``value`` as ``float``; raise ``ValueError`` unless it is finite and above ``low``.

    >>> check_above("eps", 0, 0, 1e-5)
    Traceback (most recent call last):
        ...
    ValueError: eps is 0, but needs to be a finite number above 0; pass for example eps=1e-05
    """
    number = _as_number(value)
    if not low < number < np.inf:
        raise ValueError(
            f"{name} is {value!r}, but needs to be a finite number above {low}; "
            f"pass for example {name}={example}"
        )
    return number


def check_fraction(name: str, value: float, example: float) -> float:
    """Return ``value`` as ``float``; raise ``ValueError`` unless it is from 0 to 1, both allowed.

    >>> check_fraction("momentum", 1.5, 0.1)
    Traceback (most recent call last):
        ...
    ValueError: momentum is 1.5, but needs to be a number from 0 to 1; pass for example momentum=0.1
    """
    number = _as_number(value)
    if not 0 <= number <= 1:
        raise ValueError(
            f"{name} is {value!r}, but needs to be a number from 0 to 1; "
            f"pass for example {name}={example}"
        )
    return number


def _as_number(value: object) -> float:
    """Return ``value`` as ``float``, or NaN, which no requirement admits, if it is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return np.nan
    return float(value)


def check_rng(name: str, rng: object) -> None:
    """Raise ``TypeError`` unless ``rng`` is a generator: a seed alone would repeat itself.

    >>> check_rng("rng", 0)
    Traceback (most recent call last):
        ...
    TypeError: rng is 0, but needs to be a np.random.Generator; pass for example
    rng=np.random.default_rng(0)
    """
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"{name} is {rng!r}, but needs to be a np.random.Generator; "
            f"pass for example {name}=np.random.default_rng(0)"
        )


def check_dtype(name: str, dtype: npt.DTypeLike) -> np.dtype[Any]:
    """Return ``dtype`` as NumPy's; raise ``TypeError`` unless it is float32 or float64.

    >>> check_dtype("dtype", np.int32)
    Traceback (most recent call last):
        ...
    TypeError: dtype is int32, but needs to be float32 or float64, or weights would be rounded; pass
    for example dtype=np.float32
    """
    found = np.dtype(dtype)
    if found not in (np.float32, np.float64):
        raise TypeError(
            f"{name} is {found}, but needs to be float32 or float64, or weights would be rounded; "
            f"pass for example {name}=np.float32"
        )
    return found


def pair(name: str, value: int | tuple[int, int], minimum: int = 1) -> tuple[int, int]:
    """Return ``value`` as (along height, along width), each an ``int`` of at least ``minimum``.

    >>> pair("stride", 2)
    (2, 2)
    >>> pair("stride", (1, 0))
    Traceback (most recent call last):
        ...
    ValueError: stride is (1, 0), but needs one integer or two (height, width), each at least
    1; pass for example stride=1 or stride=(1, 1)
    """
    both: tuple[object, ...] = value if isinstance(value, tuple) else (value, value)
    numbers = [int(v) for v in both if isinstance(v, int | np.integer) and type(v) is not bool]
    if len(both) != 2 or len(numbers) != 2 or min(numbers) < minimum:
        raise ValueError(
            f"{name} is {value!r}, but needs one integer or two (height, width), each at least "
            f"{minimum}; pass for example {name}={minimum} or {name}=({minimum}, {minimum})"
        )
    return numbers[0], numbers[1]
