"""Are the networks of the assignment *backpropagation* each student's own, wrong, and worth a step?

Gradients come from PyTorch here, so that the module's own arithmetic is checked and not repeated.
"""

from typing import NamedTuple

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convnet.exercises.backpropagation import OwnBackpropagation, own_backpropagation


class Run(NamedTuple):
    """One pass forwards of a student's network, with another kernel and bias if given."""

    kernel: torch.Tensor
    bias: torch.Tensor
    features: torch.Tensor  # (1, 1, 4, 4)
    pooled: torch.Tensor  # (1, 1, 2, 2)
    logits: torch.Tensor  # (1, 3)
    loss: torch.Tensor


def run(own: OwnBackpropagation, kernel: object = None, bias: object = None) -> Run:
    net = own.network
    kernel = torch.tensor(net.kernel if kernel is None else kernel, requires_grad=True)
    bias = torch.tensor([net.conv_bias] if bias is None else bias, dtype=torch.float64)
    bias.requires_grad_()
    features = F.conv2d(torch.tensor(net.image)[None, None], kernel[None, None], bias)
    pooled = F.max_pool2d(F.relu(features), 2)
    pooled.retain_grad()
    logits = F.linear(pooled.reshape(1, -1), torch.tensor(net.weight), torch.tensor(net.bias))
    loss = F.cross_entropy(logits, torch.tensor([own.label]))
    loss.backward()
    return Run(kernel, bias, features, pooled, logits, loss)


@pytest.fixture(scope="module")
def everybody() -> list[OwnBackpropagation]:
    return [own_backpropagation(f"student{n:04d}") for n in range(1000)]


@pytest.fixture(scope="module")
def runs(everybody: list[OwnBackpropagation]) -> list[tuple[OwnBackpropagation, Run]]:
    return [(own, run(own)) for own in everybody[:200]]


Runs = list[tuple[OwnBackpropagation, Run]]


def test_a_thousand_ids_have_a_thousand_exercises(everybody: list[OwnBackpropagation]) -> None:
    seen = {
        (o.network.image.tobytes(), o.network.kernel.tobytes(), o.network.weight.tobytes())
        for o in everybody
    }
    assert len(seen) == 1000
    assert {o.label for o in everybody} == {0, 1, 2}
    assert len({o.rate for o in everybody}) == 3


def test_numbers_stay_what_they_were_when_the_course_began() -> None:
    """Somebody who changes the way of drawing changes every student's exercise."""
    own = own_backpropagation("ada42")
    np.testing.assert_array_equal(own.network.image[0], [0, 2, 2, 0, 4, 2])
    np.testing.assert_array_equal(own.network.kernel, [[-1, 1, -1], [-1, -1, 0], [1, -1, -1]])
    np.testing.assert_array_equal(own.network.weight[2], [-0.4, 0.5, 0.3, -0.4])
    np.testing.assert_array_equal(own.network.bias, [0.3, 0.1, -0.3])
    assert (own.network.conv_bias, own.label, own.rate) == (7, 0, 0.05)


def test_numbers_suit_pencil_and_paper(everybody: list[OwnBackpropagation]) -> None:
    for own in everybody:
        net = own.network
        assert set(np.unique(net.image)) <= {0, 1, 2, 3, 4}
        assert set(np.unique(net.kernel)) <= {-1, 0, 1}
        assert net.conv_bias == round(net.conv_bias)
        assert 1 <= abs(net.conv_bias) <= 9
        np.testing.assert_allclose(10 * net.weight, np.round(10 * net.weight))
        np.testing.assert_allclose(10 * net.bias, np.round(10 * net.bias))


def test_the_network_is_wrong_by_a_margin(runs: Runs) -> None:
    for own, found in runs:
        logits = found.logits[0].detach()
        assert int(logits.argmax()) != own.label
        assert float(logits.sort().values.diff().min()) > 0.19
        assert 0.05 <= float(logits.softmax(0)[own.label]) <= 0.4


def test_no_maximum_is_tied_and_none_is_at_the_kink(runs: Runs) -> None:
    for _, found in runs:
        windows = found.features[0, 0].reshape(2, 2, 2, 2).swapaxes(1, 2).reshape(4, 4)
        first, second = windows.sort(1, descending=True).values[:, :2].T
        assert bool(((first < 0) | (first > second)).all())
        assert bool((first != 0).all())
        assert 2 <= int((first > 0).sum()) <= 3


def test_errors_of_both_signs_pass_the_gate_and_others_do_not(runs: Runs) -> None:
    for _, found in runs:
        assert found.pooled.grad is not None
        passed = found.pooled.grad[found.pooled > 0]
        assert float(passed.min()) < 0 < float(passed.max())
        assert float(found.pooled.grad[found.pooled == 0].abs().min()) > 0.04


def test_a_half_turn_a_transpose_and_a_forgotten_bias_show(runs: Runs) -> None:
    for _, found in runs:
        assert found.kernel.grad is not None
        assert found.bias.grad is not None
        assert float(found.bias.grad.abs()) > 0.04
        for wrong in (found.kernel.grad.flip(0, 1), found.kernel.grad.T):
            assert float((wrong - found.kernel.grad).abs().max()) > 0.04


@pytest.mark.parametrize("sign", [1, -1])
def test_a_step_downhill_lowers_the_loss_and_one_uphill_raises_it(runs: Runs, sign: int) -> None:
    for own, found in runs[:60]:
        assert found.kernel.grad is not None
        assert found.bias.grad is not None
        step = sign * own.rate
        after = run(
            own,
            (found.kernel - step * found.kernel.grad).detach().numpy(),
            (found.bias - step * found.bias.grad).detach().numpy(),
        )
        assert sign * float(found.loss.detach() - after.loss.detach()) > 0.01


def test_the_same_id_gives_the_same_numbers_however_it_is_spelt() -> None:
    one, other = own_backpropagation("Ada 42"), own_backpropagation("  ada  42 ")
    np.testing.assert_array_equal(one.network.image, other.network.image)
    assert (one.label, one.rate) == (other.label, other.rate)


def test_no_id_is_refused() -> None:
    with pytest.raises(ValueError, match="needs to be the id that your course knows you by"):
        own_backpropagation("your id")
