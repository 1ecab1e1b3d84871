"""Networks made of layers: one after the other, side by side, or around a short cut."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from convnet.layers.base import Layer

Array = npt.NDArray[Any]


class Sequential(Layer):
    """Layers one after the other: the output of each is the input of the next.

    ``backward`` is the chain rule: it walks the same layers from the last to the first.

    Args:
        layers: at least one layer.

    Raises:
        ValueError: there is no layer, or one stands in two places.
        TypeError: an argument is no layer.

    Source:
        Rumelhart, Hinton and Williams (1986), *Learning Representations by Back-Propagating
        Errors*. Chapter: *Loss and the chain rule*.

    >>> from convnet.layers import Linear, ReLU
    >>> rng = np.random.default_rng(0)
    >>> network = Sequential(Linear(4, 3, rng=rng), ReLU(), Linear(3, 2, rng=rng))
    >>> network(np.zeros((5, 4), dtype=np.float32)).shape
    (5, 2)
    >>> sorted(named_parameters(network))
    ['0.bias', '0.weight', '2.bias', '2.weight']
    """

    def __init__(self, *layers: Layer) -> None:
        super().__init__()
        if not layers:
            raise ValueError(
                "Sequential has no layers, but needs at least one; pass for example "
                "Sequential(Flatten(), Linear(784, 10, rng=rng))"
            )
        for place, layer in enumerate(layers):
            _check_layer(f"argument {place} of Sequential", layer)
        _check_distinct("Sequential", layers)
        self.layers = layers

    def children(self) -> Iterator[tuple[str, Layer]]:
        """Yield the layers, named by their place: "0", "1" and so on."""
        for place, layer in enumerate(self.layers):
            yield str(place), layer

    def forward(self, x: Array) -> Array:
        """Return the output of the last layer."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad_output: Array) -> Array:
        """Set the gradients of all layers; return that of the input."""
        return self.layers[0].backward(self._back_to_second(grad_output))

    def backward_parameters(self, grad_output: Array) -> None:
        """Set the gradients of all layers; do not differentiate with respect to the input."""
        self.layers[0].backward_parameters(self._back_to_second(grad_output))

    def _back_to_second(self, grad: Array) -> Array:
        for layer in reversed(self.layers[1:]):
            grad = layer.backward(grad)
        return grad


def _check_layer(name: str, layer: object) -> None:
    """Raise ``TypeError`` unless ``layer`` is one, and not its class or a function."""
    if not isinstance(layer, Layer):
        what = layer.__name__ if isinstance(layer, type) else f"of type {type(layer).__name__}"
        raise TypeError(
            f"{name} is {what}, but needs to be a Layer; pass an object, for example ReLU() and "
            "not ReLU or relu"
        )


def _check_distinct(owner: str, layers: Iterable[Layer | None]) -> None:
    """Raise ``ValueError`` if a layer, or one inside it, stands in two places of a network.

    Each layer keeps what its latest ``forward`` read, so the first of the two places would be
    differentiated at the input of the second.
    """
    seen: dict[int, str] = {}
    for place, layer in enumerate(layers):
        for name, inner in () if layer is None else named_layers(layer, str(place)):
            if id(inner) in seen:
                raise ValueError(
                    f"{owner} has one {type(inner).__name__} object in two places, "
                    f"{seen[id(inner)]} and {name}, but needs one for each, since a layer keeps "
                    f"its latest input; build another {type(inner).__name__}"
                )
            seen[id(inner)] = name


