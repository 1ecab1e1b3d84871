"""How much memory a call takes at its peak, beyond what was there before."""

import tracemalloc
from collections.abc import Callable


def extra_bytes(call: Callable[[], object]) -> int:
    """Return the peak of what NumPy and Python allocated during ``call``.

    NumPy reports its arrays to ``tracemalloc``; PyTorch does not, so it has no column.
    """
    call()  # what is made once and kept is not the call's own
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        call()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
