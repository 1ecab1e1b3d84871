"""The side of the wall where students' code runs: inside the sandbox, without tests or marks.

Started by ``sandbox.py`` as a script. It reads one JSON request a line and answers one JSON line.
Whatever it answers is only a claim about the student's own values: marks are made outside.

Uses nothing but the standard library and NumPy (through ``wire.py``, which lies beside it).
"""

import ast
import builtins
import contextlib
import io
import json
import os
import random
import resource
import sys
import traceback
from typing import Any

OUTPUT_LIMIT = 20_000  # characters kept of what one cell prints


def lower_privileges(limits: dict[str, int], uid: int | None) -> None:
    """Set the limits, then stop being root, so that the limits also hold."""
    for name, value in limits.items():
        number = getattr(resource, name)
        resource.setrlimit(number, (value, value))
    if uid is not None:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)


class Notebook:
    """The student's variables, the cells run so far, and handles to objects that stay here."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.handles: list[Any] = []

    def run(self, source: str) -> dict[str, Any]:
        """Run one cell as a notebook would; return what it printed and how it failed, if it did."""
        printed = io.StringIO()
        answer: dict[str, Any] = {}
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            try:
                self._execute(source)
            except BaseException as error:  # SystemExit and its like end a cell too
                answer = failure(error)
        answer["printed"] = printed.getvalue()[:OUTPUT_LIMIT]
        return answer

    def _execute(self, source: str) -> None:
        tree = ast.parse(without_magics(source), "cell")
        last = tree.body[-1] if tree.body else None
        if isinstance(last, ast.Expr):
            tree.body.pop()
        exec(compile(tree, "cell", "exec"), self.names)  # noqa: S102  # this is the sandbox's purpose
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), self.names)  # noqa: S307
            if value is not None:
                print(repr(value))

    def describe(self, value: Any) -> dict[str, Any]:
        """Return plain data as data, and anything else as a handle."""
        if not callable(value):
            try:
                return {"value": wire.encode(value)}
            except wire.WireError:
                pass
        self.handles.append(value)
        return {"handle": len(self.handles) - 1, "type": type(value).__name__}

    def find(self, name: str) -> dict[str, Any]:
        """Return what the student defined under ``name``, or that there is nothing."""
        return self.describe(self.names[name]) if name in self.names else {"missing": True}

    def attribute(self, handle: int, name: str) -> dict[str, Any]:
        """Return a public attribute of an object that stays here."""
        return self.describe(getattr(self.handles[handle], name))

    def call(self, handle: int, args: Any, kwargs: Any) -> dict[str, Any]:
        """Call an object that stays here; also hand back arguments that it changed in place."""
        with contextlib.redirect_stdout(io.StringIO()):
            result = self.handles[handle](*args, **kwargs)
        answer = self.describe(result)
        answer["args"] = wire.encode(list(args))
        return answer


def without_magics(source: str) -> str:
    """Drop IPython's percent and shell lines, which mean nothing here."""
    lines = source.splitlines()
    return "\n".join("pass" if line.startswith(("%", "!")) else line for line in lines)


def failure(error: BaseException) -> dict[str, Any]:
    """Return an exception as text; a hostile ``__str__`` must not end the process."""
    try:
        message = str(error)[:2000]
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == "cell"]
        where = f" (line {frames[-1].lineno} of the cell)" if frames else ""
    except BaseException:  # str() of a stranger's exception may do anything
        message, where = "an exception that cannot be shown", ""
    return {"error": [type(error).__name__[:100], message + where]}


def answer(notebook: Notebook, request: dict[str, Any]) -> dict[str, Any]:
    """Carry out one request; turn every failure into an answer."""
    try:
        verb = request["do"]
        if verb == "run":
            return notebook.run(request["source"])
        if verb == "find":
            return notebook.find(request["name"])
        if verb == "attribute":
            return notebook.attribute(request["handle"], request["name"])
        random.seed(0)
        args = wire.decode(request["args"])
        return notebook.call(request["handle"], args, wire.decode(request["kwargs"]))
    except BaseException as error:  # the student's code may raise anything
        return failure(error)


def main() -> None:
    """Serve requests until the supervisor closes the pipe."""
    settings = json.loads(sys.argv[1])
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    # From here on nobody reads standard error, and a full pipe would stop us.
    os.dup2(nothing, 2)
    os.dup2(nothing, 1)  # a cell that writes to descriptor 1 prints nothing and breaks nothing
    lower_privileges(settings["limits"], settings["uid"])
    os.chdir(settings["folder"])
    sys.path.insert(0, settings["folder"])
    sys.argv = ["notebook"]
    notebook = Notebook()
    builtins.input = no_input
    for line in requests:
        text = json.dumps(answer(notebook, json.loads(line)))
        replies.write(text + "\n")
        replies.flush()


def no_input(*_: object) -> str:
    """Stand in for ``input``: nobody is there to type while a notebook is graded."""
    raise EOFError("input() has nobody to ask while the notebook is graded; use a variable")


if __name__ == "__main__":
    import wire  # type: ignore[import-not-found, unused-ignore]  # beside this file in the sandbox

    main()
