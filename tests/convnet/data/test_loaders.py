"""Do the loaders read torchvision's formats, and say what is missing where it is?"""

import hashlib
import importlib.util
import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from torchvision.datasets import CIFAR10

from convnet.data import load_cifar10, load_digits, load_fashion_mnist, load_mnist
from convnet.data.cifar import CLASSES

Array = npt.NDArray[Any]
ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "src" / "convnet" / "data"


def pixels(count: int, *shape: int) -> Array:
    """Return images of random bytes."""
    return np.random.default_rng(0).integers(0, 256, (count, *shape), dtype=np.uint8)


# The embedded digits


@pytest.mark.parametrize(("split", "count"), [("train", 2000), ("test", 500)])
def test_the_embedded_digits_are_balanced_and_in_the_book_s_conventions(
    split: str, count: int
) -> None:
    digits = load_digits(split)
    assert digits.images.shape == (count, 1, 28, 28)
    assert digits.images.dtype == np.float32
    assert digits.labels.dtype == np.int64
    assert (digits.images.min(), digits.images.max()) == (0, 1)
    np.testing.assert_array_equal(np.bincount(digits.labels), [count // 10] * 10)
    assert digits.classes[7] == "7"
    assert digits.samples == (digits.images, digits.labels)


def test_no_test_digit_is_a_training_digit() -> None:
    train, test = ({a.tobytes() for a in load_digits(s).images} for s in ("train", "test"))
    assert len(train) == 2000
    assert not train & test


def test_the_digits_are_small_and_say_whose_they_are() -> None:
    assert (PACKAGE / "digits.npz").stat().st_size < 400_000
    source = (PACKAGE / "DIGITS.md").read_text(encoding="utf-8")
    for fact in ("LeCun", "Attribution-ShareAlike 3.0", "scripts/make_digits.py"):
        assert fact in source


def test_the_script_packs_the_same_bytes_each_time_and_chooses_the_first_of_each_class(
    tmp_path: Path,
) -> None:
    spec = importlib.util.spec_from_file_location("make", ROOT / "scripts" / "make_digits.py")
    assert spec is not None
    assert spec.loader is not None
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    with np.load(PACKAGE / "digits.npz") as file:
        arrays = dict(file)
    for name in ("one.npz", "two.npz"):
        make.write(arrays, tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    with np.load(tmp_path / "one.npz") as file:
        assert all(np.array_equal(file[name], array) for name, array in arrays.items())
    np.testing.assert_array_equal(
        make.first_of_each_class(np.array([*range(10), *range(10), 3]), 2), np.arange(20)
    )


# MNIST and Fashion-MNIST


def idx(array: Array) -> bytes:
    """Return bytes as MNIST's files hold them: a magic number, the sizes, the numbers."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def write_mnist(folder: Path, count: int = 5) -> tuple[Array, Array]:
    """Write small files of MNIST's format; return the training images and labels."""
    folder.mkdir(parents=True)
    images, labels = pixels(count, 28, 28), np.arange(count, dtype=np.uint8)
    for start, n in (("train", count), ("t10k", 2)):
        (folder / f"{start}-images-idx3-ubyte").write_bytes(idx(images[:n]))
        (folder / f"{start}-labels-idx1-ubyte").write_bytes(idx(labels[:n]))
    return images, labels


@pytest.mark.parametrize(
    ("load", "folder", "name"),
    [(load_mnist, "MNIST", "MNIST"), (load_fashion_mnist, "FashionMNIST", "Fashion-MNIST")],
)
def test_mnist_is_read_from_the_folder_that_the_environment_names(
    load: Any, folder: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, labels = write_mnist(tmp_path / folder / "raw")
    monkeypatch.setenv("CONVNET_DATA", str(tmp_path))
    found = load("train")
    assert found.images.dtype == np.float32
    np.testing.assert_allclose(found.images, images[:, None] / 255, rtol=1e-6)
    np.testing.assert_array_equal(found.labels, labels)
    assert len(load("test").images) == 2
    assert (found.name, len(found.classes)) == (name, 10)


@pytest.mark.parametrize(
    ("load", "name"),
    [(load_mnist, "MNIST"), (load_fashion_mnist, "Fashion-MNIST"), (load_cifar10, "CIFAR-10")],
)
def test_what_is_missing_is_named_and_how_to_get_it(load: Any, name: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        load("train", tmp_path)
    message = str(caught.value)
    assert f"{name} is not in {tmp_path}: it needs " in message
    assert f"from convnet.data import {load.__name__}; {load.__name__}('train'," in message
    assert "without a network, copy these files there" in message
    assert list(tmp_path.iterdir()) == []  # nothing was downloaded


@pytest.mark.parametrize("load", [load_mnist, load_fashion_mnist, load_cifar10])
def test_without_a_folder_the_variable_is_named(load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONVNET_DATA", raising=False)
    with pytest.raises(RuntimeError, match=r"CONVNET_DATA is not set, .* run for example `export"):
        load("train")


@pytest.mark.parametrize("load", [load_digits, load_mnist, load_fashion_mnist, load_cifar10])
def test_there_are_two_splits(load: Any) -> None:
    with pytest.raises(ValueError, match="split is 'val', but needs to be 'train' or 'test'; to"):
        load("val")


# CIFAR-10


def test_the_original_cifar_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    data, hashes = pixels(3, 3072), {}
    entries: dict[str, Any] = {
        "data_batch_1": {"data": data, "labels": [6, 9, 1]},
        "test_batch": {"data": data[:1], "labels": [3]},
        "batches.meta": {"label_names": list(CLASSES)},
    }
    for name, entry in entries.items():
        packed = pickle.dumps(entry)
        (folder / name).write_bytes(packed)
        hashes[name] = hashlib.md5(packed, usedforsecurity=False).hexdigest()
    monkeypatch.setattr(CIFAR10, "train_list", [["data_batch_1", hashes["data_batch_1"]]])
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", hashes["test_batch"]]])
    meta = {"filename": "batches.meta", "key": "label_names", "md5": hashes["batches.meta"]}
    monkeypatch.setattr(CIFAR10, "meta", meta)
    found = load_cifar10("train", tmp_path)
    np.testing.assert_allclose(found.images, data.reshape(3, 3, 32, 32) / 255, rtol=1e-6)
    np.testing.assert_array_equal(found.labels, [6, 9, 1])
    assert found.name == "CIFAR-10"
    assert len(load_cifar10("test", tmp_path).images) == 1
    (folder / "data_batch_1").write_bytes(b"damaged")
    with pytest.raises(FileNotFoundError, match=r"CIFAR-10 is not in .* or corrupted"):
        load_cifar10("train", tmp_path)


def write_tree(folder: Path, ending: str, classes: tuple[str, ...] = CLASSES) -> None:
    """Write one image in each class's folder, with its class's place as its grey value."""
    for k, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        file = io.BytesIO()
        grey = np.full((32, 32, 3), 20 * k, dtype=np.uint8)
        grey[..., 2] = 255  # blue, so that an exchange of channels shows
        Image.fromarray(grey).save(file, "JPEG" if ending == "jpg" else "PNG", quality=95)
        (folder / name / f"0001.{ending}").write_bytes(file.getvalue())


@pytest.mark.parametrize(("ending", "name"), [("jpg", "CIFAR-10 (JPEG)"), ("png", "CIFAR-10")])
def test_folders_of_images_are_read_and_named(tmp_path: Path, ending: str, name: str) -> None:
    write_tree(tmp_path / "cifar10-files" / "train", ending)
    found = load_cifar10("train", tmp_path)
    assert found.images.shape == (10, 3, 32, 32)
    assert found.name == name
    for image, label in zip(found.images, found.labels, strict=True):
        assert abs(image[:2].mean() - label * 20 / 255) < 0.03
        assert image[2].mean() > 0.97


def test_a_class_without_images_is_named(tmp_path: Path) -> None:
    write_tree(tmp_path / "cifar10" / "test", "png", CLASSES[:-2])
    with pytest.raises(FileNotFoundError, match=r"has no images in ship, truck, .* unpack"):
        load_cifar10("test", tmp_path)


def test_an_image_of_another_size_is_named(tmp_path: Path) -> None:
    write_tree(tmp_path / "cifar10" / "test", "png")
    Image.new("RGB", (16, 32)).save(tmp_path / "cifar10" / "test" / "cat" / "small.png")
    with pytest.raises(ValueError, match=r"small.png has 16 x 32 pixels, but .* remove the file"):
        load_cifar10("test", tmp_path)
