"""One training step: forward, loss, backward, optimizer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from convnet.layers import Layer, Loss, SoftmaxCrossEntropy
from convnet.network import load_state, named_gradients, named_layers, named_parameters, state
from convnet.optim import Optimizer

Array = npt.NDArray[Any]
ChangeGradients = Callable[[Mapping[str, Array], dict[str, Array]], object]


class Outcome(NamedTuple):
    """What a batch came to: its mean loss, and how many samples were right (None: no classes)."""

    loss: float
    correct: int | None


def _keep_freed_memory() -> None:
    """Let the C library keep what a step frees, up to 64 MB: the next step needs it again.

    glibc returns free memory to the system above a limit, and each page that is taken anew costs a
    fault. The limit is twice the largest array freed so far, of up to 32 MB. So one of nearly that
    size is freed here, untouched; other C libraries take no notice.
    """
    np.empty(2**25 - 2**16, dtype=np.uint8)


class Learner:
    """A network that can take a training step, be evaluated, and be put aside and taken up again.

    Attributes:
        lr: the learning rate of the next step.

    Chapter: *Training LeNet*.
    """

    lr: float

    def train_batch(self, x: Array, y: Array) -> Outcome:
        """Take one step on samples ``x`` with targets ``y``; return how they fared before it."""
        raise NotImplementedError(f"{type(self).__name__} does not define train_batch")

    def evaluate_batch(self, x: Array, y: Array) -> Outcome:
        """Return how samples fare with the network as it is used; change nothing."""
        raise NotImplementedError(f"{type(self).__name__} does not define evaluate_batch")

    def eval(self) -> None:
        """Leave the network ready for use."""
        raise NotImplementedError(f"{type(self).__name__} does not define eval")

    def network_state(self) -> dict[str, Array]:
        """Return the network's parameters and buffers by name; not copies."""
        raise NotImplementedError(f"{type(self).__name__} does not define network_state")

    def load_network_state(self, arrays: Mapping[str, Array]) -> None:
        """Copy parameters and buffers into the network."""
        raise NotImplementedError(f"{type(self).__name__} does not define load_network_state")

    def optimizer_state(self) -> dict[str, Array]:
        """Return what the optimizer remembers, by name; not copies."""
        raise NotImplementedError(f"{type(self).__name__} does not define optimizer_state")

    def load_optimizer_state(self, arrays: Mapping[str, Array]) -> None:
        """Let the optimizer remember what it did when ``arrays`` were saved."""
        raise NotImplementedError(f"{type(self).__name__} does not define load_optimizer_state")

    def random_state(self) -> dict[str, Any]:
        """Return the states of all random generators that a step draws from, fit for JSON."""
        return {}

    def load_random_state(self, states: Mapping[str, Any]) -> None:
        """Set the generators, in place, to what :meth:`random_state` returned."""
        del states  # none here