class Residual(Layer):
    """A short cut around layers: ``y = x + F(x)``, or ``y = S(x) + F(x)`` where sizes change.

    Backward, both paths get the whole gradient and what they return is added: the short cut passes
    it on unchanged, which is why very deep networks of such blocks can be trained.

    Args:
        body: the layers F.
        shortcut: the layers S that fit the input to the output's shape; default None, the identity.

    Raises:
        TypeError: a path is no layer.
        ValueError: a layer stands in both paths; or, on ``forward``, they give different shapes.

    Source:
        He, Zhang, Ren and Sun (2016), *Deep Residual Learning for Image Recognition*, section 3.2.
        Chapter: *ResNet*.

    >>> from convnet.layers import ReLU
    >>> block = Residual(ReLU())
    >>> block(np.array([[-1.0, 2.0]]))
    array([[-1.,  4.]])
    >>> block.backward(np.array([[1.0, 1.0]]))
    array([[1., 2.]])
    """

    def __init__(self, body: Layer, shortcut: Layer | None = None) -> None:
        super().__init__()
        _check_layer("body", body)
        if shortcut is not None:
            _check_layer("shortcut", shortcut)
        _check_distinct("Residual", (body, shortcut))
        self.body, self.shortcut = body, shortcut

    def children(self) -> Iterator[tuple[str, Layer]]:
        """Yield the two paths, "body" and, if it has layers, "shortcut"."""
        yield "body", self.body
        if self.shortcut is not None:
            yield "shortcut", self.shortcut

    def forward(self, x: Array) -> Array:
        """Return the sum of both paths."""
        around = x if self.shortcut is None else self.shortcut.forward(x)
        through = self.body.forward(x)
        if around.shape != through.shape:
            raise ValueError(
                f"the body gives shape {through.shape}, but the short cut {around.shape}, and they "
                "are to be added; pass a shortcut, for example a 1x1 Conv2d with the body's stride"
            )
        y: Array = around + through
        self._shape, self._dtype = y.shape, y.dtype
        return y

    def backward(self, grad_output: Array) -> Array:
        """Return the sum of what both paths return."""
        shape: tuple[int, ...] = self._latest("_shape")
        self._check_gradient(grad_output, shape, self._dtype)
        through = self.body.backward(grad_output)
        around = grad_output if self.shortcut is None else self.shortcut.backward(grad_output)
        return around + through


class Concatenate(Layer):
    """Paths side by side: each reads the same input, and their channels are stacked.

    With a path that passes its input on (an empty one, ``None``), a DenseNet layer; with four, an
    Inception module. Backward, each path gets its own channels of the gradient.

    Args:
        paths: at least one; ``None`` stands for the identity.

    Raises:
        TypeError: a path is neither a layer nor ``None``.
        ValueError: there is no path, or a layer stands in two; or, on ``forward``, the outputs
            differ in more than channels.

    Source:
        Szegedy et al. (2015), *Going Deeper with Convolutions*, figure 2; Huang et al. (2017),
        *Densely Connected Convolutional Networks*, equation 2. Chapters: *GoogLeNet*, *DenseNet*.

    >>> from convnet.layers import ReLU
    >>> Concatenate(None, ReLU())(np.array([[-1.0, 2.0]]))
    array([[-1.,  2.,  0.,  2.]])
    """

    def __init__(self, *paths: Layer | None) -> None:
        super().__init__()
        if not paths:
            raise ValueError(
                "Concatenate has no paths, but needs at least one; pass layers, or "
                "None for a path that changes nothing"
            )
        for place, path in enumerate(paths):
            if path is not None:
                _check_layer(f"argument {place} of Concatenate", path)
        _check_distinct("Concatenate", paths)
        self.paths = paths

    def children(self) -> Iterator[tuple[str, Layer]]:
        """Yield the paths that have layers, named by their place."""
        for place, path in enumerate(self.paths):
            if path is not None:
                yield str(place), path

    def forward(self, x: Array) -> Array:
        """Return the paths' outputs, joined along axis 1."""
        outputs = [x if path is None else path.forward(x) for path in self.paths]
        shapes = [output.shape for output in outputs]
        if any(len(shape) < 2 for shape in shapes) or len({(s[0], *s[2:]) for s in shapes}) > 1:
            raise ValueError(
                f"the paths give shapes {shapes}, but may differ in channels only; give them the "
                "same stride, and the padding that keeps the size"
            )
        self._edges = np.cumsum([shape[1] for shape in shapes])[:-1]
        y = np.concatenate(outputs, axis=1)
        self._shape, self._dtype = y.shape, y.dtype
        return y

    def backward(self, grad_output: Array) -> Array:
        """Return the sum of what the paths return for their channels."""
        shape: tuple[int, ...] = self._latest("_shape")
        self._check_gradient(grad_output, shape, self._dtype)
        parts = np.split(grad_output, self._edges, axis=1)
        pairs = zip(self.paths, parts, strict=True)
        grads = [part if path is None else path.backward(part) for path, part in pairs]
        total = grads[0].copy()
        for grad in grads[1:]:
            total += grad
        return total


