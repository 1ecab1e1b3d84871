"""Exceptions across the wall: an allowed type and the student's message, as text."""

import contextlib
from collections.abc import Mapping
from typing import Any

from autograder import wire

REMOTE_ERRORS = {
    error.__name__: error
    for error in (
        ArithmeticError, AssertionError, AttributeError, BufferError, EOFError, FileExistsError,
        FileNotFoundError, FloatingPointError, ImportError, IndentationError, IndexError,
        KeyError, LookupError, MemoryError, ModuleNotFoundError, NameError, NotImplementedError,
        OSError, OverflowError, PermissionError, RecursionError, RuntimeError, StopIteration,
        SyntaxError, TimeoutError, TypeError, UnboundLocalError, UnicodeError, ValueError,
        ZeroDivisionError,
    )
}  # fmt: skip


class StudentError(RuntimeError):
    """The student's code raised something that has no counterpart here."""


class NotAcrossError(TypeError):
    """A test does something that cannot be done across the wall: a person should look."""


def remote_error(
    content: Any, exceptions: Mapping[int, type[Exception]], names: Mapping[str, Any]
) -> Exception:
    """Return an exception of an allowed type with the student's message, as text.

    Args:
        content: what the answer says of it: name, message, place, names of its bases, arguments,
            and the handle of its class.
        exceptions: classes of the student's that have crossed, by handle.
        names: the tester's variables, in which an exception that both sides define is looked up.
    """
    texts = type(content) is list and all(type(c) is str for c in content[:2])
    if not texts or len(content) < 2:
        return StudentError("the student's code failed in a way that cannot be shown")
    name, message, where, family, args, handle = [*content, "", [], None, None][:6]
    name, message = name[:100], message[:2000]
    received = exceptions.get(handle) if type(handle) is int else None
    kind = received or _defined_here(names.get(name)) or _nearest_known([name], family)
    error = _make(kind, name, message, args)
    error.__dict__["students"] = f"{message}{where if type(where) is str else ''}"[:2100]
    return error


def _defined_here(kind: Any) -> type[Exception] | None:
    """Return an exception that the test's own cells define, or none."""
    if type(kind) is type and issubclass(kind, Exception) and kind.__module__ == "__main__":
        return kind
    return None


def _nearest_known(names: list[str], family: Any) -> type[Exception] | None:
    """Return the nearest type known here: a custom error still is the ValueError it extends."""
    if type(family) is not list:
        return None
    known = (REMOTE_ERRORS.get(f) for f in [*names, *family] if type(f) is str)
    return next((kind for kind in known if kind), None)


def _make(kind: type[Exception] | None, name: str, message: str, args: Any) -> Exception:
    if kind is None or kind is StudentError:
        return StudentError(f"in your code: {name}: {message}")
    error = kind.__new__(kind)
    error.args = (message,)
    with contextlib.suppress(wire.WireError):
        given = wire.decode(args)
        error.args = tuple(given) if type(given) is list else (message,)
    return error


def raising(error: Exception) -> dict[str, Any]:
    """Return the request that raises in the student's code; of the message it learns nothing."""
    family = [kind.__name__ for kind in type(error).__mro__]
    name = next((f for f in family if f in REMOTE_ERRORS), "RuntimeError")
    return {"do": "raise", "type": name, "message": "the test's function failed or is not there"}
