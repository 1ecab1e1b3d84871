"""Choose the digits that the package carries from MNIST, and write src/convnet/data/digits.npz.

The first 200 of each class from MNIST's training images and the first 50 of each from its test
images, in MNIST's order, 28 x 28 pixels, unchanged. Running it again gives the same bytes.

    python scripts/make_digits.py DATA    # DATA holds MNIST/raw; see convnet.data
"""

import argparse
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from torchvision.datasets import MNIST

Array = npt.NDArray[Any]
TARGET = Path(__file__).parents[1] / "src" / "convnet" / "data" / "digits.npz"
PER_CLASS = {"train": 200, "test": 50}


def first_of_each_class(labels: Array, count: int) -> Array:
    """Return the places of the first ``count`` of each class, in rising order."""
    places = [np.flatnonzero(labels == digit)[:count] for digit in range(10)]
    return np.sort(np.concatenate(places))


def chosen(folder: Path) -> dict[str, Array]:
    """Return the chosen images and labels of both splits, uint8, by name."""
    arrays = {}
    for split, count in PER_CLASS.items():
        mnist = MNIST(folder, train=split == "train")
        images, labels = mnist.data.numpy(), mnist.targets.numpy().astype(np.uint8)
        places = first_of_each_class(labels, count)
        arrays[f"{split}_images"], arrays[f"{split}_labels"] = images[places], labels[places]
    return arrays


def write(arrays: dict[str, Array], target: Path) -> None:
    """Write an npz file, packed with LZMA (an eighth smaller than NumPy's own) and undated."""
    with zipfile.ZipFile(target, "w") as archive:
        for name, array in arrays.items():
            file = io.BytesIO()
            np.save(file, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, file.getvalue(), zipfile.ZIP_LZMA)


def main() -> None:
    """Read the folder from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder that holds MNIST/raw")
    write(chosen(parser.parse_args().data), TARGET)
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
