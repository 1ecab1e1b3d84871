"""Does the loop train, stop, remember, survive being killed, and agree with PyTorch's?"""

import json
import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from safetensors.numpy import load_file

from convnet import layers
from convnet.data import load_digits
from convnet.models import LeNet5
from convnet.network import (
    Sequential,
    load_state,
    named_buffers,
    named_gradients,
    named_parameters,
    state,
)
from convnet.networks import copy_to_torch, lenet5
from convnet.optim import SGD, Adam, clip_grad_norm, grad_norm
from convnet.schedules import StepLR
from convnet.train import DataParallelLearner, NumpyLearner, batches, evaluate, fit
from convnet.train.checkpoint import RECORD, load_checkpoint, save_checkpoint
from convnet.train.torch_learner import TorchLearner

Array = npt.NDArray[Any]
SCRIPT = Path(__file__).with_name("interrupted_training.py")
INTERRUPTED = runpy.run_path(str(SCRIPT))
EPOCHS = INTERRUPTED["EPOCHS"]


def samples(rng: np.random.Generator, count: int = 60) -> tuple[Array, Array]:
    """Return points in the plane, and on which side of a line they are."""
    x = rng.normal(size=(count, 2))
    return x, (x.sum(axis=1) > 0).astype(np.int64)


def dense(lr: float = 0.5, seed: int = 0, **options: Any) -> NumpyLearner:
    """Return a small learner for :func:`samples`."""
    rng = np.random.default_rng(seed)
    network = Sequential(
        layers.Linear(2, 8, rng=rng, dtype=np.float64),
        layers.ReLU(),
        layers.Linear(8, 2, rng=rng, dtype=np.float64),
    )
    return NumpyLearner(network, SGD(named_parameters(network), lr=lr), **options)


def test_the_two_lenets_take_the_same_steps() -> None:
    digits = load_digits("train")
    x, y = digits.images[:160].astype(np.float64), digits.labels[:160]
    network, module = lenet5(rng=np.random.default_rng(0), dtype=np.float64), LeNet5().double()
    copy_to_torch(network, module)
    rate = {"lr": 0.2, "momentum": 0.8, "weight_decay": 1e-3, "nesterov": True}
    one = NumpyLearner(network, SGD(named_parameters(network), **rate))
    other = TorchLearner(module, torch.optim.SGD(module.parameters(), **rate))
    histories = [
        fit(learner, (x, y), epochs=4, batch_size=32, rng=np.random.default_rng(7))
        for learner in (one, other)
    ]
    assert len(histories[0].step_loss) == 20
    np.testing.assert_allclose(histories[0].step_loss, histories[1].step_loss, rtol=0, atol=1e-9)
    assert histories[0].train_accuracy == histories[1].train_accuracy
    assert histories[0].step_loss[-1] < 0.9 * histories[0].step_loss[0]  # they did learn
    assert evaluate(one, x, y).loss == pytest.approx(evaluate(other, x, y).loss, abs=1e-9)


def test_fit_learns_and_says_what_happened() -> None:
    rng = np.random.default_rng(0)
    learner = dense()
    history = fit(learner, samples(rng), validation=samples(rng), epochs=8, rng=rng, batch_size=16)
    assert history.epochs == len(history.seconds) == 8
    assert len(history.step_loss) == 8 * 4  # three full batches and a rest of twelve
    assert history.train_loss[-1] < history.train_loss[0] / 2
    assert history.validation_accuracy[-1] > 0.9
    assert history.lr == [0.5] * 8
    assert not learner.network.training
    assert "validation loss" in history.latest()


def test_the_same_seed_gives_the_same_weights_bit_by_bit() -> None:
    learners = [dense(), dense()]
    for learner in learners:
        fit(learner, samples(np.random.default_rng(1)), epochs=3, rng=np.random.default_rng(2))
    for a, b in zip(*(learner.network_state().values() for learner in learners), strict=True):
        np.testing.assert_array_equal(a, b)


