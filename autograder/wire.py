"""What crosses the sandbox's wall: JSON, with arrays as raw bytes. Never pickle.

Both sides use this one file. Reading is strict, because the other side may be a stranger: known
kinds only, a list of allowed dtypes, limits on size, depth and count. What is no plain data goes
through a hook (`foreign`) that each side gives: there, objects become numbered handles.

Uses nothing but the standard library and NumPy, since it also runs inside the sandbox; PyTorch is
touched only where a tensor is, and only if it can be imported.
"""

import base64
import keyword
import math
import sys
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np

try:
    import rare  # type: ignore[import-not-found, unused-ignore]  # beside this file in the sandbox
except ImportError:
    from autograder import rare

MAX_MESSAGE = 64 * 2**20  # bytes of one JSON line
MAX_ITEMS = 1_000_000
MAX_DEPTH = 20
MAX_TEXT = 100  # characters of a text in an array of texts
DTYPES = frozenset("?bBhHiIlLqQefdFD")  # booleans, integers, floats, complex: no objects
MAX_FIELDS = 50  # of a named tuple
ARRAY_LIKE = frozenset(["shape", "dtype", "ndim", "size", "T", "item", "sum", "mean", "all", "any"])
SEQUENCES: dict[str, type] = {
    "list": list, "tuple": tuple, "set": set, "frozenset": frozenset, "deque": deque,
}  # fmt: skip
SEQUENCE_NAMES: dict[Any, str] = {kind: name for name, kind in SEQUENCES.items()}
MAPPINGS = (dict, OrderedDict, defaultdict, Counter)  # all arrive as plain dicts
TYPES: dict[str, Any] = {
    t.__name__: t for t in (bool, int, float, complex, str, bytes, list, tuple, dict, set)
}

Encoder = Callable[[Any], Any]
Decoder = Callable[[str, Any], Any]


class WireError(ValueError):
    """A message that breaks the format or its limits."""


def refuse(value: Any) -> Any:
    """Say that ``value`` cannot cross; the hook of a side that has no handles."""
    raise WireError(f"a value of type {type(value).__name__} cannot be handed over; use numbers")


def refuse_kind(kind: str, _: Any) -> Any:
    """Say that a message is of an unknown kind."""
    raise WireError(f"unknown kind of value on the wire: {kind[:50]!r}")


def encode(value: Any, foreign: Encoder = refuse, depth: int = 0) -> Any:
    """Return ``value`` as JSON data; what is no plain data is left to the hook ``foreign``.

    >>> encode((1, 2.5))
    {'tuple': [1, {'float': '2.5'}]}
    """
    if depth > MAX_DEPTH:
        raise WireError(f"a value is nested more than {MAX_DEPTH} deep; return a flatter one")
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return value
    if kind is float:
        return {"float": repr(value)}
    if kind is complex:
        return {"complex": [repr(value.real), repr(value.imag)]}
    if kind is bytes:
        return {"bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, np.ndarray | np.generic):
        return _encode_array(np.asarray(value), isinstance(value, np.generic), foreign)
    if kind in SEQUENCE_NAMES:
        return {SEQUENCE_NAMES[kind]: [encode(item, foreign, depth + 1) for item in value]}
    if kind in MAPPINGS:
        pairs = [[encode(side, foreign, depth + 1) for side in pair] for pair in value.items()]
        return {"dict": pairs}
    fields: Any = kind.__dict__.get("_fields")
    if kind.__bases__ == (tuple,) and is_named(kind.__name__, fields):
        items = [encode(item, foreign, depth + 1) for item in tuple.__iter__(value)]
        return {"named": [kind.__name__, list(fields), items]}
    return rare.encode(value) or _encode_rare(value, foreign)


def is_named(name: Any, fields: Any) -> bool:
    """Return whether a named tuple can be made with this name and these fields."""
    if type(fields) not in (tuple, list) or len(fields) > MAX_FIELDS:
        return False
    words = [name, *fields]
    if not all(type(w) is str and w.isidentifier() and len(w) <= MAX_TEXT for w in words):
        return False
    distinct = len(set(fields)) == len(fields) and not any(f.startswith("_") for f in fields)
    # With a field called shape it would say of itself what only an array may.
    return distinct and not ARRAY_LIKE & set(fields) and not any(map(keyword.iskeyword, words))


def _encode_rare(value: Any, foreign: Encoder) -> Any:
    if type(value) is type:
        name = str(value.__name__)
        if TYPES.get(name) is value:
            return {"type": ["builtins", name]}
        if issubclass(value, np.generic):
            return {"type": ["numpy", name]}
    if isinstance(value, np.dtype) and value.char in DTYPES:
        return {"dtype": value.str}
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.dtype):
        return {"type": ["torch", str(value).removeprefix("torch.")]}
    if torch is not None and isinstance(value, torch.Tensor):
        return _encode_tensor(value, foreign)
    return foreign(value)


