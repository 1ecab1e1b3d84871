"""MNIST, and Fashion-MNIST, which has its format."""

from pathlib import Path
from typing import Any

from convnet.data.digits import DIGITS
from convnet.data.folder import data_folder, missing
from convnet.data.images import Images, check_split, from_bytes

GARMENTS = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)


def load_mnist(split: str, root: str | Path | None = None, *, download: bool = False) -> Images:
    """Return MNIST: 60,000 training or 10,000 test digits.

    Args:
        split: ``"train"`` or ``"test"``.
        root: folder that holds ``MNIST/raw``, in torchvision's layout; default the one that the
            environment variable ``CONVNET_DATA`` names.
        download: whether to fetch what is missing; default False.

    Returns:
        Images (N, 1, 28, 28) and labels (N,).

    Raises:
        ValueError: there is no such split.
        RuntimeError: neither ``root`` nor the variable says where to look.
        FileNotFoundError: it is not there; says which files are needed and how to get them.

    Source:
        LeCun, Bottou, Bengio and Haffner (1998), *Gradient-Based Learning Applied to Document
        Recognition*, section III.A. Chapter: *Training LeNet*.
    """
    return _load("MNIST", DIGITS, split, root, download)


def load_fashion_mnist(
    split: str, root: str | Path | None = None, *, download: bool = False
) -> Images:
    """Return Fashion-MNIST: 60,000 training or 10,000 test garments.

    Arguments, errors and shapes are those of :func:`load_mnist`; the folder is
    ``FashionMNIST/raw``.

    Source:
        Xiao, Rasul and Vollgraf (2017), *Fashion-MNIST: a Novel Image Dataset for Benchmarking
        Machine Learning Algorithms*. Chapter: *Training LeNet*.
    """
    return _load("Fashion-MNIST", GARMENTS, split, root, download)


def _load(
    name: str, classes: tuple[str, ...], split: str, root: str | Path | None, download: bool
) -> Images:
    # It takes a second to import, which other loaders save.
    from torchvision import datasets  # type: ignore[import-untyped]

    check_split(split)
    folder = data_folder(root)
    kind: Any = {"MNIST": datasets.MNIST, "Fashion-MNIST": datasets.FashionMNIST}[name]
    try:
        found = kind(folder, train=split == "train", download=download)
    except (RuntimeError, OSError) as error:
        wanted = f"{kind.__name__}/raw with {{train,t10k}}-{{images-idx3,labels-idx1}}-ubyte"
        loader = "load_" + name.lower().replace("-", "_")
        raise missing(name, folder, wanted, loader, error) from error
    return from_bytes(found.data.numpy()[:, None], found.targets.numpy(), classes, name)
