"""Turn a notebook cell into plain Python: IPython's own lines mean nothing while grading."""


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