def _encode_tensor(tensor: Any, foreign: Encoder) -> Any:
    """Return values, whether gradients are wanted, whether it is a parameter, and its gradient."""
    try:
        array = tensor.detach().cpu().numpy()
        grad = None if tensor.grad_fn is not None else tensor.grad
        gradient = None if grad is None else encode(grad.detach().cpu().numpy())
    except (TypeError, RuntimeError):  # sparse, quantised or half of a kind that NumPy lacks
        return foreign(tensor)
    parameter = type(tensor).__name__ == "Parameter"
    return {"tensor": [encode(array), bool(tensor.requires_grad), parameter, gradient]}


def _encode_array(array: Any, scalar: bool, foreign: Encoder) -> Any:
    texts = array.dtype.kind in "US" and array.dtype.itemsize <= 4 * MAX_TEXT
    if array.dtype.char not in DTYPES and not texts:
        if foreign is not refuse:
            return foreign(array)
        raise WireError(f"an array of dtype {array.dtype} cannot be handed over; use numbers")
    raw = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
    return {"array": [array.dtype.str, list(array.shape), raw, scalar]}


def decode(data: Any, foreign: Decoder = refuse_kind, depth: int = 0) -> Any:
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
    if kind in SIMPLE:
        return SIMPLE[kind](content)
    if kind in rare.READERS:
        try:
            return rare.decode(kind, content)
        except ValueError as error:
            raise WireError(str(error)) from error
    if kind == "named":
        return _decode_named(content, foreign, depth + 1)
    if kind not in SEQUENCES and kind != "dict":
        return foreign(kind, content)
    if type(content) is not list or len(content) > MAX_ITEMS:
        raise WireError(f"a {kind} on the wire is no list of at most {MAX_ITEMS} items")
    return _decode_container(kind, content, foreign, depth + 1)


def _decode_container(kind: str, content: list[Any], foreign: Decoder, depth: int) -> Any:
    try:
        if kind == "dict":
            if not all(type(pair) is list and len(pair) == 2 for pair in content):
                raise WireError("a dict on the wire is no list of pairs")
            return {decode(k, foreign, depth): decode(v, foreign, depth) for k, v in content}
        return SEQUENCES[kind](decode(item, foreign, depth) for item in content)
    except TypeError as error:
        raise WireError(f"a {kind} on the wire has a key that cannot be one") from error


def _decode_named(content: Any, foreign: Decoder, depth: int) -> Any:
    if type(content) is not list or len(content) != 3 or not is_named(content[0], content[1]):
        raise WireError("a named tuple on the wire is not [name, fields, items]")
    name, fields, items = content
    if type(items) is not list or len(items) != len(fields):
        raise WireError("a named tuple on the wire has other fields than items")
    made: Any = namedtuple(name, fields)  # type: ignore[misc]  # its name is not known here
    return made(*(decode(item, foreign, depth) for item in items))


def _decode_float(content: Any) -> float:
    if type(content) is not str or len(content) > 40:
        raise WireError("a float on the wire is not a short text")
    try:
        return float(content)
    except ValueError as error:
        raise WireError("a float on the wire is not a number") from error