def named_layers(layer: Layer, prefix: str = "") -> Iterator[tuple[str, Layer]]:
    """Yield ``layer`` and all layers inside it, with their dotted names."""
    yield prefix, layer
    for name, child in layer.children():
        yield from named_layers(child, f"{prefix}.{name}" if prefix else name)


def _collect(layer: Layer, kind: str) -> dict[str, Array]:
    return {
        f"{prefix}.{name}" if prefix else name: array
        for prefix, inner in named_layers(layer)
        for name, array in getattr(inner, kind).items()
    }


def named_parameters(layer: Layer) -> dict[str, Array]:
    """Return all parameters by dotted name, such as ``"0.weight"``; they are not copies."""
    return _collect(layer, "parameters")


def named_gradients(layer: Layer) -> dict[str, Array]:
    """Return all gradients of the latest ``backward``, under the names of their parameters."""
    return _collect(layer, "gradients")


def named_buffers(layer: Layer) -> dict[str, Array]:
    """Return all arrays that belong to layers but are not trained, by dotted name."""
    return _collect(layer, "buffers")


def state(layer: Layer) -> dict[str, Array]:
    """Return parameters and buffers by dotted name: all that has to be kept of a network."""
    return {**named_parameters(layer), **named_buffers(layer)}


def load_state(layer: Layer, arrays: Mapping[str, Array]) -> None:
    """Copy arrays, by name, into a network that has the same layers.

    Args:
        layer: the network; its arrays are changed in place, after all of them have been checked.
        arrays: what :func:`state` returned.

    Raises:
        ValueError: a name or a shape does not fit; nothing has been changed then.
    """
    mine = state(layer)
    missing, extra = sorted(mine.keys() - arrays.keys()), sorted(arrays.keys() - mine.keys())
    if missing or extra:
        raise ValueError(
            f"the arrays lack {missing or 'nothing'} and have {extra or 'nothing'} too many, but "
            "need exactly the network's names; build the network as when they were saved"
        )
    for name, array in mine.items():
        if arrays[name].shape != array.shape:
            raise ValueError(
                f"{name} has shape {arrays[name].shape}, but the network's has {array.shape}; "
                "build the network with the sizes it had when the arrays were saved"
            )
    for name, array in mine.items():
        array[...] = arrays[name]


def save(layer: Layer, path: str | Path) -> None:
    """Write a network's parameters and buffers to a safetensors file, wholly or not at all.

    Args:
        layer: the network.
        path: the file; one that exists is replaced.

    Raises:
        FileNotFoundError: there is no such folder.

    Source:
        The safetensors format, which can hold arrays and nothing that runs.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise FileNotFoundError(
            f"path is {str(path)!r}, but the folder {str(target.parent)!r} does not exist; make it "
            "first, for example with Path(...).mkdir(parents=True)"
        )
    partial = target.with_name(target.name + ".partial")
    try:
        save_file({name: np.ascontiguousarray(a) for name, a in state(layer).items()}, partial)
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def load(layer: Layer, path: str | Path) -> None:
    """Read what :func:`save` wrote into a network that has the same layers.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged, or is of another network; nothing has been changed then.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"path is {str(path)!r}, but needs to be a file that save() wrote; save the network "
            "first, or correct the path"
        )
    try:
        arrays = load_file(path)
    except SafetensorError as error:
        raise ValueError(
            f"path is {str(path)!r}, but needs to be a whole safetensors file, and reading it "
            f"says: {error}; save the network again"
        ) from error
    load_state(layer, arrays)
