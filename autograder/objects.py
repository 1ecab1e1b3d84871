"""The student's side of a conversation about objects: handles, calls, callbacks, random states.

Runs inside the sandbox beside ``student.py``. Whatever it answers is only a claim about the
student's own values: marks are made outside. Each object that is no plain data gets a number, its
handle; a request names the operation and the handles or values it works on.

Uses nothing but the standard library and NumPy (through ``wire.py``, which lies beside it).
"""

import builtins
import contextlib
import io
import operator
import random
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

try:
    import wire  # type: ignore[import-not-found, unused-ignore]  # beside this file in the sandbox
except ImportError:
    from autograder import wire

OUTPUT_LIMIT = 20_000  # characters kept of what one cell or call prints


def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call, so that calling is an operation like the others."""
    return function(*args, **kwargs)


def weights(model: Any) -> dict[str, Any]:
    """Return a module's parameters by name, as they are now."""
    return dict(model.named_parameters())


def backward(number: Any, gradient: Any) -> None:
    """Carry a gradient that arrived from outside back through the student's own graph."""
    number.backward(gradient)


NAMED = (
    "getitem", "setitem", "delitem", "contains", "eq", "add", "sub", "mul", "truediv", "floordiv",
    "mod", "pow", "matmul", "neg", "abs",
)  # fmt: skip
OPERATIONS: dict[str, Callable[..., Any]] = {
    "call": call,
    "getattr": getattr,
    "setattr": setattr,
    "hasattr": hasattr,
    "isinstance": isinstance,
    "issubclass": issubclass,
    "weights": weights,
    "backward": backward,
    "len": len,
    "iter": iter,
    "next": next,
    "str": str,
    "enter": lambda manager: manager.__enter__(),
    "exit": lambda manager: manager.__exit__(None, None, None),
    **{name: getattr(operator, name) for name in NAMED},
}


class Callback:
    """An instructor's function, which stays outside and can only be called."""

    def __init__(self, objects: "Objects", number: int, name: str) -> None:
        self._objects, self._number, self.__name__ = objects, number, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function across the wall."""
        return self._objects.call_out(self._number, args, kwargs)


class OutsideIterator(Callback):
    """An instructor's iterator or generator, which stays outside."""

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return self()