def test_batches_take_each_sample_once() -> None:
    rng = np.random.default_rng(0)
    places = np.concatenate(list(batches(23, 5, rng)))
    np.testing.assert_array_equal(np.sort(places), np.arange(23))
    assert [len(b) for b in batches(23, 5, rng, drop_last=True)] == [5] * 4


def test_evaluation_does_not_depend_on_its_batches_and_changes_nothing() -> None:
    network, _ = INTERRUPTED["train"](None, "numpy")
    learner = NumpyLearner(network, SGD(named_parameters(network)))
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(50, 1, 8, 8)).astype(np.float32), rng.integers(0, 2, 50)
    before = {name: a.copy() for name, a in state(network).items()}
    network.train()
    whole = evaluate(learner, x, y)
    for size in (1, 7, 50):
        part = evaluate(learner, x, y, batch_size=size)
        assert part.accuracy == whole.accuracy
        assert part.loss == pytest.approx(whole.loss, rel=1e-5)
    for name, array in state(network).items():
        np.testing.assert_array_equal(array, before[name])


def test_a_schedule_counts_epochs_or_steps() -> None:
    rng = np.random.default_rng(0)
    used: list[float] = []

    class Watching(NumpyLearner):
        def train_batch(self, x: Array, y: Array) -> Any:
            used.append(self.lr)
            return super().train_batch(x, y)

    for by, expected in (("epoch", [1, 1, 0.5, 0.5]), ("step", [1, 0.5, 0.25, 0.125])):
        plain = dense()
        learner = Watching(plain.network, plain.optimizer)
        used.clear()
        halved = StepLR(1.0, 1, gamma=0.5)
        fit(
            learner, samples(rng), epochs=2, rng=rng, batch_size=30, schedule=halved, schedule_by=by
        )
        assert used == expected


def test_early_stopping_waits_and_restores_the_best_network() -> None:
    rng = np.random.default_rng(0)
    x, y = samples(rng, 40)
    wrong = (x, 1 - y)  # the better on one, the worse on the other
    learner = dense(lr=0.05)
    first = dense(lr=0.05)
    history = fit(learner, (x, y), validation=wrong, epochs=50, rng=np.random.default_rng(1),
                  patience=3)  # fmt: skip
    assert history.epochs == 4
    assert history.best_epoch == 0
    fit(first, (x, y), epochs=1, rng=np.random.default_rng(1))
    for name, array in learner.network_state().items():
        np.testing.assert_array_equal(array, first.network_state()[name])
    assert evaluate(learner, *wrong).loss == history.validation_loss[0]


def test_augmentation_sees_every_batch_and_decides_what_is_trained_on() -> None:
    rng = np.random.default_rng(0)
    seen: list[Array] = []

    def silence(x: Array, rng: np.random.Generator) -> Array:
        seen.append(x)
        rng.random()
        return np.zeros_like(x)

    learner = dense()
    before = learner.network_state()["0.weight"].copy()
    x, y = samples(rng)
    fit(learner, (x, y), epochs=1, rng=rng, batch_size=20, augment=silence)
    np.testing.assert_array_equal(np.sort(np.concatenate(seen), axis=0), np.sort(x, axis=0))
    np.testing.assert_array_equal(learner.network_state()["0.weight"], before)  # x was zero


@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_each_step_trains_and_each_evaluation_uses_the_network(kind: str) -> None:
    learner: Any = torch_learner(fused=False) if kind == "torch" else dense()
    network = learner.module if kind == "torch" else learner.network
    x, y = samples(np.random.default_rng(0))
    modes = []
    for call in (learner.train_batch, learner.evaluate_batch) * 2:
        call(x, y)
        modes.append(network.training)
    assert modes == [True, False, True, False]
    fit(learner, (x, y), epochs=1, rng=np.random.default_rng(0))  # evaluates nothing by itself
    assert not network.training


