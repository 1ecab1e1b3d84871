"""A student's object that stays in the sandbox, as a test sees it.

A proxy can be called, iterated and asked for attributes, across the wall. It has no equality and
no truth of its own, so that a test cannot be talked into either, and what an array would know of
itself (a shape, a mean) it does not say: receive the array and look.
"""

import sys
import types
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from autograder.remote_errors import NotAcrossError

# What an array knows of itself; of an object that stays inside it would be a bare claim.
ARRAY_CLAIMS = frozenset(
    [
        "T", "all", "allclose", "any", "argmax", "argmin", "astype", "device", "dim",
        "dtype", "eq", "equal", "flat", "item", "itemsize", "max", "mean", "min", "nbytes",
        "ndim", "ndimension", "norm", "numel", "numpy", "prod", "ptp", "shape", "size",
        "std", "sum", "tobytes", "tolist", "trace", "var",
    ]
)  # fmt: skip
STAND_INS: dict[str, type] = {
    "builtins.tuple": tuple,
    "builtins.list": list,
    "builtins.dict": dict,
    "builtins.generator": types.GeneratorType,
    "builtins.function": types.FunctionType,
}
PUBLIC_SPECIAL = frozenset(["__name__", "__qualname__", "__doc__", "__module__"])


class Wall(Protocol):
    """What a proxy needs of the link to its object."""

    attributes: set[str]

    def operate(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        """Do something to the object; return what comes of it."""

    def refusal(self, message: str) -> NotAcrossError:
        """Return the error to raise for what cannot be done across the wall."""


class RemoteObject:
    """A student's object that stays in the sandbox."""

    __slots__ = ("_family", "_handle", "_is_class", "_link", "_type")

    def __init__(
        self, link: Wall, handle: int, kind: str, family: list[str], is_class: bool = False
    ) -> None:
        for name, value in zip(
            ("_link", "_handle", "_type", "_family", "_is_class"),
            (link, handle, kind, family, is_class),
            strict=True,
        ):
            object.__setattr__(self, name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the student's object; return what it returns."""
        return self._link.operate("call", self, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") and name not in PUBLIC_SPECIAL:
            raise AttributeError(f"{name} is private to the student's {self._type}")
        if name in ARRAY_CLAIMS - self._link.attributes:
            raise self._link.refusal(
                f"the student's {self._type} stays in the sandbox, and its {name} would be a bare "
                "claim; receive an array with as_array(value, shape, dtype) and look at that"
            )
        return self._link.operate("getattr", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._link.operate("setattr", self, name, value)

    @property  # type: ignore[misc]  # read-only: a test has no reason to change it
    def __class__(self) -> Any:
        """Return the first of the claimed types that is known here, for ``isinstance``."""
        if object.__getattribute__(self, "_is_class"):
            return type
        return known_type(object.__getattribute__(self, "_family"))

    def _receive_weights(self) -> Any:
        """Return a module's parameters by name, as they arrive (for ``vocabulary.py``)."""
        return self._link.operate("weights", self)

    def __instancecheck__(self, instance: Any) -> bool:
        return self._link.operate("isinstance", instance, self) is True

    def __subclasscheck__(self, subclass: Any) -> bool:
        return self._link.operate("issubclass", subclass, self) is True

    def __eq__(self, other: object) -> bool:
        raise self._link.refusal(
            f"a student's {self._type} cannot be compared; compare numbers or arrays"
        )

    __hash__ = None  # type: ignore[assignment]  # unhashable, as objects with their own __eq__ are

    def __bool__(self) -> bool:
        raise self._link.refusal(
            f"a student's {self._type} is neither true nor false; test numbers or arrays"
        )

    def __repr__(self) -> str:
        return f"<the student's {self._type}>"

    def __str__(self) -> str:
        return str(self._link.operate("str", self))

    def __len__(self) -> int:
        length = self._link.operate("len", self)
        if type(length) is not int or length < 0:
            raise TypeError(f"the student's {self._type} has no length")
        return length

    def __iter__(self) -> Iterator[Any]:
        """Iterate on the student's side; every item is received before it is looked at."""
        items = self._link.operate("iter", self)
        if not isinstance(items, RemoteObject):
            yield from items
            return
        while True:
            try:
                yield self._link.operate("next", items)
            except StopIteration:
                return

    def __next__(self) -> Any:
        return self._link.operate("next", self)

    def __enter__(self) -> Any:
        return self._link.operate("enter", self)

    def __exit__(self, *_: object) -> None:
        self._link.operate("exit", self)


def _operator(name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the method for ``self OP other`` and the one for ``other OP self``."""

    def forward(self: RemoteObject, *others: Any) -> Any:
        return self._link.operate(name, self, *others)

    def backward(self: RemoteObject, other: Any) -> Any:
        return self._link.operate(name, other, self)

    return forward, backward


for _name in ("getitem", "setitem", "delitem", "contains", "neg", "abs"):
    setattr(RemoteObject, f"__{_name}__", _operator(_name)[0])
for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
    _forward, _reflected = _operator(_name)
    setattr(RemoteObject, f"__{_name}__", _forward)
    setattr(RemoteObject, f"__r{_name}__", _reflected)


def known_type(family: list[str]) -> type:
    """Return the first class of ``family`` that is a module's or a container here."""
    for name in family:
        module, _, kind = name.rpartition(".")
        # Only bases that students derive from; an array or a number that stays inside is none.
        if module.startswith("torch.nn.modules") or module == "torch.utils.data.dataset":
            found: Any = getattr(sys.modules.get(module), kind, None)
            if isinstance(found, type):
                return found
        if name in STAND_INS:
            return STAND_INS[name]
    return RemoteObject
