"""CIFAR-10, as its authors packed it or as folders of image files."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet.data.folder import data_folder, missing
from convnet.data.images import Images, check_split, from_bytes

Array = npt.NDArray[Any]
CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)


def load_cifar10(split: str, root: str | Path | None = None, *, download: bool = False) -> Images:
    """Return CIFAR-10: 50,000 training or 10,000 test images in colour.

    Looks first for ``cifar-10-batches-py`` (torchvision's layout, checked by its hashes), then for
    folders ``cifar10*/train/<class>/*`` and ``cifar10*/test/<class>/*`` with one image a file. The
    name of the result says if the images are JPEG: what JPEG lost may change an accuracy.

    Args:
        split: ``"train"`` or ``"test"``.
        root: where to look; default the folder that the environment variable ``CONVNET_DATA``
            names.
        download: whether to fetch the original if neither is there; default False.

    Returns:
        Images (N, 3, 32, 32) and labels (N,).

    Raises:
        ValueError: there is no such split, or an image is not 32 x 32.
        RuntimeError: neither ``root`` nor the variable says where to look.
        FileNotFoundError: it is not there; says which files are needed and how to get them.

    Source:
        Krizhevsky (2009), *Learning Multiple Layers of Features from Tiny Images*, chapter 3.
        Chapter: *MLP against CNN on colour*.
    """
    check_split(split)
    folder = data_folder(root)
    if not (folder / "cifar-10-batches-py").exists():
        for tree in sorted(folder.glob(f"cifar10*/{split}")):
            return _from_files(tree)
    return _from_batches(folder, split, download)


def _from_batches(folder: Path, split: str, download: bool) -> Images:
    # It takes a second to import, which other loaders save.
    from torchvision.datasets import CIFAR10  # type: ignore[import-untyped]

    try:
        found = CIFAR10(folder, train=split == "train", download=download)
    except (RuntimeError, OSError) as error:
        wanted = "cifar-10-batches-py, or cifar10/{train,test}/<class>/*.jpg"
        raise missing("CIFAR-10", folder, wanted, "load_cifar10", error) from error
    # (N, H, W, C) -> (N, C, H, W)
    return from_bytes(found.data.transpose(0, 3, 1, 2), found.targets, CLASSES, "CIFAR-10")


def _from_files(tree: Path) -> Images:
    absent = [name for name in CLASSES if not any((tree / name).glob("*"))]
    if absent:
        raise FileNotFoundError(
            f"{tree} has no images in {', '.join(absent)}, but needs a folder for each of the ten "
            "classes; unpack the archive again"
        )
    files = [
        (path, k) for k, name in enumerate(CLASSES) for path in sorted((tree / name).iterdir())
    ]
    with ThreadPoolExecutor() as threads:
        pixels = np.stack(list(threads.map(_read, [path for path, _ in files])))
    kinds = {path.suffix.lower() for path, _ in files}
    name = "CIFAR-10 (JPEG)" if kinds & {".jpg", ".jpeg"} else "CIFAR-10"
    return from_bytes(pixels.transpose(0, 3, 1, 2), [k for _, k in files], CLASSES, name)


def _read(path: Path) -> Array:
    from PIL import Image  # comes with torchvision

    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"))
    if pixels.shape != (32, 32, 3):
        raise ValueError(
            f"{path} has {pixels.shape[1]} x {pixels.shape[0]} pixels, but CIFAR-10's images have "
            "32 x 32; remove the file, or unpack the archive again"
        )
    return pixels