class NumpyLearner(Learner):
    """A step of a NumPy network: ``forward``, loss, ``backward``, ``optimizer.step``.

    Args:
        network: the layers to train.
        optimizer: moves the network's parameters, or some of them: the others stay frozen.
        loss: default :class:`convnet.layers.SoftmaxCrossEntropy`.
        change_gradients: functions that are called, in order, with (parameters, gradients) by name
            between backward and step, to penalize, disturb or clip the gradients in place, such as
            :mod:`convnet.regularization`'s; default none. One that draws random numbers keeps its
            generator in an attribute ``rng``, one that counts its steps in ``steps``: checkpoints
            include both.

    Raises:
        ValueError: the optimizer has arrays that are not the network's.

    Source:
        Rumelhart, Hinton and Williams (1986), *Learning Representations by Back-Propagating
        Errors*. Chapter: *Training LeNet*.

    >>> from convnet.layers import Linear
    >>> from convnet.network import Sequential
    >>> from convnet.optim import SGD
    >>> network = Sequential(Linear(2, 2, rng=np.random.default_rng(0)))
    >>> learner = NumpyLearner(network, SGD(named_parameters(network), lr=1.0))
    >>> x, y = np.eye(2, dtype=np.float32), np.array([0, 1])
    >>> first, *_, last = [learner.train_batch(x, y) for _ in range(20)]
    >>> last.loss < first.loss, last.correct
    (True, 2)
    """

    def __init__(
        self,
        network: Layer,
        optimizer: Optimizer,
        loss: Loss | None = None,
        change_gradients: Sequence[ChangeGradients] = (),
    ) -> None:
        parameters = named_parameters(network)
        for name, array in optimizer.params.items():
            if parameters.get(name) is not array:
                raise ValueError(
                    f"the optimizer's {name!r} is not the network's, which would never change; "
                    "pass an optimizer of named_parameters(network), built after the last array "
                    "of the network was replaced"
                )
        self.network, self.optimizer = network, optimizer
        self.loss = SoftmaxCrossEntropy() if loss is None else loss
        self.change_gradients = change_gradients
        _keep_freed_memory()

    @property
    def lr(self) -> float:
        """The optimizer's learning rate."""
        return self.optimizer.lr

    @lr.setter
    def lr(self, value: float) -> None:
        self.optimizer.lr = value

    def train_batch(self, x: Array, y: Array) -> Outcome:
        """Take one step on samples ``x`` with targets ``y``; return how they fared before it."""
        if not self.network.training:
            self.network.train()
        outcome = self._differentiate(x, y)
        every = named_gradients(self.network)
        gradients = {name: every[name] for name in self.optimizer.params}
        for change in self.change_gradients:
            change(self.optimizer.params, gradients)
        self.optimizer.step(gradients)
        return outcome

    def _differentiate(self, x: Array, y: Array) -> Outcome:
        """Set the network's gradients to those of the batch's mean loss."""
        prediction = self.network.forward(x)
        value = self.loss.forward(prediction, y)
        self.network.backward_parameters(self.loss.backward())
        return Outcome(value, count_correct(prediction, y))

    def evaluate_batch(self, x: Array, y: Array) -> Outcome:
        """Return how samples fare with the network as it is used; change nothing."""
        if self.network.training:
            self.network.eval()
        prediction = self.network.forward(x)
        return Outcome(self.loss.forward(prediction, y), count_correct(prediction, y))

    def eval(self) -> None:
        """Leave the network ready for use: dropout off, running averages on."""
        self.network.eval()

    def network_state(self) -> dict[str, Array]:
        """Return the network's parameters and buffers by name; not copies."""
        return state(self.network)

    def load_network_state(self, arrays: Mapping[str, Array]) -> None:
        """Copy parameters and buffers into the network; see :func:`convnet.network.load_state`."""
        load_state(self.network, arrays)

    def optimizer_state(self) -> dict[str, Array]:
        """Return what the optimizer remembers, by name; not copies."""
        return self.optimizer.state()

    def load_optimizer_state(self, arrays: Mapping[str, Array]) -> None:
        """Let the optimizer remember what it did when ``arrays`` were saved."""
        self.optimizer.load_state(arrays)

    def random_state(self) -> dict[str, Any]:
        """Return the states of dropout's generators, and of those that change the gradients."""
        states: dict[str, Any] = {n: g.bit_generator.state for n, g in self._generators().items()}
        return {**states, "steps": [getattr(c, "steps", None) for c in self.change_gradients]}

    def load_random_state(self, states: Mapping[str, Any]) -> None:
        """Set the generators, in place, to what :meth:`random_state` returned."""
        for name, generator in self._generators().items():
            generator.bit_generator.state = states[name]
        for change, steps in zip(self.change_gradients, states["steps"], strict=True):
            if steps is not None:
                vars(change)["steps"] = steps

    def _generators(self) -> dict[str, np.random.Generator]:
        owners: dict[str, object] = dict(named_layers(self.network))
        owners |= {f"change {k}": change for k, change in enumerate(self.change_gradients)}
        found = {name: getattr(owner, "rng", None) for name, owner in owners.items()}
        return {name: g for name, g in found.items() if isinstance(g, np.random.Generator)}


def count_correct(prediction: Array, y: Array) -> int | None:
    """Return how often the largest logit is the class; None unless ``y`` holds class numbers.

    >>> count_correct(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    1
    """
    if prediction.ndim != 2 or y.ndim != 1 or not np.issubdtype(y.dtype, np.integer):
        return None
    return int(np.count_nonzero(prediction.argmax(axis=1) == y))
