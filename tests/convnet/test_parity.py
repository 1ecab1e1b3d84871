"""Does the comparison itself fail where it should, and say where?"""

from typing import Any

import numpy as np
import pytest
import torch

from convnet.layers import Tanh

from .parity import ParityError, assert_layer_is_torchs, assert_same

GOOD = np.array([[1.0, 2.0], [np.nan, np.inf]])


def with_change(index: tuple[int, int], value: float) -> Any:
    changed = GOOD.copy()
    changed[index] = value
    return changed


@pytest.mark.parametrize(
    ("got", "message"),
    [
        (GOOD[:1], r"layer: output has shape \(1, 2\), expected \(2, 2\)"),
        (GOOD.astype(np.float32), "layer: output has dtype float32, expected float64"),
        (with_change((0, 1), 2 + 1e-8), r"output at \(0, 1\) is .*2\.00000001\d*\), expected"),
        (with_change((0, 0), np.nan), r"output at \(0, 0\) is .*nan.*, expected .*1\.0.*; 1 of 4"),
        (with_change((1, 0), 0.0), r"output at \(1, 0\) is .*0\.0.*, expected .*nan"),
        (with_change((1, 1), -np.inf), r"output at \(1, 1\) is .*-inf.*, expected .*inf"),
    ],
)
def test_a_difference_is_named_with_layer_array_index_and_numbers(got: Any, message: str) -> None:
    with pytest.raises(ParityError, match=message):
        assert_same("layer", "output", got, GOOD)


def test_equal_arrays_and_tensors_pass() -> None:
    assert_same("layer", "output", GOOD, torch.tensor(GOOD))
    assert_same("layer", "output", np.zeros((0, 2)), np.zeros((0, 2)))


def test_a_wrong_gradient_is_named_after_a_right_output() -> None:
    class Wrong(Tanh):
        """Forgets the square."""

        def backward(self, grad_output: Any) -> Any:
            """Return a wrong gradient."""
            return grad_output * (1 - self._y)

    rng = np.random.default_rng(0)
    with pytest.raises(ParityError, match=r"Wrong: gradient of x at \(\d,\) is"):
        assert_layer_is_torchs(Wrong(), rng.normal(size=5), lambda t: torch.tanh(t["x"]), rng)