@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_gradients_can_be_changed_on_their_way(kind: str) -> None:
    lengths: list[float] = []

    def clip(parameters: Any, gradients: Any) -> None:
        assert parameters.keys() == gradients.keys()
        if kind == "torch":
            gradients = {name: g.numpy() for name, g in gradients.items()}
        clip_grad_norm(gradients, 1e-3)
        lengths.append(grad_norm(gradients))

    x, y = samples(np.random.default_rng(0))
    learner: Any = dense(lr=1.0, change_gradients=[clip])
    if kind == "torch":
        module = torch.nn.Linear(2, 2, dtype=torch.float64)
        learner = TorchLearner(module, torch.optim.SGD(module.parameters(), lr=1.0),
                               change_gradients=[clip])  # fmt: skip
    before = {name: a.copy() for name, a in learner.network_state().items()}
    learner.train_batch(x, y)
    moved = grad_norm({name: a - before[name] for name, a in learner.network_state().items()})
    assert moved == pytest.approx(1e-3, rel=1e-2)
    assert lengths == [pytest.approx(1e-3, rel=1e-2)]


def test_parameters_left_to_no_optimizer_stay() -> None:
    network = dense().network
    last = {name: a for name, a in named_parameters(network).items() if name.startswith("2.")}
    frozen = named_parameters(network)["0.weight"].copy()
    fit(NumpyLearner(network, SGD(last, lr=0.5)), samples(np.random.default_rng(0)), epochs=2,
        rng=np.random.default_rng(0))  # fmt: skip
    np.testing.assert_array_equal(named_parameters(network)["0.weight"], frozen)


def test_targets_that_are_no_classes_have_no_accuracy() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 2))
    learner = dense(lr=0.1, loss=layers.MeanSquaredError())
    history = fit(learner, (x, 2 * x), validation=(x, 2 * x), epochs=30, rng=rng, batch_size=8)
    assert history.train_accuracy == history.validation_accuracy == []
    assert history.validation_loss[-1] < 0.05
    assert evaluate(learner, x, 2 * x).accuracy is None


# Checkpoints


def killed_and_resumed(folder: Path, kind: str) -> dict[str, Array]:
    """Train in another process, kill it after its second epoch, start it again, return weights."""
    command = [sys.executable, str(SCRIPT), str(folder), kind]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen([*command, "0.02"], env=environment)
    try:
        deadline = time.monotonic() + 60
        while epochs_behind(folder) < 2:
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert process.returncode == -signal.SIGKILL
    assert 2 <= epochs_behind(folder) < EPOCHS
    subprocess.run([*command, "0"], env=environment, check=True, timeout=60)
    assert epochs_behind(folder) == EPOCHS
    return load_file(folder / "weights.safetensors")


def epochs_behind(folder: Path) -> int:
    """Return how many epochs the checkpoint in ``folder`` has."""
    found = json.loads((folder / RECORD).read_text()) if (folder / RECORD).exists() else None
    return 0 if found is None else len(found["record"]["history"]["train_loss"])


@pytest.mark.parametrize("kind", ["numpy", "parallel"])
def test_a_killed_run_resumes_to_the_same_bits(tmp_path: Path, kind: str) -> None:
    resumed = killed_and_resumed(tmp_path / "run", kind)
    command = [sys.executable, str(SCRIPT), str(tmp_path / "whole"), kind, "0"]
    subprocess.run(command, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}, check=True, timeout=60)
    whole = load_file(tmp_path / "whole" / "weights.safetensors")
    assert resumed.keys() == whole.keys()
    for name, array in whole.items():
        np.testing.assert_array_equal(resumed[name], array)


