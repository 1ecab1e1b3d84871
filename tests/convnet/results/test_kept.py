"""Are the committed weights those of a committed run, and are damaged ones refused?"""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convnet.data import load_digits
from convnet.network import named_parameters
from convnet.results import Result, read_result
from convnet.results.confusion import (
    Confusion,
    count_answers,
    read_confusion,
    write_confusion,
)
from convnet.results.experiments import CIFAR_CNN, LENET, MNIST_MLP, Experiment, by_name
from convnet.results.kept import load_kept
from convnet.results.runner import run_experiment, standardize

BOOK = Path(__file__).parents[3] / "book" / "results"
QUICK = Experiment("quick", "digits", MNIST_MLP, "NumPy", epochs=2, lr=3e-3, keeps_weights=True)
COMMITTED = sorted(BOOK.glob("weights/*.safetensors"))
ARCHITECTURES = {"mnist-lenet-numpy": LENET, "cifar10-cnn": CIFAR_CNN}


def some(split: str) -> Any:
    digits = load_digits(split)
    return digits._replace(images=digits.images[:200], labels=digits.labels[:200])


def trained(folder: Path, framework: str) -> Result:
    return run_experiment(
        replace(QUICK, framework=framework),
        some,
        folder,
        folder / "unfinished",
        (0,),
        environment={},
        command="make results",
        threads=1,
    )


def test_there_are_committed_weights() -> None:
    assert "mnist-lenet-numpy" in {path.stem for path in COMMITTED}


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_committed_weights_are_of_a_committed_run(path: Path) -> None:
    result = read_result(BOOK / f"{path.stem}.json")
    network, run = load_kept(result, ARCHITECTURES[path.stem], BOOK)
    assert run.weights == hashlib.sha256(path.read_bytes()).hexdigest()
    assert sum(a.size for a in named_parameters(network).values()) == result.settings["parameters"]
    assert path.stem in (BOOK / "README.md").read_text(encoding="utf-8")


def test_the_committed_lenet_reads_digits_as_well_as_its_run_did() -> None:
    """500 of the 10,000 test digits: within four standard errors of what the run recorded."""
    result = read_result(BOOK / "mnist-lenet-numpy.json")
    network, run = load_kept(result, LENET, BOOK)
    test = load_digits("test")
    answers = network(standardize(test.images, result.settings["standardized"])).argmax(axis=1)
    assert (answers == test.labels).mean() > run.accuracy - 4 * (0.007 / 500) ** 0.5


@pytest.mark.parametrize("path", sorted(BOOK.glob("*-confusion.json")), ids=lambda path: path.stem)
def test_a_committed_table_is_of_the_committed_weights(path: Path) -> None:
    table = read_confusion(path)
    result = read_result(BOOK / f"{table.experiment}.json")
    _, run = load_kept(result, ARCHITECTURES[table.experiment], BOOK)
    assert (table.weights, table.seed, table.data) == (
        run.weights,
        run.seed,
        result.settings["data"],
    )
    assert np.sum(table.counts) == result.settings["test_images"]
    assert table.accuracy == pytest.approx(run.accuracy, abs=5e-4)


@pytest.mark.parametrize("path", sorted(BOOK.glob("*-*.json")), ids=lambda path: path.stem)
def test_every_committed_result_is_one_of_the_experiments(path: Path) -> None:
    """Nothing typed in: name, settings and the mean are what the experiment says and its runs."""
    if path.stem.endswith("-confusion"):
        return
    result = read_result(path)
    [experiment] = by_name([path.stem])
    assert experiment.settings().items() - {("data", experiment.data)} <= result.settings.items()
    whole = json.loads(path.read_text(encoding="utf-8"))
    assert whole["accuracy"]["mean"] == pytest.approx(result.mean)
    assert all(len(run.history["train_loss"]) == experiment.epochs for run in result.runs)
    assert len(set(result.seeds)) == len(result.runs) >= 1


@pytest.mark.parametrize("framework", ["NumPy", "PyTorch"])
def test_kept_weights_answer_as_the_trained_network_did(tmp_path: Path, framework: str) -> None:
    result = trained(tmp_path, framework)
    network, run = load_kept(result, MNIST_MLP, tmp_path)
    test = some("test")
    x = standardize(test.images, result.settings["standardized"])
    counts = count_answers(network, x, test.labels, 10, batch=64)
    assert counts.sum() == len(test.labels)
    assert np.trace(counts) / len(test.labels) == pytest.approx(run.accuracy, abs=0.0051)
    np.testing.assert_array_equal(counts.sum(axis=1), np.bincount(test.labels, minlength=10))


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    result = trained(tmp_path, "NumPy")
    path = tmp_path / "weights" / "quick.safetensors"
    path.write_bytes(path.read_bytes()[:-4] + b"\1\2\3\4")
    with pytest.raises(ValueError, match=r"SHA-256 \w+, but needs one that a run .* recorded; "):
        load_kept(result, MNIST_MLP, tmp_path)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"should hold the weights of 'quick'; run"):
        load_kept(result, MNIST_MLP, tmp_path)


def test_a_table_of_confusions_is_written_and_read(tmp_path: Path) -> None:
    table = Confusion("cnn", 0, "abc", "toys", ["a", "b"], [[3, 1], [0, 4]])
    assert read_confusion(write_confusion(table, tmp_path)) == table
    assert table.accuracy == 7 / 8
    with pytest.raises(FileNotFoundError, match=r"run `python -m scripts\.confusion mlp`"):
        read_confusion(tmp_path / "mlp-confusion.json")
