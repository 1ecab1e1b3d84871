"""The state of a training run: what has happened, the best network so far, how to take it up."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet.train.checkpoint import load_checkpoint, save_checkpoint
from convnet.train.evaluation import Score
from convnet.train.history import History
from convnet.train.learner import Learner, Outcome

Array = npt.NDArray[Any]


class Run:
    """A run of :func:`convnet.train.fit` between two epochs.

    Args:
        learner: what is trained.
        rng: the generator of the order and of augmentation.
        patience: epochs to wait for a lower validation loss; None: no early stopping.
        folder: of the checkpoint; None: there is none.
        settings: what has to be the same when a checkpoint is taken up.
    """

    def __init__(
        self,
        learner: Learner,
        rng: np.random.Generator,
        patience: int | None,
        folder: Path | None,
        settings: dict[str, Any],
    ) -> None:
        self.learner, self.rng, self.patience, self.folder = learner, rng, patience, folder
        self.settings = {**settings, "keeps_best": patience is not None}
        self.history = History()
        self.best: dict[str, Array] = {}

    @property
    def is_stale(self) -> bool:
        """Whether the validation loss has not fallen for ``patience`` epochs."""
        return (
            self.patience is not None
            and self.history.epochs > 0
            and self.history.epochs_since_best >= self.patience
        )

    def time(self, unit: str) -> int:
        """Return how many epochs, or steps, are behind."""
        return self.history.epochs if unit == "epoch" else len(self.history.step_loss)

    def note_step(self, outcome: Outcome) -> None:
        """Take down a step's loss; raise if it is no number that training could go on from."""
        self.history.step_loss.append(outcome.loss)
        if not math.isfinite(outcome.loss):
            raise FloatingPointError(
                f"the loss is {outcome.loss} at step {len(self.history.step_loss)} (epoch "
                f"{self.history.epochs + 1}), but needs to be finite; lower the learning rate "
                f"(now {self.learner.lr}), clip the gradients, or look for NaN in the samples"
            )

    def note_epoch(self, train: Score, validation: Score | None, seconds: float) -> None:
        """Take down an epoch, keep the network if it is the best, write the checkpoint."""
        history = self.history
        history.train_loss.append(train.loss)
        if train.accuracy is not None:
            history.train_accuracy.append(train.accuracy)
        if validation is not None:
            history.validation_loss.append(validation.loss)
            if validation.accuracy is not None:
                history.validation_accuracy.append(validation.accuracy)
        history.lr.append(self.learner.lr)
        history.seconds.append(seconds)
        if self.patience is not None and history.epochs_since_best == 0:
            self.best = {name: a.copy() for name, a in self.learner.network_state().items()}
        self._save()

    def finish(self) -> None:
        """Restore the best network, if one was kept, and leave the network in use."""
        if self.best:
            self.learner.load_network_state(self.best)
        self.learner.eval()

    def resume(self) -> None:
        """Take up the folder's checkpoint, if it holds one."""
        found = None if self.folder is None else load_checkpoint(self.folder)
        if found is None:
            return
        if found.record["settings"] != self.settings:
            raise ValueError(
                f"the checkpoint in {self.folder} is of a run with {found.record['settings']}, but "
                f"this one has {self.settings}; pass the same arguments, or another folder"
            )
        self.learner.load_network_state(_part(found.arrays, "network."))
        self.learner.load_optimizer_state(_part(found.arrays, "optimizer."))
        self.learner.load_random_state(found.record["learner_random_state"])
        self.rng.bit_generator.state = found.record["random_state"]
        self.best = _part(found.arrays, "best.")
        self.history = History(**found.record["history"])

    def _save(self) -> None:
        if self.folder is None:
            return
        parts = {
            "network.": self.learner.network_state(),
            "optimizer.": self.learner.optimizer_state(),
            "best.": self.best,
        }
        arrays = {start + name: a for start, part in parts.items() for name, a in part.items()}
        record = {
            "settings": self.settings,
            "random_state": self.rng.bit_generator.state,
            "learner_random_state": self.learner.random_state(),
            "history": self.history.as_json(),
        }
        save_checkpoint(self.folder, arrays, record)


def _part(arrays: dict[str, Array], start: str) -> dict[str, Array]:
    return {name[len(start) :]: a for name, a in arrays.items() if name.startswith(start)}
