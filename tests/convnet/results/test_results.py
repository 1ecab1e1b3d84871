"""Are results what was trained, once for each seed, and said with where they come from?"""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from convnet.data import Images, load_digits
from convnet.network import load, named_parameters
from convnet.results import Result, TrainedRun, read_result, write_result
from convnet.results.experiments import (
    CIFAR_CNN,
    CIFAR_MLP,
    EXPERIMENTS,
    LENET,
    MNIST_MLP,
    Experiment,
    by_name,
    start,
)
from convnet.results.runner import make_learner, run_experiment, standardize
from convnet.train import NumpyLearner

ROOT = Path(__file__).parents[3]
QUICK = Experiment("quick", "digits", MNIST_MLP, "NumPy", epochs=3, lr=3e-3, lecture=0.5)


def some(split: str) -> Images:
    """Return three hundred digits to train on, and two hundred to test."""
    digits = load_digits(split)
    count = 300 if split == "train" else 200
    return digits._replace(images=digits.images[:count], labels=digits.labels[:count])


def run(folder: Path, experiment: Experiment = QUICK, **options: Any) -> Result:
    """Train an experiment on these."""
    given: dict[str, Any] = {"seeds": (0, 1), "threads": 1, **options}
    return run_experiment(
        experiment,
        some,
        folder / "results",
        folder / "unfinished",
        environment={"processor": "some"},
        command="make results",
        **given,
    )


