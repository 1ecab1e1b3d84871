"""What happened in each epoch."""

from dataclasses import asdict, dataclass, field


@dataclass
class History:
    """Losses, accuracies, rates and seconds, one entry an epoch; of the steps, the losses.

    Losses and accuracies of training are means over the epoch's batches, each taken before its
    step and in training mode; those of validation are taken after the epoch, with the network as it
    is used. Accuracies stay empty where targets are no classes, validation where there is none.

    >>> history = History(train_loss=[0.9, 0.5, 0.4, 0.3], validation_loss=[1.0, 0.6, 0.7, 0.8])
    >>> history.epochs, history.best_epoch, history.epochs_since_best
    (4, 1, 2)
    """

    train_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    lr: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    step_loss: list[float] = field(default_factory=list)

    @property
    def epochs(self) -> int:
        """How many epochs are behind."""
        return len(self.train_loss)

    @property
    def best_epoch(self) -> int:
        """The epoch, from 0, with the least validation loss; of several, the first."""
        return self.validation_loss.index(min(self.validation_loss))

    @property
    def epochs_since_best(self) -> int:
        """How many epochs have passed since the best one."""
        return len(self.validation_loss) - 1 - self.best_epoch

    def as_json(self) -> dict[str, list[float]]:
        """Return all lists by name; ``History(**lists)`` undoes it."""
        return asdict(self)

    def latest(self) -> str:
        """Return the latest epoch in words, for a progress bar."""
        if not self.epochs:
            return ""
        words = [f"loss {self.train_loss[-1]:.4f}"]
        if self.train_accuracy:
            words.append(f"accuracy {self.train_accuracy[-1]:.2%}")
        if self.validation_loss:
            words.append(f"validation loss {self.validation_loss[-1]:.4f}")
        if self.validation_accuracy:
            words.append(f"accuracy {self.validation_accuracy[-1]:.2%}")
        return ", ".join(words)
