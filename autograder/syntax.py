"""Words for test cells that look at what a student wrote: its syntax tree, never its objects.

A check of the text says how something was written, not what it does: combine it with a check
of what comes back. Students' helpers are followed by name, through all cells so far.
"""

import ast
import builtins
from collections.abc import Iterator

LOOPS = (ast.For, ast.While, ast.AsyncFor, ast.comprehension)
HIDDEN_LOOPS = ("map", "vectorize", "fromiter", "apply_along_axis", "frompyfunc", "reduce")
cells: list[str] = []  # text of the student's cells so far; the autograder keeps it up to date


def definition(name: str) -> ast.AST:
    """Return the syntax tree of the student's function or class ``name``, as last defined.

    Raises:
        AssertionError: no cell defines it with ``def`` or ``class``.
    """
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for text in reversed(_cells()):
        found = [n for n in _parse(text).body if isinstance(n, kinds) and n.name == name]
        if found:
            return found[-1]
    raise AssertionError(f"{name} is not defined with def or class")


def _cells() -> list[str]:
    """Return the text of the cells so far, from the autograder or from IPython."""
    shell = getattr(builtins, "get_ipython", None)
    return list(shell().user_ns.get("In", [])) if not cells and shell is not None else cells


def _parse(text: str) -> ast.Module:
    lines = ["pass" if line.startswith(("%", "!")) else line for line in text.splitlines()]
    try:
        return ast.parse("\n".join(lines))
    except SyntaxError:
        return ast.Module([], [])


def _with_helpers(name: str) -> Iterator[ast.AST]:
    """Yield every node of a definition and of the student's own functions that it uses."""
    waiting, seen = [name], {name}
    while waiting:
        try:
            tree = definition(waiting.pop())
        except AssertionError:
            continue
        for node in ast.walk(tree):
            yield node
            used = node.id if isinstance(node, ast.Name) else ""
            if used and used not in seen:
                seen.add(used)
                waiting.append(used)


def names_used(name: str) -> set[str]:
    """Return the names and attributes in a definition and in the student's helpers it uses."""
    nodes = list(_with_helpers(name))
    return {n.id for n in nodes if isinstance(n, ast.Name)} | {
        n.attr for n in nodes if isinstance(n, ast.Attribute)
    }


def forbids_loops(name: str) -> None:
    """Assert that a definition, and the student's helpers it uses, loop neither openly nor hidden.

    Looks at the text: ``for``, ``while``, comprehensions, and functions that loop in Python, such
    as ``map`` and ``np.vectorize``. Recursion is not found, nor what ``exec`` does.
    """
    definition(name)
    if any(isinstance(node, LOOPS) for node in _with_helpers(name)):
        raise AssertionError(f"{name} loops, but it needs to do without")
    forbids(name, *HIDDEN_LOOPS)


def forbids(name: str, *words: str) -> None:
    """Assert that a definition uses none of these names, as a name or as an attribute."""
    definition(name)
    found = sorted(names_used(name) & set(words))
    if found:
        raise AssertionError(f"{name} uses {found[0]}, but it needs to do without")


def requires(name: str, *words: str) -> None:
    """Assert that a definition uses at least one of these names."""
    definition(name)
    if not names_used(name) & set(words):
        raise AssertionError(f"{name} needs to use {' or '.join(words)}")
