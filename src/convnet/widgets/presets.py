"""What each widget opens on, and the examples it offers: the curriculum's arrays, once.

The first example of a widget is what it shows when nothing else is asked for; its keys are the
widget's traits.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from convnet import examples
from convnet.examples import SIX_BY_SIX
from convnet.layers import conv2d
from convnet.widgets.architectures import ARCHITECTURES
from convnet.widgets.strokes import DIGITS

Array = npt.NDArray[Any]
Preset = dict[str, Any]

STEP_EDGE = np.array([[10.0] * 3 + [0.0] * 3] * 6)
STROKES_MAP = conv2d(examples.STROKES_IMAGE[None, None], examples.DIAGONAL_FILTER[None, None])[0, 0]


def plain(value: Any) -> Any:
    """Return arrays as lists and whole floats as integers, which JSON and readers take alike.

    >>> plain(np.array([[1.0, 0.5]]))
    [[1, 0.5]]
    """
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _convolution(title: str, image: Array, kernel: Array, **changes: Any) -> Preset:
    state = {"image": image, "kernel": kernel, "stride": 1, "padding": 0, "dilation": 1}
    return {"title": title, "state": plain({**state, "flip": False, "at": [0, 0], **changes})}


_CONVOLUTION = [
    _convolution("0 to 8 with a 2×2 kernel", examples.COUNTING_IMAGE, examples.COUNTING_KERNEL),
    _convolution("a step edge, vertical edge filter", STEP_EDGE, examples.VERTICAL_EDGE),
    _convolution("the same edge, filter turned 90°", STEP_EDGE, examples.VERTICAL_EDGE.T),
    _convolution("strokes, diagonal filter", examples.STROKES_IMAGE, examples.DIAGONAL_FILTER),
    _convolution("strokes, vertical bar filter", examples.STROKES_IMAGE, examples.BAR_FILTER),
    _convolution(
        "strokes, diagonal filter, stride 2",
        examples.STROKES_IMAGE,
        examples.DIAGONAL_FILTER,
        stride=2,
    ),
    _convolution("valid: no padding", examples.VALID_IMAGE, examples.VERTICAL_EDGE),
    _convolution("same: padding 1, sharpen", examples.SAME_IMAGE, examples.SHARPEN, padding=1),
    _convolution("binary image, plus", examples.PLUS_IMAGE, examples.PLUS_KERNEL),
    _convolution("binary image, cross", examples.CROSS_IMAGE, examples.CROSS_KERNEL),
    _convolution("the 6×6 network's image", SIX_BY_SIX.image, SIX_BY_SIX.kernel),
    _convolution(
        "the floor at work: 4×4, padding 1, stride 2",
        np.arange(1.0, 17.0).reshape(4, 4),
        examples.VERTICAL_EDGE,
        padding=1,
        stride=2,
    ),
]


def _network(title: str, **changes: Any) -> Preset:
    s = SIX_BY_SIX
    state = {"image": s.image, "kernel": s.kernel, "bias": s.conv_bias, "weight": s.weight}
    backwards = {"biases": s.bias, "target": 0, "rate": 0.01, "backward": False}
    rest = {"seed": 0, "chosen": ["features", 0, 0]}
    return {"title": title, "state": plain({**state, **backwards, **rest, **changes})}


_SIX_BY_SIX = [
    _network("the exercise, forwards"),
    _network("the exercise, backwards from label 1", backward=True, chosen=["dKernel", 0, 0]),
]


def _pooling(title: str, image: Array, **changes: Any) -> Preset:
    state = {"image": image, "kind": "max", "window": 2, "stride": 2, "shift": [0, 0], "at": [0, 0]}
    return {"title": title, "state": plain({**state, **changes})}


_POOLING = [
    _pooling("the strokes' map, maximum", STROKES_MAP),
    _pooling("the strokes' map, average", STROKES_MAP, kind="avg"),
    _pooling("binary strokes, shifted by one", examples.STROKES_IMAGE, shift=[0, 1]),
    _pooling("a step edge, overlapping windows", STEP_EDGE, window=3, stride=1),
    _pooling("the floor drops a row and a column", examples.VALID_IMAGE),
]


def _usage(title: str, **changes: Any) -> Preset:
    state = {"side": 5, "window": 3, "stride": 1, "padding": 0, "dilation": 1, "at": [0, 0]}
    return {"title": title, "state": {**state, **changes}}


_USAGE = [
    _usage("valid: corners are read once"),
    _usage("same: corners are read four times", padding=1),
    _usage("full: all pixels alike", padding=2),
    _usage("stride 2: every second row matters more", side=7, stride=2),
    _usage("stride 3, kernel 2: pixels nobody reads", side=8, window=2, stride=3),
    _usage("dilation 2", side=7, dilation=2),
]


def _channels(title: str, image: Any, kernels: Any, bias: list[int]) -> Preset:
    state = {"image": image, "kernels": kernels, "bias": bias, "filter": 0, "at": [0, 0]}
    return {"title": title, "state": plain(state)}


# Red at the left, green in a diagonal, blue at the bottom.
_RED = np.array([[9, 9, 0, 0]] * 4)
_COLOURS = [_RED, 9 * np.eye(4), _RED.T[::-1]]
_EDGES = examples.VERTICAL_EDGE
_CHANNELS = [
    _channels(
        "two channels, one filter, by hand",
        [np.arange(9.0).reshape(3, 3), np.arange(1.0, 10.0).reshape(3, 3)],
        [[np.arange(4.0).reshape(2, 2), np.arange(1.0, 5.0).reshape(2, 2)]],
        [0],
    ),
    _channels(
        "red, green and blue, two filters",
        _COLOURS,
        [[_EDGES, 0 * _EDGES, -_EDGES.T], [np.eye(3), np.eye(3), np.eye(3)]],
        [0, -9],
    ),
    _channels(
        "1×1 kernels: mixing colours pixel by pixel",
        _COLOURS,
        [[[[1]], [[1]], [[1]]], [[[2]], [[-1]], [[-1]]]],
        [0, 1],
    ),
]


def _backward(title: str, image: Array, kernel: Array, error: Any, **changes: Any) -> Preset:
    state = {"image": image, "kernel": kernel, "error": error, "stride": 1, "padding": 0}
    return {"title": title, "state": plain({**state, "of": "kernel", "at": [0, 0], **changes})}


_SIXTEEN = np.arange(1.0, 17.0).reshape(4, 4)
_BACKWARD = [
    _backward(
        "0 to 8 with a 2×2 kernel, gradient of the kernel",
        examples.COUNTING_IMAGE,
        examples.COUNTING_KERNEL,
        [[1, 0], [0, -1]],
    ),
    _backward(
        "the same, gradient of the image",
        examples.COUNTING_IMAGE,
        examples.COUNTING_KERNEL,
        [[1, 0], [0, -1]],
        of="image",
    ),
    _backward(
        "padding 1: the border is cut off again",
        examples.VALID_IMAGE[:4, :4],
        examples.SHARPEN,
        np.eye(4),
        of="image",
        padding=1,
    ),
    _backward(
        "stride 2: zeros between the errors",
        examples.VALID_IMAGE,
        examples.VERTICAL_EDGE,
        [[1, 2], [-1, 3]],
        of="image",
        stride=2,
    ),
    _backward(
        "stride 2, a row dropped: its gradient is zero",
        _SIXTEEN,
        examples.VERTICAL_EDGE,
        [[2]],
        of="image",
        stride=2,
    ),
]


def _filter(title: str, kernel: Any, greys: str = "clip") -> Preset:
    return {"title": title, "state": plain({"kernel": np.array(kernel), "greys": greys})}


_SOBEL = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
_BINOMIAL = np.array([1.0, 4.0, 6.0, 4.0, 1.0])
_FILTERS = [
    _filter("vertical edges", examples.VERTICAL_EDGE, "signed"),
    _filter("horizontal edges", examples.VERTICAL_EDGE.T, "signed"),
    _filter("identity", np.pad([[1]], 1)),
    _filter("sharpen", examples.SHARPEN),
    _filter("box blur, 5×5", np.full((5, 5), 0.04)),
    _filter("Gaussian blur, 5×5", np.outer(_BINOMIAL, _BINOMIAL) / 256),
    _filter("Sobel, vertical edges", _SOBEL, "signed"),
    _filter("all edges (Laplacian)", [[0, 1, 0], [1, -4, 1], [0, 1, 0]], "size"),
    _filter("emboss", [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]),
    _filter("diagonal strokes", examples.DIAGONAL_FILTER, "signed"),
]


def _receptive(title: str, length: int, *layers: tuple[int, int, int]) -> Preset:
    names = ("kernel", "stride", "dilation")
    rows = [dict(zip(names, layer, strict=True)) for layer in layers]
    return {"title": title, "state": {"length": length, "layers": rows, "at": 1}}


_THREE = (3, 1, 1)
_RECEPTIVE = [
    _receptive("two windows of 3 see 5", 9, _THREE, _THREE),
    _receptive("three windows of 3 see 7", 13, _THREE, _THREE, _THREE),
    _receptive("one window of 5", 9, (5, 1, 1)),
    _receptive("convolution and pooling: the 6×6 network", 6, _THREE, (2, 2, 1)),
    _receptive("LeNet-5: 5, pool, 5, pool", 28, (5, 1, 1), (2, 2, 1), (5, 1, 1), (2, 2, 1)),
    _receptive("stride 2 three times", 31, (3, 2, 1), (3, 2, 1), (3, 2, 1)),
    _receptive("dilation 1, 2, 4", 21, (3, 1, 1), (3, 1, 2), (3, 1, 4)),
    _receptive("dilation 2 alone leaves holes", 15, (3, 1, 2), (3, 1, 2)),
]


def _normalization(kind: str) -> Preset:
    # Channel by channel of larger numbers: what batch norm evens out and layer norm does not.
    rng = np.random.default_rng(4)
    values = rng.integers(0, 5, (3, 4, 2, 2)) + 3 * np.arange(4)[:, None, None]
    state = {"values": values, "kind": kind, "groups": 2, "at": [0, 0, 0, 0], "after": False}
    return {"title": f"{kind} norm", "state": plain({**state, "seed": 0})}


_NORMALIZATION = [_normalization(kind) for kind in ("batch", "layer", "instance", "group")]

_CALCULATOR = [
    {"title": title, "state": {"input": list(shape), "layers": layers, "chosen": 0}}
    for title, shape, layers in ARCHITECTURES
]

PRESETS: dict[str, list[Preset]] = {
    "convolution": _CONVOLUTION,
    "filters": _FILTERS,
    "pooling": _POOLING,
    "usage": _USAGE,
    "channels": _CHANNELS,
    "six-by-six": _SIX_BY_SIX,
    "calculator": _CALCULATOR,
    "backward": _BACKWARD,
    "receptive": _RECEPTIVE,
    "normalization": _NORMALIZATION,
    "lenet": [{"title": title, "state": {"strokes": plain(lines)}} for title, lines in DIGITS],
}
