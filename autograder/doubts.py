"""Rules for tests that believe too much; each looks at one node of a test's syntax tree."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from autograder.hidden import hidden_lines
from autograder.scripts import runs_inside, without_magics

BROADCASTS = frozenset(
    [
        "assert_allclose",
        "allclose",
        "isclose",
        "assert_array_equal",
        "assert_almost_equal",
        "assert_array_almost_equal",
        "assert_equal",
        "assert_close",
    ]
)
CLAIMS = frozenset(
    ["numel", "parameters", "state_dict", "named_parameters", "size", "num_parameters"]
)
RECEIVES = frozenset(["as_array", "close", "received_weights", "parameter_count", "load_weights"])
SHAPES = frozenset(["shape", "ndim"])
COPIES = frozenset(["copy", "clone", "deepcopy", "array", "list"])


@dataclass
class Examined:
    """A test cell as the rules see it.

    Attributes:
        tree: its syntax tree.
        hidden: numbers of the lines that students never see.
        theirs: names that students define.
        values: variables that hold what a student's code returned, and have not been received.
        shaped: variables whose shape the test looks at.
    """

    tree: ast.Module
    hidden: set[int]
    theirs: set[str]
    values: set[str]
    shaped: set[str]


def look(source: str, theirs: set[str]) -> Iterator[tuple[int, str, str]]:
    """Yield line, code and text of what a test trusts; a test that is no Python yields nothing."""
    try:
        tree = ast.parse(without_magics(source))
    except SyntaxError:
        return
    if runs_inside(source):
        yield 1, "inside", "### RUN WITH STUDENT CODE"
        return
    test = Examined(tree, hidden_lines(source), theirs, *students_values(tree, theirs))
    for node in ast.walk(tree):
        for rule in RULES:
            for code in rule(node, test):
                yield getattr(node, "lineno", 1), code, ast.unparse(node).splitlines()[0][:70]
    yield from last_value(test)


def students_values(tree: ast.Module, theirs: set[str]) -> tuple[set[str], set[str]]:
    """Return the variables that hold a student's answer, and those whose shape is looked at."""
    values: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
            values |= names if answers(node.value, theirs, values) else set()
    shaped = {
        n.value.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Attribute) and n.attr in SHAPES and isinstance(n.value, ast.Name)
    }
    shaped |= {
        a.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and called(n) == "shape"
        for a in n.args
        if isinstance(a, ast.Name)
    }
    return values, shaped


def called(node: ast.expr) -> str:
    """Return the last name of what a call calls."""
    function = node.func if isinstance(node, ast.Call) else node
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def answers(node: ast.expr, theirs: set[str], values: set[str]) -> bool:
    """Return whether an expression is a student's answer that nothing has received yet."""
    if isinstance(node, ast.Name):
        return node.id in values
    if isinstance(node, ast.Attribute):
        return answers(node.value, theirs, values)
    if isinstance(node, ast.Call):
        if called(node) in RECEIVES:
            return False
        made = isinstance(node.func, ast.Name) and node.func.id in theirs | values
        return made or (isinstance(node.func, ast.Attribute) and answers(node.func, theirs, values))
    return False


def broadcasts(node: ast.AST, test: Examined) -> Iterator[str]:
    """Comparisons in which one number passes for an array."""
    if isinstance(node, ast.Call) and called(node) in BROADCASTS:
        for side in [*node.args[:2], *(k.value for k in node.keywords if k.arg == "actual")]:
            name = side.id if isinstance(side, ast.Name) else ""
            if name not in test.shaped and answers(side, test.theirs, test.values):
                yield "broadcast"


def claims(node: ast.AST, test: Examined) -> Iterator[str]:
    """Questions that the student's object answers about itself."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        about = node.func.value
        if node.func.attr in CLAIMS and (
            answers(about, test.theirs, test.values) or node.func.attr == "numel"
        ):
            yield "claim"
    if isinstance(node, ast.Call) and called(node) == "len" and node.args:
        inner = node.args[0]
        listed = isinstance(inner, ast.Call) and called(inner) in ("list", "tuple") and inner.args
        if listed and answers(inner.args[0], test.theirs, test.values):  # type: ignore[attr-defined]
            yield "length"


def tells(node: ast.AST, test: Examined) -> Iterator[str]:
    """Messages of hidden tests that show what is hidden."""
    if isinstance(node, ast.Assert) and node.msg is not None and node.lineno in test.hidden:
        literal = isinstance(node.msg, ast.Constant) and isinstance(node.msg.value, str)
        if not (literal and str(node.msg.value).startswith("Hint:")):  # type: ignore[attr-defined]
            yield "told"


def swallows(node: ast.AST, _: Examined) -> Iterator[str]:
    """Handlers that stop what must not be stopped."""
    if isinstance(node, ast.ExceptHandler) and (
        node.type is None or called(node.type) == "BaseException"
    ):
        yield "swallowed"


def hands_over(node: ast.AST, test: Examined) -> Iterator[str]:
    """Arrays that are used after a student's function had them in its hands."""
    if not (isinstance(node, ast.Call) and called(node) in test.theirs):
        return
    copies = {
        target.id
        for n in ast.walk(test.tree)
        if isinstance(n, ast.Assign) and called(n.value) in COPIES
        for target in n.targets
        if isinstance(target, ast.Name)
    }
    later = {
        n.id
        for n in ast.walk(test.tree)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and n.lineno > node.lineno
    }
    arrays = {
        target.id
        for n in ast.walk(test.tree)
        if isinstance(n, ast.Assign) and isinstance(n.value, ast.Call) and n.lineno <= node.lineno
        for target in n.targets
        if isinstance(target, ast.Name)
    }
    for argument in node.args:
        if isinstance(argument, ast.Name) and argument.id in (later & arrays) - copies:
            yield "handed-over"


def last_value(test: Examined) -> Iterator[tuple[int, str, str]]:
    """Points that come straight from the student."""
    last = test.tree.body[-1] if test.tree.body else None
    if isinstance(last, ast.Expr) and answers(last.value, test.theirs, test.values):
        text = ast.unparse(last).splitlines()[0][:70]
        # A bare call may just be made for what it does; a method of the test's own helper too.
        yield last.lineno, "own-points", text


RULES: tuple[Callable[[Any, Examined], Iterator[str]], ...] = (
    broadcasts,
    claims,
    tells,
    swallows,
    hands_over,
)
