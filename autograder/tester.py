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
import zlib
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from autograder.hidden import (
    message_for_student as message_for_student,  # for those who import it here
)
from autograder.link import Link
from autograder.proxy import RemoteObject
from autograder.remote_errors import NotAcrossError, StudentError
from autograder.scripts import without_magics

BUILTINS = frozenset(dir(builtins))
RESULT = "__result__"  # a test's last value, where it runs in the student's process

__all__ = ["Link", "RemoteObject", "StudentError", "Tester", "message_for_student"]


class Tester:
    """Runs the instructor's cells and tests of one notebook, outside the sandbox.

    Attributes:
        names: variables of the instructor's cells.
        reserved: names that are never taken from the student.
        handed_over: names that the instructor's own solution leaves to the student.
        attributes: attributes that classes of the instructor's own solution define; a test may ask
            the student's objects for them.
        sources: text of the cells run so far, by the file name that they were compiled under.
    """

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__", "__builtins__": builtins}
        self.names |= {"display": show_nothing, "get_ipython": show_nothing}
        self.reserved = set(BUILTINS)
        self.handed_over: set[str] = set()
        self.attributes: set[str] = set()
        self.sources: dict[str, str] = {}

    def prepare(self, source: str, link: Link) -> None:
        """Run an instructor's cell (imports, helpers); one that fails leaves the rest usable.

        Such a cell may call a student's function to show its result; what it shows is not needed.
        """
        with contextlib.suppress(Exception):
            self.run(source, link, mirror=False)

    def hand_over(self, solution: str) -> None:
        """Leave to the student the names that the instructor's own solution defines."""
        names = assigned_names(solution, imports=False)
        self.attributes |= defined_attributes(solution)
        self.handed_over |= names
        self.reserved -= names - BUILTINS
        for name in names & set(self.names):
            del self.names[name]

    def run(self, source: str, link: Link, mirror: bool = True) -> tuple[str, Any]:
        """Run a cell; return what it printed and the value of its last expression.

        From then on the names that it assigns are the instructor's, even where it failed before
        it came to them: a student's ``reference`` must not stand in for one that is missing.

        Args:
            source: the instructor's text.
            link: the way to the student's side.
            mirror: whether what the cell does to the student's names is done inside, too; the
                student's process runs the instructor's own cells itself.

        Raises:
            Exception: whatever the cell raises, an ``AssertionError`` above all.
            SandboxStoppedError: the student's process ended or took too long.
        """
        link.names, link.attributes = self.names, self.attributes
        cell = compiled(source)
        self.sources[cell.file] = source
        printed = io.StringIO()
        kept: set[str] = set()
        try:
            with (
                self._students_names(link, cell.names, kept, mirror) as scope,
                redirect_stdout(printed),
            ):
                exec(cell.body, self.names, scope)  # noqa: S102  # the instructor's text, from the course
                value = eval(cell.tail, self.names, scope) if cell.tail else None  # noqa: S307
        finally:
            self.reserved |= assigned_names(source) - kept
            link.forget_callbacks()
        return printed.getvalue(), value

    def run_inside(self, source: str, link: Link) -> tuple[str, Any]:
        """Run a test that its author marked so in the student's process; believe what it says.

        Raises:
            Exception: what the cell raised, as the student's process tells it.
            SandboxStoppedError: the student's process ended or took too long.
        """
        tree = ast.parse(without_magics(source))
        last = tree.body[-1] if tree.body else None
        if isinstance(last, ast.Expr):
            tree.body[-1] = ast.Assign([ast.Name(RESULT, ast.Store())], last.value)
        answer = link.run(ast.unparse(ast.fix_missing_locations(tree)))
        if "error" in answer:
            error = link.error_in(answer)
            error.__dict__.pop("students", None)  # these are the author's words
            raise error
        return "", link.find([RESULT]).get(RESULT) if isinstance(last, ast.Expr) else None

    @contextlib.contextmanager
    def _students_names(
        self, link: Link, names: frozenset[str], kept: set[str], mirror: bool
    ) -> Iterator["Scope"]:
        """Lend the cell those of its names that only the student defines.

        Fills ``kept`` with those that are the student's afterwards too: a test may put a helper of
        the student's out of the way, or another in its place, and then put it back.
        """
        lent = link.find(sorted(names - set(self.names) - self.reserved))
        mirrored = self.handed_over - set(self.names) - self.reserved if mirror else set()
        scope = Scope(self.names, mirrored, link)
        self.names |= lent
        try:
            yield scope
        finally:
            if scope.mirrored:
                with contextlib.suppress(Exception):  # it has ended, and that is known already
                    link.operate("settle")
            for name, value in lent.items():
                # A name that the cell gave a meaning of its own is the instructor's from now on.
                theirs = name in self.handed_over or name not in scope.assigned
                if theirs and self.names.get(name) is value:
                    del self.names[name]
                    kept |= {name} & self.handed_over
            for name in (scope.assigned & mirrored) - lent.keys():
                # The student has none, so None is all that a test can put back in its place.
                if self.names.get(name) is None:
                    self.names.pop(name, None)
                    kept.add(name)


