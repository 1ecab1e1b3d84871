"""Numbers and pictures for the assignment *convolution*, some of them each student's own.

``own_convolution`` draws a small layer to compute by hand, the sizes of a large one, and the side
on which an edge is bright. ``step_image`` and ``grey_photograph`` are what a designed filter looks
at; ``show_filter`` shows what it finds. Importing this needs NumPy alone.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet.exercises.numbers import student_rng
from convnet.exercises.pixels import Pictures, show_pictures

Array = npt.NDArray[Any]

# The side on which an edge is bright, and the step (rows, columns) from its middle to that side.
SIDES = {
    "above": (-1, 0),
    "below": (1, 0),
    "left": (0, -1),
    "right": (0, 1),
    "upper left": (-1, -1),
    "upper right": (-1, 1),
    "lower left": (1, -1),
    "lower right": (1, 1),
}
STRIDE, PADDING = 2, 1  # of the layer to compute by hand


@dataclass(frozen=True)
class LayerSizes:
    """The sizes of a convolutional layer and of what it reads.

    Attributes:
        channels: of the input.
        height: rows of the input.
        width: columns of the input.
        filters: how many maps the layer makes.
        kernel_size: rows and columns of each kernel.
        stride: step of the window, for rows and columns.
        padding: zeros on each side.
    """

    channels: int
    height: int
    width: int
    filters: int
    kernel_size: int
    stride: int
    padding: int


@dataclass(frozen=True)
class OwnConvolution:
    """A student's own numbers for the assignment *convolution*.

    Attributes:
        image: two channels, (2, 4, 5), whole numbers from 0 to 4.
        kernel: one filter, (2, 3, 3), whole numbers from -2 to 2.
        bias: of that filter, a whole number other than 0.
        stride: 2.
        padding: 1 on each side.
        layer: the sizes of a larger layer.
        bright: the side on which the edge to be found is bright, a key of ``SIDES``.
    """

    image: Array
    kernel: Array
    bias: float
    stride: int
    padding: int
    layer: LayerSizes
    bright: str


def own_convolution(student_id: str) -> OwnConvolution:
    """Draw a student's own layer, sizes and edge.

    Draws are repeated until every usual mistake shows: no bias, a flipped or transposed kernel,
    padding on one side, one channel only, the channels exchanged and a wrong start each give
    another map; and in the larger layer the division by the stride leaves a remainder.

    Args:
        student_id: the id that the course knows the student by.

    Returns:
        The student's numbers; arrays are float64 and hold whole numbers.

    Raises:
        TypeError: the id is no text.
        ValueError: the id is empty, a placeholder, or too long.

    Source:
        Chapters: *Channels*, *Stride and output size*.

    >>> own = own_convolution("ada42")
    >>> own.image.shape, own.kernel.shape, own.bright in SIDES
    ((2, 4, 5), (2, 3, 3), True)
    """
    rng = student_rng(student_id, "convolution")
    layer = _draw_layer(rng)
    while not _sizes_are_instructive(layer):
        layer = _draw_layer(rng)
    own = _draw(rng, layer)
    while not _every_mistake_shows(own):
        own = _draw(rng, layer)
    return own


def _draw_layer(rng: np.random.Generator) -> LayerSizes:
    """Return sizes drawn at random, instructive or not."""
    low, high = (2, 40, 100, 9, 1, 2, 1), (5, 100, 200, 33, 4, 4, 4)
    channels, height, width, filters, half, stride, padding = rng.integers(low, high).tolist()
    return LayerSizes(channels, height, width, filters, 2 * half + 1, stride, padding)


def _draw(rng: np.random.Generator, layer: LayerSizes) -> OwnConvolution:
    """Return numbers drawn at random, well-conditioned or not."""
    weights = np.array([-2.0, -1, 0, 0, 0, 1, 1, 2])
    bias = int(rng.integers(1, 5)) * (-1) ** int(rng.integers(2))
    return OwnConvolution(
        image=rng.integers(0, 5, (2, 4, 5)).astype(float),
        kernel=weights[rng.integers(0, len(weights), (2, 3, 3))],
        bias=float(bias),
        stride=STRIDE,
        padding=PADDING,
        layer=layer,
        bright=list(SIDES)[int(rng.integers(len(SIDES)))],
    )


def _every_mistake_shows(own: OwnConvolution) -> bool:
    """Say whether each usual mistake gives another map than the right one."""
    image, kernel = np.pad(own.image, ((0, 0), (1, 1), (1, 1))), own.kernel
    right = _slide(image, kernel) + own.bias
    mistakes = [
        _slide(image, kernel[:, ::-1, ::-1]) + own.bias,
        _slide(image, kernel.swapaxes(1, 2)) + own.bias,
        _slide(image, kernel[::-1]) + own.bias,
        _slide(image, np.stack([kernel[0]] * 2)) + own.bias,
        _slide(image[:1], kernel[:1]) + own.bias,
        _slide(image[:, 1:, 1:], kernel) + own.bias,
        _slide(np.pad(own.image, ((0, 0), (0, 2), (0, 2))), kernel) + own.bias,
    ]
    alike = any(m.shape == right.shape and np.array_equal(m, right) for m in mistakes)
    return not alike and bool(mistakes[0][0, 0] != right[0, 0]) and np.unique(right).size >= 4


def _slide(image: Array, kernel: Array) -> Array:
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    responses: Array = (windows[0, ::STRIDE, ::STRIDE] * kernel).sum(axis=(2, 3, 4))
    return responses


def _sizes_are_instructive(layer: LayerSizes) -> bool:
    """Say whether rounding, and counting the padding once, would give another size."""
    spare = [n + 2 * layer.padding - layer.kernel_size for n in (layer.height, layer.width)]
    rounded = all(s % layer.stride for s in spare)
    once = any((s - layer.padding) // layer.stride != s // layer.stride for s in spare)
    return rounded and once and layer.channels != layer.filters


def step_image(bright: str, size: int = 9) -> Array:
    """Return an image with one edge through its middle: 1 on the bright side, 0 on the other.

    Args:
        bright: the bright side, a key of ``SIDES``; the middle row, column or diagonal is dark.
        size: rows and columns, odd and at least 5; default 9.

    Returns:
        (size, size), float64.

    Raises:
        ValueError: there is no such side, or the size is even or below 5.

    Source:
        Chapter: *Filters as feature detectors*.

    >>> step_image("above", 5)[:, 0]
    array([1., 1., 0., 0., 0.])
    """
    if bright not in SIDES:
        raise ValueError(f"bright is {bright!r}, but needs to be a side; pass one of {list(SIDES)}")
    if size < 5 or size % 2 == 0:
        raise ValueError(f"size is {size}, but needs to be odd and at least 5; pass for example 9")
    down, right = SIDES[bright]
    rows, columns = np.indices((size, size)) - size // 2
    image: Array = (down * rows + right * columns > 0).astype(float)
    return image


@cache
def grey_photograph() -> Array:
    """Return the book's photograph in grey, at half its size; it is shared, so it is read-only.

    Returns:
        (300, 256), float64 from 0 to 1, each number the mean of 2 x 2 pixels and three channels.

    Source:
        As :func:`convnet.photograph.photograph_bytes`. Chapter: *Filters as feature detectors*.

    >>> grey_photograph().shape
    (300, 256)
    """
    # Not by way of convnet.photograph, which the autograder's sandbox does not have.
    from matplotlib.cbook import get_sample_data
    from matplotlib.image import imread

    colours = imread(str(get_sample_data("grace_hopper.jpg", asfileobj=False)))  # (600, 512, 3)
    pixels = colours.mean(axis=2) / 255
    grey: Array = pixels.reshape(300, 2, 256, 2).mean(axis=(1, 3))
    grey.setflags(write=False)
    return grey


def show_filter(kernel: Any = None, bias: float = 0.0) -> Pictures:
    """Show the photograph and, beside it, what a filter, a bias and a ReLU make of it.

    Args:
        kernel: (3, 3) numbers; default None, which shows the photograph alone.
        bias: added to every response before the ReLU; default 0.

    Returns:
        Pictures with a text alternative, as a notebook's cell shows them; black is no response, and
        white is 1 or more.

    Raises:
        ValueError: the kernel has another shape.

    Source:
        Chapter: *Filters as feature detectors*.

    >>> show_filter([[1, 0, -1]] * 3, bias=-0.5)
    A portrait in uniform before a flag, and the filter's responses: bright lines on black.
    4.1% of the responses are above zero.
    """
    photo, alt = grey_photograph(), "A portrait in uniform before a flag"
    if kernel is None:
        return show_pictures({"the photograph": photo}, f"{alt}, in grey.")
    weights = np.asarray(kernel, dtype=float)
    if weights.shape != (3, 3):
        raise ValueError(
            f"kernel has shape {weights.shape}, but needs (3, 3); pass three rows of three numbers"
        )
    windows = np.lib.stride_tricks.sliding_window_view(photo, (3, 3))  # (298, 254, 3, 3)
    responses = np.maximum(np.einsum("ijab,ab->ij", windows, weights) + float(bias), 0)
    share = f"{np.mean(responses > 0):.1%} of the responses are above zero"
    alt = f"{alt}, and the filter's responses: bright lines on black. {share}."
    return show_pictures({"the photograph": photo, share: responses}, alt)
