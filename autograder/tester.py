"""The trusted side: runs test cells, in which the student's names stand for objects in the sandbox.

The text of a test cell comes from the instructor. The student's functions are called across the
wall; what returns is plain data, so it cannot equal everything, patch NumPy or read the test.
"""

import ast
import builtins
import contextlib
import io
import symtable
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder import wire
from autograder.sandbox import Sandbox

REMOTE_ERRORS = {
    error.__name__: error
    for error in (
        ArithmeticError, AssertionError, AttributeError, EOFError, FileNotFoundError, ImportError,
        IndexError, KeyError, LookupError, MemoryError, ModuleNotFoundError, NameError,
        NotImplementedError, OSError, OverflowError, PermissionError, RecursionError, RuntimeError,
        SyntaxError, TypeError, UnboundLocalError, ValueError, ZeroDivisionError,
    )
}  # fmt: skip
HIDDEN = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")  # anywhere in a line, as for nbgrader


class StudentError(RuntimeError):
    """The student's code raised something that has no counterpart here."""


class RemoteObject:
    """A student's object that stays in the sandbox: it can be called, and its attributes read.

    It has no equality and no truth of its own, so that a test cannot be talked into either.
    """

    __slots__ = ("_handle", "_link", "_type")

    def __init__(self, link: "Link", handle: int, kind: str) -> None:
        self._link, self._handle, self._type = link, handle, kind

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the student's object with plain data; return what it returns."""
        return self._link.call(self._handle, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{name} is private to the student's {self._type}")
        return self._link.ask({"do": "attribute", "handle": self._handle, "name": name})

    def __eq__(self, other: object) -> bool:
        raise TypeError(f"a student's {self._type} cannot be compared; compare numbers or arrays")

    __hash__ = None  # type: ignore[assignment]  # unhashable, as objects with their own __eq__ are

    def __bool__(self) -> bool:
        raise TypeError(
            f"a student's {self._type} is neither true nor false; test numbers or arrays"
        )

    def __repr__(self) -> str:
        return f"<the student's {self._type}>"


class Link:
    """Turns answers of a sandbox into values, handles or exceptions."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def ask(self, request: dict[str, Any]) -> Any:
        """Return the value that the student's side names; raise what it raised."""
        return self.read(self.sandbox.ask(request))

    def find(self, name: str) -> tuple[bool, Any]:
        """Return whether the student defined ``name``, and what it is."""
        answer = self.sandbox.ask({"do": "find", "name": name})
        return (False, None) if "missing" in answer else (True, self.read(answer))

    def read(self, answer: dict[str, Any]) -> Any:
        """Return the value in an answer; raise the exception in it."""
        if "error" in answer:
            raise remote_error(answer["error"])
        if "value" in answer:
            return wire.decode(answer["value"])
        handle, kind = answer.get("handle"), answer.get("type")
        if type(handle) is not int or type(kind) is not str:
            raise wire.WireError("an answer on the wire has neither value, handle nor error")
        return RemoteObject(self, handle, kind[:100])

    def call(self, handle: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a student's function; arrays that it changed in place are changed here too."""
        request = {
            "do": "call",
            "handle": handle,
            "args": wire.encode(list(args)),
            "kwargs": wire.encode(kwargs),
        }
        answer = self.sandbox.ask(request)
        result = self.read(answer)
        changed = wire.decode(answer.get("args"))
        for mine, theirs in zip(args, changed if isinstance(changed, list) else [], strict=False):
            copy_back(mine, theirs)
        return result


def copy_back(mine: Any, theirs: Any) -> None:
    """Repeat on our side what the student's function did to an argument."""
    if isinstance(mine, np.ndarray) and isinstance(theirs, np.ndarray):
        if mine.shape == theirs.shape and mine.dtype == theirs.dtype and mine.flags.writeable:
            mine[...] = theirs
    elif isinstance(mine, list) and isinstance(theirs, list):
        mine[:] = theirs


def remote_error(content: Any) -> Exception:
    """Return an exception of an allowed type with the student's message, as text."""
    if type(content) is not list or len(content) != 2 or any(type(c) is not str for c in content):
        return StudentError("the student's code failed in a way that cannot be shown")
    name, message = content[0][:100], content[1][:2000]
    if name in REMOTE_ERRORS:
        return REMOTE_ERRORS[name](f"in your code: {message}")
    return StudentError(f"in your code: {name}: {message}")


class Tester:
    """Runs the instructor's cells and tests of one notebook, outside the sandbox."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__", "__builtins__": builtins}
        self.reserved = set(dir(builtins))  # names that are never taken from the student

    def prepare(self, source: str, link: Link) -> None:
        """Run an instructor's cell (imports, helpers); one that fails leaves the rest usable.

        Such a cell may call a student's function to show its result; what it shows is not needed.
        """
        with contextlib.suppress(Exception):
            self.run(source, link)

    def hand_over(self, solution: str) -> None:
        """Leave to the student the names that the instructor's own solution defines."""
        names = assigned_names(solution, imports=False)
        self.reserved -= names - set(dir(builtins))
        for name in names & set(self.names):
            del self.names[name]

    def run(self, source: str, link: Link) -> tuple[str, Any]:
        """Run a cell; return what it printed and the value of its last expression.

        From then on the names that it assigns are the instructor's, even where it failed before
        it came to them: a student's ``reference`` must not stand in for one that is missing.

        Raises:
            Exception: whatever the cell raises, an ``AssertionError`` above all.
            SandboxStoppedError: the student's process ended or took too long.
        """
        tree = ast.parse(source, "test")
        last = tree.body[-1] if tree.body else None
        if isinstance(last, ast.Expr):
            tree.body.pop()
        body = compile(tree, "test", "exec")
        tail = (
            compile(ast.Expression(last.value), "test", "eval")
            if isinstance(last, ast.Expr)
            else None
        )
        printed = io.StringIO()
        try:
            with (
                self._students_names(link, [c for c in (body, tail) if c]),
                contextlib.redirect_stdout(printed),
            ):
                exec(body, self.names)  # noqa: S102  # the instructor's text, from the course
                value = eval(tail, self.names) if tail else None  # noqa: S307  # the same
        finally:
            self.reserved |= assigned_names(source)
        return printed.getvalue(), value

    @contextlib.contextmanager
    def _students_names(self, link: Link, codes: list[types.CodeType]) -> Iterator[None]:
        """Lend the cell those of its names that only the student defines."""
        wanted = {name for code in codes for name in all_names(code)}
        lent: dict[str, Any] = {}
        for name in sorted(wanted - set(self.names) - self.reserved):
            found, value = link.find(name)
            if found:
                self.names[name] = lent[name] = value
        try:
            yield
        finally:
            for name, value in lent.items():
                # A name that the cell gave a meaning of its own is the instructor's from now on.
                if self.names.get(name) is value:
                    del self.names[name]


def all_names(code: types.CodeType) -> set[str]:
    """Return the global names that a cell, its functions and comprehensions may look up."""
    inner = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    return set(code.co_names).union(*(all_names(code) for code in inner))


def assigned_names(source: str, imports: bool = True) -> set[str]:
    r"""Return the names that a cell defines at its top level; none if it is not Python.

    >>> sorted(assigned_names("import os\nx = y\ndef f(): z = 1"))
    ['f', 'os', 'x']
    """
    try:
        symbols = symtable.symtable(source, "cell", "exec").get_symbols()
    except SyntaxError:
        return set()
    taken = {s.get_name() for s in symbols if s.is_imported()}
    defined = {s.get_name() for s in symbols if s.is_assigned()} - taken
    return defined | taken if imports else defined


def is_hidden(source: str, error: BaseException) -> bool:
    """Return whether ``error`` was raised from a line between the hidden-test marks."""
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "test":
            line = trace.tb_lineno if line is None else line
        trace = trace.tb_next
    hidden = False
    for number, text in enumerate(source.splitlines(), start=1):
        hidden = (hidden or HIDDEN[0] in text) and HIDDEN[1] not in text
        if number == line:
            return hidden
    return False


def message_for_student(source: str, error: BaseException) -> str:
    """Return what a student may read of a failed test: never a hidden test's own numbers.

    A hidden test speaks through its author: a message that begins with ``Hint:`` is passed on.
    """
    message = str(error)[:2000]
    if not is_hidden(source, error):
        return message
    if message.startswith("Hint:"):
        return message.splitlines()[0]
    return "A hidden test failed: it makes the same kind of check on inputs that are not shown."
