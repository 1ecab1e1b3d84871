"""Each student's own numbers for *pixels and parameters*: a camera, a network, a hidden picture.

The numbers are drawn again until a ceiling in place of the floor, and padding counted on one side
only, lead to other sizes than the right ones along both axes. The picture looks like a photograph,
and so do the means of its blocks; one pixel of each block shows three digits instead.

Drawing numbers takes NumPy alone; the photograph is loaded when a picture is first asked for.
"""

import base64
import io
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from convnet.exercises.numbers import student_rng

Array = npt.NDArray[Any]
Layer = tuple[int, int, int]  # window, stride, padding on each side

# The digits 0 to 9, each in 7 rows of 5 dots.
DIGITS = np.array(
    [
        [[dot == "1" for dot in row] for row in digit.split()]
        for digit in (
            "01110 10001 10001 10001 10001 10001 01110",
            "00100 01100 00100 00100 00100 00100 01110",
            "01110 10001 00001 00110 01000 10000 11111",
            "11110 00001 00001 01110 00001 00001 11110",
            "00010 00110 01010 10010 11111 00010 00010",
            "11111 10000 11110 00001 00001 10001 01110",
            "01110 10000 10000 11110 10001 10001 01110",
            "11111 00001 00010 00100 01000 01000 01000",
            "01110 10001 10001 01110 10001 10001 01110",
            "01110 10001 10001 01111 00001 00001 01110",
        )
    ]
)  # (10, 7, 5)
DIGITS.setflags(write=False)
DOT = 4  # blocks along each side of a dot
ROWS, COLUMNS = 56, 84  # blocks of a picture
STRIP = slice(14, 42)  # the rows of blocks that hide the digits: 7 dots
WIDTH = 300  # about so many pixels of the screen for a small picture
TOP = 40  # row of the photograph at which a picture begins, just above the cap


class OwnPixels(NamedTuple):
    """What a student is given.

    Attributes:
        height: rows of pixels of the camera.
        width: columns of pixels of the camera; each pixel has three numbers.
        factor: both sides are divided by it, without a remainder.
        hidden: sizes of the two hidden layers of an MLP.
        classes: outputs of the MLP.
        layers: (window, stride, padding on each side) of three layers with square windows.
        step: distance of the pixels that show the digits, along rows and along columns.
    """

    height: int
    width: int
    factor: int
    hidden: tuple[int, int]
    classes: int
    layers: tuple[Layer, Layer, Layer]
    step: int


def own_pixels(student_id: str) -> OwnPixels:
    """Draw the numbers of one student.

    Args:
        student_id: as for ``student_rng``.

    Returns:
        Whole numbers; the same for the same id.

    Raises:
        TypeError: the id is no text.
        ValueError: the id is empty, a placeholder, or too long.

    Source:
        Chapters: *Images as arrays*, *What an MLP cannot do*, *Stride and output size*.

    >>> own = own_pixels("ada42")
    >>> own.height % own.factor, own.width % own.factor, len(own.layers)
    (0, 0, 3)
    """
    rng = student_rng(student_id, "pixels-and-parameters")
    rows, columns, layers = _draw(rng)
    while not all(_is_instructive(n, layers) for n in (rows, columns)):
        rows, columns, layers = _draw(rng)
    factor = int(rng.choice((4, 8, 16)))
    return OwnPixels(
        height=factor * rows,
        width=factor * columns,
        factor=factor,
        hidden=(int(rng.integers(20, 200)), int(rng.integers(10, 60))),
        classes=int(rng.integers(3, 13)),
        layers=layers,
        step=int(rng.integers(4, 7)),
    )


def _draw(rng: np.random.Generator) -> tuple[int, int, tuple[Layer, Layer, Layer]]:
    """Return rows and columns of a small photograph; convolution, pooling and convolution."""
    rows, columns = (int(n) for n in rng.choice(np.arange(100, 300), 2, replace=False))
    first = (int(rng.choice((5, 7))), int(rng.integers(1, 4)), int(rng.integers(1, 3)))
    pool = (int(rng.integers(2, 4)), 2, 0)
    last = (int(rng.choice((3, 5))), int(rng.integers(1, 4)), int(rng.integers(0, 2)))
    return rows, columns, (first, pool, last)


