"""The parts of images that a channel responds to most.

Chapter: *What the layers learn*.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from convnet._check import check_ndim
from convnet.shapes import Field

Array = npt.NDArray[Any]


def strongest_patches(
    maps: Array, x: Array, field: Field, channel: int, count: int = 5
) -> tuple[Array, Array]:
    """Return the patches of images that a channel responds to most, and its responses.

    Each image takes part with its strongest place. Where the receptive field reaches beyond the
    image it is filled with the image's smallest number.

    Args:
        maps: responses (N, F, OH, OW) to ``x``.
        x: images (N, C, H, W).
        field: receptive field of ``maps``: ``summarize(network, shape)[3].receptive_field[0]`` if
            they are what layer 3 returned.
        channel: which of the F maps.
        count: how many patches, at most N; default 5.

    Returns:
        Patches (count, C, size, size), the strongest first, and the responses (count,).

    Raises:
        ValueError: an array has not four axes, or there are fewer images than ``count``.

    Source:
        Zeiler and Fergus (2014), section 4, figure 2.
    """
    check_ndim("maps", maps, 4, "(N, F, OH, OW)")
    check_ndim("x", x, 4, "(N, C, H, W)")
    if not 1 <= count <= len(x):
        raise ValueError(
            f"count is {count}, but needs to be between 1 and the number of images, {len(x)}; "
            "pass fewer, or more images"
        )
    size, jump, start = int(field.size), int(field.jump), int(field.start)
    flat = maps[:, channel].reshape(len(maps), -1)
    best = np.argsort(-flat.max(axis=1), kind="stable")[:count]
    rows, columns = np.unravel_index(flat[best].argmax(axis=1), maps.shape[2:])
    room = ((0, 0), (0, 0), (size, size), (size, size))
    padded = np.pad(x[best], room, constant_values=x.min())
    views = sliding_window_view(padded, (size, size), axis=(2, 3))
    top, left = (start + jump * place + size for place in (rows, columns))
    return views[np.arange(count), :, top, left], flat[best].max(axis=1)