def torch_learner(fused: bool) -> TorchLearner:
    """Return a module with dropout and batch norm, and an optimizer with a memory."""
    torch.manual_seed(0)
    module = torch.nn.Sequential(
        torch.nn.Linear(2, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(0.3), torch.nn.Linear(8, 2)
    ).double()
    return TorchLearner(module, torch.optim.AdamW(module.parameters(), lr=0.01, fused=fused))


@pytest.mark.parametrize("fused", [False, True])
def test_a_torch_run_resumes_to_the_same_bits(tmp_path: Path, fused: bool) -> None:
    data = samples(np.random.default_rng(0))
    options: dict[str, Any] = {"batch_size": 10, "schedule": StepLR(0.01, 2)}
    whole, part, rest = (torch_learner(fused) for _ in range(3))
    torch.manual_seed(1)
    fit(whole, data, epochs=5, rng=np.random.default_rng(2), **options)
    torch.manual_seed(1)
    fit(part, data, epochs=2, rng=np.random.default_rng(2), checkpoint=tmp_path, **options)
    torch.manual_seed(5)  # another state, to be overwritten
    history = fit(
        rest, data, epochs=5, rng=np.random.default_rng(9), checkpoint=tmp_path, **options
    )
    assert history.epochs == 5
    for name, array in whole.network_state().items():
        np.testing.assert_array_equal(rest.network_state()[name], array)
    for name, array in whole.optimizer_state().items():
        np.testing.assert_array_equal(rest.optimizer_state()[name], array)


def test_a_torch_optimizer_remembers_its_rate() -> None:
    first, second = torch_learner(fused=False), torch_learner(fused=False)
    first.lr = 0.005
    second.load_optimizer_state(first.optimizer_state())
    assert second.lr == 0.005


def test_a_finished_run_is_not_trained_again_but_restored(tmp_path: Path) -> None:
    data = samples(np.random.default_rng(0))
    wrong = (data[0], 1 - data[1])
    options: dict[str, Any] = {"validation": wrong, "patience": 2, "checkpoint": tmp_path}
    first, again = dense(), dense(seed=5)
    done = fit(first, data, epochs=9, rng=np.random.default_rng(0), **options)
    history = fit(again, data, epochs=9, rng=np.random.default_rng(1), **options)
    assert history == done
    for name, array in first.network_state().items():
        np.testing.assert_array_equal(again.network_state()[name], array)


@pytest.mark.parametrize("kind", ["PCG64", "MT19937", "Philox", "SFC64"])
def test_any_random_generator_can_be_resumed(tmp_path: Path, kind: str) -> None:
    def generator(seed: int) -> np.random.Generator:
        return np.random.Generator(getattr(np.random, kind)(seed))

    data = samples(np.random.default_rng(0))
    whole, rest = dense(), dense()
    fit(whole, data, epochs=3, rng=generator(0))
    fit(dense(), data, epochs=1, rng=generator(0), checkpoint=tmp_path)
    fit(rest, data, epochs=3, rng=generator(1), checkpoint=tmp_path)
    for name, array in whole.network_state().items():
        np.testing.assert_array_equal(rest.network_state()[name], array)


@pytest.mark.parametrize("failing", [1, 2], ids=["arrays", "record"])
def test_a_write_that_fails_leaves_the_earlier_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    replace, calls = Path.replace, []

    def fail(self: Path, target: Any) -> Path:
        calls.append(self)
        if len(calls) == failing:
            raise OSError("disk full")
        return replace(self, target)

    save_checkpoint(tmp_path, {"w": np.zeros(2)}, {"epoch": 1})
    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        save_checkpoint(tmp_path, {"w": np.ones(2)}, {"epoch": 2})
    found = load_checkpoint(tmp_path)
    assert found is not None
    assert found.record == {"epoch": 1}
    np.testing.assert_array_equal(found.arrays["w"], np.zeros(2))
    save_checkpoint(tmp_path, {"w": np.ones(2)}, {"epoch": 2})
    assert len(list(tmp_path.iterdir())) == 2  # nothing of the failed write is left


# Several threads


def convolutional(norm: bool = False) -> Sequential:
    """Return a small network in double precision."""
    rng = np.random.default_rng(0)
    middle = [layers.BatchNorm2d(4, dtype=np.float64)] if norm else []
    return Sequential(
        layers.Conv2d(1, 4, 3, rng=rng, dtype=np.float64),
        *middle,
        layers.ReLU(),
        layers.MaxPool2d(2),
        layers.Flatten(),
        layers.Linear(36, 3, rng=rng, dtype=np.float64),
    )


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("count", [2, 7, 16])
def test_parallel_steps_are_the_steps_of_one_thread(workers: int, count: int) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(count, 1, 8, 8)), rng.integers(0, 3, count)
    one, many = convolutional(), convolutional()
    alone = NumpyLearner(one, Adam(named_parameters(one), lr=0.01))
    together = DataParallelLearner(many, Adam(named_parameters(many), lr=0.01), workers=workers)
    for _ in range(5):
        expected, got = alone.train_batch(x, y), together.train_batch(x, y)
        assert got.loss == pytest.approx(expected.loss, rel=1e-10)
        assert got.correct == expected.correct
        for name, gradient in named_gradients(one).items():
            np.testing.assert_allclose(
                named_gradients(many)[name], gradient, rtol=1e-9, atol=1e-12, err_msg=name
            )
    for name, array in named_parameters(one).items():
        np.testing.assert_allclose(named_parameters(many)[name], array, rtol=1e-7, atol=1e-9)


