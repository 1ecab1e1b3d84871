"""Does reading a stranger's message yield plain data or an error, and nothing else?"""

import json
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
