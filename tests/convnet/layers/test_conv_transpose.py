"""Is a transposed convolution PyTorch's in all its forms, and the transpose of a convolution?"""

import numpy as np
import torch.nn.functional as F
from hypothesis import given, settings
from torch import Tensor

from convnet import layers
from convnet.gradcheck import check_layer

from ..parity import assert_layer_is_torchs, assert_same, normal, torch_results
from ..strategies import Convolution, transposed_convolutions


def torchs(case: Convolution, tensors: dict[str, Tensor]) -> Tensor:
    """Compute the case with torch."""
    options = case.options
    return F.conv_transpose2d(tensors["x"], tensors["weight"], tensors.get("bias"), **options)


def built(case: Convolution) -> layers.ConvTranspose2d:
    """Return the layer with the case's options and parameters."""
    layer = layers.ConvTranspose2d(
        len(case.weight),
        case.weight.shape[1] * case.options["groups"],
        case.kernel_size,
        **case.options,
        bias=case.bias is not None,
        rng=case.rng,
        dtype=case.x.dtype,
    )
    layer.parameters["weight"][...] = case.weight
    if case.bias is not None:
        layer.parameters["bias"][...] = case.bias
    return layer


@given(transposed_convolutions())
def test_transposed_convolution_has_three_equal_forms(case: Convolution) -> None:
    source = normal(case.rng, case.x)
    expected, _, _ = torch_results(lambda tensors: torchs(case, tensors), case.arrays, source)
    for form in (layers.conv_transpose2d, layers.conv_transpose2d_loops):
        y = form(case.x, case.weight, case.bias, **case.options)
        assert_same(form.__name__, "output", y, expected)


@given(transposed_convolutions())
def test_the_layer_is_torchs(case: Convolution) -> None:
    assert_layer_is_torchs(built(case), case.x, lambda tensors: torchs(case, tensors), case.rng)


@given(transposed_convolutions(dtype=np.float32))
def test_the_layer_is_torchs_in_single_precision(case: Convolution) -> None:
    assert_layer_is_torchs(built(case), case.x, lambda tensors: torchs(case, tensors), case.rng)


@settings(max_examples=20)
@given(transposed_convolutions())
def test_the_layers_gradients_are_those_of_small_steps(case: Convolution) -> None:
    check_layer(built(case), case.x.copy(), case.rng)


@given(transposed_convolutions())
def test_it_is_the_transpose_of_a_convolution(case: Convolution) -> None:
    # <A x, z> = <x, A^T z> for all x and z: that is what "transpose" means.
    options = dict(case.options)
    options.pop("output_padding")
    y = layers.conv_transpose2d(case.x, case.weight, None, **case.options)
    z = case.rng.normal(size=y.shape)
    rows, columns = case.x.shape[2:]
    seen = layers.conv2d(z, case.weight, None, **options)[:, :, :rows, :columns]
    np.testing.assert_allclose((y * z).sum(), (case.x * seen).sum(), rtol=1e-9, atol=1e-9)


def test_output_padding_shows_what_the_padding_would_have_cut_off() -> None:
    x, kernel = np.ones((1, 1, 1, 2)), np.array([[[[1.0, 2.0, 3.0]]]])
    for form in (layers.conv_transpose2d, layers.conv_transpose2d_loops):
        y = form(x, kernel, None, (1, 2), (0, 1), (0, 1))
        assert_same(form.__name__, "output", y, np.array([[[[2.0, 4.0, 2.0, 3.0]]]]))