def _decode_complex(content: Any) -> complex:
    if type(content) is not list or len(content) != 2:
        raise WireError("a complex number on the wire is not a pair")
    return complex(_decode_float(content[0]), _decode_float(content[1]))


def _decode_bytes(content: Any) -> bytes:
    if type(content) is not str:
        raise WireError("bytes on the wire are not text")
    try:
        return base64.b64decode(content, validate=True)
    except ValueError as error:
        raise WireError("bytes on the wire are not base64") from error


def _decode_type(content: Any) -> Any:
    """Return a type of numbers; names of anything else are refused."""
    if type(content) is not list or len(content) != 2 or any(type(c) is not str for c in content):
        raise WireError("a type on the wire is not [module, name]")
    module, name = content
    found = TYPES.get(name) if module == "builtins" else None
    if module == "numpy":
        found = next((t for t in set(np.sctypeDict.values()) if t.__name__ == name), None)
    if module == "torch" and "torch" in sys.modules:
        kind = getattr(sys.modules["torch"], name, None)
        found = kind if isinstance(kind, sys.modules["torch"].dtype) else None
    if found is None:
        raise WireError("a type on the wire is not one of numbers and containers")
    return found


def _decode_dtype(content: Any) -> Any:
    if type(content) is not str or content[:1] not in "<>|=" or content[1:] not in _dtype_names():
        raise WireError("an array on the wire has a dtype that is not allowed")
    return np.dtype(content)


def _decode_tensor(content: Any) -> Any:
    if type(content) is not list or len(content) != 4:
        raise WireError("a tensor on the wire is not [array, wants gradient, parameter, gradient]")
    array, gradient = decode(content[0]), decode(content[3])
    try:
        import torch  # slow, and most notebooks need none

        tensor: Any = torch.from_numpy(np.asarray(array))
        if content[2] is True:
            tensor = torch.nn.Parameter(tensor, requires_grad=content[1] is True)
        elif content[1] is True:
            tensor.requires_grad_()
        if gradient is not None:
            tensor.grad = torch.from_numpy(np.asarray(gradient))
    except (ImportError, RuntimeError, TypeError, ValueError) as error:
        raise WireError(f"a tensor on the wire cannot be made: {error}") from error
    return tensor


def _decode_array(content: Any) -> Any:
    if type(content) is not list or len(content) != 4:
        raise WireError("an array on the wire is not [dtype, shape, bytes, scalar]")
    name, shape, raw, scalar = content
    dtype = np.dtype(name) if _is_text(name) else _decode_dtype(name)
    sizes = type(shape) is list and len(shape) <= 32 and all(type(n) is int for n in shape)
    if not sizes or min([0, *shape]) < 0 or type(raw) is not str:
        raise WireError("an array on the wire has no valid shape")
    try:
        content_bytes = base64.b64decode(raw, validate=True)
    except ValueError as error:
        raise WireError("an array on the wire is not base64") from error
    if math.prod(shape) * dtype.itemsize != len(content_bytes):
        raise WireError("an array on the wire has a shape that does not fit its bytes")
    try:
        array = np.frombuffer(content_bytes, dtype=dtype).reshape(shape).copy()
    except (ValueError, OverflowError) as error:
        raise WireError("an array on the wire has a shape that NumPy does not allow") from error
    return array[()] if scalar is True and array.ndim == 0 else array


def _is_text(name: Any) -> bool:
    """Return whether ``name`` is a dtype of short texts, as ``<U5`` is."""
    if type(name) is not str or name[:2] not in ("<U", ">U", "|S") or not name[2:].isdecimal():
        return False
    return len(name) < 6 and 0 < int(name[2:]) <= MAX_TEXT


def _dtype_names() -> frozenset[str]:
    return frozenset(np.dtype(char).str[1:] for char in DTYPES)


SIMPLE: dict[str, Callable[[Any], Any]] = {
    "float": _decode_float,
    "complex": _decode_complex,
    "bytes": _decode_bytes,
    "type": _decode_type,
    "dtype": _decode_dtype,
    "array": _decode_array,
    "tensor": _decode_tensor,
}
