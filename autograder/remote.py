"""Students' objects as the trusted side sees them: data is data, anything else is a proxy.

A proxy can be called, iterated and asked for attributes, across the wall. It has no equality and
no truth of its own, so that a test cannot be talked into either, and what an array would know of
itself (a shape, a mean) it does not say: receive the array and look.
"""

import contextlib
import sys
import time
import types
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np

from autograder import wire
from autograder.limits import SandboxStoppedError
from autograder.mirror import copy_back, random_marks, random_states

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
# What an array knows of itself; of an object that stays inside it would be a bare claim.
ARRAY_CLAIMS = frozenset(
    [
        "T", "all", "allclose", "any", "argmax", "argmin", "astype", "device", "dim",
        "dtype", "eq", "equal", "flat", "item", "itemsize", "max", "mean", "min", "nbytes",
        "ndim", "ndimension", "norm", "numel", "numpy", "prod", "ptp", "shape", "size",
        "std", "sum", "tobytes", "tolist", "trace", "var",
    ]
)  # fmt: skip
STAND_INS: dict[str, type] = {
    "builtins.tuple": tuple,
    "builtins.list": list,
    "builtins.dict": dict,
    "builtins.generator": types.GeneratorType,
    "builtins.function": types.FunctionType,
}
PUBLIC_SPECIAL = frozenset(["__name__", "__qualname__", "__doc__", "__module__"])


class StudentError(RuntimeError):
    """The student's code raised something that has no counterpart here."""


class NotAcrossError(TypeError):
    """A test does something that cannot be done across the wall: a person should look."""


class Asker(Protocol):
    """Whatever carries a request into the sandbox and an answer out."""

    def ask(self, request: dict[str, Any], seconds: float | None = None) -> dict[str, Any]:
        """Return the answer to ``request``."""


