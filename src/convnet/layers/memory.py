"""How feature maps lie in memory, and how much of them fits a processor's cache.

Feature maps have the shape (N, C, H, W) everywhere. A new array of that shape lies in memory
*samples first*: one sample's pixels are neighbours. A matrix product over a batch gives maps that
lie *samples last*: the same pixel of all samples are neighbours, and the array (C, H, W, N) that
``maps.transpose(1, 2, 3, 0)`` shows is one piece. To whoever uses them there is no difference but
speed. NumPy's elementwise functions keep the order that they find; so do convolution and pooling,
which turn maps around only where they have to: turning costs as much as many a layer. PyTorch's
``channels_last`` is the same thought.

Chapter: *Training LeNet*.
"""

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

CHUNK_BYTES = 2**20  # about a core's L2 cache; what is read again and again should fit
FEW = 8  # samples; NumPy copies innermost axes as short as that slowly


def slices(count: int, most: int) -> Iterator[slice]:
    """Split ``count`` things into parts of nearly one size, each at most ``most`` (1 at least).

    >>> list(slices(10, 4))
    [slice(0, 4, None), slice(4, 8, None), slice(8, 10, None)]
    """
    parts = -(-count // max(1, most))
    size = -(-count // max(1, parts))
    return (slice(start, min(start + size, count)) for start in range(0, count, max(1, size)))


def lies_samples_last(maps: Array) -> bool:
    """Return whether the same pixel of all samples are neighbours; of one sample it is no matter.

    >>> lies_samples_last(empty_maps((5, 2, 3, 3), np.float32, last=True))
    True
    >>> lies_samples_last(empty_maps((5, 2, 3, 3), np.float32, last=False))
    False
    """
    return len(maps) > 1 and maps.strides[0] == maps.itemsize


def empty_maps(shape: tuple[int, ...], dtype: npt.DTypeLike, last: bool) -> Array:
    """Return new feature maps of a shape (N, C, H, W), not set, samples last or first."""
    if last:
        return np.empty((*shape[1:], shape[0]), dtype=dtype).transpose(3, 0, 1, 2)
    return np.empty(shape, dtype=dtype)


def samples_last(maps: Array) -> Array:
    """Return feature maps (m, C, H, W) as (C, H, W, m); not a copy if they lie like that."""
    if len(maps) == 1 or lies_samples_last(maps):
        return maps.transpose(1, 2, 3, 0)
    turned = np.empty((*maps.shape[1:], len(maps)), dtype=maps.dtype)
    copy_samples_last(turned, maps)
    return turned


def copy_samples_last(turned: Array, maps: Array) -> None:
    """Copy feature maps (m, C, H, W) into ``turned`` (C, H, W, m)."""
    if len(maps) > FEW or lies_samples_last(maps):
        turned[...] = _apart(maps).transpose(1, 2, 3, 0)
        return
    for index, sample in enumerate(maps):
        turned[..., index] = sample


def _apart(maps: Array) -> Array:
    """Return feature maps (m, C, H, W) whose samples do not begin a power of two apart.

    Where they do, as with 32 maps of 32 x 32, the same pixel of all samples competes for the same
    few places in the cache, and turning the array takes up to ten times as long.
    """
    samples, pixels = len(maps), maps[:1].size
    if samples <= FEW or maps.strides[0] % 1024:
        return maps
    room = np.empty((samples, pixels + 16), dtype=maps.dtype)[:, :pixels].reshape(maps.shape)
    room[...] = maps
    return room


class Workspace:
    """Room for arrays that a loop fills anew in each turn, so that memory is asked for once.

    A fresh array of a megabyte costs more than it seems: the system hands out its pages, cleared,
    when they are first touched, and takes them back when it is freed.

    >>> room = Workspace()
    >>> first = room.array("tiles", (2, 3), np.float32)
    >>> np.shares_memory(first, room.array("tiles", (3, 2), np.float32))
    True
    """

    def __init__(self) -> None:
        self._rooms: dict[str, Array] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
        """Return an array, not set, in the room of that name: it ends what was there before."""
        size = prod(shape)
        room = self._rooms.get(name)
        if room is None or room.size < size or room.dtype != dtype:
            room = self._rooms[name] = np.empty(size, dtype=dtype)
        return room[:size].reshape(shape)
