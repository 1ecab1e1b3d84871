"""The training loop: epochs of shuffled batches, for any learner."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_at_least
from convnet.schedules import Schedule
from convnet.train.evaluation import Samples, Tally, check_samples, evaluate
from convnet.train.history import History
from convnet.train.learner import Learner
from convnet.train.progress import progress_bar
from convnet.train.run import Run

Array = npt.NDArray[Any]
Augment = Callable[[Array, np.random.Generator], Array]


def batches(
    samples: int, batch_size: int, rng: np.random.Generator, drop_last: bool = False
) -> Iterator[Array]:
    """Yield the places of all samples once, in random order, ``batch_size`` at a time.

    Args:
        samples: how many there are, at least 1.
        batch_size: how many to yield at a time, at least 1.
        rng: source of the order.
        drop_last: whether to leave out a last batch that is not full; default False.

    Raises:
        ValueError: a number is below 1.

    >>> [len(places) for places in batches(7, 3, np.random.default_rng(0))]
    [3, 3, 1]
    """
    check_at_least("samples", samples, 1)
    check_at_least("batch_size", batch_size, 1)
    order = rng.permutation(samples)
    stop = samples - samples % batch_size if drop_last else samples
    for start in range(0, stop, batch_size):
        yield order[start : start + batch_size]


def fit(
    learner: Learner,
    train: Samples,
    *,
    epochs: int,
    rng: np.random.Generator,
    batch_size: int = 64,
    drop_last: bool = False,
    validation: Samples | None = None,
    schedule: Schedule | None = None,
    schedule_by: str = "epoch",
    augment: Augment | None = None,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    progress: bool | None = None,
    report: Callable[[History], None] | None = None,
) -> History:
    """Train for some epochs: each takes all samples once, in a new random order.

    A run with a checkpoint that was killed goes on, when called again with the same arguments, from
    the latest complete epoch, and ends with the very weights of a run that was not.

    Args:
        learner: network, loss and optimizer; the network ends in use (``eval``).
        train: samples (N, ...) and their targets (N, ...).
        epochs: how many in all, at least 1; with a checkpoint, those behind count.
        rng: source of the order of the samples and of ``augment``'s numbers.
        batch_size: samples a step; default 64.
        drop_last: whether to leave out a last batch that is not full; default False.
        validation: samples and targets to evaluate after each epoch; default None.
        schedule: learning rate as a function of time, see :mod:`convnet.schedules`; default None,
            the optimizer's own rate throughout.
        schedule_by: whether time counts each ``"epoch"`` (default) or each ``"step"``.
        augment: called with (samples, rng) for each batch, returns what to train on instead, such
            as :mod:`convnet.data.augment`'s; default None.
        patience: how many epochs without a lower validation loss to wait before stopping early; the
            best epoch's network is restored at the end, however that came. Default None: never.
        checkpoint: folder to keep the state of the run in, written after each epoch; default None.
        progress: whether to show a progress bar; default None, in a terminal or notebook only.
        report: called after each epoch with what happened so far, to print it; default None.

    Returns:
        What happened in each epoch.

    Raises:
        ValueError: an argument does not fit, or the checkpoint is of another run.
        FloatingPointError: the loss is no longer a finite number.

    Source:
        Early stopping: Prechelt (1998), *Early Stopping - But When?* Chapter: *Training LeNet*.

    >>> from convnet.layers import Linear
    >>> from convnet.network import Sequential, named_parameters
    >>> from convnet.optim import SGD
    >>> from convnet.train import NumpyLearner
    >>> rng = np.random.default_rng(0)
    >>> network = Sequential(Linear(2, 2, rng=rng, dtype=np.float64))
    >>> learner = NumpyLearner(network, SGD(named_parameters(network), lr=1.0))
    >>> x = rng.normal(size=(50, 2))
    >>> history = fit(learner, (x, (x[:, 0] > 0).astype(int)), epochs=5, rng=rng, batch_size=10)
    >>> history.epochs, history.train_accuracy[-1] > 0.9
    (5, True)
    """
    _check_samples(train, validation, batch_size, drop_last)
    _check_options(epochs, schedule_by, patience, validation)
    settings = {"samples": len(train[0]), "batch_size": batch_size, "drop_last": drop_last}
    run = Run(learner, rng, patience, None if checkpoint is None else Path(checkpoint), settings)
    run.resume()
    steps = sum(1 for _ in batches(len(train[0]), batch_size, np.random.default_rng(0), drop_last))
    with progress_bar(steps * epochs, steps * run.history.epochs, progress) as advance:
        while run.history.epochs < epochs and not run.is_stale:
            started = time.perf_counter()
            text = f"epoch {run.history.epochs + 1}/{epochs} {run.history.latest()}"
            tally = Tally()
            for places in batches(len(train[0]), batch_size, rng, drop_last):
                x = train[0][places] if augment is None else augment(train[0][places], rng)
                if schedule is not None:
                    learner.lr = schedule(run.time(schedule_by))
                outcome = learner.train_batch(x, train[1][places])
                run.note_step(outcome)
                tally.add(outcome, len(places))
                advance(text)
            score = None if validation is None else evaluate(learner, *validation)
            run.note_epoch(tally.score(), score, time.perf_counter() - started)
            if report is not None:
                report(run.history)
    run.finish()
    return run.history


def _check_samples(
    train: Samples, validation: Samples | None, batch_size: int, drop_last: bool
) -> None:
    check_samples("train[0]", "train[1]", train)
    if validation is not None:
        check_samples("validation[0]", "validation[1]", validation)
    check_at_least("batch_size", batch_size, 1)
    if drop_last and batch_size > len(train[0]):
        raise ValueError(
            f"batch_size is {batch_size} and drop_last True, but of {len(train[0])} samples that "
            "leaves no batch at all; pass a smaller batch_size, or drop_last=False"
        )


def _check_options(
    epochs: int, schedule_by: str, patience: int | None, validation: Samples | None
) -> None:
    check_at_least("epochs", epochs, 1)
    if schedule_by not in {"epoch", "step"}:
        raise ValueError(
            f"schedule_by is {schedule_by!r}, but needs to be 'epoch' or 'step'; "
            "pass the unit in which the schedule counts"
        )
    if patience is None:
        return
    check_at_least("patience", patience, 1)
    if validation is None:
        raise ValueError(
            f"patience is {patience} and validation None, but stopping early needs samples that "
            "are not trained on; pass validation=(x, y)"
        )