class Objects:
    """Handles to the student's objects, and what may be done with them.

    Args:
        names: the student's variables.
        exchange: sends an answer and returns the next request; used while a callback is waited for.
    """

    def __init__(
        self, names: dict[str, Any], exchange: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> None:
        self.names, self.exchange = names, exchange
        self.operations: dict[str, Callable[..., Any]] = {
            **OPERATIONS,
            "bind": self.bind,
            "unbind": self.unbind,
            "settle": self.settle,
        }
        self.replaced: dict[str, Any] = {}  # what a test has put something else in the place of
        self.handles: list[Any] = []
        self.numbers: dict[int, int] = {}  # by id(); handles keep their objects alive

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Carry out one request; turn every failure into an answer."""
        try:
            if request["do"] == "find":
                return self.find(request["names"])
            return self.operate(request)
        except BaseException as error:  # the student's code may raise anything
            return failure(error, self)

    def find(self, names: list[str]) -> dict[str, Any]:
        """Return those of the names that the student has defined, with their values."""
        pairs = []
        for name in names:
            if name in self.names:
                with contextlib.suppress(Exception):  # an object that cannot even be looked at
                    pairs.append([name, self.describe(self.names[name])["value"]])
        return {"value": {"dict": pairs}}

    def bind(self, name: str, value: Any) -> None:
        """Put a test's value in the place of one of the student's."""
        if name in self.names:
            self.replaced.setdefault(name, self.names[name])
        self.names[name] = value

    def unbind(self, name: str) -> None:
        """Take a name away, as a test did."""
        if name in self.names:
            self.replaced.setdefault(name, self.names.pop(name))

    def settle(self) -> None:
        """End a test: functions that stayed outside answer no more, so the student's come back."""
        for name, before in self.replaced.items():
            if isinstance(self.names.get(name), Callback):
                self.names[name] = before
        self.replaced = {}

    def operate(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do one operation; also hand back what it printed and arguments it changed in place."""
        seed_generators()
        set_random(request.get("random"))
        args, kwargs = self.decode(request["args"]), self.decode(request.get("kwargs"))
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                result = self.operations[request["name"]](*args, **(kwargs or {}))
        except BaseException as error:
            return failure(error, self) | self.traces(request, args, kwargs, printed)
        same = [n for n, arg in enumerate(args) if arg is result and request["name"] == "call"]
        mutable = isinstance(result, np.ndarray | list | dict) or hasattr(result, "detach")
        answer = {"argument": same[0]} if same and mutable else self.describe(result)
        return answer | self.traces(request, args, kwargs, printed)

    def traces(
        self, request: dict[str, Any], args: Any, kwargs: Any, printed: io.StringIO
    ) -> dict[str, Any]:
        """Return what a call leaves behind besides its result: print, and changed arguments."""
        found: dict[str, Any] = {}
        if text := printed.getvalue()[:OUTPUT_LIMIT]:
            found["printed"] = text
        if request["name"] in ("call", "setitem"):
            for key, now in (("args", args), ("kwargs", kwargs)):
                with contextlib.suppress(Exception):
                    after = self.encode(now)
                    if now and after != request[key]:
                        found[key] = after
        return found

    def describe(self, value: Any) -> dict[str, Any]:
        """Return plain data as data, and anything else as a handle or with handles in it."""
        known = len(self.handles)
        try:
            return {"value": self.encode(value)}
        except (wire.WireError, RecursionError):
            for dropped in self.handles[known:]:
                del self.numbers[id(dropped)]
            del self.handles[known:]
            return {"value": self.handle(value)}

    def encode(self, value: Any) -> Any:
        """Return ``value`` for the wire."""
        return wire.encode(value, self.handle)

    def decode(self, data: Any) -> Any:
        """Return what the tester sent, its handles replaced by the objects."""
        return wire.decode(data, self._foreign)

    def handle(self, value: Any) -> Any:
        """Give an object a number; say of what types it is."""
        number = self.numbers.setdefault(id(value), len(self.handles))
        if number == len(self.handles):
            self.handles.append(value)
        kind = value if isinstance(value, type) else type(value)
        family = [f"{c.__module__}.{c.__qualname__}"[:200] for c in kind.__mro__[:50]]
        return {"handle": [number, kind.__name__[:100], family, isinstance(value, type)]}

    def _foreign(self, kind: str, content: Any) -> Any:
        if kind == "handle":
            return self.handles[content]
        if kind == "callback":
            return Callback(self, *content)
        if kind == "iterator":
            return OutsideIterator(self, *content)
        if kind == "known":
            return operator.attrgetter(content[1])(__import__(content[0], fromlist=["_"]))
        raise wire.WireError(f"unknown kind {kind!r}")

    def call_out(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Ask the tester to call its function; meanwhile answer what it asks in return."""
        reply = {"callback": number, "args": self.encode(list(args)), "kwargs": self.encode(kwargs)}
        while True:
            request = self.exchange(reply)
            if request["do"] == "return":
                for mine, theirs in zip(args, self.decode(request["args"]), strict=False):
                    if isinstance(mine, np.ndarray) and mine.flags.writeable:
                        mine[...] = theirs
                return self.decode(request["value"])
            if request["do"] == "raise":
                kind = getattr(builtins, request["type"], RuntimeError)
                raise kind(request["message"])
            reply = self.answer(request)


def seed_generators(seeded: set[str] = set()) -> None:  # noqa: B006  # remembers, on purpose
    """Start the global random generators from the same state in every run, once they are there."""
    for module, seed in (("random", "seed"), ("numpy", "random.seed"), ("torch", "manual_seed")):
        if module in sys.modules and module not in seeded:
            seeded.add(module)
            with contextlib.suppress(AttributeError):  # a module that is half imported
                operator.attrgetter(seed)(sys.modules[module])(0)


def set_random(states: Any) -> None:
    """Put the random generators in the state that the test has put its own in."""
    for module, state in (wire.decode(states) if states else {}).items():
        if module == "random":
            random.setstate(state)
        elif module == "numpy":
            np.random.set_state(state)  # noqa: NPY002  # the global generator is what tests seed
        elif module in sys.modules:
            sys.modules["torch"].set_rng_state(sys.modules["torch"].from_numpy(state))


def failure(error: BaseException, objects: Objects | None = None) -> dict[str, Any]:
    """Return an exception as text: type, message, place, family, arguments.

    A hostile ``__str__`` must not end the process.
    """
    try:
        message = str(error)[:2000]
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == "cell"]
        where = f" (line {frames[-1].lineno} of the cell)" if frames else ""
        family = [c.__name__[:100] for c in type(error).__mro__[:20]]
    except BaseException:  # str() of a stranger's exception may do anything
        message, where, family = "an exception that cannot be shown", "", []
    args = None
    with contextlib.suppress(BaseException):
        args = wire.encode(list(error.args))
    kind = objects.numbers.get(id(type(error))) if objects else None
    return {"error": [type(error).__name__[:100], message, where, family, args, kind]}
