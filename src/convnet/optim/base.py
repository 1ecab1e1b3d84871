"""What all optimizers share: parameters by name, state by name, and which weights decay."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_between, check_floating, check_same_dtype, check_shape
from convnet.optim.names import names_without

Array = npt.NDArray[Any]


class Optimizer:
    """A rule that moves parameters, in place, once for each set of gradients.

    Args:
        params: arrays to train, by name, such as :func:`convnet.network.named_parameters`.
        lr: learning rate, at least 0; a schedule may set ``optimizer.lr`` before any step.
        weight_decay: strength of weight decay, at least 0.
        no_decay: names that do not decay, as patterns such as ``"*bias"``.

    Raises:
        TypeError: a parameter is not floating-point.
        ValueError: a number is out of range, there is no parameter, or a pattern fits no name.

    Chapter: *Optimizers, initialization, regularization*.
    """

    def __init__(
        self,
        params: Mapping[str, Array],
        lr: float,
        weight_decay: float,
        no_decay: Sequence[str],
    ) -> None:
        self.params = dict(params)
        if not self.params:
            raise ValueError(
                "params is empty, but an optimizer needs something to train; pass for example "
                "named_parameters(network)"
            )
        for name, array in self.params.items():
            check_floating(name, array)
        self.lr = check_between("lr", lr, 0, np.inf, 0.01)
        self.weight_decay = check_between("weight_decay", weight_decay, 0, np.inf, 1e-4)
        self.decaying = names_without(self.params, no_decay, "no_decay")
        self.steps = 0
        # One array of each shape to compute in, so that a step allocates nothing.
        self._scratch = {name: np.empty_like(array) for name, array in self.params.items()}

    def step(self, gradients: Mapping[str, Array]) -> None:
        """Move every parameter once.

        Args:
            gradients: one array for each parameter, under its name, in its shape and dtype; they
                are read, not changed.

        Raises:
            TypeError: a gradient has another dtype than its parameter.
            ValueError: a name is missing or too many, or a shape differs; nothing has moved then.
        """
        self._check(gradients)
        self.steps += 1
        for name, param in self.params.items():
            self._update(name, param, gradients[name])

    def _update(self, name: str, param: Array, grad: Array) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not define _update")

    def _slots(self) -> dict[str, dict[str, Array]]:
        """Return the running averages, by what they are and by parameter."""
        return {}

    def state(self) -> dict[str, Array]:
        """Return all that the next step depends on besides the parameters, as arrays by name."""
        arrays = {
            f"{slot}.{name}": array
            for slot, values in self._slots().items()
            for name, array in values.items()
        }
        return {**arrays, "steps": np.array(self.steps), "lr": np.array(self.lr)}

    def load_state(self, arrays: Mapping[str, Array]) -> None:
        """Take over what :meth:`state` returned, copying it.

        Raises:
            ValueError: a name or a shape does not fit; nothing has been changed then.
        """
        mine = self.state()
        if mine.keys() != arrays.keys():
            raise ValueError(
                f"the arrays are named {sorted(arrays)}, but this {type(self).__name__} needs "
                f"{sorted(mine)}; build the optimizer as when they were saved"
            )
        for name, array in mine.items():
            check_shape(name, arrays[name], array.shape, "the optimizer's own")
        for name, array in mine.items():
            array[...] = arrays[name]
        self.steps, self.lr = int(mine["steps"]), float(mine["lr"])

    def _check(self, gradients: Mapping[str, Array]) -> None:
        missing, extra = (
            self.params.keys() - gradients.keys(),
            gradients.keys() - self.params.keys(),
        )
        if missing or extra:
            raise ValueError(
                f"gradients lack {sorted(missing) or 'nothing'} and have "
                f"{sorted(extra) or 'nothing'} too many, but need exactly the parameters' names; "
                "call the network's forward and backward first, then pass named_gradients(network)"
            )
        for name, param in self.params.items():
            check_shape(f"gradients[{name!r}]", gradients[name], param.shape, "its parameter")
            check_same_dtype(f"gradients[{name!r}]", gradients[name], param, "its parameter")
