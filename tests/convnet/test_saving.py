"""Does a network come back from a file as it was, and does no failure leave half of one?"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from safetensors.numpy import load_file, save_file

from convnet import network
from convnet.network import Sequential

from .blocks import lenet, resnet_block
from .parity import assert_same

Array = npt.NDArray[Any]


@pytest.mark.parametrize("kind", [str, Path])
def test_a_network_comes_back_from_its_file(tmp_path: Path, kind: Any) -> None:
    rng = np.random.default_rng(0)
    saved, other = resnet_block(rng), resnet_block(rng)
    saved.forward(rng.normal(size=(3, 2, 8, 8)))  # moves the running averages
    path = kind(tmp_path / "block.safetensors")
    network.save(saved, path)
    network.load(other, path)
    for name, array in network.state(saved).items():
        assert_same("load", name, network.state(other)[name], array, 0.0)
    saved.eval()
    other.eval()
    x = rng.normal(size=(2, 2, 8, 8))
    assert_same("load", "output", other.forward(x), saved.forward(x), 0.0)
    assert [file.name for file in tmp_path.iterdir()] == ["block.safetensors"]


def test_loading_keeps_arrays_and_their_dtype(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    double, single = lenet(rng), lenet(rng, np.float32)
    kept = network.named_parameters(single)
    network.save(double, tmp_path / "double")
    network.load(single, tmp_path / "double")
    for name, array in network.named_parameters(single).items():
        assert array is kept[name]
        expected = network.named_parameters(double)[name].astype(np.float32)
        assert_same("load", name, array, expected, 0.0)


def test_other_programs_can_read_the_file(tmp_path: Path) -> None:
    saved = lenet(np.random.default_rng(0))
    saved.layers[4].parameters["weight"] = np.asfortranarray(saved.layers[4].parameters["weight"])
    network.save(saved, tmp_path / "net")
    arrays = load_file(tmp_path / "net")
    assert arrays.keys() == network.state(saved).keys()
    for name, array in arrays.items():
        assert_same("save", name, array, network.state(saved)[name], 0.0)


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", ["write", "replace"])
def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, step: str
) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "net"
    network.save(lenet(rng), path)
    before = path.read_bytes()

    def half(_arrays: dict[str, Array], partial: Path) -> None:
        partial.write_bytes(before[:100])
        raise error

    def no_replace(_self: Path, _target: Path) -> None:
        raise error

    if step == "write":
        monkeypatch.setattr(network, "save_file", half)
    else:
        monkeypatch.setattr(Path, "replace", no_replace)
    with pytest.raises(type(error)):
        network.save(lenet(rng), path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["net"]


def unchanged(loaded: Sequential, path: Path, error: type[Exception], message: str) -> None:
    """Load what cannot be loaded; nothing may have changed."""
    before = {name: array.copy() for name, array in network.state(loaded).items()}
    with pytest.raises(error, match=message):
        network.load(loaded, path)
    for name, array in network.state(loaded).items():
        assert_same("load", name, array, before[name], 0.0)


def test_a_file_of_another_network_is_refused_whole(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    loaded, path = lenet(rng), tmp_path / "other"
    save_file(dict(list(network.state(lenet(rng)).items())[:-1]), path)
    unchanged(loaded, path, ValueError, r"lack \['6\.bias'\] and have nothing too many.*build the")
    arrays = dict(network.state(lenet(rng)))
    arrays["6.bias"] = np.zeros(4)
    save_file(arrays, path)
    message = r"6\.bias has shape \(4,\), but the network's has \(3,\); build the network"
    unchanged(loaded, path, ValueError, message)


def test_a_damaged_or_missing_file_is_refused(tmp_path: Path) -> None:
    loaded, path = lenet(np.random.default_rng(0)), tmp_path / "net"
    unchanged(loaded, path, FileNotFoundError, "path is '.*net', but needs to be a file.*save the")
    path.write_bytes(b"no safetensors at all")
    damaged = "path is '.*net', but needs to be a whole safetensors file.*save the network again"
    unchanged(loaded, path, ValueError, damaged)
    network.save(loaded, path)
    path.write_bytes(path.read_bytes()[:-8])
    unchanged(loaded, path, ValueError, damaged)


def test_saving_names_a_folder_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"the folder '.*nowhere' does not exist; make it"):
        network.save(lenet(np.random.default_rng(0)), tmp_path / "nowhere" / "net")
