"""Errors that teach: each names the argument, the value, the requirement and the remedy."""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def check_ndim(name: str, array: Array, ndim: int, layout: str) -> None:
    """Raise ``ValueError`` unless ``array`` has ``ndim`` axes, which ``layout`` spells out.

    >>> check_ndim("x", np.zeros((28, 28)), 4, "(N, C, H, W)")
    Traceback (most recent call last):
        ...
    ValueError: x has shape (28, 28), but needs 4 axes (N, C, H, W); add the missing axes, for
    example x[None, None]
    """
    if array.ndim == ndim:
        return
    missing = ndim - array.ndim
    remedy = (
        f"add the missing axes, for example {name}[{', '.join(['None'] * missing)}]"
        if missing > 0
        else f"remove {-missing} axes, for example with {name}.reshape or an index"
    )
    raise ValueError(f"{name} has shape {array.shape}, but needs {ndim} axes {layout}; {remedy}")


def check_floating(name: str, array: Array) -> None:
    """Raise ``TypeError`` unless ``array`` holds floating-point numbers.

    >>> check_floating("x", np.zeros((1, 1, 2, 2), dtype=np.uint8))
    Traceback (most recent call last):
        ...
    TypeError: x has dtype uint8, but layers need floating-point numbers; convert it, for
    example x.astype(np.float32) / 255
    """
    if not np.issubdtype(array.dtype, np.floating):
        raise TypeError(
            f"{name} has dtype {array.dtype}, but layers need floating-point numbers; "
            f"convert it, for example {name}.astype(np.float32) / 255"
        )


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
    numbers = [int(v) for v in both if isinstance(v, int | np.integer) and v is not True]
    if len(both) != 2 or len(numbers) != 2 or min(numbers) < minimum:
        raise ValueError(
            f"{name} is {value!r}, but needs one integer or two (height, width), each at least "
            f"{minimum}; pass for example {name}={minimum} or {name}=({minimum}, {minimum})"
        )
    return numbers[0], numbers[1]
