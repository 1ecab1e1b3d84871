"""Does the student's side turn everything, however hostile, into an answer?"""

from typing import Any

import numpy as np
import pytest

from autograder.objects import Objects, failure


def objects(**names: Any) -> Objects:
    """Return the student's side with these names, and nobody to call back to."""

    def nobody(reply: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError(f"{reply} has nobody to go to")

    return Objects(names, nobody)


def call(side: Objects, handle: int, *args: Any) -> dict[str, Any]:
    """Return the answer to a call."""
    content = {"list": [{"handle": handle}, *args]}
    return side.answer({"do": "operate", "name": "call", "args": content})


class Mute(Exception):  # noqa: N818  # a student may call it anything
    """An exception that will not be looked at."""

    def __str__(self) -> str:
        raise SystemExit


@pytest.mark.parametrize("error", [Mute(), SystemExit(1), KeyboardInterrupt(), RecursionError("x")])
def test_any_exception_becomes_an_answer(error: BaseException) -> None:
    def fail() -> None:
        raise error

    side = objects()
    number = side.handle(fail)["handle"][0]
    answer = call(side, number)
    assert answer["error"][0] == type(error).__name__
    assert failure(Mute())["error"][1] == "an exception that cannot be shown"


@pytest.mark.parametrize(
    "request_",
    [
        {"do": "operate", "name": "call", "args": {"list": [{"handle": 99}]}},
        {"do": "operate", "name": "no-such-operation", "args": {"list": []}},
        {"do": "operate", "name": "call", "args": {"pickle": "x"}},
        {"do": "find"},
        {"do": "something"},
    ],
)
def test_a_request_that_cannot_be_carried_out_is_an_answer_too(request_: dict[str, Any]) -> None:
    assert "error" in objects().answer(request_)


def test_the_same_object_keeps_its_number() -> None:
    side, thing = objects(), object()
    numbers = [side.handle(each)["handle"][0] for each in (thing, object(), thing)]
    assert numbers[0] == numbers[2] != numbers[1]


def test_names_are_found_together_and_missing_ones_left_out() -> None:
    side = objects(one=1, solve=len)
    found = dict(side.answer({"do": "find", "names": ["one", "solve", "none"]})["value"]["dict"])
    assert found["one"] == 1
    assert set(found) == {"one", "solve"}


def test_a_name_can_be_taken_away_and_put_back() -> None:
    side = objects(helper=abs)
    for name, args in (("unbind", ["helper"]), ("bind", ["helper", 3])):
        answer = side.answer({"do": "operate", "name": name, "args": {"list": args}})
        assert answer["value"] is None
    assert side.names["helper"] == 3


def test_print_and_changed_arguments_come_with_the_result() -> None:
    def work(numbers: list[int]) -> int:
        print("working")
        numbers.append(1)
        return len(numbers)

    side = objects()
    number = side.handle(work)["handle"][0]
    answer = call(side, number, {"list": [5]})
    assert (answer["value"], answer["printed"]) == (2, "working\n")
    assert answer["args"]["list"][1] == {"list": [5, 1]}


def test_what_is_too_deep_stays_inside() -> None:
    nested: list[Any] = []
    for _ in range(50):
        nested = [nested]
    side = objects(nested=nested, array=np.array([object()]))
    found = dict(side.answer({"do": "find", "names": ["nested", "array"]})["value"]["dict"])
    assert set(found["nested"]) == {"handle"}
    assert set(found["array"]) == {"handle"}
