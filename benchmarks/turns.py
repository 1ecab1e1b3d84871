"""Candidates in processes of their own that take turns: none disturbs another.

In one process they would: what one has allocated and freed changes how the next one's memory comes
to it, and a pool of threads goes on waiting, busily, for some time after its work is done.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

import torch

REST = 0.05  # seconds until the threads of the one before have stopped waiting for work
BURST = 0.1  # seconds of calls, before and while they are timed
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@contextmanager
def taking_turns(
    words: Mapping[str, Sequence[str]], threads: int
) -> Iterator[dict[str, Callable[[], float]]]:
    """Start a process for each candidate; yield functions that time calls in each.

    Args:
        words: the command line of each candidate's process.
        threads: of BLAS and PyTorch in each.
    """
    environment = {**os.environ, **dict.fromkeys(THREADS, str(threads))}
    with ExitStack() as processes:
        started = {
            name: processes.enter_context(
                subprocess.Popen(  # noqa: S603  # our own module
                    [sys.executable, "-m", "benchmarks.turns", f"--threads={threads}", *line],
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for name, line in words.items()
        }
        yield {name: turn_of(process) for name, process in started.items()}
        for process in started.values():
            process.communicate()


def turn_of(process: "subprocess.Popen[str]") -> Callable[[], float]:
    """Return a function that asks a process for timed calls and returns the seconds of one."""

    def turn() -> float:
        if process.stdin is None or process.stdout is None:
            raise ValueError("the process needs pipes; start it with stdin=PIPE and stdout=PIPE")
        time.sleep(REST)
        process.stdin.write("go\n")
        process.stdin.flush()
        return float(process.stdout.readline())

    return turn


def serve(call: Callable[[], object]) -> None:
    """Time calls for each line that comes in: a piece of a training run, after its beginning.

    A process that has slept finds its threads asleep, and its data in nobody's cache. One step on
    does not see that, so calls are made for some time first; they do not count.
    """
    for _ in sys.stdin:
        repeated(call, BURST)
        print(repeated(call, BURST), flush=True)


def repeated(call: Callable[[], object], seconds: float) -> float:
    """Call again and again for so many seconds, once at least; return the mean time of a call."""
    begin = now = time.perf_counter()
    count = 0
    while count == 0 or now - begin < seconds:
        call()
        now, count = time.perf_counter(), count + 1
    return (now - begin) / count


def main() -> None:
    """Build one candidate and serve it."""
    from benchmarks import steps  # it imports this module to start what runs here

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", choices=steps.NETWORKS, required=True)
    parser.add_argument("--candidate", required=True)
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    serve(steps.candidates(options.network, options.threads)[options.candidate]())


if __name__ == "__main__":
    main()
