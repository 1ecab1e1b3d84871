"""The digits that come with the package, so that a page can train a network in seconds.

2,000 training and 500 test digits of MNIST, as many of each class, 28 x 28 pixels. Chosen and
packed by ``scripts/make_digits.py``; source and licence are in ``DIGITS.md`` beside them.
"""

from importlib.resources import files

import numpy as np

from convnet.data.images import Images, check_split, from_bytes

DIGITS = tuple("0123456789")


def load_digits(split: str) -> Images:
    """Return the embedded digits of one split.

    Args:
        split: ``"train"`` (2,000, of each class 200) or ``"test"`` (500, of each class 50).

    Returns:
        Images (N, 1, 28, 28) and labels (N,); new arrays each time.

    Raises:
        ValueError: there is no such split.

    Source:
        LeCun, Cortes and Burges, *The MNIST Database of Handwritten Digits*; CC BY-SA 3.0.

    >>> digits = load_digits("test")
    >>> digits.images.shape, digits.images.dtype, digits.labels[:8]
    ((500, 1, 28, 28), dtype('float32'), array([7, 2, 1, 0, 4, 1, 4, 9]))
    """
    check_split(split)
    with (files("convnet.data") / "digits.npz").open("rb") as file, np.load(file) as arrays:
        pixels, labels = arrays[f"{split}_images"], arrays[f"{split}_labels"]
    return from_bytes(pixels[:, None], labels, DIGITS, "MNIST, 2,500 digits")
