"""Fair timing: all candidates in turn, again and again, and medians of what each took."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

import numpy as np


@dataclass(frozen=True)
class Timing:
    """Seconds a call took: the median over the rounds, and the middle half of them."""

    median: float
    low: float
    high: float
    rounds: tuple[float, ...]

    def ratio(self, other: "Timing") -> float:
        """Return how many times as long as ``other``: the median of the rounds' own ratios.

        Each round measures both within a moment, so that what slows the machine down for a while
        slows both.
        """
        return median(a / b for a, b in zip(self.rounds, other.rounds, strict=True))


def interleave(turns: Mapping[str, Callable[[], float]], seconds: float) -> dict[str, Timing]:
    """Let each candidate take its turn once a round, for about ``seconds``; at least 7 rounds.

    A turn returns the seconds that it took: :func:`timed` makes one of a call.
    """
    taken: dict[str, list[float]] = {name: [] for name in turns}
    end = time.perf_counter() + seconds
    rounds = 0
    while rounds < 7 or time.perf_counter() < end:
        for name, turn in turns.items():
            taken[name].append(turn())
        rounds += 1
    return {name: summarize(times) for name, times in taken.items()}


def timed(call: Callable[[], object]) -> Callable[[], float]:
    """Return a turn that times a call, after a call that does not count.

    The call before warms the caches, and lets the threads that another candidate started fall
    asleep.
    """

    def turn() -> float:
        call()
        begin = time.perf_counter()
        call()
        return time.perf_counter() - begin

    return turn


def summarize(times: list[float]) -> Timing:
    """Return median and quartiles of measured seconds."""
    low, middle, high = np.quantile(times, (0.25, 0.5, 0.75))
    return Timing(float(middle), float(low), float(high), tuple(times))


def compared(timings: Mapping[str, Timing], base: str) -> dict[str, dict[str, float]]:
    """Return each candidate's seconds, and how many times as long as ``base`` it took."""
    return {
        name: {
            "seconds": timing.median,
            "low": timing.low,
            "high": timing.high,
            "ratio": timing.ratio(timings[base]),
        }
        for name, timing in timings.items()
    }
