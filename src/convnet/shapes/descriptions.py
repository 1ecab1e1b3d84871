"""A network as a list of descriptions, which is how a web page sends one.

A description is a dictionary: ``kind`` is one of :data:`convnet.shapes.kinds.KINDS`, the other
entries are the arguments that ``torch.nn`` has for it, of which the number of inputs may be left
out. ``"ReLU"`` is short for ``{"kind": "ReLU"}``. Three kinds hold others: a list, which is
computed in its order; ``Residual`` with a ``body`` and perhaps a ``shortcut``; ``Concatenate`` with
``paths``, where None passes its input on. ``name`` is used instead of the place in the list.
"""

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import Any

from convnet.shapes.kinds import KINDS
from convnet.shapes.maps import Maps
from convnet.shapes.operations import Add, Concatenate, Operation
from convnet.shapes.recorder import Recorder

Description = str | Mapping[str, Any] | Sequence[Any]


def follow(description: object, x: Maps, recorder: Recorder, name: str = "") -> Maps:
    """Record what is described, from ``x`` on; return what it gives.

    Raises:
        TypeError: something is no description.
        ValueError: a kind, an option or a shape is wrong; the message says where and what to do.
    """
    if isinstance(description, str):
        description = {"kind": description}
    if isinstance(description, Sequence):
        return _one_after_the_other(description, x, recorder, name)
    if not isinstance(description, Mapping) or not isinstance(description.get("kind"), str):
        raise TypeError(
            f"layer {len(recorder.rows)} ({name or 'the network'}) is {description!r}, but needs a "
            'description; pass for example {"kind": "Conv2d", "out_channels": 6, "kernel_size": 5}'
        )
    kind = description["kind"]
    options = {key: value for key, value in description.items() if key not in ("kind", "name")}
    if kind in CONTAINERS:
        return CONTAINERS[kind](options, x, recorder, name)
    return recorder.add(name, kind, operation(kind, options, _place(recorder, name)), (x,))


def operation(kind: str, options: Mapping[str, Any], place: str = "the description") -> Operation:
    """Return the operation of a kind; ``place`` says in errors which layer it is.

    >>> operation("Linear", {"out_features": 6, "biases": False})
    Traceback (most recent call last):
        ...
    ValueError: the description (Linear): got an unexpected keyword argument 'biases'; Linear takes
    out_features, bias, in_features
    """
    if kind not in KINDS:
        names = ", ".join([*KINDS, *(name for name in CONTAINERS if name not in KINDS)])
        raise ValueError(f"{place} has the kind {kind!r}, but needs one of {names}")
    build = KINDS[kind]
    given = {key: _tuple(value) for key, value in options.items()}
    try:
        bound = signature(build).bind(**given)
    except TypeError as error:
        known = ", ".join(signature(build).parameters) or "no options"
        raise ValueError(f"{place} ({kind}): {error}; {kind} takes {known}") from error
    try:
        return build(*bound.args, **bound.kwargs)
    except ValueError as error:
        raise ValueError(f"{place} ({kind}): {error}") from error


def _one_after_the_other(
    layers: Sequence[Any], x: Maps, recorder: Recorder, prefix: str = ""
) -> Maps:
    for place, layer in enumerate(layers):
        own = layer.get("name") if isinstance(layer, Mapping) else None
        x = follow(layer, x, recorder, join(prefix, str(place) if own is None else str(own)))
    return x


def _sequential(options: Mapping[str, Any], x: Maps, recorder: Recorder, name: str) -> Maps:
    (layers,) = _parts("Sequential", options, recorder, name, "layers")
    return follow(layers, x, recorder, name)


def _residual(options: Mapping[str, Any], x: Maps, recorder: Recorder, name: str) -> Maps:
    body, shortcut = _parts("Residual", options, recorder, name, "body", "shortcut")
    through = follow(body, x, recorder, join(name, "body"))
    around = x
    if shortcut is not None:
        around = follow(shortcut, x, recorder, join(name, "shortcut"))
    return recorder.add(join(name, "add"), "Add", Add(), (through, around))


def _concatenate(options: Mapping[str, Any], x: Maps, recorder: Recorder, name: str) -> Maps:
    (paths,) = _parts("Concatenate", options, recorder, name, "paths")
    outputs = [
        x if path is None else follow(path, x, recorder, join(name, str(place)))
        for place, path in enumerate(paths)
    ]
    return recorder.add(join(name, "concatenate"), "Concatenate", Concatenate(), tuple(outputs))


CONTAINERS: dict[str, Callable[[Mapping[str, Any], Maps, Recorder, str], Maps]] = {
    "Sequential": _sequential,
    "Residual": _residual,
    "Concatenate": _concatenate,
}


def _parts(
    kind: str, options: Mapping[str, Any], recorder: Recorder, name: str, *keys: str
) -> list[Any]:
    """Return a container's parts; the first has to be there."""
    unknown = sorted(options.keys() - set(keys))
    if unknown or options.get(keys[0]) is None:
        raise ValueError(
            f"{_place(recorder, name)} ({kind}) has {sorted(options) or 'nothing'}, but needs "
            f"{' and perhaps '.join(keys)}, each a description or a list of them"
        )
    return [options.get(key) for key in keys]


def join(prefix: str, name: str) -> str:
    """Return a dotted name."""
    return f"{prefix}.{name}" if prefix else name


def _place(recorder: Recorder, name: str) -> str:
    return f"layer {len(recorder.rows)} ({name or 'the network'})"


def _tuple(value: object) -> object:
    """JSON has lists only."""
    return tuple(value) if isinstance(value, list) else value
