"""Learning rates that change while training: each schedule is a function of the time t.

``t`` counts from 0, in epochs or in steps as the training loop is told, and ``schedule(t)`` is the
rate to use at that time. The functions are PyTorch's of the same names (``torch.optim.
lr_scheduler``), in closed form: nothing has to be remembered, so nothing can be lost on resuming.
Chapter: *Optimizers, initialization, regularization*.
"""

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

from convnet._check import check_at_least, check_between

Schedule = Callable[[int], float]


@dataclass(frozen=True)
class StepLR:
    """Multiply the rate by ``gamma`` after every ``step_size``: ``lr gamma^floor(t / step_size)``.

    Args:
        lr: rate at the start, at least 0.
        step_size: time between two changes, at least 1.
        gamma: the factor, at least 0; default 0.1.

    Raises:
        ValueError: a number is out of range.

    >>> [StepLR(1.0, step_size=2, gamma=0.5)(t) for t in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    lr: float
    step_size: int
    gamma: float = 0.1

    def __post_init__(self) -> None:
        _check_rate(self.lr, self.gamma)
        check_at_least("step_size", self.step_size, 1)

    def __call__(self, t: int) -> float:
        """Return the rate at time ``t``."""
        return self.lr * self.gamma ** (t // self.step_size)


@dataclass(frozen=True)
class MultiStepLR:
    """Multiply the rate by ``gamma`` at each milestone: ``lr gamma^(milestones passed)``.

    Args:
        lr: rate at the start, at least 0.
        milestones: times of the changes, rising.
        gamma: the factor, at least 0; default 0.1.

    Raises:
        ValueError: a number is out of range, or the milestones do not rise.

    >>> [MultiStepLR(1.0, (1, 3), gamma=0.5)(t) for t in range(5)]
    [1.0, 0.5, 0.5, 0.25, 0.25]
    """

    lr: float
    milestones: tuple[int, ...]
    gamma: float = 0.1

    def __post_init__(self) -> None:
        _check_rate(self.lr, self.gamma)
        if list(self.milestones) != sorted(self.milestones):
            raise ValueError(
                f"milestones is {self.milestones}, but needs to rise; "
                f"pass {tuple(sorted(self.milestones))}"
            )

    def __call__(self, t: int) -> float:
        """Return the rate at time ``t``."""
        return self.lr * self.gamma ** bisect_right(self.milestones, t)


@dataclass(frozen=True)
class ExponentialLR:
    """Multiply the rate by ``gamma`` each time: ``lr gamma^t``.

    Args:
        lr: rate at the start, at least 0.
        gamma: the factor, at least 0.

    Raises:
        ValueError: a number is out of range.

    >>> [ExponentialLR(1.0, gamma=0.5)(t) for t in range(3)]
    [1.0, 0.5, 0.25]
    """

    lr: float
    gamma: float

    def __post_init__(self) -> None:
        _check_rate(self.lr, self.gamma)

    def __call__(self, t: int) -> float:
        """Return the rate at time ``t``."""
        return self.lr * self.gamma**t


@dataclass(frozen=True)
class CosineAnnealingLR:
    """Fall from ``lr`` to ``eta_min`` along half a cosine, without restarts.

    ``eta_min + (lr - eta_min) (1 + cos(pi t / t_max)) / 2``.

    Args:
        lr: rate at the start, at least 0.
        t_max: time at which ``eta_min`` is reached, at least 1 (``T_max`` in PyTorch).
        eta_min: rate at the end, at least 0; default 0.

    Raises:
        ValueError: a number is out of range.

    Source:
        Loshchilov and Hutter (2017), *SGDR: Stochastic Gradient Descent with Warm Restarts*,
        equation 5.

    >>> [round(CosineAnnealingLR(1.0, t_max=4)(t), 3) for t in range(5)]
    [1.0, 0.854, 0.5, 0.146, 0.0]
    """

    lr: float
    t_max: int
    eta_min: float = 0.0

    def __post_init__(self) -> None:
        _check_rate(self.lr)
        check_at_least("t_max", self.t_max, 1)
        check_between("eta_min", self.eta_min, 0, math.inf, 0.0)

    def __call__(self, t: int) -> float:
        """Return the rate at time ``t``."""
        share = (1 + math.cos(math.pi * t / self.t_max)) / 2
        return self.eta_min + (self.lr - self.eta_min) * share


@dataclass(frozen=True)
class LinearLR:
    """Go from ``start_factor lr`` to ``end_factor lr`` in equal steps, then stay.

    Args:
        lr: rate that the factors apply to, at least 0.
        start_factor: factor at time 0; default 1/3.
        end_factor: factor from ``total_iters`` on; default 1.
        total_iters: length of the way, at least 1; default 5.

    Raises:
        ValueError: a number is out of range.

    Source:
        As warm-up: Goyal et al. (2017), *Accurate, Large Minibatch SGD*, section 2.2.

    >>> [round(LinearLR(1.0, start_factor=0.2, total_iters=4)(t), 3) for t in range(6)]
    [0.2, 0.4, 0.6, 0.8, 1.0, 1.0]
    """

    lr: float
    start_factor: float = 1 / 3
    end_factor: float = 1.0
    total_iters: int = 5

    def __post_init__(self) -> None:
        _check_rate(self.lr)
        check_between("start_factor", self.start_factor, 0, math.inf, 0.1)
        check_between("end_factor", self.end_factor, 0, math.inf, 1.0)
        check_at_least("total_iters", self.total_iters, 1)

    def __call__(self, t: int) -> float:
        """Return the rate at time ``t``."""
        share = min(t, self.total_iters) / self.total_iters
        return self.lr * (self.start_factor + (self.end_factor - self.start_factor) * share)


@dataclass(frozen=True)
class WarmUp:
    """Rise in equal steps to another schedule's first rate, then follow it from its start.

    In PyTorch: ``SequentialLR([LinearLR(...), schedule], milestones=[total_iters])``.

    Args:
        schedule: what to follow afterwards.
        total_iters: length of the rise, at least 1.
        start_factor: share of the rate to start with; default 1/3.

    Raises:
        ValueError: a number is out of range.

    Source:
        Goyal et al. (2017), *Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour*, section
        2.2.

    >>> [WarmUp(StepLR(1.0, 1, gamma=0.5), total_iters=2, start_factor=0.5)(t) for t in range(5)]
    [0.5, 0.75, 1.0, 0.5, 0.25]
    """

    schedule: Schedule
    total_iters: int
    start_factor: float = 1 / 3

    def __post_init__(self) -> None:
        self._rise()  # says now what is wrong

    def _rise(self) -> LinearLR:
        return LinearLR(self.schedule(0), self.start_factor, total_iters=self.total_iters)

    def __call__(self, t: int) -> float:
        """Return the rate at time ``t``."""
        return self._rise()(t) if t < self.total_iters else self.schedule(t - self.total_iters)


def _check_rate(lr: float, gamma: float = 1.0) -> None:
    check_between("lr", lr, 0, math.inf, 0.01)
    check_between("gamma", gamma, 0, math.inf, 0.1)
