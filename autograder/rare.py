"""Small plain values that cross the wall besides numbers, text and containers: exact types only.

Each has a name on the wire and content of integers or one short text; reading is as strict as in
``wire.py``, which uses this. Runs on both sides, with the standard library alone.
"""

import datetime
import decimal
import fractions
from collections.abc import Callable
from typing import Any

LARGEST = 2**200  # of an integer in here
LONGEST = 60  # characters of a text
EXPONENT = 1_000  # of a decimal: a larger one takes the memory of whoever counts with it


def encode(value: Any) -> Any:
    """Return ``{name: content}`` for a value of these types, or None for any other.

    >>> encode(range(3)), encode(fractions.Fraction(1, 2)), encode([])
    ({'range': [0, 3, 1]}, {'fraction': [1, 2]}, None)
    """
    if type(value) not in WRITERS:
        return None
    name, write = WRITERS[type(value)]
    content = write(value)
    return {name: content} if is_plain(content) else None


def is_plain(content: Any) -> bool:
    """Return whether this is a short text or a few integers of a size that does no harm."""
    if type(content) is str:
        return len(content) <= LONGEST
    numbers = type(content) is list and 0 < len(content) <= 3
    return numbers and all(type(n) is int and abs(n) <= LARGEST for n in content)


def decode(name: str, content: Any) -> Any:
    """Return the value; raise ``ValueError`` where the content is none of that kind.

    >>> decode("fraction", [1, 2])
    Fraction(1, 2)
    """
    if not is_plain(content):
        raise ValueError(f"a {name} on the wire is neither a short text nor a few integers")
    try:
        return READERS[name](content)
    except (TypeError, ArithmeticError, AttributeError) as error:
        raise ValueError(f"a {name} on the wire has content that is none") from error


def _decimal(text: str) -> decimal.Decimal:
    value = decimal.Decimal(text)
    if value.is_finite() and abs(value.adjusted()) > EXPONENT:
        raise ValueError("a decimal on the wire is too large")
    return value


WRITERS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    range: ("range", lambda r: [r.start, r.stop, r.step]),
    fractions.Fraction: ("fraction", lambda f: [f.numerator, f.denominator]),
    decimal.Decimal: ("decimal", str),
    datetime.date: ("date", datetime.date.isoformat),
    datetime.time: ("time", datetime.time.isoformat),
    datetime.datetime: ("datetime", datetime.datetime.isoformat),
    datetime.timedelta: ("timedelta", lambda t: [t.days, t.seconds, t.microseconds]),
}
READERS: dict[str, Callable[[Any], Any]] = {
    "range": lambda content: range(*content),
    "fraction": lambda content: fractions.Fraction(*content),
    "decimal": _decimal,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "datetime": datetime.datetime.fromisoformat,
    "timedelta": lambda content: datetime.timedelta(*content),
}