class RemoteObject:
    """A student's object that stays in the sandbox."""

    __slots__ = ("_family", "_handle", "_is_class", "_link", "_type")

    def __init__(
        self, link: "Link", handle: int, kind: str, family: list[str], is_class: bool = False
    ) -> None:
        for name, value in zip(
            ("_link", "_handle", "_type", "_family", "_is_class"),
            (link, handle, kind, family, is_class),
            strict=True,
        ):
            object.__setattr__(self, name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the student's object; return what it returns."""
        return self._link.operate("call", self, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") and name not in PUBLIC_SPECIAL:
            raise AttributeError(f"{name} is private to the student's {self._type}")
        if name in ARRAY_CLAIMS - self._link.attributes:
            raise self._link.refusal(
                f"the student's {self._type} stays in the sandbox, and its {name} would be a bare "
                "claim; receive an array with as_array(value, shape, dtype) and look at that"
            )
        return self._link.operate("getattr", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._link.operate("setattr", self, name, value)

    @property  # type: ignore[misc]  # read-only: a test has no reason to change it
    def __class__(self) -> Any:
        """Return the first of the claimed types that is known here, for ``isinstance``."""
        if object.__getattribute__(self, "_is_class"):
            return type
        return known_type(object.__getattribute__(self, "_family"))

    def _receive_weights(self) -> Any:
        """Return a module's parameters by name, as they arrive (for ``vocabulary.py``)."""
        return self._link.operate("weights", self)

    def __instancecheck__(self, instance: Any) -> bool:
        return self._link.operate("isinstance", instance, self) is True

    def __subclasscheck__(self, subclass: Any) -> bool:
        return self._link.operate("issubclass", subclass, self) is True

    def __eq__(self, other: object) -> bool:
        raise self._link.refusal(
            f"a student's {self._type} cannot be compared; compare numbers or arrays"
        )

    __hash__ = None  # type: ignore[assignment]  # unhashable, as objects with their own __eq__ are

    def __bool__(self) -> bool:
        raise self._link.refusal(
            f"a student's {self._type} is neither true nor false; test numbers or arrays"
        )

    def __repr__(self) -> str:
        return f"<the student's {self._type}>"

    def __str__(self) -> str:
        return str(self._link.operate("str", self))

    def __len__(self) -> int:
        length = self._link.operate("len", self)
        if type(length) is not int or length < 0:
            raise TypeError(f"the student's {self._type} has no length")
        return length

    def __iter__(self) -> Iterator[Any]:
        """Iterate on the student's side; every item is received before it is looked at."""
        items = self._link.operate("iter", self)
        if not isinstance(items, RemoteObject):
            yield from items
            return
        while True:
            try:
                yield self._link.operate("next", items)
            except StopIteration:
                return

    def __next__(self) -> Any:
        return self._link.operate("next", self)

    def __enter__(self) -> Any:
        return self._link.operate("enter", self)

    def __exit__(self, *_: object) -> None:
        self._link.operate("exit", self)


def _operator(name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the method for ``self OP other`` and the one for ``other OP self``."""

    def forward(self: RemoteObject, *others: Any) -> Any:
        return self._link.operate(name, self, *others)

    def backward(self: RemoteObject, other: Any) -> Any:
        return self._link.operate(name, other, self)

    return forward, backward


for _name in ("getitem", "setitem", "delitem", "contains", "neg", "abs"):
    setattr(RemoteObject, f"__{_name}__", _operator(_name)[0])
for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
    _forward, _reflected = _operator(_name)
    setattr(RemoteObject, f"__{_name}__", _forward)
    setattr(RemoteObject, f"__r{_name}__", _reflected)


def known_type(family: list[str]) -> type:
    """Return the first class of ``family`` that is a module's or a container here."""
    for name in family:
        module, _, kind = name.rpartition(".")
        # Only bases that students derive from; an array or a number that stays inside is none.
        if module.startswith("torch.nn.modules") or module == "torch.utils.data.dataset":
            found: Any = getattr(sys.modules.get(module), kind, None)
            if isinstance(found, type):
                return found
        if name in STAND_INS:
            return STAND_INS[name]
    return RemoteObject


class Link:
    """Turns answers of a sandbox into values, proxies or exceptions.

    Args:
        asker: the sandbox, or what passes requests on to it.
        names: the tester's variables, in which an exception that both sides define is looked up.
    """

    def __init__(self, asker: Asker, names: dict[str, Any] | None = None) -> None:
        self.sandbox = asker
        self.names = {} if names is None else names
        self.attributes: set[str] = set()  # attributes that the instructor's own classes define
        self.callbacks: list[Any] = []
        self.exceptions: dict[int, type[Exception]] = {}
        self._random = random_marks()
        self._refused: AssertionError | None = None  # by a function of the test's that was called
        self.refusals: list[str] = []  # what a test could not do; it may have swallowed that
        self.until: float | None = None  # when the present cell's time is over
        self.stopped: SandboxStoppedError | None = None  # a test may have swallowed it

    def refusal(self, message: str) -> NotAcrossError:
        """Return the error to raise, and remember it: perhaps the test is at fault."""
        self.refusals.append(message)
        return NotAcrossError(message)

    def find(self, names: list[str]) -> dict[str, Any]:
        """Return those of the names that the student has defined, and what they are."""
        found = self.read(self._ask({"do": "find", "names": names})) if names else {}
        if type(found) is not dict or not set(found) <= set(names):
            raise wire.WireError("the student's names on the wire are not those asked for")
        return found

    def run(self, source: str) -> dict[str, Any]:
        """Run a cell of the student; functions of the tester that it kept no longer answer."""
        return self._converse({"do": "run", "source": source}, answering=False)

    def operate(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        """Do something to a student's object; changes to arguments are repeated here.

        Raises:
            NotAcrossError: an argument is neither data nor a function.
            Exception: whatever the student's code raised.
        """
        request = {"do": "operate", "name": operation, "args": self._encode(list(args))}
        if kwargs:
            request["kwargs"] = self._encode(kwargs)
        if operation == "call" and (states := self._moved_random_states()):
            request["random"] = wire.encode(states)
        self._refused = None
        answer = self._converse(request, answering=True)
        if self._refused is not None:
            raise self._refused  # the student's code may have swallowed it
        if type(text := answer.get("printed")) is str:
            print(text, end="")  # into what the test captures, or nowhere
        for mine, changed in ((list(args), "args"), (kwargs, "kwargs")):
            if changed in answer:
                copy_back(mine, self.decode(answer[changed]), top=True)
        if type(same := answer.get("argument")) is int and 0 <= same < len(args):
            return args[same]
        try:
            return self.read(answer)
        except StopIteration as error:
            if operation == "next":
                raise
            # As in a generator: a call that ends its caller's loop would skip the checks in it.
            raise RuntimeError("a call raised StopIteration") from error

    def read(self, answer: dict[str, Any]) -> Any:
        """Return the value in an answer; raise the exception in it."""
        if "error" in answer:
            raise self.remote_error(answer["error"])
        if "value" in answer:
            return self.decode(answer["value"])
        raise wire.WireError("an answer on the wire has neither value nor error")

    def decode(self, data: Any) -> Any:
        """Return a value that the student's side sent."""
        return wire.decode(data, self._foreign)

    def _encode(self, value: Any) -> Any:
        try:
            return wire.encode(value, self._handle)
        except wire.WireError as error:
            raise self.refusal(f"the test hands over what cannot cross: {error}") from error

    def _handle(self, value: Any) -> Any:
        """Encode what is no data: a student's own object, or a function or iterator of the test."""
        if type(value) is RemoteObject:
            return {"handle": value._handle}
        number = next((n for n, c in self.exceptions.items() if c is value), None)
        if number is not None:
            return {"handle": number}
        module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
        if isinstance(value, np.ufunc):
            module, name = "numpy", value.__name__
        library = isinstance(module, str) and module.split(".")[0] in ("numpy", "torch", "math")
        if library and callable(value) and name and "<" not in name:
            return {"known": [module, name]}
        kinds = (types.FunctionType, types.MethodType, types.BuiltinFunctionType)
        iterates = isinstance(value, Iterator) and not callable(value)
        if not isinstance(value, kinds) and not iterates:
            return wire.refuse(value)
        self.callbacks.append(value.__next__ if iterates else value)
        kind = "iterator" if iterates else "callback"
        return {kind: [len(self.callbacks) - 1, getattr(value, "__name__", kind)]}

    def _foreign(self, kind: str, content: Any) -> Any:
        if kind != "handle" or type(content) is not list or len(content) != 4:
            return wire.refuse_kind(kind, content)
        number, name, family, is_class = content
        texts = type(family) is list and all(type(c) is str for c in family)
        if type(number) is not int or type(name) is not str or not texts or len(family) > 50:
            raise wire.WireError("a handle on the wire is not [number, type, family, is class]")
        if is_class is True and "builtins.Exception" in family:
            names = [known.rpartition(".")[2] for known in family]
            bases = [REMOTE_ERRORS[n] for n in names if n in REMOTE_ERRORS]
            made = type(name[:100], (bases[0] if bases else Exception,), {})
            return self.exceptions.setdefault(number, made)
        return RemoteObject(self, number, name[:100], family, is_class is True)

    def _converse(self, request: dict[str, Any], answering: bool) -> dict[str, Any]:
        """Send a request and serve callbacks until its answer comes, within the cell's time."""
        answer = self._ask(request)
        while "callback" in answer:
            answer = self._ask(self._call_back(answer) if answering else raising(RuntimeError()))
        return answer

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Ask, remembering why it ended: a test may go on as if nothing had happened."""
        if self.stopped is not None:
            raise self.stopped
        left = None if self.until is None else max(self.until - time.monotonic(), 0.0)
        try:
            return self.sandbox.ask(request, left)
        except SandboxStoppedError as stopped:
            over = self.until is not None and time.monotonic() >= self.until
            self.stopped = self._out_of_time(stopped) if over else stopped
            raise self.stopped from None

    def _out_of_time(self, stopped: SandboxStoppedError) -> SandboxStoppedError:
        """Return the reason with the cell's whole time, of which the last call had a part."""
        limits = getattr(self.sandbox, "limits", None)
        if limits is None or "the whole notebook" in str(stopped):
            return stopped
        return SandboxStoppedError(
            f"stopped after {limits.seconds:g} s, the limit for one cell; look for a loop that "
            "never ends"
        )

    def _call_back(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Call a function of the test for the student's side."""
        number = answer["callback"]
        try:
            if type(number) is not int or not 0 <= number < len(self.callbacks):
                return raising(RuntimeError())
            function = self.callbacks[number]  # None, once the test is over
            args, kwargs = self.decode(answer.get("args")), self.decode(answer.get("kwargs"))
            result = function(*args, **kwargs)
            return {"do": "return", "value": self._encode(result), "args": self._encode(args)}
        except Exception as error:
            self._refused = error if isinstance(error, AssertionError) else self._refused
            return raising(error)

    def forget_callbacks(self) -> None:
        """Answer no more to functions handed over so far; their numbers are not used again."""
        self.callbacks = [None] * len(self.callbacks)

    def _moved_random_states(self) -> dict[str, Any]:
        """Return the states of those global generators that the test has moved."""
        before, self._random = self._random, random_marks()
        moved = {name for name, mark in self._random.items() if mark != before.get(name)}
        return {name: state for name, state in random_states().items() if name in moved}

    def remote_error(self, content: Any) -> Exception:
        """Return an exception of an allowed type with the student's message, as text."""
        texts = type(content) is list and all(type(c) is str for c in content[:2])
        if not texts or len(content) < 2:
            return StudentError("the student's code failed in a way that cannot be shown")
        name, message, where, family, args, kind = [*content, "", [], None, None][:6]
        name, message = name[:100], message[:2000]
        error = self._error_of(name, message, family, args, kind)
        error.__dict__["students"] = f"{message}{where if type(where) is str else ''}"[:2100]
        return error

    def _error_of(self, name: str, message: str, family: Any, args: Any, kind: Any) -> Exception:
        made: type[Exception] | None = None
        if type(kind) is int:
            made = self.exceptions.get(kind)
        ours = self.names.get(name)
        if type(ours) is type and issubclass(ours, Exception) and ours.__module__ == "__main__":
            made = made or ours
        if made is None and type(family) is list:
            # The nearest type known here: a custom error still is the ValueError it extends.
            known = (REMOTE_ERRORS.get(f) for f in [name, *family] if type(f) is str)
            made = next((kind for kind in known if kind), None)
        if made is None or made is StudentError:
            return StudentError(f"in your code: {name}: {message}")
        error = made.__new__(made)
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
