"""Watch which functions turn activations into others while a PyTorch network runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from convnet.shapes.descriptions import join, operation
from convnet.shapes.functions import operation_of
from convnet.shapes.maps import Maps
from convnet.shapes.operations import Operation
from convnet.shapes.recorder import Recorder


@dataclass
class Frame:
    """A module that is computing.

    Attributes:
        name: dotted, as in ``named_modules``.
        module: whose ``forward`` has been entered.
        started: whether it has a row.
        described: whether it describes itself, so that what it calls is not looked at.
    """

    name: str
    module: nn.Module
    started: bool = False
    described: bool = False

    @property
    def leaf(self) -> bool:
        """Whether there are no modules inside."""
        return next(self.module.children(), None) is None


class Tracer(TorchFunctionMode):
    """Knows which tensors depend on the network's input, and records what makes them."""

    def __init__(self, recorder: Recorder, parameters: set[int]) -> None:
        super().__init__()
        self.recorder = recorder
        self.parameters = parameters  # ids of tensors that are learned
        self.counted: set[int] = set()  # those that belong to a row
        self.frames: list[Frame] = []
        self.known: dict[int, tuple[Tensor, Maps]] = {}

    def remember(self, tensor: Tensor, maps: Maps) -> None:
        """Note what ``tensor`` is; hold it, so that its ``id`` is not given to another."""
        self.known[id(tensor)] = (tensor, maps)

    def maps(self, arguments: list[Any]) -> list[Maps]:
        """Return what is known of the tensors among the arguments, in order."""
        return [self.known[id(t)][1] for t in _tensors(arguments) if id(t) in self.known]

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Record a function of activations, then let it run; let all others run."""
        kwargs = kwargs or {}
        arguments = [*args, *kwargs.values()]
        inputs = tuple(self.maps(arguments))
        if not inputs or any(frame.described for frame in self.frames):
            return func(*args, **kwargs)
        name = getattr(func, "__name__", str(func))
        effect = operation_of(name, args, kwargs)
        output = None if effect is None else self._record(name, effect, inputs, arguments)
        result = func(*args, **kwargs)
        for tensor in _tensors(result)[:1]:  # max-pooling may give its indices too
            self._check(self.frames[-1].name, name, tensor, output)
        return result

    def _record(
        self, name: str, effect: Operation, inputs: tuple[Maps, ...], arguments: list[Any]
    ) -> Maps:
        """Add a row, or to the row of a module that calls several functions."""
        frame = self.frames[-1]
        if not frame.leaf:
            own = self._count(_tensors(arguments))
            return self.recorder.add(join(frame.name, name), name, effect, inputs, own)
        own = self._count(list(frame.module.parameters()))
        kind, first = type(frame.module).__name__, not frame.started
        frame.started = True
        return self.recorder.add(frame.name, kind, effect, inputs, own, joined=not first)

    def _check(self, layer: str, function: str, tensor: Tensor, output: Maps | None) -> None:
        """Remember the result, unless it is not what the calculator thinks."""
        shape = tuple(tensor.shape[1:])
        if output is None or output.shape != shape:
            index = len(self.recorder.rows) - (output is not None)  # it may have its row
            raise ValueError(
                f"layer {index} ({layer or 'the network'}) calls {function}, which gives shape "
                f"{shape} in a way the calculator does not know; use the function of a layer, or "
                "give the module a method describe() that returns a description, for example "
                '{"kind": "ReLU"}'
            )
        self.remember(tensor, output)

    def _count(self, tensors: list[Tensor]) -> int:
        """Return how many parameters these tensors add to those that were met before."""
        new = [t for t in tensors if id(t) in self.parameters and id(t) not in self.counted]
        self.counted.update(id(t) for t in new)
        return sum(t.numel() for t in new)

    def enter(self, name: str, module: nn.Module) -> None:
        """Note that ``module`` starts."""
        self.frames.append(Frame(name, module, described=hasattr(module, "describe")))

    def leave(self, inputs: tuple[Any, ...], result: Any) -> None:
        """Note that the latest module has ended; if it describes itself, record that."""
        frame = self.frames.pop()
        if not frame.described or any(outer.described for outer in self.frames):
            return
        description = frame.module.describe()  # type: ignore[operator]
        options = {key: value for key, value in description.items() if key != "kind"}
        effect = operation(description["kind"], options, frame.name)
        own = self._count(list(frame.module.parameters()))
        kind = type(frame.module).__name__
        output = self.recorder.add(frame.name, kind, effect, tuple(self.maps(list(inputs))), own)
        self._check(frame.name, "describe", result, output)


def _tensors(values: Any) -> list[Tensor]:
    """Return the tensors in a value, however deep in lists and tuples."""
    if isinstance(values, Tensor):
        return [values]
    if isinstance(values, list | tuple):
        return [tensor for value in values for tensor in _tensors(value)]
    return []
