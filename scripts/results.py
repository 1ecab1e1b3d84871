"""Train the course's networks on real data sets and write book/results/*.json.

    CONVNET_DATA=~/convnet-data python -m scripts.results
    python -m scripts.results --only mnist-mlp mnist-lenet-numpy --seeds 0

What has been trained with the same settings is not trained again; what was interrupted goes on.
Two are trained at a time, each on one thread: that is faster than one after the other on two.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.machine import describe
from convnet.data import Images, load_cifar10, load_digits, load_mnist
from convnet.results.experiments import EXPERIMENTS, Experiment, by_name
from convnet.results.record import read_result
from convnet.results.runner import run_experiment

RESULTS = Path("book/results")
UNFINISHED = Path(".cache/results")
LOADERS: dict[str, Callable[[str], Images]] = {
    "mnist": load_mnist,
    "cifar10": load_cifar10,
    "digits": load_digits,
}


class Task(NamedTuple):
    """One experiment with one seed."""

    experiment: Experiment
    seed: int
    options: argparse.Namespace


@cache
def load(name: str, split: str) -> Images:
    """Return a data set, read once."""
    return LOADERS[name](split)


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="NAME",
        help=f"experiments; default all: {', '.join(e.name for e in EXPERIMENTS)}",
    )
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    jobs = min(2, os.cpu_count() or 1)
    parser.add_argument("--jobs", type=int, default=jobs, help=f"trained at a time ({jobs})")
    parser.add_argument("--threads", type=int, default=1, help="of each (1)")
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where results are written")
    parser.add_argument("--epochs", type=int, help="another number of epochs, to try things out")
    parser.add_argument("--images", type=int, help="only so many of each split, to try things out")
    options = parser.parse_args(words)
    options.command = " ".join(["python -m scripts.results", *words])
    return options


def in_order(experiments: Sequence[Experiment], options: argparse.Namespace) -> list[Task]:
    """Return what there is to train, the longest first, so that no process ends long before."""
    if options.epochs is not None:
        experiments = [replace(e, epochs=options.epochs) for e in experiments]
    longest = sorted(experiments, key=lambda e: -e.epochs)
    return [Task(experiment, seed, options) for experiment in longest for seed in options.seeds]


def train(task: Task) -> str:
    """Train one seed, unless that has been done, and add it to the results; return it in words."""
    experiment, seed, options = task
    result = run_experiment(
        experiment,
        lambda split: part(load(experiment.data, split), options.images),
        options.folder,
        UNFINISHED,
        [seed],
        environment={**describe(), "torchvision": version("torchvision")},
        command=options.command,
        threads=options.threads,
        progress=False,
        report=lambda line: print(line, flush=True),
        keep=options.seeds[0],
    )
    run = next(run for run in result.runs if run.seed == seed)
    return f"{experiment.name}, seed {seed}: {run.accuracy:.2%} right after {run.seconds:.0f} s"


def train_all(tasks: list[Task], jobs: int) -> None:
    """Train tasks, ``jobs`` at a time; say what each came to. The first error ends it all."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the processes read it when they begin
    begin = time.monotonic()
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        runs: list[Future[str]] = [pool.submit(train, task) for task in tasks]
        try:
            for count, done in enumerate(as_completed(runs), 1):
                minutes = (time.monotonic() - begin) / 60
                print(f"{done.result()} ({count} of {len(tasks)}, {minutes:.1f} min)", flush=True)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def main(words: list[str]) -> int:
    """Train what is asked for; print each result."""
    options = arguments(words)
    try:
        tasks = in_order(by_name(options.only), options)
        train_all(tasks, options.jobs)
    except (FileNotFoundError, RuntimeError, ValueError) as error:
        print(f"results: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("results: interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    for name in dict.fromkeys(task.experiment.name for task in tasks):
        result = read_result(options.folder / f"{name}.json")
        print(f"{name}: {result.in_words()} on {result.settings['data']}")
    return 0


def part(images: Images, count: int | None) -> Images:
    """Return so many images, evenly taken from all: files come sorted by class."""
    if count is None:
        return images
    places = np.linspace(0, len(images.images) - 1, count).astype(int)
    return images._replace(images=images.images[places], labels=images.labels[places])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
