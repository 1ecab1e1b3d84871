"""One experiment's result as a file: what was trained, how, and what each seed came to."""

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class TrainedRun:
    """What one seed came to.

    Attributes:
        seed: of initial weights, order and augmentation.
        accuracy: share of the test images that was right, after the last epoch.
        loss: mean loss on the test images, after the last epoch.
        seconds: of training and testing, all epochs together.
        finished: when, in UTC.
        environment: machine, versions, threads and commit.
        history: one entry an epoch, see :class:`convnet.train.History`, without the steps.
        weights: SHA-256 of the file of weights that was kept; None if none was.
    """

    seed: int
    accuracy: float
    loss: float
    seconds: float
    finished: str
    environment: dict[str, Any]
    history: dict[str, list[float]]
    weights: str | None = None


@dataclass
class Result:
    """An experiment and its runs.

    Attributes:
        name: of the experiment, and of its file.
        settings: data set, network, optimizer, epochs: all that the accuracy depends on.
        lecture: the accuracy that the lectures report; None if they report none.
        command: what trained it.
        runs: one for each seed.

    >>> run = TrainedRun(0, 0.98, 0.1, 60.0, "2026-01-01", {}, {})
    >>> result = Result("mnist-mlp", {"epochs": 10}, 0.9836, "make results", [run])
    >>> result.mean, result.std, result.seeds
    (0.98, 0.0, [0])
    """

    name: str
    settings: dict[str, Any]
    lecture: float | None
    command: str
    runs: list[TrainedRun] = field(default_factory=list)

    @property
    def seeds(self) -> list[int]:
        """The seeds that have been trained."""
        return [run.seed for run in self.runs]

    @property
    def mean(self) -> float:
        """The runs' mean accuracy."""
        return statistics.fmean(run.accuracy for run in self.runs)

    @property
    def std(self) -> float:
        """The accuracies' standard deviation (of a sample); 0 for a single run."""
        return statistics.stdev(r.accuracy for r in self.runs) if len(self.runs) > 1 else 0.0

    def in_words(self) -> str:
        """Return accuracy and spread in percent, with the number of seeds.

        >>> runs = [TrainedRun(s, 0.99 + s / 1000, 0.1, 60.0, "", {}, {}) for s in range(3)]
        >>> Result("lenet", {}, None, "", runs).in_words()
        '99.10 ± 0.10 % (3 seeds)'
        """
        count = f"{len(self.runs)} seed{'s' if len(self.runs) != 1 else ''}"
        return f"{100 * self.mean:.2f} ± {100 * self.std:.2f} % ({count})"


def read_result(path: str | Path) -> Result:
    """Read what :func:`write_result` wrote.

    Raises:
        FileNotFoundError: there is no such file; says what makes it.
        ValueError: it is no result, or a damaged one.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(
            f"{path} does not exist, but should hold the result of the experiment {path.stem!r}; "
            f"run `python -m scripts.results --only {path.stem}`"
        )
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        runs = [TrainedRun(**run) for run in found["runs"]]
        return Result(
            found["experiment"], found["settings"], found["lecture"], found["command"], runs
        )
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{path} is no result, or a damaged one ({error!r}); remove it and run "
            f"`python -m scripts.results --only {path.stem}`"
        ) from error


def write_result(result: Result, folder: str | Path) -> Path:
    """Write a result to ``folder``, wholly or not at all; return the file, named as the experiment.

    The file says mean and spread too, for readers without Python.
    """
    path = Path(folder) / f"{result.name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {
        "experiment": result.name,
        "lecture": result.lecture,
        "accuracy": {"mean": result.mean, "std": result.std, "seeds": result.seeds},
        "settings": result.settings,
        "command": result.command,
        "runs": [asdict(run) for run in result.runs],
    }
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)
    return path
