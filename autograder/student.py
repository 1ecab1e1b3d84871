"""The side of the wall where students' code runs: inside the sandbox, without tests or marks.

Started by ``sandbox.py`` as a script. It reads one JSON request a line and answers one JSON line.
Whatever it answers is only a claim about the student's own values: marks are made outside.

Uses nothing but the standard library and NumPy (through ``objects.py`` and ``wire.py``, which lie
beside it).
"""

import ast
import builtins
import contextlib
import io
import json
import os
import resource
import sys
from collections.abc import Callable
from typing import Any

try:
    import objects  # type: ignore[import-not-found, unused-ignore]  # beside this file in the sandbox
except ImportError:
    from autograder import objects

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
    """The student's variables, and handles to objects that stay here."""

    def __init__(self, exchange: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.objects = objects.Objects(self.names, exchange)

    def run(self, source: str) -> dict[str, Any]:
        """Run one cell as a notebook would; return what it printed and how it failed, if it did."""
        objects.seed_generators()
        printed = io.StringIO()
        answer: dict[str, Any] = {}
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            try:
                self._execute(source)
            except BaseException as error:  # SystemExit and its like end a cell too
                answer = objects.failure(error, self.objects)
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


def without_magics(source: str) -> str:
    """Drop IPython's percent and shell lines, which mean nothing here."""
    lines = source.splitlines()
    return "\n".join("pass" if line.startswith(("%", "!")) else line for line in lines)


def answer(notebook: Notebook, request: dict[str, Any]) -> dict[str, Any]:
    """Carry out one request; turn every failure into an answer."""
    if request["do"] == "run":
        return notebook.run(request["source"])
    reply: dict[str, Any] = notebook.objects.answer(request)
    return reply


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
    sys.path[0] = settings["folder"]  # and no longer ours: a course may have a wire.py of its own
    for name in ("objects", "wire"):
        sys.modules.pop(name, None)
    sys.argv = ["notebook"]
    builtins.input = no_input

    def exchange(reply: dict[str, Any]) -> dict[str, Any]:
        """Send an answer and wait for the next request; the end of the pipe is the end."""
        replies.write(json.dumps(reply) + "\n")
        replies.flush()
        line = requests.readline()
        request: dict[str, Any] = json.loads(line) if line else os._exit(0)
        return request

    notebook = Notebook(exchange)
    line = requests.readline()
    reply = answer(notebook, json.loads(line)) if line else os._exit(0)
    while True:
        reply = answer(notebook, exchange(reply))


def no_input(*_: object) -> str:
    """Stand in for ``input``: nobody is there to type while a notebook is graded."""
    raise EOFError("input() has nobody to ask while the notebook is graded; use a variable")


if __name__ == "__main__":
    main()