def _is_instructive(n: int, layers: tuple[Layer, ...]) -> bool:
    """Say whether the usual mistakes show in the last size along an axis of ``n`` pixels."""
    right = ceiling = once = n
    for k, s, p in layers:
        right = (right + 2 * p - k) // s + 1
        ceiling = -(-(ceiling + 2 * p - k) // s) + 1
        once = (once + p - k) // s + 1
    return right not in (ceiling, once)


def own_picture(student_id: str) -> Array:
    """Draw the picture of one student: a photograph that hides three digits.

    With ``step`` from :func:`own_pixels`, the first pixel of each block of step x step belongs to
    the digits, in the middle rows. The other pixels of a block make up for it: its mean is the
    photograph's, but for rounding and for blocks that are nearly black or white.

    Args:
        student_id: as for ``student_rng``.

    Returns:
        (56 step, 84 step), uint8: rows and columns of grey values.

    Source:
        Xiao, Chen, Shen, Chen and Li (2019), *Seeing is not believing: camouflage attacks on image
        scaling algorithms*. Chapter: *Images as arrays*.

    >>> own_picture("ada42").dtype
    dtype('uint8')
    """
    step = own_pixels(student_id).step
    left = (512 - COLUMNS * step) // 2
    photo = _grey_photograph()[TOP : TOP + ROWS * step, left : left + COLUMNS * step].copy()
    blocks = photo.reshape(ROWS, step, COLUMNS, step).swapaxes(1, 2)  # (56, 84, step, step), a view
    digits = DIGITS[
        student_rng(student_id, "pixels-and-parameters picture").integers((1, 0, 0), 10)
    ]
    dots = np.concatenate(np.pad(digits, ((0, 0), (0, 0), (1, 1))), axis=1)  # (7, 21)
    secret = 255.0 * dots.repeat(DOT, axis=0).repeat(DOT, axis=1)  # (28, 84)
    strip = blocks[STRIP]  # (28, 84, step, step)
    strip -= ((secret - strip[:, :, 0, 0]) / (step**2 - 1))[:, :, None, None]
    strip[:, :, 0, 0] = secret
    return np.clip(photo.round(), 0, 255).astype(np.uint8)


@cache
def _grey_photograph() -> Array:
    """Return the photograph as grey values from 0 to 255, (600, 512)."""
    import matplotlib as mpl
    from PIL import Image

    # The file of convnet.photograph, which cannot be imported in the autograder's sandbox.
    file = Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    return np.asarray(Image.open(file).convert("L"), dtype=float)  # weights 0.299, 0.587, 0.114


class Pictures(NamedTuple):
    """Pictures side by side, as a notebook shows them.

    Attributes:
        html: one ``figure`` for each picture.
        alt: what they show, for whoever does not see them.
    """

    html: str
    alt: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.alt


def show_pictures(pictures: dict[str, Array], alt: str) -> Pictures:
    """Return pictures side by side, each pixel a square.

    Args:
        pictures: by title; (rows, columns) or (3, rows, columns), bytes or fractions of white.
        alt: what they show, in a sentence, for whoever does not see them.

    Raises:
        TypeError: a picture is no array.
        ValueError: a picture has another shape, or ``alt`` has fewer than ten characters.

    >>> show_pictures({"grey": np.zeros((2, 3))}, alt="Six black pixels.")
    Six black pixels.
    """
    if len(alt) < 10:
        raise ValueError(
            f"alt is {alt!r}, but needs to say what the pictures show; write a sentence"
        )
    figures = (
        '<figure style="display: inline-block; margin: 0 1em 0 0">'
        f'<img alt="{escape(alt)}" src="data:image/png;base64,{_png(title, pixels)}" '
        f'style="width: {_width(pixels)}px; max-width: 100%; image-rendering: pixelated">'
        f"<figcaption>{escape(title)}</figcaption></figure>"
        for title, pixels in pictures.items()
    )
    return Pictures("".join(figures), alt)


def _width(pixels: Array) -> int:
    """Return a width on the screen at which each pixel is a whole number of the screen's."""
    columns = int(pixels.shape[-1])
    return columns * max(1, round(WIDTH / columns))


def _png(title: str, pixels: Array) -> str:
    """Return a picture as a PNG file in base64."""
    from PIL import Image  # comes with Matplotlib

    if not isinstance(pixels, np.ndarray):
        raise TypeError(
            f"the picture {title!r} is {pixels!r:.40}, but needs to be an array; set it first"
        )
    if not (pixels.ndim == 2 or (pixels.ndim == 3 and len(pixels) == 3)):
        raise ValueError(
            f"the picture {title!r} has shape {pixels.shape}, but needs (rows, columns) or "
            "(3, rows, columns); move the channels to the front"
        )
    if pixels.dtype != np.uint8:
        pixels = (255 * pixels.clip(0, 1)).round().astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels if pixels.ndim == 2 else pixels.transpose(1, 2, 0)).save(file, "png")
    return base64.b64encode(file.getvalue()).decode("ascii")
