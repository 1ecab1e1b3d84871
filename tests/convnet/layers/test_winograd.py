"""Does Winograd's way give the numbers of the definition, and is it taken only where it pays?"""

from fractions import Fraction
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convnet import layers
from convnet.layers import winograd
from convnet.layers.memory import Workspace, lies_samples_last
from convnet.layers.window import Window, window
from convnet.layers.winograd import (
    Tiles,
    suits_winograd,
    winograd_conv2d,
    winograd_tile,
    winograd_transforms,
    winograd_weight_gradient,
)

from ..parity import Array, assert_layer_is_torchs, assert_same, normal, torch_results
from ..strategies import RNGS, Convolution, laid_out

POINTS = (0, 1, -1, 2, -2, 3, -3)
WAYS = {"as they fit": {"TILES": winograd.TILES}, "one row a band": {"MATRIX_BYTES": 1, "TILES": 1}}
ONE_BY_ONE = {"stride": (1, 1), "dilation": (1, 1), "groups": 1}


@st.composite
def tiled(draw: st.DrawFn, dtype: type = np.float64) -> Convolution:
    """Draw a convolution that tiles can compute, its last tiles full or not."""
    rng, sizes = draw(RNGS), st.integers(3, 14)
    samples, channels, filters = (draw(st.integers(1, 3)) for _ in range(3))
    shape = (samples, channels, draw(sizes), draw(sizes))
    options = {**ONE_BY_ONE, "padding": (draw(st.integers(0, 2)), draw(st.integers(0, 2)))}
    weight = rng.normal(size=(filters, channels, 3, 3)).astype(dtype)
    bias = rng.normal(size=filters).astype(dtype) if draw(st.booleans()) else None
    layout = draw(st.sampled_from(["rows", "channels last", "every other"]))
    x = laid_out(rng.normal(size=shape).astype(dtype), layout)
    return Convolution(x, weight, bias, options, rng)


def window_of(case: Convolution) -> Window:
    """Return the case's window."""
    return window(case.x.shape[2:], (3, 3), 1, case.options["padding"])


@given(outputs=st.integers(1, 4), taps=st.integers(1, 4), data=st.data())
def test_the_transforms_compute_every_filter(outputs: int, taps: int, data: st.DataObject) -> None:
    count = outputs + taps - 1
    a, g, b = winograd_transforms(outputs, taps, POINTS[: count - 1])
    numbers = st.integers(-9, 9)
    x = np.array(data.draw(st.lists(numbers, min_size=count, max_size=count)))
    kernel = np.array(data.draw(st.lists(numbers, min_size=taps, max_size=taps)))
    np.testing.assert_allclose(
        a @ ((g @ kernel) * (b @ x)), np.correlate(x, kernel, "valid"), atol=1e-9
    )


def test_the_transforms_are_exact_in_rational_numbers() -> None:
    # G's entries are ratios of small integers, so that nothing is lost but to rounding.
    a, g, b = (
        np.vectorize(lambda v: Fraction(v).limit_denominator(100), otypes=[object])(each)
        for each in winograd_transforms(4, 3, (0, 1, -1, 2, -2))
    )
    x = np.array([Fraction(k * k, 7) for k in range(6)])
    kernel = np.array([Fraction(1, 3), Fraction(-5, 2), Fraction(2)])
    expected = [sum(kernel[k] * x[i + k] for k in range(3)) for i in range(4)]
    assert list(a @ ((g @ kernel) * (b @ x))) == expected


@given(rng=RNGS, outputs=st.integers(1, 4), taps=st.integers(1, 3))
def test_a_tile_is_the_definition(rng: np.random.Generator, outputs: int, taps: int) -> None:
    read = outputs + taps - 1
    x, kernel = rng.normal(size=(read, read)), rng.normal(size=(taps, taps))
    y = winograd_tile(x, kernel, winograd_transforms(outputs, taps, POINTS[: read - 1]))
    expected = layers.conv2d_loops(x[None, None], kernel[None, None])[0, 0]
    assert_same("winograd_tile", "output", y, expected, tolerance=1e-9)


@pytest.mark.parametrize("points", [(0, 1), (0, 1, -1, 2), (0, 1, 1)])
def test_points_that_do_not_fit_are_named(points: tuple[int, ...]) -> None:
    with pytest.raises(
        ValueError, match=r"points is \(0, 1.*but 2 outputs of 3 taps need 3 different numbers"
    ):
        winograd_transforms(2, 3, points)


@pytest.mark.parametrize("way", WAYS)
@given(case=tiled())
def test_outputs_and_gradients_are_torchs(case: Convolution, way: str) -> None:
    expected, grad, gradients = torch_results(case.torchs, case.arrays, normal(case.rng, case.x))
    with patch.multiple(winograd, **WAYS[way]):
        y = winograd_conv2d(case.x, case.weight, case.bias, window_of(case))
        of_weight = winograd_weight_gradient(grad, case.x, window_of(case))
    assert_same("winograd_conv2d", "output", y, expected)
    assert_same("winograd_weight_gradient", "result", of_weight, gradients["weight"])


