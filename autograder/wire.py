"""What crosses the sandbox's wall: JSON, with arrays as raw bytes. Never pickle.

Both sides use this one file. Reading is strict, because the other side may be a stranger: known
kinds only, a list of allowed dtypes, limits on size, depth and count.

Uses nothing but the standard library and NumPy, since it also runs inside the sandbox.
"""

import base64
import math
from typing import Any

import numpy as np

MAX_MESSAGE = 64 * 2**20  # bytes of one JSON line
MAX_ITEMS = 100_000
MAX_DEPTH = 20
DTYPES = frozenset("?bBhHiIlLqQefdFD")  # booleans, integers, floats, complex: no objects, no text


class WireError(ValueError):
    """A message that breaks the format or its limits."""


def encode(value: Any, depth: int = 0) -> Any:
    """Return ``value`` as JSON data, or raise ``WireError`` where it is not plain data.

    >>> encode((1, 2.5))
    {'tuple': [1, {'float': '2.5'}]}
    """
    if depth > MAX_DEPTH:
        raise WireError(f"a value is nested more than {MAX_DEPTH} deep; return a flatter one")
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return {"float": repr(value)}
    if isinstance(value, np.ndarray | np.generic):
        return _encode_array(np.asarray(value), isinstance(value, np.generic))
    if type(value) in (list, tuple):
        return {type(value).__name__: [encode(item, depth + 1) for item in value]}
    if type(value) is dict:
        pairs = [[encode(k, depth + 1), encode(v, depth + 1)] for k, v in value.items()]
        return {"dict": pairs}
    if type(value).__module__ == "torch" and hasattr(value, "detach"):
        return encode(value.detach().cpu().numpy(), depth)
    raise WireError(f"a value of type {type(value).__name__} cannot be handed over; use numbers")


def _encode_array(array: Any, scalar: bool) -> Any:
    if array.dtype.char not in DTYPES:
        raise WireError(f"an array of dtype {array.dtype} cannot be handed over; use numbers")
    raw = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
    return {"array": [array.dtype.str, list(array.shape), raw, scalar]}


def decode(data: Any, depth: int = 0) -> Any:
    """Return the value that JSON ``data`` stands for, or raise ``WireError``.

    >>> decode(encode({"a": [1, 2.5]}))
    {'a': [1, 2.5]}
    >>> decode({"pickle": "gASV"})
    Traceback (most recent call last):
        ...
    autograder.wire.WireError: unknown kind of value on the wire: 'pickle'
    """
    if depth > MAX_DEPTH:
        raise WireError(f"a value on the wire is nested more than {MAX_DEPTH} deep")
    if data is None or type(data) in (bool, int, str):
        return data
    if type(data) is not dict or len(data) != 1:
        raise WireError("a value on the wire is not of the form {kind: content}")
    kind, content = next(iter(data.items()))
    if kind == "float":
        return _decode_float(content)
    if kind == "array":
        return _decode_array(content)
    if kind not in ("list", "tuple", "dict"):
        raise WireError(f"unknown kind of value on the wire: {kind!r}")
    if type(content) is not list or len(content) > MAX_ITEMS:
        raise WireError(f"a {kind} on the wire is no list of at most {MAX_ITEMS} items")
    return _decode_container(kind, content, depth + 1)


def _decode_container(kind: str, content: list[Any], depth: int) -> Any:
    if kind == "dict":
        if not all(type(pair) is list and len(pair) == 2 for pair in content):
            raise WireError("a dict on the wire is no list of pairs")
        try:
            return {decode(k, depth): decode(v, depth) for k, v in content}
        except TypeError as error:
            raise WireError("a dict on the wire has a key that cannot be one") from error
    items = [decode(item, depth) for item in content]
    return tuple(items) if kind == "tuple" else items


def _decode_float(content: Any) -> float:
    if type(content) is not str or len(content) > 40:
        raise WireError("a float on the wire is not a short text")
    try:
        return float(content)
    except ValueError as error:
        raise WireError("a float on the wire is not a number") from error


def _decode_array(content: Any) -> Any:
    if type(content) is not list or len(content) != 4:
        raise WireError("an array on the wire is not [dtype, shape, bytes, scalar]")
    name, shape, raw, scalar = content
    if type(name) is not str or name[:1] not in "<>|=" or name[1:] not in _dtype_names():
        raise WireError("an array on the wire has a dtype that is not allowed")
    sizes = type(shape) is list and len(shape) <= 32 and all(type(n) is int for n in shape)
    if not sizes or min([0, *shape]) < 0 or type(raw) is not str:
        raise WireError("an array on the wire has no valid shape")
    try:
        content_bytes = base64.b64decode(raw, validate=True)
    except ValueError as error:
        raise WireError("an array on the wire is not base64") from error
    dtype = np.dtype(name)
    if math.prod(shape) * dtype.itemsize != len(content_bytes):
        raise WireError("an array on the wire has a shape that does not fit its bytes")
    try:
        array = np.frombuffer(content_bytes, dtype=dtype).reshape(shape).copy()
    except (ValueError, OverflowError) as error:
        raise WireError("an array on the wire has a shape that NumPy does not allow") from error
    return array[()] if scalar is True and array.ndim == 0 else array


def _dtype_names() -> frozenset[str]:
    return frozenset(np.dtype(char).str[1:] for char in DTYPES)
