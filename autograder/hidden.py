"""What is hidden from students: which lines of a test are, and what a failure there may say.

A student may read of a failed test only what holds no hidden input, expected number or line. A
hidden test speaks through its author: a literal message that begins with ``Hint:`` is passed on.
"""

import ast
import functools
from types import TracebackType

from autograder.scripts import without_magics

MARKS = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")  # anywhere in a line, as for nbgrader
GENERIC = "A hidden test failed: it makes the same kind of check on inputs that are not shown."
LATER = (
    "This test failed. What it said is not shown, because it ran after hidden tests; run it in "
    "your own notebook to see its message."
)


def hidden_lines(source: str) -> set[int]:
    r"""Return the numbers of the lines between the marks, marks included.

    >>> sorted(hidden_lines("a\n# BEGIN HIDDEN TESTS\nb\n# END HIDDEN TESTS\nc"))
    [2, 3, 4]
    """
    found, hidden = set(), False
    for number, text in enumerate(source.splitlines(), start=1):
        hidden = hidden or MARKS[0] in text
        if hidden:
            found.add(number)
        hidden = hidden and MARKS[1] not in text
    return found


def is_hidden(sources: dict[str, str], error: BaseException) -> bool:
    """Return whether ``error`` came from a line between the marks, or through one.

    Args:
        sources: text of the instructor's cells, by the file name that they were compiled under.
        error: what was raised.
    """
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        source = sources.get(trace.tb_frame.f_code.co_filename)
        if source is not None and trace.tb_lineno in hidden_lines(source):
            return True
        trace = trace.tb_next
    return False


@functools.cache
def literal_hints(source: str) -> frozenset[str]:
    """Return the texts of a cell that begin with ``Hint:`` and are written out in it.

    A hint that is put together while the test runs could carry what the student's function was
    given, because what that function returns would be in it.
    """
    try:
        tree = ast.parse(without_magics(source))
    except SyntaxError:
        return frozenset()
    parts = {id(v) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for v in n.values}
    found = (n for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in parts)
    texts = (n.value for n in found if isinstance(n.value, str))
    return frozenset(text for text in texts if text.startswith("Hint:"))


def message_for_student(
    source: str,
    error: BaseException,
    tainted: bool = False,
    sources: dict[str, str] | None = None,
) -> str:
    """Return what a student may read of a failed test: never a hidden test's own numbers.

    Args:
        source: the test cell, with its hidden tests.
        error: what it raised.
        tainted: whether the student's code has been given hidden inputs already. Its own words may
            then repeat them, so only what the author wrote out is shown.
        sources: the instructor's cells, as for ``is_hidden``; by default the test under ``test``.
    """
    message = str(error)[:2000]
    theirs = error.__dict__.get("students")
    sources = {"test": source} if sources is None else sources
    hidden = is_hidden(sources, error)
    if not hidden and not tainted:
        return message if theirs is None else f"in your code: {theirs}"
    if any(message in literal_hints(text) for text in sources.values()):
        return message.splitlines()[0]
    return GENERIC if hidden else LATER