def test_parallel_batch_norm_is_that_of_the_parts() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(10, 1, 8, 8)), rng.integers(0, 3, 10)
    network = convolutional(norm=True)
    learner = DataParallelLearner(network, SGD(named_parameters(network), lr=0.0), workers=2)
    got = learner.train_batch(x, y)
    halves = [convolutional(norm=True) for _ in range(2)]
    parts = [
        NumpyLearner(half, SGD(named_parameters(half), lr=0.0)).train_batch(
            x[k : k + 5], y[k : k + 5]
        )
        for k, half in zip((0, 5), halves, strict=True)
    ]
    assert got.loss == pytest.approx((parts[0].loss + parts[1].loss) / 2, rel=1e-12)
    for name, array in named_buffers(network).items():
        expected = (named_buffers(halves[0])[name] + named_buffers(halves[1])[name]) / 2
        np.testing.assert_allclose(array, expected, rtol=1e-12)


def test_parallel_running_averages_are_loaded_into_all_parts() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(10, 1, 8, 8)), rng.integers(0, 3, 10)
    trained, network = convolutional(norm=True), convolutional(norm=True)
    NumpyLearner(trained, SGD(named_parameters(trained))).train_batch(x, y)
    learner = DataParallelLearner(network, SGD(named_parameters(network), lr=0.0), workers=2)
    load_state(network, state(trained))
    before = named_buffers(network)["1.running_mean"].copy()
    learner.train_batch(x, y)
    # Nine tenths of what was loaded, one of the batch's mean (of equal parts: the mean of means).
    means = layers.conv2d(x, *(named_parameters(network)[f"0.{n}"] for n in ("weight", "bias")))
    expected = 0.9 * before + 0.1 * means.mean(axis=(0, 2, 3))
    np.testing.assert_allclose(named_buffers(network)["1.running_mean"], expected, rtol=1e-10)


def test_parallel_dropout_masks_its_parts_differently() -> None:
    dropout = layers.Dropout(0.5, rng=np.random.default_rng(0))
    network = Sequential(dropout, layers.Linear(64, 2, rng=np.random.default_rng(0)))
    learner = DataParallelLearner(network, SGD(named_parameters(network)), workers=2)
    learner.train_batch(np.ones((2, 64), dtype=np.float32), np.array([0, 1]))
    masks = [replica.layers[0]._scale for replica in learner._replicas]  # type: ignore[attr-defined]
    assert not np.array_equal(*masks)


def test_parallel_dropout_can_be_taken_up_again() -> None:
    dropout = layers.Dropout(0.5, rng=np.random.default_rng(0))
    network = Sequential(dropout, layers.Linear(64, 2, rng=np.random.default_rng(0)))
    learner = DataParallelLearner(network, SGD(named_parameters(network), lr=0.0), workers=2)
    x, y = np.ones((2, 64), dtype=np.float32), np.array([0, 1])
    before = learner.random_state()
    first, second = learner.train_batch(x, y), learner.train_batch(x, y)
    learner.load_random_state(before)
    assert learner.train_batch(x, y).loss == first.loss != second.loss


