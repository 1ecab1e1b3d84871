"""Do long runs paint the gradient of images that short ones do, and only where they pay?"""

from unittest.mock import patch

import numpy as np
import pytest
import torch
from hypothesis import given

from convnet import layers
from convnet.layers import conv, painting, phases
from convnet.layers.painting import paint_planes, suits_planes
from convnet.layers.window import window

from ..parity import assert_same, normal, torch_results
from ..strategies import Convolution, convolutions


@pytest.mark.parametrize("chunk_bytes", [1, phases.CHUNK_BYTES])  # plane by plane, all at once
@given(case=convolutions(plain=True))
def test_the_gradient_of_images_is_torchs(case: Convolution, chunk_bytes: int) -> None:
    _, grad, expected = torch_results(case.torchs, case.arrays, normal(case.rng, case.x))
    how = (case.options["stride"], case.options["padding"])
    win = window(case.x.shape[2:], case.weight.shape[2:], *how)
    with patch.object(phases, "CHUNK_BYTES", chunk_bytes):
        grad_x = paint_planes(grad, case.weight, win)
    assert_same("paint_planes", "result", grad_x, expected["x"])


WAYS = {
    "long rows": {},
    "short rows": {"width": 30},
    "windows apart": {"stride": 3},
    "a dilation": {"dilation": 2},
    "groups": {"groups": 2},
    "many small images": {"channels": 2},
}


@pytest.mark.parametrize("way", WAYS)
def test_it_is_taken_for_large_images_with_long_rows(way: str) -> None:
    options = {"width": 44, "channels": 64, "stride": 2, "dilation": 1, "groups": 1} | WAYS[way]
    width, channels, groups = (options[name] for name in ("width", "channels", "groups"))
    how = (options["stride"], 1, options["dilation"], groups)
    rng = np.random.default_rng(0)
    x_shape = (2, channels, 70, width)
    weight = rng.normal(size=(2, channels // groups, 3, 3)).astype(np.float32)
    rows, columns = window(x_shape[2:], (3, 3), *how[:3]).output
    grad = rng.normal(size=(2, 2, rows, columns)).astype(np.float32)
    with patch.object(conv, "paint_planes", wraps=paint_planes) as painted:
        grad_x = layers.conv2d_input_gradient(grad, weight, x_shape, *how)
    assert painted.called == (way == "long rows")
    with patch.object(painting, "LONG_ROW", np.inf):
        short = layers.conv2d_input_gradient(grad, weight, x_shape, *how)
    assert_same("conv2d_input_gradient", "result", grad_x, short)


def test_where_windows_lie_apart_runs_do_not_pay() -> None:
    assert suits_planes(window((56, 56), (3, 3), 2, 1), np.ones((2, 64, 3, 3)), 1)
    assert not suits_planes(window((56, 56), (1, 1), 2, 0), np.ones((2, 64, 1, 1)), 1)


def test_nan_in_a_kernel_reaches_the_pixels_that_torchs_reaches() -> None:
    x_shape, weight = (1, 64, 70, 44), np.ones((2, 64, 3, 3))
    weight[1, 5, 0, 0] = np.nan
    grad = np.ones((1, 2, 35, 22))
    got = layers.conv2d_input_gradient(grad, weight, x_shape, 2, 1)
    expected = torch.nn.grad.conv2d_input(x_shape, *map(torch.tensor, (weight, grad)), 2, 1)
    np.testing.assert_array_equal(got, expected.numpy())
    assert np.isnan(got).any()
