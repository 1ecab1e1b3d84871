"""Where the time of a run went, for whoever wants to make it shorter."""

import resource
import time
from typing import Any


def used() -> float:
    """Return the processor time of this process so far, in seconds."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


class Timings:
    """Adds up processor time by who used it.

    Args:
        notebooks: notebooks of one submission.
    """

    def __init__(self, notebooks: int) -> None:
        self._notebooks, self._submissions = notebooks, 0
        self._begin, self._imports = time.monotonic(), used()
        self._workers = self._students = 0.0

    def ready(self) -> None:
        """Note that the workers can begin."""
        self._ready, self._before = time.monotonic(), used()

    def note(self, answer: dict[str, Any]) -> None:
        """Add what a worker said of one submission."""
        self._submissions += 1
        self._workers += answer.get("worker_seconds", 0.0)
        self._students += answer.get("student_seconds", 0.0)

    def report(self, usage: dict[str, Any]) -> dict[str, Any]:
        """Return the sums, in seconds of a processor but for ``wall``.

        Args:
            usage: what the nursery says of itself and of what runs in the sandbox.
        """
        now = time.monotonic()
        return {
            "notebooks": self._notebooks * self._submissions,
            "wall": {"until ready": self._ready - self._begin, "grading": now - self._ready},
            "processor": {
                "imports of the writer": self._before,
                "writer": used() - self._before,
                "imports and forks of the workers": usage["nursery"],
                "tests and workers": self._workers,
                "warm interpreter": usage["sandbox"] - self._students,
                "students": self._students,
            },
        }
