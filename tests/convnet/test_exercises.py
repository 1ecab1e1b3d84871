"""Are generated exercises like the 6x6 one: solvable by hand, instructive, and solved rightly?"""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convnet.examples import SIX_BY_SIX, SixBySix
from convnet.exercises import answer, new_network, question, solve


def generated(count: int = 100) -> list[SixBySix]:
    return [new_network(np.random.default_rng(seed)) for seed in range(count)]


def test_the_lectures_exercise_is_solved_to_the_last_digit() -> None:
    found = solve(SIX_BY_SIX)
    np.testing.assert_array_equal(found.features[0], [-15, -5, -10, 10])
    np.testing.assert_array_equal(found.pooled, [[0, 10], [0, 10]])
    np.testing.assert_allclose(found.logits, [-3.9, -9.3, 12.6], rtol=1e-12)
    expected = [6.8256e-8, 3.0828e-10, 0.99999993]
    np.testing.assert_allclose(found.probabilities, expected, rtol=2e-5)
    assert (found.label, found.parameters) == (2, 25)


@pytest.mark.parametrize("seed", range(20))
def test_solutions_agree_with_pytorch(seed: int) -> None:
    network = new_network(np.random.default_rng(seed))
    image, kernel, weight, bias = (
        torch.tensor(a) for a in (network.image, network.kernel, network.weight, network.bias)
    )
    features = F.conv2d(image[None, None], kernel[None, None]) + network.conv_bias
    pooled = F.max_pool2d(F.relu(features), 2)
    logits = F.linear(pooled.reshape(1, -1), weight, bias)
    found = solve(network)
    np.testing.assert_allclose(found.features, features[0, 0], atol=1e-12)
    np.testing.assert_allclose(found.pooled, pooled[0, 0], atol=1e-12)
    np.testing.assert_allclose(found.probabilities, F.softmax(logits, 1)[0], atol=1e-12)
    assert found.label == int(logits.argmax())


def test_every_step_of_every_exercise_shows_something() -> None:
    for network in generated():
        found = solve(network)
        assert not np.array_equal(found.features, found.rectified)
        assert found.rectified.any()
        assert found.pooled.min() < found.pooled.max()
        assert found.probabilities.max() < 0.999
        assert np.isclose(found.probabilities.sum(), 1)


def test_numbers_suit_pencil_and_paper() -> None:
    for network in generated():
        for whole in (network.image, network.kernel, network.conv_bias):
            np.testing.assert_array_equal(whole, np.round(whole))
        np.testing.assert_allclose(10 * network.weight, np.round(10 * network.weight))
        assert set(np.unique(network.kernel)) <= {-1, 0, 1}
        assert len(np.unique(network.image)) == 2


def test_seeds_repeat_and_differ() -> None:
    sheets = [question(network) for network in generated()]
    assert sheets == [question(network) for network in generated()]
    assert len(set(sheets)) == len(sheets)
    assert {solve(network).label for network in generated()} == {0, 1, 2}


def test_a_sheet_states_the_question_without_the_answer() -> None:
    text = question(SIX_BY_SIX)
    assert " 0  5  5  5  5  0" in text
    assert "bias -5" in text
    assert "  0.5   0.3  -0.8   0.9 |  0.6" in text
    assert "12.6" not in text
    assert "Logits: -3.90, -9.30, 12.60" in answer(SIX_BY_SIX)


def test_a_seed_instead_of_a_generator_is_refused() -> None:
    with pytest.raises(TypeError, match=r"rng is 3, but needs to be a np.random.Generator"):
        new_network(3)  # type: ignore[arg-type]
