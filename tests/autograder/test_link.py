"""Does the trusted side hold when the other end of the pipe says whatever it likes?"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from autograder import wire
from autograder.limits import SandboxStoppedError
from autograder.link import Link
from autograder.objects import Objects
from autograder.proxy import RemoteObject
from autograder.remote_errors import NotAcrossError, StudentError


class Scripted:
    """A sandbox that gives the answers it was told to give, and keeps the requests."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers, self.requests = list(answers), []  # type: ignore[var-annotated]

    def ask(self, request: dict[str, Any], _: float | None = None) -> dict[str, Any]:
        """Return the next answer."""
        self.requests.append(request)
        return self.answers.pop(0)


HANDLE = {"handle": [0, "Thing", ["__main__.Thing", "builtins.object"], False]}


def proxy(*answers: dict[str, Any], **facts: Any) -> RemoteObject:
    """Return a proxy whose sandbox will give these answers."""
    handle = [0, facts.get("name", "Thing"), facts.get("family", ["builtins.object"]), False]
    link = Link(Scripted(*answers))
    made: RemoteObject = link.decode({"handle": handle})
    return made


class Direct:
    """The student's side without a process: requests go straight to its objects."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.objects = Objects(names, self.exchange)
        self._reply: Iterator[dict[str, Any]]

    def exchange(self, reply: dict[str, Any]) -> dict[str, Any]:
        """Answer a callback; there is nobody to ask."""
        raise AssertionError(f"{reply} has nobody to go to")

    def ask(self, request: dict[str, Any], _: float | None = None) -> dict[str, Any]:
        """Carry out a request."""
        return self.objects.answer(request)


def link_to(**names: Any) -> Link:
    """Return a link to a student who has defined these names."""
    return Link(Direct(names))


@pytest.mark.parametrize(
    "handle",
    [
        [0, "Thing", [], "yes", 5],
        ["0", "Thing", [], False],
        [0, 7, [], False],
        [0, "Thing", [1], False],
        [0, "Thing", ["a.b"] * 51, False],
        "Thing",
    ],
)
def test_a_forged_handle_is_refused(handle: Any) -> None:
    with pytest.raises(wire.WireError):
        Link(Scripted()).decode({"handle": handle})


def test_a_proxy_has_neither_equality_nor_truth() -> None:
    thing = proxy()
    for ask in (
        lambda: thing == 3,
        lambda: thing != 3,
        lambda: thing == 3,
        lambda: bool(thing),
        lambda: {thing: 1},
        lambda: thing in [1, 2],
    ):
        with pytest.raises(TypeError):
            ask()
    assert any("cannot be compared" in said for said in thing._link.refusals)


@pytest.mark.parametrize("name", ["shape", "dtype", "numel", "mean", "item", "sum", "T"])
def test_what_an_array_knows_of_itself_a_proxy_does_not_say(name: str) -> None:
    with pytest.raises(NotAcrossError, match=f"its {name} would be a bare claim"):
        getattr(proxy(), name)


@pytest.mark.parametrize("name", ["_private", "__dict__", "__array__", "__reduce__", "__code__"])
def test_private_names_are_not_asked_for(name: str) -> None:
    thing = proxy()
    with pytest.raises((AttributeError, TypeError)):
        getattr(thing, name)()
    assert thing._link.sandbox.requests == []


@pytest.mark.parametrize(
    "family", [["numpy.ndarray"], ["torch.Tensor"], ["builtins.int"], ["autograder.link.Link"]]
)
def test_a_claimed_type_is_believed_only_where_it_harms_nobody(family: list[str]) -> None:
    thing = proxy(family=family)
    assert not isinstance(thing, np.ndarray | torch.Tensor | int | Link)


def test_a_module_is_one() -> None:
    thing = proxy(family=["__main__.Net", "torch.nn.modules.module.Module", "builtins.object"])
    assert isinstance(thing, torch.nn.Module)


@pytest.mark.parametrize("answer", [{}, {"value": {"pickle": "x"}}, {"error": 3}, {"error": []}])
def test_an_answer_of_another_form_is_an_error(answer: dict[str, Any]) -> None:
    with pytest.raises((wire.WireError, StudentError)):
        proxy(answer)()


def test_names_that_were_not_asked_for_are_refused() -> None:
    forged = {"value": {"dict": [["expected", 3]]}}
    with pytest.raises(wire.WireError, match="not those asked for"):
        Link(Scripted(forged)).find(["solve"])
    assert Link(Scripted(forged)).find([]) == {}


@pytest.mark.parametrize("number", [-1, 0, 5, True, "0", None, 10**30])
def test_a_callback_that_was_never_handed_over_does_not_answer(number: Any) -> None:
    asks = {"callback": number, "args": {"list": []}, "kwargs": {"dict": []}}
    thing = proxy(asks, {"value": 1})
    assert thing() == 1
    assert thing._link.sandbox.requests[-1]["do"] == "raise"


def test_a_callback_answers_until_the_test_is_over() -> None:
    asks = {"callback": 0, "args": {"list": [4]}, "kwargs": {"dict": []}}
    thing = proxy(asks, {"value": 1}, asks, {"value": 1})
    thing(lambda x: x + 1)
    assert thing._link.sandbox.requests[1]["value"] == 5
    thing._link.forget_callbacks()
    thing()
    assert thing._link.sandbox.requests[-1]["do"] == "raise"


def test_what_a_function_of_the_test_asserts_cannot_be_swallowed() -> None:
    def never(_: int) -> None:
        raise AssertionError("called")

    asks = {"callback": 0, "args": {"list": [4]}, "kwargs": {"dict": []}}
    with pytest.raises(AssertionError, match="called"):
        proxy(asks, {"value": 1})(never)


def test_stop_iteration_ends_no_loop_of_the_test() -> None:
    raised = {"error": ["StopIteration", "", "", ["StopIteration", "Exception"], None, None]}
    with pytest.raises(RuntimeError, match="StopIteration"):
        proxy(raised)()
    with pytest.raises(RuntimeError):
        list(map(proxy(raised), [1]))


@pytest.mark.parametrize(
    "name", ["SystemExit", "KeyboardInterrupt", "GeneratorExit", "StudentError"]
)
def test_what_would_end_the_grader_is_an_ordinary_error(name: str) -> None:
    with pytest.raises(StudentError):
        proxy({"error": [name, "bye", "", [name, "BaseException"], None, None]})()


def test_an_error_is_of_the_nearest_kind_that_is_known() -> None:
    with pytest.raises(ValueError, match="stride"):
        proxy({"error": ["Mine", "stride", "", ["Mine", "ValueError"], None, None]})()


def test_once_stopped_it_stays_stopped() -> None:
    class Gone:
        def ask(self, _: dict[str, Any], __: float | None = None) -> dict[str, Any]:
            raise SandboxStoppedError("left Python")

    link = Link(Gone())
    for _ in range(2):
        with pytest.raises(SandboxStoppedError, match="left Python"):
            link.operate("len", 3)
    assert isinstance(link.stopped, SandboxStoppedError)


def test_an_argument_changed_inside_is_changed_here() -> None:
    def double(x: Any) -> Any:
        x *= 2
        return x

    link = link_to(double=double)
    x, numbers = np.ones(2), [1]
    assert link.find(["double"])["double"](x) is x
    assert x.tolist() == [2.0, 2.0]
    assert link.find(["double"])["double"](numbers) is numbers
    assert numbers == [1, 1]


def test_a_students_object_is_called_iterated_and_indexed() -> None:
    class Bag:
        def __init__(self) -> None:
            self.items = [1, 2]

        def __len__(self) -> int:
            return 2

        def __getitem__(self, n: int) -> int:
            return self.items[n]

        def __contains__(self, n: int) -> bool:
            return n in self.items

        def __iter__(self) -> Iterator[int]:
            return iter(self.items)

    bag = link_to(Bag=Bag).find(["Bag"])["Bag"]()
    assert (len(bag), bag[1], 2 in bag, list(bag), bag.items) == (2, 2, True, [1, 2], [1, 2])
    bag.items = [7]
    assert list(bag) == [7]


def test_the_same_random_numbers_are_drawn_on_both_sides() -> None:
    def draw() -> Any:
        return np.random.rand(3)  # noqa: NPY002  # as students do

    remote = link_to(draw=draw).find(["draw"])["draw"]
    np.random.seed(5)  # noqa: NPY002
    got = remote()
    np.random.seed(5)  # noqa: NPY002
    np.testing.assert_array_equal(got, np.random.rand(3))  # noqa: NPY002


def test_weights_are_received_as_tensors() -> None:
    model = link_to(model=torch.nn.Linear(2, 1)).find(["model"])["model"]
    weights = model._receive_weights()
    assert {n: tuple(w.shape) for n, w in weights.items()} == {"weight": (1, 2), "bias": (1,)}
    assert all(type(w) is torch.nn.Parameter for w in weights.values())
