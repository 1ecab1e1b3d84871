"""Count which classes an experiment's kept weights confuse; write book/results/*-confusion.json.

    CONVNET_DATA=~/convnet-data python -m scripts.confusion cifar10-cnn

The accuracy has to be the one that the run recorded, up to five images in ten thousand: frameworks
round differently, and a few images lie on the border.
"""

import sys
from pathlib import Path

from convnet.results import read_result
from convnet.results.confusion import Confusion, count_answers, write_confusion
from convnet.results.experiments import by_name
from convnet.results.kept import load_kept
from convnet.results.runner import standardize
from scripts.results import LOADERS, RESULTS


def main(name: str, folder: Path = RESULTS) -> int:
    """Count, compare with the recorded accuracy, write; return a status."""
    [experiment] = by_name([name])
    result = read_result(folder / f"{name}.json")
    network, run = load_kept(result, experiment.network, folder)
    test = LOADERS[experiment.data]("test")
    images = standardize(test.images, result.settings["standardized"])
    counts = count_answers(network, images, test.labels, len(test.classes))
    table = Confusion(
        name, run.seed, str(run.weights), test.name, list(test.classes), counts.tolist()
    )
    if test.name != result.settings["data"] or abs(table.accuracy - run.accuracy) > 5e-4:
        print(
            f"confusion: {table.accuracy:.4f} on {test.name}, but the run recorded "
            f"{run.accuracy:.4f} on {result.settings['data']}; use the same data",
            file=sys.stderr,
        )
        return 1
    print(write_confusion(table, folder), f"accuracy {table.accuracy:.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