def test_a_result_is_trained_written_and_read(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result == read_result(tmp_path / "results" / "quick.json")
    assert result.seeds == [0, 1]
    assert all(0.4 < r.accuracy < 1 for r in result.runs)
    first, second = result.runs
    assert first.loss != second.loss  # seeds differ
    assert first.environment == {"processor": "some", "threads": 1}
    assert result.settings["parameters"] == 109_386
    assert (result.settings["train_images"], result.settings["test_images"]) == (300, 200)
    assert result.settings["data"] == "MNIST, 2,500 digits"
    assert len(first.history["train_loss"]) == 3
    assert first.history["lr"][-1] < first.history["lr"][0]
    whole = json.loads((tmp_path / "results" / "quick.json").read_text())
    mean = np.mean([r.accuracy for r in result.runs])
    assert whole["accuracy"]["mean"] == pytest.approx(mean)
    assert whole["accuracy"]["std"] == pytest.approx(
        np.std([r.accuracy for r in result.runs], ddof=1)
    )
    assert [path.name for path in (tmp_path / "unfinished").iterdir()] == ["quick.lock"]


def test_what_is_trained_is_not_trained_again_and_new_seeds_are_added(tmp_path: Path) -> None:
    first = run(tmp_path, seeds=(1,))
    both = run(tmp_path, seeds=(0, 1))
    assert both.runs[1] == first.runs[0]  # its time and date, too
    assert both.seeds == [0, 1]


def test_each_epoch_is_reported(tmp_path: Path) -> None:
    lines: list[str] = []
    run(tmp_path, seeds=(0,), report=lines.append)
    assert len(lines) == 3
    assert lines[0].startswith("quick, seed 0: epoch 1/3 took 0 s, loss ")


def test_a_seed_that_another_process_added_meanwhile_is_not_lost(tmp_path: Path) -> None:
    def other_process(line: str) -> None:
        if "epoch 2/3" in line:
            run(tmp_path, seeds=(7,))

    assert run(tmp_path, seeds=(0,), report=other_process).seeds == [0, 7]
    assert read_result(tmp_path / "results" / "quick.json").seeds == [0, 7]


def test_other_settings_are_another_result(tmp_path: Path) -> None:
    first = run(tmp_path, seeds=(0,))
    other = run(tmp_path, replace(QUICK, epochs=1), seeds=(0,))
    assert other.settings["epochs"] == 1
    assert other.runs[0].accuracy < first.runs[0].accuracy


def test_the_same_seed_gives_the_same_result(tmp_path: Path) -> None:
    one, other = run(tmp_path / "a", seeds=(3,)), run(tmp_path / "b", seeds=(3,))
    assert one.runs[0].loss == other.runs[0].loss
    assert one.runs[0].history["train_loss"] == other.runs[0].history["train_loss"]


def test_an_interrupted_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 0
    train_batch = NumpyLearner.train_batch

    def interrupted(self: NumpyLearner, x: Any, y: Any) -> Any:
        nonlocal steps
        steps += 1
        if steps == 8:  # in the second epoch of five steps
            raise KeyboardInterrupt
        return train_batch(self, x, y)

    with monkeypatch.context() as patch:
        patch.setattr(NumpyLearner, "train_batch", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, seeds=(0,))
    assert not (tmp_path / "results" / "quick.json").exists()
    assert len(list((tmp_path / "unfinished").glob("*/"))) == 1
    whole = run(tmp_path / "whole", seeds=(0,))
    assert run(tmp_path, seeds=(0,)).runs[0].loss == whole.runs[0].loss


@pytest.mark.parametrize("framework", ["NumPy", "PyTorch"])
@pytest.mark.parametrize("permuted", [False, True])
def test_both_frameworks_start_alike_and_train_on_any_order_of_pixels(
    tmp_path: Path, framework: str, permuted: bool
) -> None:
    experiment = replace(QUICK, framework=framework, permuted=permuted, epochs=2)
    result = run(tmp_path, experiment, seeds=(0,))
    numpy = run(tmp_path / "numpy", replace(experiment, framework="NumPy"), seeds=(0,))
    assert result.runs[0].loss == pytest.approx(numpy.runs[0].loss, rel=1e-3)
    assert result.runs[0].accuracy > 0.3


def test_the_lenets_of_both_frameworks_have_the_same_losses(tmp_path: Path) -> None:
    experiments = [
        Experiment("lenet", "digits", LENET, framework, epochs=2, lr=2e-3)
        for framework in ("NumPy", "PyTorch")
    ]
    losses = [
        run(tmp_path / e.framework, e, seeds=(0,)).runs[0].history["train_loss"]
        for e in experiments
    ]
    np.testing.assert_allclose(*losses, rtol=1e-4)


def test_weights_are_kept_with_their_hash(tmp_path: Path) -> None:
    experiment = replace(QUICK, keeps_weights=True, epochs=1)
    result = run(tmp_path, experiment, seeds=(4, 5))
    path = tmp_path / "results" / "weights" / "quick.safetensors"
    assert result.runs[0].weights == hashlib.sha256(path.read_bytes()).hexdigest()
    assert result.runs[1].weights is None
    assert run(tmp_path, experiment, seeds=(6,), keep=4).runs[2].weights is None
    assert run(tmp_path, experiment, seeds=(7,)).runs[3].weights is None  # the first stays
    network = start(MNIST_MLP, 0)
    load(network, path)  # as a page does
    network.eval()
    test = some("test")
    logits = network(standardize(test.images, result.settings["standardized"]))
    assert np.mean(logits.argmax(axis=1) == test.labels) == result.runs[0].accuracy


@pytest.mark.parametrize("framework", ["NumPy", "PyTorch"])
def test_biases_do_not_decay(framework: str) -> None:
    experiment = replace(QUICK, framework=framework, lr=0.1, weight_decay=1.0)
    learner = make_learner(experiment, 0, threads=1)
    before = {name: a.copy() for name, a in learner.network_state().items()}
    # Without a signal only the decay moves: the images and so the first layer's gradient are zero.
    learner.train_batch(np.zeros((4, 1, 28, 28), np.float32), np.zeros(4, np.int64))
    after = learner.network_state()
    weight = next(name for name in after if name.endswith("weight"))
    np.testing.assert_allclose(after[weight], 0.9 * before[weight], rtol=1e-6)
    bias = next(name for name in after if name.endswith("bias"))
    moved = np.abs(after[bias] - before[bias])
    assert np.all(np.isclose(moved, 0.1, rtol=1e-3) | (moved == 0))  # Adam's step, no decay


def test_the_experiments_are_the_course_s_networks() -> None:
    sizes = {e.name: sum(a.size for a in named_parameters(start(e.network, 0)).values())
             for e in EXPERIMENTS}  # fmt: skip
    assert sizes["mnist-mlp"] == 109_386
    assert sizes["mnist-lenet-numpy"] == sizes["mnist-lenet-torch"] == 44_426
    assert sizes["cifar10-cnn"] == sizes["cifar10-permuted-cnn"] == 545_098
    assert sizes["cifar10-mlp"] == sizes["cifar10-permuted-mlp"] == 6_246_410
    for network in (MNIST_MLP, LENET, CIFAR_CNN, CIFAR_MLP):
        count = sum(p.numel() for p in network.torch().parameters())
        assert count == sum(a.size for a in named_parameters(start(network, 0)).values())
    assert len(set(sizes)) == len(EXPERIMENTS)


def test_errors_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"--only cifar10-cnn`"):
        read_result(tmp_path / "cifar10-cnn.json")
    (tmp_path / "bad.json").write_text('{"runs": 3}')
    with pytest.raises(ValueError, match=r"bad.json is no result, .* remove it and run"):
        read_result(tmp_path / "bad.json")
    with pytest.raises(ValueError, match="there is no experiment 'resnet'; pass some of mnist-mlp"):
        by_name(["resnet"])


