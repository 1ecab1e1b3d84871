"""Train the course's networks on real data sets and write book/results/*.json.

    CONVNET_DATA=~/convnet-data python -m scripts.results
    python -m scripts.results --only mnist-mlp mnist-lenet-numpy --seeds 0

What has been trained with the same settings is not trained again; what was interrupted goes on.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks.machine import describe
from convnet.data import Images, load_cifar10, load_digits, load_mnist
from convnet.results.experiments import EXPERIMENTS, by_name
from convnet.results.runner import run_experiment

RESULTS = Path("book/results")
UNFINISHED = Path(".cache/results")
LOADERS: dict[str, Callable[[str], Images]] = {
    "mnist": load_mnist,
    "cifar10": load_cifar10,
    "digits": load_digits,
}


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
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where results are written")
    parser.add_argument("--epochs", type=int, help="another number of epochs, to try things out")
    parser.add_argument("--images", type=int, help="only so many of each split, to try things out")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """Train what is asked for; print each result."""
    options = arguments(words)
    environment = {**describe(), "torchvision": version("torchvision")}
    try:
        experiments = by_name(options.only)
        for experiment in experiments:
            if options.epochs is not None:
                experiment = replace(experiment, epochs=options.epochs)
            result = run_experiment(
                experiment,
                lambda split, name=experiment.data: part(load(name, split), options.images),
                options.folder,
                UNFINISHED,
                options.seeds,
                environment=environment,
                command=" ".join(["python -m scripts.results", *words]),
                threads=options.threads,
            )
            print(f"{result.name}: {result.in_words()} on {result.settings['data']}", flush=True)
    except (FileNotFoundError, RuntimeError, ValueError) as error:
        print(f"results: {error}", file=sys.stderr)
        return 1
    return 0


def part(images: Images, count: int | None) -> Images:
    """Return so many images, evenly taken from all: files come sorted by class."""
    if count is None:
        return images
    places = np.linspace(0, len(images.images) - 1, count).astype(int)
    return images._replace(images=images.images[places], labels=images.labels[places])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
