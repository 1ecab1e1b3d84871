"""Checkpoints: training put aside, wholly or not at all, and taken up again bit by bit the same.

A checkpoint is a folder with ``checkpoint.json`` (history, settings, states of random generators,
and which file holds the arrays) and one ``arrays-....safetensors`` (network, optimizer, best
network so far). The arrays are written first, under a new name; the JSON file, which says what
counts, is then replaced in one move. Whenever the program is killed, the folder holds the latest
complete checkpoint.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

Array = npt.NDArray[Any]
RECORD = "checkpoint.json"


class Checkpoint(NamedTuple):
    """What a folder holds: arrays by name, and a record that JSON can hold."""

    arrays: dict[str, Array]
    record: dict[str, Any]


def save_checkpoint(folder: Path, arrays: Mapping[str, Array], record: Mapping[str, Any]) -> None:
    """Write a checkpoint into ``folder`` in place of the one that is there.

    Args:
        folder: where; made if need be.
        arrays: by name; they are written as they are now.
        record: what JSON can hold; NumPy's integers and arrays become numbers and lists.

    Raises:
        OSError: a file cannot be written; the earlier checkpoint still counts then.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_checkpoint(Path(folder), {"w": np.ones(2)}, {"epoch": 3})
    ...     load_checkpoint(Path(folder))
    Checkpoint(arrays={'w': array([1., 1.])}, record={'epoch': 3})
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = _read_record(folder)
    number = 0 if before is None else before["number"] + 1
    name = f"arrays-{number:05}.safetensors"
    partial = folder / (name + ".partial")
    save_file({key: np.asarray(array, order="C") for key, array in arrays.items()}, partial)
    _publish(partial, folder / name)
    partial = folder / (RECORD + ".partial")
    whole = {"number": number, "arrays": name, "record": record}
    partial.write_text(json.dumps(whole, indent=1, default=_plain), encoding="utf-8")
    _publish(partial, folder / RECORD)
    for old in folder.glob("arrays-*"):
        if old.name != name:
            old.unlink()


def load_checkpoint(folder: Path) -> Checkpoint | None:
    """Read the checkpoint in ``folder``; None if there is none.

    Raises:
        ValueError: what is there is damaged.
    """
    whole = _read_record(folder)
    if whole is None:
        return None
    try:
        arrays = load_file(folder / whole["arrays"])
    except (SafetensorError, OSError) as error:
        raise ValueError(
            f"{folder / whole['arrays']}, which {RECORD} names, cannot be read ({error}); "
            f"remove the folder {folder.name} to start anew"
        ) from error
    return Checkpoint(arrays, whole["record"])


def _read_record(folder: Path) -> dict[str, Any] | None:
    path = folder / RECORD
    if not path.exists():
        return None
    try:
        whole: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(
            f"{path} is no checkpoint, or a damaged one ({error}); "
            f"remove the folder {folder.name} to start anew"
        ) from error
    return whole


def _publish(partial: Path, target: Path) -> None:
    """Move a file to its place once its contents are on the disk, not only on their way."""
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(target)


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is nothing that JSON can hold")
