"""The side of the wall where students' code runs: inside the sandbox, without tests or marks.

Started by ``sandbox.py`` as a script. It reads one JSON request a line and answers one JSON line.
Whatever it answers is only a claim about the student's own values: marks are made outside.

Uses nothing but the standard library and NumPy (through ``objects.py`` and ``wire.py``, which lie
beside it).
"""

import ast
import base64
import builtins
import contextlib
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

try:  # beside this file in the sandbox
    import isolate  # type: ignore[import-not-found, unused-ignore]
    import objects  # type: ignore[import-not-found, unused-ignore]
except ImportError:
    from autograder import isolate, objects

OURS = ("isolate", "objects", "rare", "seccomp", "student", "warm", "wire")
OUTPUT_LIMIT = 20_000  # characters kept of what one cell prints


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
    if request["do"] == "files":
        return put_files(request["files"])
    reply: dict[str, Any] = notebook.objects.answer(request)
    return reply


def put_files(files: dict[str, str]) -> dict[str, Any]:
    """Write the files that the student handed in beside the notebook; say which did not fit."""
    missing = []
    for name, content in files.items():
        try:
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(base64.b64decode(content))
        except OSError:
            missing.append(name)
    return {"missing": missing}


def serve(requests: int, replies: int, folder: str) -> None:
    """Answer requests on two descriptors; the end of the first is the end of the process."""
    lines, out = os.fdopen(requests, encoding="utf-8"), os.fdopen(replies, "w", encoding="utf-8")

    def exchange(reply: dict[str, Any]) -> dict[str, Any]:
        """Send an answer and wait for the next request."""
        out.write(json.dumps(reply) + "\n")
        out.flush()
        line = lines.readline()
        request: dict[str, Any] = json.loads(line) if line else os._exit(0)
        return request

    os.chdir(folder)
    sys.path[0] = folder  # and no longer ours: a course may have a wire.py of its own
    for name in OURS:
        sys.modules.pop(name, None)
    sys.argv = ["notebook"]
    builtins.input = no_input
    notebook = Notebook(exchange)
    reply: dict[str, Any] = {"hello": True}  # the sandbox stands
    while True:
        reply = answer(notebook, exchange(reply))


def main() -> None:
    """Give up all privileges and serve whoever started this process."""
    settings = json.loads(sys.argv[1])
    requests, replies = os.dup(0), os.dup(1)
    isolate.keep_only((requests, replies))  # a full pipe that nobody reads would stop us
    isolate.lower_privileges(settings["limits"], settings["uid"])
    serve(requests, replies, settings["folder"])


def no_input(*_: object) -> str:
    """Stand in for ``input``: nobody is there to type while a notebook is graded."""
    raise EOFError("input() has nobody to ask while the notebook is graded; use a variable")


if __name__ == "__main__":
    main()
