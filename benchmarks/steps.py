"""Whole training steps of the course's two networks, in NumPy and in PyTorch."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from benchmarks.frameworks import CHANNELS_LAST, TORCH
from benchmarks.memory import extra_bytes
from benchmarks.timing import compared, interleave
from benchmarks.turns import taking_turns
from convnet.models import CIFARNet, LeNet5
from convnet.network import Sequential, named_parameters
from convnet.networks import cifar_net, lenet5
from convnet.optim import SGD
from convnet.train import DataParallelLearner, NumpyLearner

Array = npt.NDArray[Any]
Call = Callable[[], object]
BATCH, CLASSES, LEARNING_RATE = 64, 10, 0.01
OURS, PARALLEL = "convnet", "convnet, data-parallel"


NETWORKS: dict[str, tuple[Callable[..., Sequential], Callable[[], nn.Module], tuple[int, ...]]] = {
    "LeNet": (lenet5, LeNet5, (1, 28, 28)),
    "CIFAR CNN": (cifar_net, CIFARNet, (3, 32, 32)),
}


def candidates(name: str, threads: int) -> dict[str, Callable[[], Call]]:
    """Return who competes at a network's step (forward, loss, backward, update), batch of 64.

    Each is a function that builds one step as a call without arguments.
    """
    ours, theirs, image = NETWORKS[name]
    rng = np.random.default_rng(0)
    x = rng.standard_normal((BATCH, *image), dtype=np.float32)
    target = rng.integers(0, CLASSES, BATCH)
    found: dict[str, Callable[[], Call]] = {
        TORCH: lambda: torch_step(theirs(), x, target, torch.contiguous_format),
        CHANNELS_LAST: lambda: torch_step(theirs(), x, target, torch.channels_last),
        OURS: lambda: numpy_step(ours(rng=rng), x, target),
    }
    if threads > 1:
        found[PARALLEL] = lambda: numpy_step(ours(rng=rng), x, target, threads)
    return found


def step(name: str, threads: int, seconds: float) -> dict[str, Any]:
    """Measure one step of each candidate, in processes that take turns; memory in bytes."""
    built = candidates(name, threads)
    words = {who: ["--network", name, "--candidate", who] for who in built}
    with taking_turns(words, threads) as turns:
        measured = compared(interleave(turns, seconds), TORCH)
    return {"passes": {"step": measured}, "memory": {OURS: extra_bytes(built[OURS]())}}


def numpy_step(network: Sequential, x: Array, target: Array, workers: int = 1) -> Call:
    """Return a function that makes one step of ours, on so many Python threads."""
    optimizer = SGD(named_parameters(network), LEARNING_RATE)
    if workers == 1:
        learner = NumpyLearner(network, optimizer)
    else:
        learner = DataParallelLearner(network, optimizer, workers=workers)
    return lambda: learner.train_batch(x, target)


def torch_step(model: nn.Module, x: Array, target: Array, order: torch.memory_format) -> Call:
    """Return a function that makes one step of PyTorch's, eager, in a memory order."""
    model.to(memory_format=order)
    images = torch.from_numpy(x).contiguous(memory_format=order)
    labels = torch.from_numpy(target)
    optimizer = torch.optim.SGD(model.parameters(), LEARNING_RATE)
    loss = nn.CrossEntropyLoss()

    def call() -> None:
        optimizer.zero_grad()
        loss(model(images), labels).backward()
        optimizer.step()

    return call
