"""The same training step for PyTorch modules, so that one loop trains both."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from convnet.train.learner import Learner, Outcome, count_correct

Array = npt.NDArray[Any]
ChangeTensors = Callable[[Mapping[str, Tensor], Mapping[str, Tensor]], object]


class TorchLearner(Learner):
    """A step of a PyTorch module: forward, loss, ``backward()``, ``optimizer.step()``.

    Batches come as NumPy arrays, as they do to :class:`convnet.train.NumpyLearner`; with the same
    weights, order and optimizer the two take the same steps.

    Args:
        module: what to train.
        optimizer: one of ``torch.optim``. A schedule sets the rate of all its groups.
        loss: mean loss of (prediction, target) as tensors; default cross-entropy of logits.
        change_gradients: functions that are called, in order, with (parameters, gradients) by name,
            as tensors, between backward and step, to change the gradients in place; default none.

    Source:
        Paszke et al. (2019), *PyTorch: An Imperative Style, High-Performance Deep Learning
        Library*, section 4. Chapter: *Training LeNet*.

    >>> _ = torch.manual_seed(0)
    >>> module = nn.Linear(2, 2)
    >>> learner = TorchLearner(module, torch.optim.SGD(module.parameters(), lr=1.0))
    >>> x, y = np.eye(2, dtype=np.float32), np.array([0, 1])
    >>> first, *_, last = [learner.train_batch(x, y) for _ in range(20)]
    >>> last.loss < first.loss, last.correct
    (True, 2)
    """

    def __init__(
        self,
        module: nn.Module,
        optimizer: torch.optim.Optimizer,
        loss: Callable[[Tensor, Tensor], Tensor] = cross_entropy,
        change_gradients: Sequence[ChangeTensors] = (),
    ) -> None:
        self.module, self.optimizer, self.loss = module, optimizer, loss
        self.change_gradients = change_gradients

    @property
    def lr(self) -> float:
        """The learning rate of the optimizer's first group."""
        return float(self.optimizer.param_groups[0]["lr"])

    @lr.setter
    def lr(self, value: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = value

    def train_batch(self, x: Array, y: Array) -> Outcome:
        """Take one step on samples ``x`` with targets ``y``; return how they fared before it."""
        self.module.train()
        self.optimizer.zero_grad()
        loss, outcome = self._forward(x, y)
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no types for it
        self._change_gradients()
        self.optimizer.step()
        return outcome

    def _change_gradients(self) -> None:
        parameters = {n: p for n, p in self.module.named_parameters() if p.grad is not None}
        gradients = {n: p.grad for n, p in parameters.items() if p.grad is not None}
        with torch.no_grad():
            for change in self.change_gradients:
                change(parameters, gradients)

    def evaluate_batch(self, x: Array, y: Array) -> Outcome:
        """Return how samples fare with the module as it is used; change nothing."""
        self.module.eval()
        with torch.no_grad():
            return self._forward(x, y)[1]

    def _forward(self, x: Array, y: Array) -> tuple[Tensor, Outcome]:
        prediction = self.module(_tensor(x))
        loss = self.loss(prediction, _tensor(y))
        correct = count_correct(prediction.detach().numpy(), y)
        return loss, Outcome(loss.item(), correct)

    def eval(self) -> None:
        """Leave the module ready for use: dropout off, running averages on."""
        self.module.eval()

    def network_state(self) -> dict[str, Array]:
        """Return the module's parameters and buffers by name; not copies."""
        return {name: tensor.numpy() for name, tensor in self.module.state_dict().items()}

    def load_network_state(self, arrays: Mapping[str, Array]) -> None:
        """Copy parameters and buffers into the module; PyTorch raises where they do not fit."""
        self.module.load_state_dict({name: _tensor(a) for name, a in arrays.items()})

    def optimizer_state(self) -> dict[str, Array]:
        """Return what the optimizer remembers, by parameter number and name, and the rate."""
        arrays = {
            f"{number}.{name}": value.detach().numpy()
            for number, values in self.optimizer.state_dict()["state"].items()
            for name, value in values.items()
            if isinstance(value, Tensor)  # SGD without momentum remembers None
        }
        return {**arrays, "lr": np.array([group["lr"] for group in self.optimizer.param_groups])}

    def load_optimizer_state(self, arrays: Mapping[str, Array]) -> None:
        """Let the optimizer remember what it did when ``arrays`` were saved."""
        remembered: dict[int, dict[str, Tensor]] = {}
        for key, array in arrays.items():
            number, _, name = key.partition(".")
            if name:
                remembered.setdefault(int(number), {})[name] = _tensor(array)
        groups = self.optimizer.state_dict()["param_groups"]
        for group, lr in zip(groups, arrays["lr"], strict=True):
            group["lr"] = float(lr)
        self.optimizer.load_state_dict({"state": remembered, "param_groups": groups})

    def random_state(self) -> dict[str, Any]:
        """Return the state of PyTorch's generator, which its dropout draws from."""
        return {"torch": torch.get_rng_state().numpy().tobytes().hex()}

    def load_random_state(self, states: Mapping[str, Any]) -> None:
        """Set PyTorch's generator to what :meth:`random_state` returned."""
        state = np.frombuffer(bytes.fromhex(states["torch"]), dtype=np.uint8)
        torch.set_rng_state(_tensor(state))


def _tensor(array: Array) -> Tensor:
    """Return a tensor of its own: PyTorch shares no read-only or reversed arrays."""
    return torch.tensor(np.array(array, order="C"))
