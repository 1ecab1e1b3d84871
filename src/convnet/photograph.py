"""One photograph for pages that look at real pixels; it comes with Matplotlib, nothing is fetched.

Grace Hopper, in uniform before a flag: skin, cloth, metal, straight stripes and a soft background,
so that smoothing, edges and colours all have something to show.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def photograph_bytes() -> Array:
    """Return the photograph as its file holds it.

    Returns:
        (600, 512, 3), uint8: row, column and then red, green, blue; a new array each time.

    Source:
        James S. Davis, United States Navy, 1984; public domain. The file ``grace_hopper.jpg`` of
        Matplotlib's sample data. Chapter: *Images as arrays*.

    >>> photograph_bytes().shape, photograph_bytes().dtype
    ((600, 512, 3), dtype('uint8'))
    """
    # Only this needs Matplotlib, and the layers should be importable without it.
    from matplotlib.cbook import get_sample_data
    from matplotlib.image import imread

    return np.array(imread(str(get_sample_data("grace_hopper.jpg", asfileobj=False))))


def photograph() -> Array:
    """Return the photograph as the layers take images.

    Returns:
        (1, 3, 600, 512), float32 from 0 to 1: sample, channel, row, column; a new array each time.

    Source:
        As :func:`photograph_bytes`. Chapter: *Images as arrays*.

    >>> x = photograph()
    >>> x.shape, x.dtype, float(x.max())
    ((1, 3, 600, 512), dtype('float32'), 1.0)
    """
    channels = photograph_bytes().transpose(2, 0, 1)[None]  # (1, 3, 600, 512)
    return np.divide(channels, np.float32(255), dtype=np.float32)
