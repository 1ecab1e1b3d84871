"""Trained weights that were kept with a result, and only if they are those of one of its runs."""

import hashlib
from pathlib import Path

import torch
from safetensors.numpy import load_file

from convnet.network import Sequential, load_state
from convnet.networks import copy_from_torch
from convnet.results.experiments import Network, start
from convnet.results.record import Result, TrainedRun


def load_kept(
    result: Result, architecture: Network, folder: str | Path
) -> tuple[Sequential, TrainedRun]:
    """Return the trained network that was kept with a result, in NumPy, and the run it is of.

    Args:
        result: from :func:`~convnet.results.read_result`.
        architecture: the result's, such as ``convnet.results.experiments.LENET``.
        folder: of results; the weights are in ``weights/<name>.safetensors`` below it.

    Returns:
        The network, ready for use (``eval``), whichever framework trained it; and the run that
        recorded the file's SHA-256.

    Raises:
        FileNotFoundError: no weights were kept.
        ValueError: no run recorded the file's SHA-256.

    Chapter: *What the layers learn*.
    """
    path = Path(folder) / "weights" / f"{result.name}.safetensors"
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} does not exist, but should hold the weights of {result.name!r}; "
            f"run `python -m scripts.results --only {result.name}`"
        )
    run = _run_of(result, path)
    network = start(architecture, 0)  # every number is replaced
    if result.settings["framework"] == "NumPy":
        load_state(network, load_file(path))
    else:
        module = architecture.torch()
        tensors = {name: torch.from_numpy(array) for name, array in load_file(path).items()}
        module.load_state_dict(tensors)
        copy_from_torch(module, network)
    network.eval()
    return network, run


def _run_of(result: Result, path: Path) -> TrainedRun:
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    for run in result.runs:
        if run.weights == found:
            return run
    raise ValueError(
        f"{path} has the SHA-256 {found}, but needs one that a run of {result.name!r} recorded; "
        f"fetch the file again, or run `python -m scripts.results --only {result.name}`"
    )
