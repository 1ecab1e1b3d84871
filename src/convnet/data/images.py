"""What every loader returns, and which splits there are."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class Images(NamedTuple):
    """Images with their classes.

    Attributes:
        images: (N, C, H, W), float32 from 0 to 1.
        labels: (N,), int64: places in ``classes``.
        classes: the classes' names.
        name: of the data set, for titles and results.
    """

    images: Array
    labels: Array
    classes: tuple[str, ...]
    name: str

    @property
    def samples(self) -> tuple[Array, Array]:
        """Images and labels, as :func:`convnet.train.fit` takes them."""
        return self.images, self.labels


def from_bytes(pixels: Array, labels: Any, classes: tuple[str, ...], name: str) -> Images:
    """Return images of bytes (N, C, H, W), 0 to 255, as :class:`Images`.

    >>> from_bytes(np.full((1, 1, 1, 1), 255, np.uint8), [0], ("white",), "paper").images
    array([[[[1.]]]], dtype=float32)
    """
    images = np.divide(pixels, np.float32(255), dtype=np.float32)
    return Images(np.ascontiguousarray(images), np.array(labels, dtype=np.int64), classes, name)


def check_split(split: str) -> None:
    """Raise ``ValueError`` unless there is such a split.

    >>> check_split("valid")
    Traceback (most recent call last):
        ...
    ValueError: split is 'valid', but needs to be 'train' or 'test'; to validate, put some of the
    training images aside
    """
    if split not in {"train", "test"}:
        raise ValueError(
            f"split is {split!r}, but needs to be 'train' or 'test'; to validate, put some of the "
            "training images aside"
        )
