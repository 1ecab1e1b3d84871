"""Are kernels of one pixel the convolutions that they are, in whatever order their maps lie?"""

import numpy as np
import pytest

from convnet import layers
from convnet.layers import pointwise
from convnet.layers.memory import lies_samples_last, samples_last
from convnet.layers.window import window

from ..parity import assert_same, normal, torch_results
from ..strategies import Convolution

WAYS = {
    "plain": {},
    "a stride": {"stride": (2, 3)},
    "groups": {"groups": 3},
    "a stride and groups": {"stride": (3, 1), "groups": 3},
    "a border": {"padding": (1, 0)},
    "a border that the stride makes up for": {"stride": (2, 1), "padding": (1, 0), "height": 2},
    "a dilation": {"dilation": (2, 2)},
}


def turned(maps: np.ndarray) -> np.ndarray:
    """Return equal maps that lie samples last."""
    return samples_last(maps).transpose(3, 0, 1, 2)


@pytest.mark.parametrize("orders", [(False, False), (True, True), (True, False), (False, True)])
@pytest.mark.parametrize("way", WAYS)
def test_it_is_torchs_convolution(way: str, orders: tuple[bool, bool]) -> None:
    options = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1} | WAYS[way]
    height, rng = options.pop("height", 7), np.random.default_rng(0)
    x = rng.normal(size=(4, 6, height, 5))
    weight = rng.normal(size=(9, 6 // options["groups"], 1, 1))
    case = Convolution(x, weight, rng.normal(size=9), options, rng)
    expected, grad, gradients = torch_results(case.torchs, case.arrays, normal(rng, x))
    x, grad = (turned(a) if last else a for a, last in zip((x, grad), orders, strict=True))
    y = layers.conv2d(x, weight, case.bias, **options)
    assert_same("conv2d", "output", y, expected)
    got = layers.conv2d_backward(grad, x, weight, **options)
    for name, gradient in gradients.items():
        assert_same("conv2d_backward", f"gradient of {name}", getattr(got, name), gradient)


def test_maps_stay_in_their_order() -> None:
    x, weight = np.ones((4, 6, 7, 5)), np.ones((9, 6, 1, 1))
    assert [lies_samples_last(layers.conv2d(a, weight)) for a in (x, turned(x))] == [False, True]


def test_it_is_taken_where_no_border_is_read() -> None:
    described = [window((7, 5), size, 2, border) for size, border in [((1, 1), 0), ((1, 1), 1)]]
    assert [pointwise.is_pointwise(each) for each in described] == [True, False]
    assert not pointwise.is_pointwise(window((7, 5), (1, 2), 1, 0))
