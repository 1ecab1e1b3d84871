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

PRESETS: dict[str, list[Preset]] = {
    "convolution": _CONVOLUTION,
    "six-by-six": _SIX_BY_SIX,
}
