"""Convolution of sequences, as in signal processing: with the flip that image layers leave out.

A sequence is a one-dimensional array x[0], x[1], ..., x[N-1]; outside of these places it is zero
(its support is finite). The modes are those of ``numpy.convolve``, for N and K numbers:

- ``"full"``: all ``N + K - 1`` places where the two overlap at all;
- ``"same"``: the middle ``max(N, K)`` of them;
- ``"valid"``: the ``max(N, K) - min(N, K) + 1`` where the shorter lies wholly within the longer.

Chapter: *Convolution and cross-correlation*.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from convnet._check import check_at_least, check_ndim

Array = npt.NDArray[Any]
MODES = ("full", "same", "valid")


def convolve_loops(x: Array, h: Array, mode: str = "full") -> Array:
    """Convolve two sequences one product at a time: :func:`convolve` written as its definition.

    >>> convolve_loops(np.array([1, 2, 3]), np.array([1, 10]))
    array([ 1, 12, 23, 30])
    """
    _check(x, h, mode)
    y = np.zeros(len(x) + len(h) - 1, dtype=np.result_type(x, h))
    for n in range(len(y)):
        for k in range(len(h)):
            if 0 <= n - k < len(x):
                y[n] += x[n - k] * h[k]
    return y[_kept(len(x), len(h), mode)]


def convolve(x: Array, h: Array, mode: str = "full") -> Array:
    """Convolve two sequences: ``y[n] = sum over k of x[n - k] h[k]``.

    The same number is the dot product of h, flipped, with the window of x that ends at n. It does
    not matter which of the two is flipped: ``convolve(x, h) == convolve(h, x)``.

    Args:
        x: (N,), any number type.
        h: (K,), any number type.
        mode: ``"full"`` (default), ``"same"`` or ``"valid"``, see :mod:`convnet.signal`. (In SciPy
            ``"same"`` is as long as x, even if h is longer.)

    Returns:
        The places that ``mode`` keeps, in the wider of both dtypes.

    Raises:
        ValueError: a sequence is empty or not one-dimensional, or there is no such mode.

    Source:
        Oppenheim and Schafer (2010), *Discrete-Time Signal Processing*, section 2.3.

    >>> convolve(np.array([1, 2, 3]), np.array([1, 10]))
    array([ 1, 12, 23, 30])
    >>> convolve(np.array([1, 2, 3]), np.array([1, 10]), "valid")
    array([12, 23])
    """
    _check(x, h, mode)
    windows = sliding_window_view(np.pad(x, len(h) - 1), len(h))  # (N + K - 1, K)
    y: Array = windows @ h[::-1]
    return y[_kept(len(x), len(h), mode)]


def correlate(x: Array, h: Array, mode: str = "full") -> Array:
    """Cross-correlate two sequences: ``c[n] = sum over k of x[n + k] h[k]``, without a flip.

    It is the convolution with h flipped, and equal to the convolution with h where h reads the same
    backwards. Unlike convolution it does not commute: exchanging x and h reverses the result.

    Args:
        x: (N,), real.
        h: (K,), real.
        mode: as in :func:`convolve`. The first of the ``"full"`` places is ``n = -(K - 1)``.

    Returns:
        The places that ``mode`` keeps, in the wider of both dtypes.

    Raises:
        ValueError: a sequence is empty or not one-dimensional, or there is no such mode.

    Source:
        Goodfellow, Bengio and Courville (2016), *Deep Learning*, equation 9.6.

    >>> correlate(np.array([1, 2, 3]), np.array([1, 10]))
    array([10, 21, 32,  3])
    >>> correlate(np.array([1, 2, 3]), np.array([1, 10]), "valid")
    array([21, 32])
    """
    _check(x, h, mode)
    return convolve(x, h[::-1], mode)


def conv1d(x: Array, h: Array, stride: int = 1, padding: int = 0, dilation: int = 1) -> Array:
    """Slide a kernel along a sequence as network layers do: no flip, with steps and gaps.

    ``y[i] = sum over k of h[k] x[stride i + dilation k - padding]``; x is zero outside. A stride
    leaves out outputs, a dilation leaves out inputs between those that a window reads.

    Args:
        x: (N,), any number type.
        h: (K,), any number type.
        stride: step of the window, at least 1; default 1.
        padding: zeros on each side, at least 0; default 0.
        dilation: distance between the numbers a window reads, at least 1; default 1.

    Returns:
        ``floor((N + 2 padding - dilation (K - 1) - 1) / stride) + 1`` numbers, in the wider dtype.

    Raises:
        ValueError: an argument is out of range, or the window is longer than the padded sequence.

    Source:
        Yu and Koltun (2016), *Multi-Scale Context Aggregation by Dilated Convolutions*, section 2.

    >>> conv1d(np.arange(6), np.array([1, 10]))
    array([10, 21, 32, 43, 54])
    >>> conv1d(np.arange(6), np.array([1, 10]), stride=2)
    array([10, 32, 54])
    >>> conv1d(np.arange(6), np.array([1, 10]), dilation=3)
    array([30, 41, 52])
    """
    _check(x, h, "valid")
    check_at_least("stride", stride, 1)
    check_at_least("padding", padding, 0)
    check_at_least("dilation", dilation, 1)
    extent = dilation * (len(h) - 1) + 1
    padded = np.pad(x, padding)
    if extent > len(padded):
        raise ValueError(
            f"h reads a window of {extent} numbers (dilation included), but x has {len(padded)} "
            "with its padding; pass a longer x, a shorter h, or more padding"
        )
    windows = sliding_window_view(padded, extent)[::stride, ::dilation]  # (outputs, K)
    y: Array = windows @ h
    return y


def conv1d_loops(x: Array, h: Array, stride: int = 1, padding: int = 0, dilation: int = 1) -> Array:
    """Slide a kernel one product at a time: :func:`conv1d` written as its definition.

    >>> conv1d_loops(np.arange(6), np.array([1, 10]), stride=2)
    array([10, 32, 54])
    """
    _check(x, h, "valid")
    outputs = (len(x) + 2 * padding - dilation * (len(h) - 1) - 1) // stride + 1
    y = np.zeros(outputs, dtype=np.result_type(x, h))
    for i in range(outputs):
        for k in range(len(h)):
            place = stride * i + dilation * k - padding
            if 0 <= place < len(x):
                y[i] += h[k] * x[place]
    return y


def support(x_start: int, x_length: int, h_start: int, h_length: int) -> tuple[int, int]:
    """Return the first and last place where a convolution of finite sequences need not be zero.

    Of x on ``x_start ... x_start + x_length - 1`` and h likewise, the starts add up, and so do the
    ends: a convolution is longer than what it is made of. Whoever keeps only as many numbers as x
    has ("same") loses some at the borders, and what is left no longer commutes in a cascade.

    Args:
        x_start: place of the first number of x.
        x_length: how many numbers x has, at least 1.
        h_start: place of the first number of h; below 0 if h looks ahead.
        h_length: how many numbers h has, at least 1.

    Raises:
        ValueError: a length is below 1.

    >>> support(0, 5, -1, 3)
    (-1, 5)
    """
    check_at_least("x_length", x_length, 1)
    check_at_least("h_length", h_length, 1)
    start = x_start + h_start
    return start, start + x_length + h_length - 2


class LTI:
    """A linear time-invariant system, which its answer to one impulse describes completely.

    Any input is a sum of shifted, scaled impulses, ``x[n] = sum over k of x[k] delta[n - k]``.
    Linear: the answer to a sum is the sum of the answers. Time-invariant: the answer to a shifted
    impulse is the shifted answer h. So ``y[n] = sum over k of x[k] h[n - k]``, a convolution.

    Args:
        impulse_response: h, (K,), real.
        start: the place of its first number: 0 (default) or above for a causal system, below 0 for
            one that looks ahead, such as a centred blur.

    Raises:
        ValueError: the response is empty or not one-dimensional.

    Source:
        Oppenheim and Schafer (2010), *Discrete-Time Signal Processing*, sections 2.2 to 2.4.

    >>> average = LTI(np.array([0.5, 0.5]))
    >>> average.apply(np.array([2.0, 4.0, 8.0]))
    array([1., 3., 6., 4.])
    >>> average.then(average).impulse_response
    array([0.25, 0.5 , 0.25])
    """

    def __init__(self, impulse_response: npt.ArrayLike, start: int = 0) -> None:
        response = np.array(impulse_response)
        _check_sequence("impulse_response", response)
        self.impulse_response, self.start = response, start

    @property
    def is_causal(self) -> bool:
        """Whether no answer comes before its cause: h is zero before place 0."""
        before = self.impulse_response[: max(0, -self.start)]
        return not before.any()

    def apply(self, x: Array) -> Array:
        """Return the whole answer to x[0], ..., x[N-1]: N + K - 1 numbers, the first at ``start``.

        Raises:
            ValueError: ``x`` is empty or not one-dimensional.
        """
        return convolve(x, self.impulse_response)

    def filter(self, x: Array) -> Array:
        """Return the answer at the places 0, ..., N-1 of x: as long as x, zero where h says so.

        For a causal system this is the finite impulse response filter of ``scipy.signal.lfilter``:
        no number depends on a later one.

        Raises:
            ValueError: ``x`` is empty or not one-dimensional.
        """
        answer = self.apply(x)
        y = np.zeros(len(x), dtype=answer.dtype)
        first, stop = max(0, self.start), min(len(x), self.start + len(answer))
        if first < stop:
            y[first:stop] = answer[first - self.start : stop - self.start]
        return y

    def then(self, other: "LTI") -> "LTI":
        """Return this system followed by another: the convolution of their responses.

        Convolution commutes, so the order does not matter: ``a.then(b)`` is ``b.then(a)``.
        """
        response = convolve(self.impulse_response, other.impulse_response)
        return LTI(response, self.start + other.start)

    def beside(self, other: "LTI") -> "LTI":
        """Return both systems side by side, their answers added: the sum of their responses."""
        start = min(self.start, other.start)
        stop = max(s.start + len(s.impulse_response) for s in (self, other))
        dtype = np.result_type(self.impulse_response, other.impulse_response)
        total = np.zeros(stop - start, dtype=dtype)
        for system in (self, other):
            first = system.start - start
            total[first : first + len(system.impulse_response)] += system.impulse_response
        return LTI(total, start)


def _kept(n: int, k: int, mode: str) -> slice:
    """Return which of the ``n + k - 1`` places of the full convolution ``mode`` keeps."""
    longer, shorter = max(n, k), min(n, k)
    if mode == "full":
        return slice(None)
    start = (shorter - 1) // 2 if mode == "same" else shorter - 1
    length = longer if mode == "same" else longer - shorter + 1
    return slice(start, start + length)


def _check(x: Array, h: Array, mode: str) -> None:
    _check_sequence("x", x)
    _check_sequence("h", h)
    if mode not in MODES:
        raise ValueError(
            f"mode is {mode!r}, but needs to be one of {MODES}; pass for example 'full'"
        )


def _check_sequence(name: str, array: Array) -> None:
    check_ndim(name, array, 1, "(N,)")
    if not len(array):
        raise ValueError(f"{name} is empty, but needs at least one number; pass for example [1.0]")
