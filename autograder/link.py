"""The link to a sandbox: what comes out of it is data, an exception, or a proxy."""

import time
import types
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from autograder import wire
from autograder.limits import SandboxStoppedError
from autograder.mirror import copy_back, random_marks, random_states
from autograder.proxy import RemoteObject
from autograder.remote_errors import REMOTE_ERRORS, NotAcrossError, raising, remote_error


class Asker(Protocol):
    """Whatever carries a request into the sandbox and an answer out."""

    def ask(self, request: dict[str, Any], seconds: float | None = None) -> dict[str, Any]:
        """Return the answer to ``request``."""


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
        self._random = random_marks(random_states())
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
            raise self.error_in(answer)
        if "value" in answer:
            return self.decode(answer["value"])
        raise wire.WireError("an answer on the wire has neither value nor error")

    def error_in(self, answer: dict[str, Any]) -> Exception:
        """Return the exception that an answer tells of."""
        return remote_error(answer["error"], self.exceptions, self.names)

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
        before, states = self._random, random_states()
        self._random = random_marks(states)
        return {n: state for n, state in states.items() if self._random[n] != before.get(n)}
