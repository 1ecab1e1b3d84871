"""Is one-dimensional convolution what NumPy, SciPy and the theory of linear systems say?"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.signal
import torch
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis import strategies as st

from convnet import layers, signal
from convnet.signal import LTI

Array = npt.NDArray[Any]
SEEDS = st.integers(0, 2**32 - 1)
LENGTHS = st.integers(1, 12)
MODES = st.sampled_from(signal.MODES)
STARTS = st.integers(-6, 6)


def drawn(seed: int, *lengths: int) -> list[Array]:
    """Return sequences of these lengths."""
    rng = np.random.default_rng(seed)
    return [rng.normal(size=length) for length in lengths]


def close(got: Array, expected: Array) -> None:
    """Compare shape first (assert_allclose broadcasts), then numbers."""
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-10)


@given(SEEDS, LENGTHS, LENGTHS, MODES)
def test_convolution_is_numpys(seed: int, n: int, k: int, mode: Any) -> None:
    x, h = drawn(seed, n, k)
    expected = np.convolve(x, h, mode)
    close(signal.convolve(x, h, mode), expected)
    close(signal.convolve_loops(x, h, mode), expected)
    if k <= n:  # where h is the longer one, SciPy's "same" is as long as x
        close(signal.convolve(x, h, mode), scipy.signal.convolve(x, h, mode, method="direct"))


@given(SEEDS, LENGTHS, LENGTHS, MODES)
def test_correlation_is_numpys_and_scipys(seed: int, n: int, k: int, mode: Any) -> None:
    assume(k <= n or mode == "full")  # else both exchange x and h, and turn the result round
    x, h = drawn(seed, n, k)
    got = signal.correlate(x, h, mode)
    close(got, np.correlate(x, h, mode))
    close(got, scipy.signal.correlate(x, h, mode, method="direct"))


@given(SEEDS, LENGTHS, LENGTHS, MODES)
def test_convolution_commutes_and_correlation_turns_round(
    seed: int, n: int, k: int, mode: str
) -> None:
    x, h = drawn(seed, n, k)
    close(signal.convolve(x, h, mode), signal.convolve(h, x, mode))
    if mode != "same" or min(n, k) % 2:  # the middle of an even number of places leans to one side
        close(signal.correlate(x, h, mode), signal.correlate(h, x, mode)[::-1])


@given(SEEDS, LENGTHS, LENGTHS)
def test_convolution_and_correlation_agree_on_palindromes(seed: int, n: int, k: int) -> None:
    x, h = drawn(seed, n, k)
    both_ways = h + h[::-1]
    close(signal.convolve(x, both_ways), signal.correlate(x, both_ways))
    if k > 1:
        assert not np.allclose(signal.convolve(x, h), signal.correlate(x, h))


@given(SEEDS, LENGTHS, LENGTHS, st.integers(1, 4), st.integers(0, 3), st.integers(1, 4))
def test_strides_and_dilations_are_those_of_the_layers(
    seed: int, n: int, k: int, stride: int, padding: int, dilation: int
) -> None:
    assume(dilation * (k - 1) + 1 <= n + 2 * padding)
    x, h = drawn(seed, n, k)
    got = signal.conv1d(x, h, stride, padding, dilation)
    rows = torch.from_numpy(x)[None, None], torch.from_numpy(h)[None, None]
    close(got, F.conv1d(*rows, None, stride, padding, dilation)[0, 0].numpy())
    close(signal.conv1d_loops(x, h, stride, padding, dilation), got)
    image, kernel = x[None, None, None], h[None, None, None]
    along = {"stride": (1, stride), "padding": (0, padding), "dilation": (1, dilation)}
    close(got, layers.conv2d(image, kernel, **along)[0, 0, 0])


@given(SEEDS, LENGTHS, LENGTHS)
def test_a_causal_filter_is_scipys(seed: int, n: int, k: int) -> None:
    x, h = drawn(seed, n, k)
    system = LTI(h)
    assert system.is_causal
    close(system.filter(x), scipy.signal.lfilter(h, [1.0], x))
    changed = x.copy()
    changed[-1] += 1  # what comes last changes nothing before
    close(system.filter(changed)[:-1], system.filter(x)[:-1])


@given(SEEDS, LENGTHS, LENGTHS, LENGTHS, STARTS, STARTS)
def test_systems_in_a_row_convolve_their_responses_in_either_order(
    seed: int, n: int, k: int, m: int, first: int, second: int
) -> None:
    x, h, g = drawn(seed, n, k, m)
    one, other = LTI(h, first), LTI(g, second)
    row = one.then(other)
    close(row.apply(x), other.apply(one.apply(x)))
    close(row.impulse_response, other.then(one).impulse_response)
    assert row.start == other.then(one).start == first + second


@given(SEEDS, LENGTHS, LENGTHS, LENGTHS, STARTS, STARTS)
def test_systems_side_by_side_add_their_answers(
    seed: int, n: int, k: int, m: int, first: int, second: int
) -> None:
    x, h, g = drawn(seed, n, k, m)
    one, other = LTI(h, first), LTI(g, second)
    close(one.beside(other).filter(x), one.filter(x) + other.filter(x))


@given(SEEDS, LENGTHS, LENGTHS, STARTS)
def test_an_impulse_brings_out_the_response_and_its_shift_shifts_it(
    seed: int, n: int, k: int, start: int
) -> None:
    (h,) = drawn(seed, k)
    system = LTI(h, start)
    for place in range(n):
        impulse = np.zeros(n)
        impulse[place] = 1
        expected = np.zeros(n + k - 1)
        expected[place : place + k] = h
        close(system.apply(impulse), expected)


@given(SEEDS, LENGTHS, LENGTHS, STARTS)
def test_the_answer_lies_on_the_support(seed: int, n: int, k: int, start: int) -> None:
    x, h = (np.abs(a) + 1 for a in drawn(seed, n, k))  # nothing can cancel
    wide = 30
    line = np.zeros(2 * wide + n)  # places -wide ... wide + n - 1
    line[wide : wide + n] = x
    answer = LTI(h, start).filter(line)
    places = np.flatnonzero(answer) - wide
    assert (places[0], places[-1]) == signal.support(0, n, start, k)


def test_keeping_the_length_breaks_the_cascade_at_the_borders() -> None:
    x = np.ones(6)
    blur, edge = np.array([1.0, 2.0, 1.0]), np.array([1.0, 0.0, -1.0])
    whole = signal.convolve(signal.convolve(x, blur), edge)
    kept = signal.convolve(signal.convolve(x, blur, "same"), edge, "same")
    other = signal.convolve(signal.convolve(x, edge, "same"), blur, "same")
    np.testing.assert_array_equal(kept[2:-2], whole[4:-4])
    assert not np.array_equal(kept, whole[2:-2])
    assert not np.array_equal(kept, other)


def test_a_system_that_looks_ahead_is_not_causal() -> None:
    blur = LTI([0.25, 0.5, 0.25], start=-1)
    assert not blur.is_causal
    assert LTI([0.0, 0.5, 0.25], start=-1).is_causal
    close(blur.filter(np.array([0.0, 4.0, 0.0])), np.array([1.0, 2.0, 1.0]))
    close(LTI([1.0], start=5).filter(np.ones(3)), np.zeros(3))  # the answer comes after the end


def test_integers_stay_integers() -> None:
    x, h = np.array([1, 2, 3]), np.array([1, -1])
    for got in (signal.convolve(x, h), signal.correlate(x, h), LTI(h).filter(x)):
        assert np.issubdtype(got.dtype, np.integer)
    assert signal.convolve(x.astype(np.float32), h.astype(np.float32)).dtype == np.float32


X = np.ones(4)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: signal.convolve(X[None], X), r"x has shape \(1, 4\), but needs 1 axes"),
        (lambda: signal.convolve(X, X[:0]), "h is empty, but needs at least one number; pass"),
        (lambda: signal.correlate(X, X, "all"), "mode is 'all', but needs to be one of .*'full'"),
        (lambda: signal.conv1d(X, X, stride=0), "stride is 0, but needs to be a whole number"),
        (lambda: signal.conv1d(X, X, padding=-1), "padding is -1, but needs to be a whole"),
        (lambda: signal.conv1d(X, X, dilation=0), "dilation is 0, but needs to be a whole"),
        (
            lambda: signal.conv1d(X, X, dilation=2),
            "h reads a window of 7 numbers .* x has 4 .* more padding",
        ),
        (lambda: signal.support(0, 0, 0, 1), "x_length is 0, but needs to be a whole number"),
        (lambda: LTI([]), "impulse_response is empty, but needs at least one number"),
    ],
)
def test_errors_say_what_to_do(wrong: Callable[[], Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        wrong()
