"""Words for test cells that look at what a student wrote: its syntax tree, never its objects.

A check of the text says how something was written, not what it does: combine it with a check
of what comes back. Students' helpers are followed by name, through all cells so far.
"""

import ast
import builtins
import functools
from collections.abc import Iterator

LOOPS = (ast.For, ast.While, ast.AsyncFor, ast.comprehension)
IMPORTERS = ("__import__", "importlib", "exec", "eval", "compile")  # they hide what is imported
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


@functools.lru_cache(maxsize=1_000)  # a notebook's cells, which every test cell looks through
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


def modules_used(name: str) -> set[str]:
    """Return the modules that the names in a definition come from, as the cells import them.

    Follows the student's helpers and variables (``conv = F.conv2d``). A module imported with ``*``
    counts as used, and what imports by name (``__import__``, ``exec``) is returned itself.

    Raises:
        AssertionError: no cell defines ``name`` with ``def`` or ``class``.
    """
    definition(name)
    nodes = list(_with_helpers(name))
    local = {n.arg for n in nodes if isinstance(n, ast.arg)} | _names(nodes, ast.Store)
    used = _behind(_names(nodes, ast.Load) - local)
    everywhere = [node for text in _cells() for node in ast.walk(_parse(text))]
    found = {module for node in nodes for module in _imports(node).values()}
    for node in everywhere:
        found |= {m for bound, m in _imports(node).items() if bound in used or bound[-1] == "*"}
    return found | used.intersection(IMPORTERS)


def _names(nodes: list[ast.AST], context: type[ast.expr_context]) -> set[str]:
    return {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, context)}


def _behind(names: set[str]) -> set[str]:
    """Return the names with those that the cells' variables among them were made from."""
    made: dict[str, set[str]] = {}
    for text in _cells():
        for node in _parse(text).body:
            if isinstance(node, ast.Assign | ast.AnnAssign):
                parts = list(ast.walk(node))
                for target in _names(parts, ast.Store):
                    made.setdefault(target, set()).update(_names(parts, ast.Load))
    waiting, seen = list(names), set(names)
    while waiting:
        new = made.get(waiting.pop(), set()) - seen
        seen |= new
        waiting += new
    return seen


def _imports(node: ast.AST) -> dict[str, str]:
    """Return the modules that an import statement binds, by the name that it gives them."""
    if isinstance(node, ast.Import):
        return {a.asname or a.name.partition(".")[0]: a.name for a in node.names}
    if isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        return {(module + "*" if a.name == "*" else a.asname or a.name): module for a in node.names}
    return {}