def test_a_result_of_one_seed_has_no_spread(tmp_path: Path) -> None:
    single = Result("one", {}, None, "", [TrainedRun(0, 0.5, 1.0, 1.0, "", {}, {})])
    assert read_result(write_result(single, tmp_path)) == single
    assert single.in_words() == "50.00 ± 0.00 % (1 seed)"


# The command


def command(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as ``make results`` does."""
    return subprocess.run(
        [sys.executable, "-m", "scripts.results", *words],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.slow
def test_the_command_trains_what_is_asked_for(tmp_path: Path) -> None:
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for split, start_of_name in (("train", "train"), ("test", "t10k")):
        digits = load_digits(split)
        pixels = np.rint(digits.images[:, 0] * 255).astype(np.uint8)
        for kind, array in (("images-idx3", pixels), ("labels-idx1", digits.labels)):
            bytes_ = np.asarray(array, np.uint8)
            head = bytes([0, 0, 8, bytes_.ndim]) + b"".join(
                n.to_bytes(4, "big") for n in bytes_.shape
            )
            (raw / f"{start_of_name}-{kind}-ubyte").write_bytes(head + bytes_.tobytes())
    words = ["--only", "mnist-mlp", "--seeds", "0", "1", "--epochs", "1", "--images", "200"]
    done = command(*words, "--folder", str(tmp_path / "out"), CONVNET_DATA=str(tmp_path / "data"))
    assert done.returncode == 0, done.stderr
    assert "mnist-mlp, seed 1: epoch 1/1 took " in done.stdout  # each in a process of its own
    assert "(2 of 2, " in done.stdout
    assert "(2 seeds) on MNIST" in done.stdout
    result = read_result(tmp_path / "out" / "mnist-mlp.json")
    assert result.settings["train_images"] == 200
    assert result.seeds == [0, 1]
    assert result.command.startswith("python -m scripts.results --only mnist-mlp")
    environment = result.runs[0].environment
    assert environment["libraries"]["torch"] == torch.__version__.partition("+")[0]
    assert {"processor", "cores", "commit", "threads", "torchvision"} <= environment.keys()


@pytest.mark.slow
def test_the_command_says_what_is_missing(tmp_path: Path) -> None:
    done = command("--only", "mnist-mlp", CONVNET_DATA=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith(f"results: MNIST is not in {tmp_path}: it needs MNIST/raw")
    assert "Traceback" not in done.stderr
