"""Do sizes and counts equal PyTorch's and the lectures'?"""

from itertools import pairwise

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from convnet import shapes


@settings(max_examples=1000)
@given(*(st.integers(low, high) for low, high in ((1, 20), (1, 7), (1, 4), (0, 3), (1, 3))))
def test_output_size_is_pytorchs(n: int, kernel: int, stride: int, pad: int, dilation: int) -> None:
    assume(dilation * (kernel - 1) + 1 <= n + 2 * pad)
    layer = torch.nn.Conv1d(1, 1, kernel, stride, pad, dilation)
    with torch.no_grad():
        outputs = layer(torch.zeros(1, 1, n)).shape[-1]
    assert shapes.conv_output_size(n, kernel, stride, pad, dilation) == outputs
    dropped = shapes.dropped_rows(n, kernel, stride, pad, dilation)
    used = dilation * (kernel - 1) + 1 + stride * (outputs - 1)
    assert 0 <= dropped < stride
    assert used + dropped == n + 2 * pad


def test_the_size_on_which_two_slides_disagree() -> None:
    assert shapes.conv_output_size(4, kernel_size=3, stride=2, padding=1) == 2


@pytest.mark.parametrize(
    ("widths", "expected"),
    [
        ((13, 8, 6, 1), 173),
        ((4, 8, 6, 3), 115),
        ((784, 128, 64, 10), 109_386),
        ((3072, 1536, 768, 384, 128, 10), 6_246_410),
    ],
)
def test_parameters_of_the_lectures_mlps(widths: tuple[int, ...], expected: int) -> None:
    assert sum(shapes.linear_parameters(a, b) for a, b in pairwise(widths)) == expected


def test_what_one_neuron_and_one_layer_cost_on_a_photograph() -> None:
    assert shapes.linear_parameters(3472 * 4624 * 3, 1, bias=False) == 48_163_584
    assert shapes.linear_parameters(1000 * 1000, 1000 * 1000, bias=False) == 10**12


def test_the_slide_that_counts_187_parameters_multiplies_with_another_tables_inputs() -> None:
    """Lecture D's MLP for Iris has 4 inputs; 13 are those of the Boston one."""
    layers = ((4, 8), (8, 6), (6, 3))
    right = sum(shapes.linear_parameters(*sizes) for sizes in layers)
    wrong = right + shapes.linear_parameters(13, 8) - shapes.linear_parameters(4, 8)
    assert (right, wrong) == (115, 187)


def test_two_small_kernels_see_as_much_as_a_large_one_with_fewer_parameters() -> None:
    """VGG: three 3x3 convolutions cost 27 C^2 and see 7x7 pixels, for which one costs 49 C^2."""
    one = shapes.conv2d_parameters(64, 64, 7, bias=False)
    three = 3 * shapes.conv2d_parameters(64, 64, 3, bias=False)
    assert (three, one) == (27 * 64**2, 49 * 64**2)
    assert shapes.receptive_field([(3, 1)] * 3) == shapes.receptive_field([(7, 1)]) == 7


def test_parameters_of_the_lectures_cnns() -> None:
    convolution, dense = shapes.conv2d_parameters, shapes.linear_parameters
    assert convolution(1, 1, 3) + dense(4, 3) == 25
    assert convolution(2, 3, (2, 5)) == (2 * 2 * 5 + 1) * 3
    assert convolution(2, 3, (2, 5), bias=False) == 2 * 2 * 5 * 3
    lenet = (
        convolution(1, 6, 5) + convolution(6, 16, 5),
        sum((dense(256, 120), dense(120, 84), dense(84, 10))),
    )
    assert (*lenet, sum(lenet)) == (2_572, 41_854, 44_426)
    cifar = (convolution(3, 32, 3) + convolution(32, 64, 3), dense(4096, 128) + dense(128, 10))
    assert (*cifar, sum(cifar)) == (19_392, 525_706, 545_098)


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 2)), max_size=4))
def test_receptive_field_is_where_the_gradient_reaches(layers: list[tuple[int, int]]) -> None:
    field = shapes.receptive_field(layers)
    signal = torch.ones(1, 1, field, requires_grad=True)
    output = signal
    for kernel, stride in layers:
        output = torch.nn.functional.conv1d(output, torch.ones(1, 1, kernel), stride=stride)
    assert output.shape[-1] == 1  # the field holds exactly one window
    output.sum().backward()
    assert signal.grad is not None
    assert signal.grad[0, 0, 0] > 0
    assert signal.grad[0, 0, -1] > 0


def test_messages_name_argument_and_requirement() -> None:
    with pytest.raises(
        ValueError, match=r"stride is 0, but needs to be a whole number of at least 1.*stride=1"
    ):
        shapes.conv_output_size(6, 3, stride=0)
    with pytest.raises(ValueError, match="reaches over 7 pixels, but there are only 6"):
        shapes.conv_output_size(6, 7)
