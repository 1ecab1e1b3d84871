"""Do loops, fast NumPy and PyTorch give the same numbers, on shapes nobody chose by hand?"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from convnet import layers

Array = npt.NDArray[Any]
SEEDS = st.integers(0, 2**32 - 1)
SMALL = st.integers(1, 3)


def close(got: Array, expected: Array, tolerance: float = 1e-10) -> None:
    """Compare shape first (assert_allclose broadcasts), then numbers."""
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance)


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[Array, Array, Array | None, dict[str, Any]]:
    """Draw images, kernels that fit the padded images, a bias or none, a stride and a padding."""
    rng = np.random.default_rng(draw(SEEDS))
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    padding = draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    least = [max(1, k - 2 * p) for k, p in zip(kernel, padding, strict=True)]
    size = [draw(st.integers(low, low + 4)) for low in least]
    images, channels, filters = draw(SMALL), draw(SMALL), draw(SMALL)
    x = rng.normal(size=(images, channels, *size))
    weight = rng.normal(size=(filters, channels, *kernel))
    bias = rng.normal(size=filters) if draw(st.booleans()) else None
    stride = draw(st.tuples(SMALL, SMALL))
    return x, weight, bias, {"stride": stride, "padding": padding}


@given(convolutions())
def test_convolution_has_three_equal_forms(
    case: tuple[Array, Array, Array | None, dict[str, Any]],
) -> None:
    x, weight, bias, options = case
    expected = F.conv2d(
        torch.from_numpy(x),
        torch.from_numpy(weight),
        None if bias is None else torch.from_numpy(bias),
        **options,
    ).numpy()
    close(layers.conv2d(x, weight, bias, **options), expected)
    close(layers.conv2d_loops(x, weight, bias, **options), expected)


@given(SEEDS, st.integers(1, 5), st.integers(1, 5), st.sampled_from(["same", "valid"]))
def test_padding_by_name_is_pytorchs(seed: int, high: int, wide: int, padding: Any) -> None:
    rng = np.random.default_rng(seed)
    x, weight = rng.normal(size=(2, 1, 6, 5)), rng.normal(size=(2, 1, high, wide))
    rows = torch.from_numpy(x), torch.from_numpy(weight)
    if padding == "same":  # torch warns that an even kernel costs it a copy: pad by hand instead
        sides = ((wide - 1) // 2, wide // 2, (high - 1) // 2, high // 2)
        expected = F.conv2d(F.pad(rows[0], sides), rows[1]).numpy()
    else:
        expected = F.conv2d(*rows, padding="valid").numpy()
    close(layers.conv2d(x, weight, padding=padding), expected)
    close(layers.conv2d_loops(x, weight, padding=padding), expected)


@given(
    SEEDS,
    st.tuples(st.integers(3, 8), st.integers(3, 8)),
    st.tuples(SMALL, SMALL),
    st.tuples(SMALL, SMALL),
)
def test_max_pool_has_three_equal_forms(
    seed: int, size: tuple[int, int], window: tuple[int, int], stride: tuple[int, int]
) -> None:
    x = np.random.default_rng(seed).normal(size=(2, 3, *size))
    expected = F.max_pool2d(torch.from_numpy(x), window, stride).numpy()
    close(layers.max_pool2d(x, window, stride), expected)
    close(layers.max_pool2d_loops(x, window, stride), expected)


def test_max_pool_keeps_nan_and_drops_rows_as_pytorch_does() -> None:
    x = np.arange(25.0).reshape(1, 1, 5, 5)
    x[0, 0, 1, 1] = np.nan
    expected = F.max_pool2d(torch.from_numpy(x), 2).numpy()
    for form in (layers.max_pool2d, layers.max_pool2d_loops):
        np.testing.assert_array_equal(form(x, 2), expected)


@given(SEEDS, SMALL, SMALL)
def test_max_pool_keeps_ties_nan_and_infinity_as_pytorch_does(
    seed: int, window: int, stride: int
) -> None:
    # Five values for 25 pixels: most windows hold a tie, many hold NaN beside an infinity.
    x = np.random.default_rng(seed).choice([-np.inf, 0.0, 1.0, np.inf, np.nan], (1, 1, 5, 5))
    expected = F.max_pool2d(torch.from_numpy(x), window, stride).numpy()
    for form in (layers.max_pool2d, layers.max_pool2d_loops):
        np.testing.assert_array_equal(form(x, window, stride), expected)


@given(SEEDS, SMALL, st.integers(1, 5), st.integers(1, 4), st.booleans())
def test_dense_layer_has_three_equal_forms(
    seed: int, rows: int, inputs: int, outputs: int, with_bias: bool
) -> None:
    rng = np.random.default_rng(seed)
    x, weight = rng.normal(size=(rows, inputs)), rng.normal(size=(outputs, inputs))
    bias = rng.normal(size=outputs) if with_bias else None
    tensor = None if bias is None else torch.from_numpy(bias)
    expected = F.linear(torch.from_numpy(x), torch.from_numpy(weight), tensor).numpy()
    close(layers.linear(x, weight, bias), expected)
    close(layers.linear_loops(x, weight, bias), expected)


@given(SEEDS, SMALL, st.integers(1, 6), st.sampled_from([1.0, 1e3]))
def test_softmax_and_relu_have_three_equal_forms(
    seed: int, rows: int, classes: int, scale: float
) -> None:
    logits = scale * np.random.default_rng(seed).normal(size=(rows, classes))
    expected = torch.softmax(torch.from_numpy(logits), dim=1).numpy()
    close(layers.softmax(logits), expected)
    close(layers.softmax_loops(logits), expected)
    close(layers.softmax(logits.T, axis=0), expected.T)
    clipped = torch.relu(torch.from_numpy(logits)).numpy()
    np.testing.assert_array_equal(layers.relu(logits), clipped)
    np.testing.assert_array_equal(layers.relu_loops(logits), clipped)


def test_relu_lets_nan_through_as_pytorch_does() -> None:
    x = np.array([np.nan, -np.inf, -0.0, np.inf])
    expected = torch.relu(torch.from_numpy(x)).numpy()
    for form in (layers.relu, layers.relu_loops):
        np.testing.assert_array_equal(form(x), expected)


@pytest.mark.parametrize("suffix", ["", "_loops"])
def test_an_empty_batch_stays_empty(suffix: str) -> None:
    x, flat = np.zeros((0, 2, 4, 4)), np.zeros((0, 4))
    assert getattr(layers, "conv2d" + suffix)(x, np.zeros((3, 2, 3, 3))).shape == (0, 3, 2, 2)
    assert getattr(layers, "max_pool2d" + suffix)(x, 2).shape == (0, 2, 2, 2)
    assert getattr(layers, "linear" + suffix)(flat, np.zeros((3, 4))).shape == (0, 3)
    assert getattr(layers, "softmax" + suffix)(flat).shape == (0, 4)


@pytest.mark.parametrize("suffix", ["", "_loops"])
def test_float32_stays_float32_and_arguments_stay_unchanged(suffix: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1, 2, 4, 4)).astype(np.float32)
    weight = rng.normal(size=(3, 2, 2, 2)).astype(np.float32)
    flat, dense = x.reshape(1, -1), rng.normal(size=(3, 32)).astype(np.float32)
    kept = x.copy()
    results = [
        getattr(layers, "conv2d" + suffix)(x, weight, weight[:, 0, 0, 0]),
        getattr(layers, "max_pool2d" + suffix)(x, 2),
        getattr(layers, "relu" + suffix)(x),
        getattr(layers, "linear" + suffix)(flat, dense, dense[:, 0]),
        getattr(layers, "softmax" + suffix)(flat),
    ]
    assert {r.dtype for r in results} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(x, kept)


IMAGE, KERNEL = np.zeros((1, 2, 4, 4)), np.zeros((3, 2, 3, 3))
BAD_CALLS: list[tuple[Any, tuple[Any, ...], dict[str, Any], type[Exception], str]] = [
    (
        layers.conv2d,
        (IMAGE[0, 0], KERNEL),
        {},
        ValueError,
        r"x has shape \(4, 4\).*x\[None, None\]",
    ),
    (layers.conv2d, (IMAGE.astype(int), KERNEL), {}, TypeError, "x has dtype int64.*astype"),
    (layers.conv2d, (IMAGE[:, :1], KERNEL), {}, ValueError, "reads 2 channels, but x has 1"),
    (layers.conv2d, (IMAGE, KERNEL, np.zeros(2)), {}, ValueError, r"bias has shape \(2,\).*\(3,\)"),
    (
        layers.conv2d,
        (IMAGE.astype(np.float32), KERNEL),
        {},
        TypeError,
        r"weight has dtype float64.*float32.*weight\.astype\(x\.dtype\)",
    ),
    (
        layers.linear,
        (IMAGE[0, 0], np.zeros((3, 4)), np.zeros(3, dtype=np.float32)),
        {},
        TypeError,
        "bias has dtype float32.*float64",
    ),
    (layers.conv2d, (IMAGE, KERNEL), {"stride": True}, ValueError, "stride is True"),
    (layers.conv2d, (IMAGE, KERNEL), {"padding": False}, ValueError, "padding is False"),
    (layers.conv2d, (IMAGE, KERNEL), {"stride": 0}, ValueError, "stride is 0.*stride=1"),
    (layers.conv2d, (IMAGE, KERNEL), {"padding": -1}, ValueError, "padding is -1.*at least 0"),
    (layers.conv2d, (IMAGE, KERNEL), {"padding": "full"}, ValueError, "padding is 'full'.*'same'"),
    (
        layers.conv2d,
        (IMAGE, KERNEL),
        {"padding": "same", "stride": 2},
        ValueError,
        "'same' needs stride 1",
    ),
    (
        layers.conv2d,
        (IMAGE[..., :2], KERNEL),
        {},
        ValueError,
        "kernel width of 3.*width of only 2.*more padding",
    ),
    (layers.max_pool2d, (IMAGE, 5), {}, ValueError, "height of 5.*smaller window"),
    (layers.linear, (IMAGE[0, 0], KERNEL[0, 0]), {}, ValueError, "reads 3 features, but x has 4"),
    (
        layers.linear,
        (IMAGE[0, 0], np.zeros((3, 4)), np.zeros(4)),
        {},
        ValueError,
        r"bias has shape \(4,\).*3 outputs",
    ),
    (layers.relu, (np.arange(3),), {}, TypeError, "x has dtype int64"),
]


@pytest.mark.parametrize(("function", "arguments", "options", "error", "message"), BAD_CALLS)
def test_bad_arguments_are_named_with_a_remedy(
    function: Any,
    arguments: tuple[Any, ...],
    options: dict[str, Any],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        function(*arguments, **options)
