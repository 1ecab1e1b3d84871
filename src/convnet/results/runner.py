"""Train an experiment, seed by seed; what has been trained is not trained again."""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from filelock import FileLock
from safetensors.numpy import save_file

from convnet.data import Images
from convnet.data.augment import Augment, permute_pixels
from convnet.network import named_parameters
from convnet.networks import copy_to_torch, count_parameters
from convnet.optim import AdamW
from convnet.results.experiments import AUGMENTATIONS, Experiment, start
from convnet.results.record import Result, TrainedRun, read_result, write_result
from convnet.schedules import CosineAnnealingLR
from convnet.train import DataParallelLearner, History, Learner, NumpyLearner, evaluate, fit
from convnet.train.torch_learner import TorchLearner

Array = npt.NDArray[Any]
Split = Callable[[str], Images]


def run_experiment(
    experiment: Experiment,
    load: Split,
    folder: Path,
    unfinished: Path,
    seeds: Sequence[int] = (0, 1, 2),
    *,
    environment: dict[str, Any],
    command: str,
    threads: int = 1,
    progress: bool | None = None,
    report: Callable[[str], None] | None = None,
    keep: int | None = None,
) -> Result:
    """Train the seeds that ``folder`` has no result of; write the result after each.

    Several processes may train seeds of one experiment at a time: each adds its own to the file.

    Args:
        experiment: what to train.
        load: returns the images of ``"train"`` and of ``"test"``.
        folder: of results; a result of other settings is replaced.
        unfinished: folder of checkpoints; a run that was killed goes on from there.
        seeds: to train.
        environment: machine, versions and commit, noted with each run.
        command: that trains this, noted with the result.
        threads: of PyTorch, and data-parallel ones of NumPy; default 1.
        progress: as in :func:`convnet.train.fit`.
        report: called with a line of text after each epoch; default None.
        keep: the seed whose weights are kept, if the experiment keeps any; default None, the first.

    Returns:
        The result with all its runs.

    Chapter: *Training LeNet*.
    """
    train, test = load("train"), load("test")
    result = _begin(experiment, train, test, folder, command)
    unfinished.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        if seed in result.seeds:
            continue
        place = unfinished / f"{experiment.name}-{seed}-{_short_hash(result.settings)}"
        run, learner = _train(experiment, seed, train, test, place, threads, progress, report)
        run = replace(run, environment={**environment, "threads": threads})
        with FileLock(unfinished / f"{experiment.name}.lock"):
            result = _begin(experiment, train, test, folder, command)  # others may have added some
            first = seed == (seeds[0] if keep is None else keep)
            # Weights that were kept stay: pages show their numbers.
            if experiment.keeps_weights and first and not any(r.weights for r in result.runs):
                path = folder / "weights" / f"{experiment.name}.safetensors"
                run = replace(run, weights=_keep_weights(learner, path))
            result.runs = sorted([*result.runs, run], key=lambda r: r.seed)
            write_result(result, folder)
        shutil.rmtree(place, ignore_errors=True)
    return result


def _begin(
    experiment: Experiment, train: Images, test: Images, folder: Path, command: str
) -> Result:
    """Return the result to add to: the one in the folder, or an empty one."""
    settings = {
        **experiment.settings(),
        "data": train.name,
        "train_images": len(train.images),
        "test_images": len(test.images),
        "standardized": standardization(train.images),
        "parameters": count_parameters(start(experiment.network, 0)),
    }
    path = folder / f"{experiment.name}.json"
    if path.exists():
        found = read_result(path)
        if found.settings == settings:
            return found
    return Result(experiment.name, settings, experiment.lecture, command)


