"""Turn a notebook cell into plain Python: IPython's own lines mean nothing while grading."""

import re

INSIDE = re.compile(r"^### RUN WITH STUDENT CODE\s*$", re.MULTILINE)


def runs_inside(source: str) -> bool:
    r"""Return whether the author marked a test to run in the student's own process.

    Such a test can do whatever a notebook can, and is weaker: the student's code can read it, bend
    it and answer in its place, as under nbgrader itself.

    >>> runs_inside("### RUN WITH STUDENT CODE\nassert f(1) == 2")
    True
    """
    return INSIDE.search(source) is not None


def without_magics(source: str) -> str:
    r"""Replace lines that begin with a percent sign or an exclamation mark by ``pass``.

    A cell whose first line is ``%%something`` keeps the rest, as ``%%time`` and ``%%capture`` do.

    >>> without_magics("%matplotlib inline\nx = 1")
    'pass\nx = 1'
    """
    lines = []
    for line in source.splitlines():
        text = line.lstrip()
        lines.append(line[: len(line) - len(text)] + "pass" if text[:1] in ("%", "!") else line)
    return "\n".join(lines)
