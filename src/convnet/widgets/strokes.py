"""Digits as a pen draws them: lines over points (x, y) in a square of 28 by 28."""

from math import cos, pi, sin

Line = list[list[float]]


def arc(x: float, y: float, wide: float, high: float, start: float, end: float) -> Line:
    """Return an arc of an ellipse around (x, y); angles in turns, clockwise from the right.

    >>> arc(14, 14, 5, 5, 0, 0.25)[-1]
    [14.0, 19.0]
    """
    angles = (2 * pi * (start + (end - start) * step / 16) for step in range(17))
    return [[round(x + wide * cos(a), 1), round(y + high * sin(a), 1)] for a in angles]


DIGITS: list[tuple[str, list[Line]]] = [
    ("a seven", [[[8, 6], [20, 6], [12, 23]]]),
    ("a zero", [arc(14, 14, 6, 9, -0.25, 0.75)]),
    ("a one", [[[14, 4], [14, 24]]]),
    ("a two", [[*arc(14, 9, 6, 5, -0.5, 0.08), [8, 23], [21, 23]]]),
    ("a three", [[*arc(13, 9, 6, 4.5, -0.4, 0.25), *arc(13, 18.5, 7, 5, -0.25, 0.4)]]),
    ("a four", [[[11, 4], [7, 15], [21, 15]], [[18, 6], [17, 24]]]),
    ("a five", [[[19, 5], [10, 5], [9, 13], *arc(13, 17.5, 6.5, 5.5, -0.3, 0.4)]]),
    ("a six", [[[17, 4], [11, 11], *arc(14, 18, 5, 5.5, 0.5, 1.5)]]),
    ("an eight", [arc(14, 9, 5, 4.5, 0.25, 1.25), arc(14, 18.5, 6, 5, -0.25, 0.75)]),
    ("a nine", [[*arc(14, 10, 5, 5.5, 0, 1), [18, 24]]]),
    ("no digit: the letter A", [[[7, 24], [14, 4], [21, 24]], [[9, 17], [19, 17]]]),
]
