"""Is the original LeNet-5 the paper's, layer by layer?"""

import numpy as np
import pytest
import torch
from torch import Tensor

from convnet import models
from convnet.models.digit_codes import RadialBasisOutput, digit_codes
from convnet.models.lenet1998 import (
    C3_READS,
    LeNet5Original,
    PartialConv2d,
    ScaledTanh,
    Subsampling,
)

# Table I as printed: a row for each map of S2, a column for each map of C3.
TABLE_I = (
    "X...XXX..XXXX.XX",
    "XX...XXX..XXXX.X",
    "XXX...XXX..X.XXX",
    ".XXX..XXXX..X.XX",
    "..XXX..XXXX.XX.X",
    "...XXX..XXXX.XXX",
)


def test_the_connections_are_those_of_table_i() -> None:
    printed = [
        tuple(row for row in range(6) if TABLE_I[row][column] == "X") for column in range(16)
    ]
    assert [tuple(sorted(reads)) for reads in C3_READS] == printed


@pytest.mark.parametrize(
    ("layer", "parameters", "connections"),
    [
        ("c1", 156, 122_304),
        ("s2", 12, 5_880),
        ("c3", 1_516, 151_600),
        ("s4", 32, 2_000),
        ("c5", 48_120, 48_120),
    ],
)
def test_parameters_and_connections_are_the_papers(
    layer: str, parameters: int, connections: int
) -> None:
    """A connection joins a unit to one number it reads, or to its bias."""
    network = LeNet5Original()
    x = torch.zeros(1, 1, 32, 32)
    for name, part in network.features.named_children():
        x = part(x)
        if name == layer:
            assert models.count_parameters(part) == parameters
            positions = x[0, 0].numel()
            per_position = parameters if layer[0] == "c" else 5 * x.shape[1]
            assert per_position * positions == connections
    total = 122_304 + 5_880 + 151_600 + 2_000 + 48_120 + 10_164 + 840
    assert total == 340_908
    assert digit_codes().numel() == 840
    assert models.count_parameters(network.classifier) == 10_164


def test_a_partial_convolution_is_a_sum_over_what_it_reads() -> None:
    layer = PartialConv2d(((0, 2), (1,), (2, 1, 0)), kernel_size=2).double()
    torch.nn.init.uniform_(layer.bias)
    x = torch.randn(2, 3, 4, 5, dtype=torch.float64)
    expected = torch.zeros(2, 3, 3, 4, dtype=torch.float64)
    kernel = iter(layer.weight)
    for f, channels in enumerate(((0, 2), (1,), (2, 1, 0))):
        expected[:, f] += layer.bias[f]
        for c in channels:
            weight = next(kernel)
            for i, j, a, b in np.ndindex(3, 4, 2, 2):
                expected[:, f, i, j] += weight[a, b] * x[:, c, i + a, j + b]
    torch.testing.assert_close(layer(x), expected, rtol=1e-12, atol=1e-12)
    assert torch.autograd.gradcheck(layer, x.requires_grad_())


def test_a_map_ignores_what_it_does_not_read() -> None:
    layer = PartialConv2d(C3_READS, kernel_size=5)
    x = torch.randn(1, 6, 5, 5)
    before = layer(x)[0, :, 0, 0]
    for channel in range(6):
        changed = x.clone()
        changed[:, channel] += 1.0
        moved = layer(changed)[0, :, 0, 0] != before
        assert moved.tolist() == [channel in reads for reads in C3_READS]


def test_first_weights_are_within_the_papers_bounds() -> None:
    weights = iter(PartialConv2d(C3_READS, kernel_size=5).weight)
    for reads in C3_READS:
        bound = 2.4 / (25 * len(reads))
        for _ in reads:
            assert 0.5 * bound < next(weights).abs().max() <= bound


def test_subsampling_adds_scales_and_shifts() -> None:
    layer = Subsampling(2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([2.0, -1.0]))
        layer.bias.copy_(torch.tensor([0.5, 3.0]))
    x = torch.arange(16.0).reshape(1, 2, 2, 4)
    expected = [[2 * (0 + 1 + 4 + 5) + 0.5, 2 * (2 + 3 + 6 + 7) + 0.5], [3.0 - 42, 3.0 - 50]]
    assert layer(x)[0, :, 0].tolist() == expected


def test_the_squashing_function_is_odd_passes_one_and_saturates() -> None:
    x = torch.tensor([-1.0, 0.0, 1.0, 100.0])
    torch.testing.assert_close(
        ScaledTanh()(x), torch.tensor([-1.0, 0.0, 1.0, 1.7159]), rtol=1e-4, atol=1e-4
    )


def nearest(x: Tensor) -> list[int]:
    return RadialBasisOutput(digit_codes())(x).argmax(dim=1).tolist()  # type: ignore[no-any-return]


def test_each_code_is_nearest_to_itself_even_with_three_pixels_wrong() -> None:
    codes = digit_codes()
    assert nearest(codes) == list(range(10))
    distances = (codes[:, None] != codes).sum(-1) + 84 * torch.eye(10, dtype=torch.int64)
    assert distances.min() == 8  # 6 and 8: three wrong pixels leave the right code nearest
    spoilt = codes.clone()
    generator = np.random.default_rng(0)
    for row in spoilt:
        row[generator.choice(84, 3, replace=False)] *= -1
    assert nearest(spoilt) == list(range(10))


def test_similar_digits_have_similar_codes() -> None:
    codes = digit_codes()
    pixels = (codes[:, None] != codes).sum(-1)
    assert pixels[8, 9] < pixels[8, 1]
    assert pixels[0, 8] < pixels[0, 7]


def test_it_learns_four_patterns() -> None:
    rng = np.random.default_rng(0)
    network = LeNet5Original()
    models.initialize(network, rng)
    x = torch.from_numpy(rng.standard_normal((4, 1, 32, 32), dtype=np.float32))
    labels = torch.tensor([3, 1, 4, 5])
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    losses = []
    for _ in range(40):
        loss = torch.nn.functional.cross_entropy(network(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.05 * losses[0]
    assert network(x).argmax(dim=1).tolist() == labels.tolist()
