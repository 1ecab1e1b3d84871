"""All designs compute the same convolution, so that their times are comparable."""

import numpy as np
import pytest

from benchmarks.cases import CONVOLUTIONS, ConvCase
from benchmarks.designs import OURS, PEERS, Design
from benchmarks.layers import arrays
from benchmarks.memory import extra_bytes
from convnet.layers import conv2d

SMALL = (
    ConvCase("plain", (2, 3, 7, 6), 4, 3),
    ConvCase("padded", (2, 3, 7, 6), 4, 3, padding=1),
    ConvCase("strided", (3, 2, 9, 8), 5, 3, stride=2, padding=1),
    ConvCase("pointwise", (2, 8, 5, 5), 3, 1),
)


@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.name)
@pytest.mark.parametrize("design", PEERS, ids=lambda design: design.name)
def test_a_design_agrees_with_ours(case: ConvCase, design: Design) -> None:
    x, weight, grad = arrays(case)
    ours, kept = OURS.forward(case, x, weight)
    theirs, their_kept = design.forward(case, x, weight)
    np.testing.assert_allclose(theirs, ours, rtol=1e-4, atol=1e-5)
    expected = OURS.backward(case, grad, weight, kept, True)
    got = design.backward(case, grad, weight, their_kept, True)
    for mine, other in zip(expected, got, strict=True):
        np.testing.assert_allclose(other, mine, rtol=1e-4, atol=1e-5)
    without, _ = design.backward(case, grad, weight, their_kept, False)
    assert without is None


@pytest.mark.parametrize("case", [*SMALL, *CONVOLUTIONS], ids=lambda case: case.name)
def test_the_output_size_written_for_a_case_is_that_of_the_convolution(case: ConvCase) -> None:
    x, weight, _ = arrays(case)
    assert conv2d(x, weight, None, case.stride, case.padding).shape == case.output


@pytest.mark.parametrize("name", ["V", "S"])
def test_row_unrolling_needs_at_most_a_kth_of_im2cols_extra_memory(name: str) -> None:
    """What is counted is beyond the result, which every design has to make."""
    case = next(case for case in CONVOLUTIONS if case.name == name)
    x, weight, _ = arrays(case)
    result = int(np.prod(case.output)) * 4
    ours, im2col = (
        extra_bytes(lambda d=d: d.forward(case, x, weight)) - result for d in (OURS, PEERS[0])
    )
    assert ours <= im2col / case.kernel
