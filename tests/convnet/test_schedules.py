"""Are the schedules PyTorch's, at every time?"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler as theirs

from convnet import schedules as ours

RATES = st.floats(1e-4, 10)
FACTORS = st.floats(0.1, 1)
LENGTHS = st.integers(1, 12)
TIMES = 40


def rates_of_pytorch(lr: float, build: Callable[[torch.optim.Optimizer], Any]) -> list[float]:
    """Return the rates that PyTorch uses at times 0, 1, ..."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    rates = []
    with warnings.catch_warnings():  # SequentialLR itself calls step() in a way that it deprecates
        warnings.simplefilter("ignore", UserWarning)
        scheduler = build(optimizer)
        for _ in range(TIMES):
            rates.append(float(optimizer.param_groups[0]["lr"]))
            optimizer.step()
            scheduler.step()
    return rates


def compare(schedule: ours.Schedule, expected: list[float]) -> None:
    """Compare all times at once."""
    got = [schedule(t) for t in range(TIMES)]
    np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-12)


@given(RATES, LENGTHS, FACTORS)
def test_steps(lr: float, size: int, gamma: float) -> None:
    expected = rates_of_pytorch(lr, lambda o: theirs.StepLR(o, size, gamma))
    compare(ours.StepLR(lr, size, gamma), expected)


@given(RATES, st.lists(st.integers(1, TIMES), max_size=4), FACTORS)
def test_milestones(lr: float, milestones: list[int], gamma: float) -> None:
    rising = sorted(milestones)
    expected = rates_of_pytorch(lr, lambda o: theirs.MultiStepLR(o, rising, gamma))
    compare(ours.MultiStepLR(lr, tuple(rising), gamma), expected)


@given(RATES, FACTORS)
def test_exponential(lr: float, gamma: float) -> None:
    expected = rates_of_pytorch(lr, lambda o: theirs.ExponentialLR(o, gamma))
    compare(ours.ExponentialLR(lr, gamma), expected)


@given(RATES, st.floats(0, 1))
def test_cosine(lr: float, eta_min: float) -> None:
    expected = rates_of_pytorch(lr, lambda o: theirs.CosineAnnealingLR(o, TIMES, eta_min))
    compare(ours.CosineAnnealingLR(lr, TIMES, eta_min), expected)


@given(RATES, FACTORS, FACTORS, LENGTHS)
def test_linear(lr: float, start: float, end: float, length: int) -> None:
    expected = rates_of_pytorch(lr, lambda o: theirs.LinearLR(o, start, end, length))
    compare(ours.LinearLR(lr, start, end, length), expected)


@given(RATES, FACTORS, LENGTHS, FACTORS)
def test_warm_up_before_another_schedule(lr: float, start: float, length: int, g: float) -> None:
    expected = rates_of_pytorch(
        lr,
        lambda o: theirs.SequentialLR(
            o,
            [theirs.LinearLR(o, start, total_iters=length), theirs.StepLR(o, 3, g)],
            milestones=[length],
        ),
    )
    compare(ours.WarmUp(ours.StepLR(lr, 3, g), length, start), expected)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: ours.StepLR(-1, 1), "lr is -1, but needs to be at least 0"),
        (lambda: ours.StepLR(1, 0), "step_size is 0, but needs to be a whole number of at least 1"),
        (lambda: ours.StepLR(1, 1, -0.5), "gamma is -0.5, but needs to be at least 0"),
        (lambda: ours.MultiStepLR(1, (3, 1)), r"is \(3, 1\), but needs to rise; pass \(1, 3\)"),
        (lambda: ours.ExponentialLR(1, -1), "gamma is -1, but needs"),
        (lambda: ours.CosineAnnealingLR(1, 0), "t_max is 0, but needs to be a whole number"),
        (lambda: ours.CosineAnnealingLR(1, 5, -1), "eta_min is -1, but needs to be at least 0"),
        (lambda: ours.LinearLR(1, -1), "start_factor is -1, but needs to be at least 0"),
        (lambda: ours.LinearLR(1, 1, -1), "end_factor is -1, but needs to be at least 0"),
        (lambda: ours.WarmUp(ours.StepLR(1, 1), 0), "total_iters is 0, but needs to be a whole"),
    ],
)
def test_errors_say_what_to_do(wrong: Callable[[], Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        wrong()
