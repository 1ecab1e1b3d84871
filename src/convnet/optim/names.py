"""Parameters chosen by their names."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase


def names_without(names: Iterable[str], patterns: Sequence[str], argument: str) -> frozenset[str]:
    """Return the names that fit none of the patterns.

    Args:
        names: of all parameters.
        patterns: of those to leave out, such as ``"*bias"``.
        argument: what the patterns were passed as, for the message.

    Raises:
        TypeError: the patterns are one string.
        ValueError: a pattern fits no name, and so is a slip.

    >>> sorted(names_without(["0.weight", "0.bias", "2.weight"], ["*bias"], "no_decay"))
    ['0.weight', '2.weight']
    """
    names = list(names)
    if isinstance(patterns, str):
        raise TypeError(
            f"{argument} is the string {patterns!r}, but needs a list of patterns; "
            f"pass [{patterns!r}]"
        )
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise ValueError(
                f"{argument} has {pattern!r}, which fits no parameter; the names are "
                f"{', '.join(names)}; pass for example {argument}=['*bias']"
            )
    return frozenset(n for n in names if not any(fnmatchcase(n, p) for p in patterns))
