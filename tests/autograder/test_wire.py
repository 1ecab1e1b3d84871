"""Does reading a stranger's message yield plain data or an error, and nothing else?"""

import datetime
import json
from collections import deque, namedtuple
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from autograder import wire


@pytest.mark.parametrize(
    "value",
    [None, True, 3, 10**30, 2.5, float("inf"), "text", [1, [2]], (1, "a"), {"a": (1,), 2: None}],
)
def test_plain_data_returns_as_it_was(value: Any) -> None:
    back = wire.decode(json.loads(json.dumps(wire.encode(value))))
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.zeros((0, 4)),
        np.array(5),
        np.eye(3, dtype="f2")[::2],
        np.array([True]),
    ],
)
def test_arrays_keep_dtype_shape_and_numbers(array: Any) -> None:
    back = wire.decode(json.loads(json.dumps(wire.encode(array))))
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert np.array_equal(back, array)
    assert back.flags.writeable


def test_an_array_of_a_subclass_arrives_as_a_plain_one() -> None:
    class Sly(np.ndarray):
        pass

    assert type(wire.decode(wire.encode(np.ones(2).view(Sly)))) is np.ndarray


@pytest.mark.parametrize(
    "message",
    [
        {"pickle": "gASV"},
        {"array": ["|O", [1], "AAAAAAAAAAA=", False]},
        {"array": ["<f8", [2], "AAAAAAAAAAA=", False]},
        {"array": ["<f8", [-1], "AAAAAAAAAAA=", False]},
        {"array": ["<f8", [0, 2**70], "", False]},
        {"array": ["<f8", [1], "%%%", False]},
        {"array": ["V8", [1], "AAAAAAAAAAA=", False]},
        {"float": "__import__('os')"},
        {"float": 1.0},
        {"dict": [[{"list": []}, 1]]},
        {"dict": [[1, 2, 3]]},
        {"list": "abc"},
        {"list": [], "tuple": []},
        {"range": [0, 3, 0]},
        {"range": [0, 2**300, 1]},
        {"range": [1, 2, 3, 4]},
        {"fraction": [1, 0]},
        {"fraction": [1.5]},
        {"decimal": "1e9999"},
        {"decimal": "seven"},
        {"decimal": [1, 2]},
        {"date": "yesterday"},
        {"datetime": "2026-13-01T00:00:00"},
        {"timedelta": [2**100, 0, 0]},
        {"timedelta": "1"},
        {"named": ["Point", ["x", "y"], [1]]},
        {"named": ["Point", ["x", "x"], [1, 2]]},
        {"named": ["Point", ["_x"], [1]]},
        {"named": ["Point", ["class"], [1]]},
        {"named": ["Array", ["shape"], [{"tuple": [3]}]]},
        {"named": ["A B", ["x"], [1]]},
        {"named": ["Point", "x", [1]]},
        {"named": ["Point", ["x"]]},
        1.5,
        [],
    ],
)
def test_a_message_of_another_form_is_refused(message: Any) -> None:
    with pytest.raises(wire.WireError):
        wire.decode(message)


def test_nesting_and_number_of_items_are_limited() -> None:
    deep: Any = 1
    for _ in range(wire.MAX_DEPTH + 2):
        deep = {"list": [deep]}
    for message in (deep, {"list": [0] * (wire.MAX_ITEMS + 1)}):
        with pytest.raises(wire.WireError):
            wire.decode(message)


def test_an_object_array_is_not_sent() -> None:
    with pytest.raises(wire.WireError, match="dtype object"):
        wire.encode(np.array([object()]))


Point = namedtuple("Point", "x y")  # of the kind that a student makes


@pytest.mark.parametrize(
    "value",
    [
        range(1, 9, 2),
        deque([1, 2]),
        Fraction(2, 3),
        Decimal("0.10"),
        datetime.date(2026, 3, 1),
        datetime.time(9, 30),
        datetime.datetime(2026, 3, 1, 9, 30, tzinfo=datetime.UTC),
        datetime.timedelta(days=-1, seconds=3),
        [Point(1, [2.5]), {"at": Point(None, Fraction(1, 3))}],
    ],
)
def test_values_of_the_standard_library_arrive_as_they_are(value: Any) -> None:
    found = wire.decode(json.loads(json.dumps(wire.encode(value))))
    assert found == value
    assert type(found) is type(value)


def test_a_named_tuple_keeps_its_fields() -> None:
    found = wire.decode(wire.encode(Point(1, 2)))
    assert (found.x, found._asdict()) == (1, {"x": 1, "y": 2})
    sly = namedtuple("sly", "shape")((3,))
    with pytest.raises(wire.WireError):
        wire.encode(sly)
