"""How far a run is: counts, rate and time left, on standard error."""

import sys
import time
from typing import TextIO

EVERY = 0.5  # seconds between two lines on a terminal, where each replaces the one before
EVERY_IN_A_LOG = 10.0


class Progress:
    """Says how many of ``total`` are done.

    Args:
        total: submissions to grade.
        stream: where to say it; standard error by default, so that results can be piped.
    """

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._total, self._done, self._review = total, 0, 0
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._begin = self._said = time.monotonic()

    def step(self, needs_review: bool) -> None:
        """Count one more, and say so if it is time."""
        self._done += 1
        self._review += needs_review
        now = time.monotonic()
        if now - self._said >= (EVERY if self._terminal else EVERY_IN_A_LOG):
            self._said = now
            self.say(now)

    def say(self, now: float) -> None:
        """Write the line."""
        line = progress_line(self._done, self._total, self._review, now - self._begin)
        self._stream.write(f"\r\033[K{line}" if self._terminal else f"{line}\n")
        self._stream.flush()

    def close(self) -> None:
        """Leave the cursor on a new line."""
        if self._terminal and self._done:
            self._stream.write("\r\033[K")
            self._stream.flush()


def progress_line(done: int, total: int, review: int, seconds: float) -> str:
    """Return the counts, the rate and the time left.

    >>> progress_line(50, 200, 3, 25.0)
    '50/200 graded, 3 to review, 2.0 a second, 1 min 15 s left'
    """
    rate = done / seconds if seconds > 0 else 0.0
    left = duration((total - done) / rate) if rate else "some time"
    return f"{done}/{total} graded, {review} to review, {rate:.1f} a second, {left} left"


def duration(seconds: float) -> str:
    """Return a time in words.

    >>> duration(75), duration(8000)
    ('1 min 15 s', '2 h 13 min')
    """
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"
