"""Does Flatten keep every number, in C order, as PyTorch does?"""

from typing import Any

import numpy.typing as npt
import torch
from hypothesis import given

from convnet import layers

from ..parity import assert_layer_is_torchs
from ..strategies import RNGS, maps

Array = npt.NDArray[Any]


@given(maps(), RNGS)
def test_flatten_is_torchs(x: Array, rng: Any) -> None:
    assert_layer_is_torchs(layers.Flatten(), x, lambda t: torch.flatten(t["x"], 1), rng)


@given(maps(), RNGS)
def test_rows_are_flat_already(x: Array, rng: Any) -> None:
    rows = x[:, :, 0, 0]
    assert_layer_is_torchs(layers.Flatten(), rows, lambda t: torch.flatten(t["x"], 1), rng)