class Scope(dict[str, Any]):
    """The variables of a test cell; what happens to the student's names happens inside too.

    Args:
        names: the tester's variables, which are the ones that count.
        theirs: names of the student's that may be taken away or replaced.
        link: the way inside.

    Attributes:
        assigned: names that the cell has given a value.
        mirrored: whether anything was done to the student's names.
    """

    def __init__(self, names: dict[str, Any], theirs: set[str], link: Link) -> None:
        super().__init__()
        self._names, self._theirs, self._link = names, theirs, link
        self.assigned: set[str] = set()
        self.mirrored = False

    def __getitem__(self, name: str) -> Any:
        return self._names[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._names[name] = value
        self.assigned.add(name)
        if name in self._theirs:
            self.mirrored = True
            with contextlib.suppress(NotAcrossError):
                self._link.operate("bind", name, value)
                return
            self._link.refusals.clear()  # the student keeps what was there, and that is fine

    def __delitem__(self, name: str) -> None:
        del self._names[name]
        if name in self._theirs:
            self.mirrored = True
            self._link.operate("unbind", name)


def show_nothing(*_: object, **__: object) -> None:
    """Stand in for ``display`` and ``get_ipython``, which mean nothing here."""


@dataclass(frozen=True)
class Compiled:
    """A cell of the instructor's, ready to run.

    Attributes:
        file: the name that its lines go by in a traceback.
        body: all of it, without a last expression.
        tail: the last expression.
        names: every name that it looks up.
    """

    file: str
    body: types.CodeType
    tail: types.CodeType | None
    names: frozenset[str]


@lru_cache(maxsize=2_000)
def compiled(source: str) -> Compiled:
    """Return a cell compiled; it is the same cell for every submission."""
    file = f"test {zlib.crc32(source.encode('utf-8', 'replace')):08x} {len(source)}"
    tree = ast.parse(without_magics(source), file)
    names = frozenset(
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)
    )
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        return Compiled(file, compile(tree, file, "exec"), None, names)
    tree.body.pop()
    tail = compile(ast.Expression(last.value), file, "eval")
    return Compiled(file, compile(tree, file, "exec"), tail, names)


def warm_up(source: str) -> None:
    """Do once, before a process is forked for each submission, what needs a cell's text alone."""
    with contextlib.suppress(SyntaxError):
        compiled(source)
    assigned_names(source)
    assigned_names(source, imports=False)
    defined_attributes(source)


@lru_cache(maxsize=2_000)
def assigned_names(source: str, imports: bool = True) -> frozenset[str]:
    r"""Return the names that a cell defines at its top level; none if it is not Python.

    >>> sorted(assigned_names("import os\nx = y\ndef f(): z = 1"))
    ['f', 'os', 'x']
    """
    try:
        symbols = symtable.symtable(without_magics(source), "cell", "exec").get_symbols()
    except SyntaxError:
        return frozenset()
    taken = {s.get_name() for s in symbols if s.is_imported()}
    defined = {s.get_name() for s in symbols if s.is_assigned()} - taken
    return frozenset(defined | taken if imports else defined)


@lru_cache(maxsize=2_000)
def defined_attributes(source: str) -> frozenset[str]:
    r"""Return what the classes of a cell call their methods and attributes.

    >>> sorted(defined_attributes("class A:\n    def size(self):\n        self.mean = 1"))
    ['mean', 'size']
    """
    try:
        tree = ast.parse(without_magics(source))
    except SyntaxError:
        return frozenset()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
        elif isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, ast.FunctionDef):
                    found.add(part.name)
                elif isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                    found.add(part.target.id)
    return frozenset(found)