def _train(
    experiment: Experiment,
    seed: int,
    train: Images,
    test: Images,
    checkpoint: Path,
    threads: int,
    progress: bool | None,
    report: Callable[[str], None] | None,
) -> tuple[TrainedRun, Learner]:
    images, test_images = train.images, test.images
    if experiment.permuted:
        pixels = images.shape[2] * images.shape[3]
        order = np.random.default_rng([seed, 1]).permutation(pixels)
        images, test_images = (permute_pixels(x, order) for x in (images, test_images))
    by = standardization(images)
    learner = make_learner(experiment, seed, threads)
    steps = experiment.epochs * -(-len(images) // experiment.batch_size)
    history = fit(
        learner,
        (images, train.labels),
        epochs=experiment.epochs,
        rng=np.random.default_rng([seed, 2]),
        batch_size=experiment.batch_size,
        schedule=CosineAnnealingLR(experiment.lr, steps),
        schedule_by="step",
        augment=_then_standardize(AUGMENTATIONS[experiment.augmentation], by),
        checkpoint=checkpoint,
        progress=progress,
        report=_in_lines(experiment, seed, report),
    )
    started = time.perf_counter()
    score = evaluate(learner, standardize(test_images, by), test.labels)
    if score.accuracy is None:
        raise TypeError("labels are not class numbers, so there is no accuracy to record")
    epochs = history.as_json()
    del epochs["step_loss"]  # thousands of numbers that no page reads
    seconds = sum(history.seconds) + time.perf_counter() - started
    finished = datetime.now(UTC).isoformat(timespec="seconds")
    run = TrainedRun(seed, score.accuracy, score.loss, seconds, finished, {}, epochs)
    return run, learner


def _in_lines(
    experiment: Experiment, seed: int, report: Callable[[str], None] | None
) -> Callable[[History], None] | None:
    if report is None:
        return None
    total = experiment.epochs
    return lambda history: report(
        f"{experiment.name}, seed {seed}: epoch {history.epochs}/{total} took "
        f"{history.seconds[-1]:.0f} s, {history.latest()}"
    )


def make_learner(experiment: Experiment, seed: int, threads: int) -> Learner:
    """Return the experiment's network with the seed's weights and AdamW, ready to train.

    Args:
        experiment: says which network, in which framework.
        seed: of the initial weights.
        threads: of PyTorch, or Python threads in NumPy, at least 1.
    """
    network = start(experiment.network, seed)
    if experiment.framework == "NumPy":
        decay = experiment.weight_decay
        optimizer = AdamW(
            named_parameters(network), experiment.lr, weight_decay=decay, no_decay=["*bias"]
        )
        if threads == 1:
            return NumpyLearner(network, optimizer)
        return DataParallelLearner(network, optimizer, workers=threads)
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    module = experiment.network.torch()
    copy_to_torch(network, module)
    module.to(memory_format=torch.channels_last)  # faster convolutions on processors
    weights = [p for name, p in module.named_parameters() if not name.endswith("bias")]
    biases = [p for name, p in module.named_parameters() if name.endswith("bias")]
    groups: list[dict[str, Any]] = [
        {"params": weights, "weight_decay": experiment.weight_decay},
        {"params": biases, "weight_decay": 0.0},
    ]
    # Fused: one pass through the memory for each step instead of a dozen.
    return TorchLearner(module, torch.optim.AdamW(groups, lr=experiment.lr, fused=True))


def standardization(images: Array) -> dict[str, list[float]]:
    """Return mean and deviation of each channel, as settings hold them: six digits."""
    axes = (0, 2, 3)
    mean, std = images.mean(axes, dtype=np.float64), images.std(axes, dtype=np.float64)
    return {"mean": mean.round(6).tolist(), "std": std.round(6).tolist()}


def standardize(x: Array, by: Mapping[str, Sequence[float]]) -> Array:
    """Return images with each channel's mean subtracted and divided by its deviation.

    Args:
        x: (N, C, H, W), float32.
        by: ``result.settings["standardized"]``, which kept weights were trained with.

    >>> standardize(np.full((1, 1, 1, 1), 3, np.float32), {"mean": [1.0], "std": [2.0]}).item()
    1.0
    """
    mean, std = (np.array(by[key], x.dtype)[:, None, None] for key in ("mean", "std"))
    y: Array = (x - mean) / std
    return y


def _then_standardize(augment: Augment | None, by: Mapping[str, Sequence[float]]) -> Augment:
    if augment is None:
        return lambda x, _: standardize(x, by)
    return lambda x, rng: standardize(augment(x, rng), by)


def _keep_weights(learner: Learner, path: Path) -> str:
    """Write the network to a safetensors file; return the file's SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    arrays = {name: np.asarray(a, order="C") for name, a in learner.network_state().items()}
    save_file(arrays, partial)
    partial.replace(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _short_hash(settings: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]
