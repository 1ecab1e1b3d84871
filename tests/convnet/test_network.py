"""Do networks compute and differentiate as PyTorch's, and come back from a file as they were?"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from safetensors.numpy import load_file, save_file
from torch import Tensor

from convnet import layers, network
from convnet.gradcheck import check_layer
from convnet.layers import BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Tanh
from convnet.network import Concatenate, Residual, Sequential

from .parity import Tensors, assert_layer_is_torchs, assert_same
from .strategies import RNGS

Array = npt.NDArray[Any]
DOUBLE: Any = {"dtype": np.float64}


def lenet(rng: np.random.Generator, dtype: npt.DTypeLike = np.float64) -> Sequential:
    """Return a small network with every kind of layer that a LeNet has."""
    how: Any = {"rng": rng, "dtype": dtype}
    return Sequential(
        Conv2d(2, 4, 3, **how),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Linear(36, 5, **how),
        Tanh(),
        Linear(5, 3, **how),
    )


def torchs_lenet(t: Tensors) -> Tensor:
    """Compute the network with torch."""
    features = F.max_pool2d(F.relu(F.conv2d(t["x"], t["0.weight"], t["0.bias"])), 2)
    hidden = torch.tanh(F.linear(features.flatten(1), t["4.weight"], t["4.bias"]))
    return F.linear(hidden, t["6.weight"], t["6.bias"])


def resnet_block(rng: np.random.Generator) -> Residual:
    """Return a block that halves the maps and doubles the channels, with a learned short cut."""
    how: Any = {"bias": False, "rng": rng, **DOUBLE}
    body = Sequential(
        Conv2d(2, 4, 3, 2, 1, **how),
        BatchNorm2d(4, **DOUBLE),
        ReLU(),
        Conv2d(4, 4, 3, 1, 1, **how),
        BatchNorm2d(4, **DOUBLE),
    )
    return Residual(body, Sequential(Conv2d(2, 4, 1, 2, **how), BatchNorm2d(4, **DOUBLE)))


def torchs_resnet_block(t: Tensors) -> Tensor:
    """Compute the block with torch, in training."""

    def normalized(x: Tensor, name: str) -> Tensor:
        scale = t[f"{name}.weight"], t[f"{name}.bias"]
        return F.batch_norm(x, None, None, *scale, training=True)

    hidden = F.relu(normalized(F.conv2d(t["x"], t["body.0.weight"], None, 2, 1), "body.1"))
    through = normalized(F.conv2d(hidden, t["body.3.weight"], None, 1, 1), "body.4")
    return through + normalized(F.conv2d(t["x"], t["shortcut.0.weight"], None, 2), "shortcut.1")


def inception(rng: np.random.Generator) -> Concatenate:
    """Return paths of different windows, and one that passes its input on as DenseNet does."""
    how: Any = {"rng": rng, **DOUBLE}
    return Concatenate(
        Conv2d(2, 3, 1, **how),
        None,
        Sequential(Conv2d(2, 2, 1, **how), Tanh(), Conv2d(2, 1, 3, padding="same", **how)),
        layers.AvgPool2d(3, 1, 1),
    )


def torchs_inception(t: Tensors) -> Tensor:
    """Compute the paths with torch."""
    deep = torch.tanh(F.conv2d(t["x"], t["2.0.weight"], t["2.0.bias"]))
    paths = [
        F.conv2d(t["x"], t["0.weight"], t["0.bias"]),
        t["x"],
        F.conv2d(deep, t["2.2.weight"], t["2.2.bias"], padding=1),
        F.avg_pool2d(t["x"], 3, 1, 1),
    ]
    return torch.cat(paths, dim=1)


NETWORKS = {
    "lenet": (lenet, torchs_lenet),
    "resnet block": (resnet_block, torchs_resnet_block),
    "inception": (inception, torchs_inception),
    "identity plus": (
        lambda _rng: Residual(Tanh()),
        lambda t: t["x"] + torch.tanh(t["x"]),
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
@settings(max_examples=25)
@given(rng=RNGS)
def test_a_network_is_torchs(name: str, rng: Any) -> None:
    build, function = NETWORKS[name]
    assert_layer_is_torchs(build(rng), rng.normal(size=(3, 2, 8, 8)), function, rng)


@pytest.mark.parametrize("name", NETWORKS)
def test_its_gradients_are_those_of_small_steps(name: str) -> None:
    rng = np.random.default_rng(0)
    network_ = NETWORKS[name][0](rng)
    check_layer(network_, rng.normal(size=(2, 2, 8, 8)), rng)


def test_the_first_layers_input_gradient_can_be_skipped() -> None:
    rng = np.random.default_rng(0)
    skipping = lenet(rng)

    def refuse(_grad: Array) -> Array:
        raise AssertionError("the first layer's input was differentiated")

    x = rng.normal(size=(2, 2, 8, 8))
    grad = rng.normal(size=skipping.forward(x).shape)
    skipping.backward(grad)
    expected = dict(network.named_gradients(skipping))
    skipping.layers[0].backward = refuse  # type: ignore[method-assign]
    skipping.backward_parameters(grad)
    for name, gradient in network.named_gradients(skipping).items():
        assert_same("Sequential", name, gradient, expected[name])


def test_names_lead_to_the_arrays_themselves() -> None:
    block = resnet_block(np.random.default_rng(0))
    parameters, buffers = network.named_parameters(block), network.named_buffers(block)
    assert [name for name, _ in network.named_layers(block)][:3] == ["", "body", "body.0"]
    first = next(block.body.children())[1]
    assert parameters["body.0.weight"] is first.parameters["weight"]
    assert sorted(buffers) == sorted(
        f"{place}.running_{kind}"
        for place in ("body.1", "body.4", "shortcut.1")
        for kind in ("mean", "var")
    )
    assert network.state(block).keys() == parameters.keys() | buffers.keys()
    assert network.named_gradients(block) == {}


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


def test_a_layer_deep_inside_may_not_stand_in_two_places() -> None:
    shared = ReLU()
    with pytest.raises(ValueError, match=r"one ReLU object in two places, 0\.0 and 1\.body"):
        Sequential(Sequential(shared), Residual(shared))
    with pytest.raises(ValueError, match="Residual has one Tanh object in two places, 0 and 1"):
        Residual(*[Tanh()] * 2)
    tanh = Tanh()
    with pytest.raises(ValueError, match="Concatenate has one Tanh object in two places, 0 and 2"):
        Concatenate(tanh, None, tanh)
