"""A training run to be killed: trains in the folder it is given, then writes the weights."""

import sys
import time
from pathlib import Path

import numpy as np

from convnet import layers
from convnet.network import Sequential, named_parameters, save
from convnet.optim import AdamW
from convnet.schedules import CosineAnnealingLR
from convnet.train import DataParallelLearner, History, NumpyLearner, fit

EPOCHS = 6


def shifted(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Move a batch sideways by a random number of pixels."""
    return np.roll(x, rng.integers(0, 3), axis=3)


def train(folder: Path | None, kind: str) -> tuple[Sequential, History]:
    """Train a network that has everything a checkpoint has to remember."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 1, 8, 8)).astype(np.float32)
    y = (x.mean(axis=(1, 2, 3)) > 0).astype(np.int64)
    network = Sequential(
        layers.Conv2d(1, 4, 3, rng=rng),
        layers.BatchNorm2d(4),
        layers.ReLU(),
        layers.Flatten(),
        layers.Dropout(0.3, rng=np.random.default_rng(1)),
        layers.Linear(144, 2, rng=rng),
    )
    optimizer = AdamW(named_parameters(network), lr=0.01, no_decay=["*bias"])
    learners = {"numpy": NumpyLearner, "parallel": DataParallelLearner}
    history = fit(
        learners[kind](network, optimizer),
        (x[:100], y[:100]),
        validation=(x[100:], y[100:]),
        epochs=EPOCHS,
        rng=np.random.default_rng(2),
        batch_size=8,
        schedule=CosineAnnealingLR(0.01, EPOCHS * 13),
        schedule_by="step",
        augment=shifted,
        patience=EPOCHS,
        checkpoint=folder,
    )
    return network, history


if __name__ == "__main__":
    # So slow that there is time to be killed between the first and the last checkpoint.
    forward = layers.Conv2d.forward

    def slowly(self: layers.Conv2d, x: np.ndarray) -> np.ndarray:
        """Do what the layer does, later."""
        time.sleep(float(sys.argv[3]))
        return forward(self, x)

    layers.Conv2d.forward = slowly  # type: ignore[method-assign]
    trained, _ = train(Path(sys.argv[1]), sys.argv[2])
    save(trained, Path(sys.argv[1]) / "weights.safetensors")