@pytest.mark.parametrize("wrong", [0, 3], ids=["in the calling thread", "in another"])
def test_an_error_in_a_thread_is_raised_where_the_step_was_called(wrong: int) -> None:
    network = convolutional()
    learner = DataParallelLearner(network, SGD(named_parameters(network)), workers=2)
    target = np.zeros(4, dtype=np.int64)
    target[wrong] = 3
    with pytest.raises(ValueError, match="target has values from"):
        learner.train_batch(np.zeros((4, 1, 8, 8)), target)
    learner.train_batch(np.zeros((4, 1, 8, 8)), np.zeros(4, dtype=np.int64))  # still of use


# Errors


def run(**options: Any) -> Any:
    """Call fit with arguments that are right but for ``options``."""
    rng = np.random.default_rng(0)
    right: dict[str, Any] = {"learner": dense(), "train": samples(rng), "epochs": 1, "rng": rng}
    return fit(**{**right, **options})


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        (lambda: run(epochs=0), ValueError, "epochs is 0, but needs to be a whole number"),
        (lambda: run(batch_size=0), ValueError, "batch_size is 0, but needs to be a whole number"),
        (
            lambda: run(batch_size=61, drop_last=True),
            ValueError,
            "batch_size is 61 and drop_last True, but of 60 samples that leaves no batch at all",
        ),
        (
            lambda: run(train=(np.zeros((3, 2)), np.zeros(2, int))),
            ValueError,
            r"train\[0\] has 3 samples and train\[1\] 2 targets, but needs one target for each",
        ),
        (
            lambda: run(validation=(np.zeros((0, 2)), np.zeros(0, int))),
            ValueError,
            r"validation\[0\] has 0 samples .* at least one sample; pass arrays of one length",
        ),
        (lambda: run(schedule_by="week"), ValueError, "schedule_by is 'week', .* pass the unit"),
        (lambda: run(patience=0), ValueError, "patience is 0, but needs to be a whole number"),
        (lambda: run(patience=3), ValueError, r"validation None, .* pass validation=\(x, y\)"),
        (
            lambda: run(learner=dense(lr=1e200), epochs=9),
            FloatingPointError,
            r"the loss is (inf|nan) at step \d+ .* lower the learning rate \(now 1e\+200\)",
        ),
        (
            lambda: NumpyLearner(convolutional(), SGD(named_parameters(convolutional()))),
            ValueError,
            "optimizer's '0.weight' is not the network's, .* pass an optimizer of named_parameters",
        ),
        (
            lambda: DataParallelLearner(convolutional(), SGD({"w": np.zeros(1)}), workers=2),
            ValueError,
            "optimizer's 'w' is not the network's",
        ),
        (lambda: list(batches(0, 1, np.random.default_rng(0))), ValueError, "samples is 0, but"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # the diverging run's own
def test_errors_say_what_to_do(wrong: Callable[[], Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        wrong()


def test_workers_are_counted_from_one() -> None:
    network = convolutional()
    with pytest.raises(
        ValueError, match="workers is 0, but needs to be a whole number of at least"
    ):
        DataParallelLearner(network, SGD(named_parameters(network)), workers=0)


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    run(checkpoint=tmp_path)
    with pytest.raises(ValueError, match=r"is of a run with .*'batch_size': 64.*another folder"):
        run(checkpoint=tmp_path, batch_size=8)


@pytest.mark.parametrize("damaged", [RECORD, "arrays-00000.safetensors"])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, damaged: str) -> None:
    run(checkpoint=tmp_path)
    (tmp_path / damaged).write_text("{")
    with pytest.raises(ValueError, match=f"{damaged}.* remove the folder .* to start anew"):
        run(checkpoint=tmp_path)


def test_progress_can_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    run(progress=True, epochs=2)
    assert "epoch 2/2 loss" in capsys.readouterr().err
    run()
    assert capsys.readouterr().err == ""