@given(case=tiled(np.float32))
def test_in_single_precision_errors_stay_small(case: Convolution) -> None:
    y = winograd_conv2d(case.x, case.weight, case.bias, window_of(case))
    expected, _, _ = torch_results(case.torchs, case.arrays, normal(case.rng, case.x))
    assert_same("winograd_conv2d", "output", y, expected)


def large(dtype: type = np.float64, filters: int = 64) -> Convolution:
    """Return a convolution that :func:`conv2d` computes in this way."""
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(2, 64, 28, 31)), rng.normal(size=(filters, 64, 3, 3)) / 24
    bias: Array = rng.normal(size=filters).astype(dtype)
    options = {**ONE_BY_ONE, "padding": (1, 1)}
    return Convolution(x.astype(dtype), weight.astype(dtype), bias, options, rng)


def test_the_layer_takes_this_way_and_is_torchs() -> None:
    case = large()
    assert suits_winograd(window_of(case), 64, 64, 1)
    layer = layers.Conv2d(64, 64, 3, padding=1, rng=case.rng, dtype=np.float64)
    layer.parameters["weight"][...], layer.parameters["bias"][...] = case.weight, case.bias
    np.testing.assert_array_equal(
        layer(case.x), winograd_conv2d(case.x, case.weight, case.bias, window_of(case))
    )
    assert_layer_is_torchs(layer, case.x, case.torchs, case.rng)


def test_rounding_errors_are_some_ten_times_those_of_the_definition() -> None:
    single, double, errors = large(np.float32), large(), []
    for saves in (0, np.inf):  # tiles always, never
        with patch.object(winograd, "SAVES", saves):
            y, exact = (layers.conv2d(c.x, c.weight, c.bias, padding=1) for c in (single, double))
        errors.append(np.sqrt(np.mean((y - exact) ** 2)))
    assert 3 < errors[0] / errors[1] < 30


def test_equal_kernels_give_equal_maps() -> None:
    case = large(np.float32, filters=70)
    weight = np.broadcast_to(case.weight[:1], case.weight.shape)
    y = layers.conv2d(case.x, np.asfortranarray(weight), padding=1)
    np.testing.assert_array_equal(y, np.broadcast_to(y[:, :1], y.shape))


@pytest.mark.parametrize(
    ("image", "kernel", "how", "channels", "filters", "why"),
    [
        ((56, 56), (5, 5), (1, 1), 64, 64, "a large kernel"),
        ((56, 56), (3, 3), (2, 1), 64, 64, "a stride"),
        ((56, 56), (3, 3), (1, 2), 64, 64, "a dilation"),
        ((56, 56), (3, 3), (1, 1), 3, 64, "few channels"),
        ((56, 56), (3, 3), (1, 1), 64, 8, "few kernels"),
        ((13, 13), (3, 3), (1, 1), 64, 64, "tiles that hang far over the edge"),
    ],
)
def test_where_it_saves_too_little_it_is_not_taken(
    image: tuple[int, int],
    kernel: tuple[int, int],
    how: tuple[int, int],
    channels: int,
    filters: int,
    why: str,
) -> None:
    stride, dilation = how
    win = window(image, kernel, stride, 1, dilation)
    assert not suits_winograd(win, channels, filters, 1), why


def test_groups_go_the_other_way() -> None:
    assert not suits_winograd(window_of(large()), 64, 64, 2)


@pytest.mark.parametrize("samples", [5, 70])
def test_small_maps_are_taken_together_and_lie_samples_last(samples: int) -> None:
    # 64 samples before 6; the second part is smaller, and no view of a matrix.
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(samples, 32, 12, 12)), rng.normal(size=(32, 32, 3, 3))
    case = Convolution(x, weight, rng.normal(size=32), {**ONE_BY_ONE, "padding": (1, 1)}, rng)
    assert suits_winograd(window_of(case), 32, 32, 1)
    layer = layers.Conv2d(32, 32, 3, padding=1, rng=rng, dtype=np.float64)
    layer.parameters["weight"][...], layer.parameters["bias"][...] = case.weight, case.bias
    assert lies_samples_last(layer(x))
    assert_layer_is_torchs(layer, x, case.torchs, rng, tolerance=1e-9)


def test_a_band_fits_the_cache_unless_its_products_would_be_thin() -> None:
    wide, room = Tiles(window((224, 224), (3, 3), 1, 1), 64, 64), Workspace()
    image = wide.padded(np.zeros((1, 64, 224, 224), np.float32), room)
    bands = list(wide.bands(image))
    assert len(bands) > 10
    assert all(wide.pixels(image, b, room).nbytes <= winograd.MATRIX_BYTES for b in bands)
    small = Tiles(window((28, 28), (3, 3), 1, 1), 512, 512)
    assert list(small.bands(np.empty((512, 30, 30, 1), np.float32))) == [slice(0, 7)]
