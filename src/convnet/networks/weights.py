"""Weights that a NumPy network and a PyTorch module exchange, and their number."""

from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from convnet.layers import Layer
from convnet.network import named_buffers, named_parameters

if TYPE_CHECKING:
    from torch import nn

Array = npt.NDArray[Any]
Arrays = dict[str, Array]


def count_parameters(network: Layer) -> int:
    """Return how many numbers training changes.

    >>> import numpy as np
    >>> from convnet.layers import Linear
    >>> count_parameters(Linear(4, 3, rng=np.random.default_rng(0)))
    15
    """
    return sum(array.size for array in named_parameters(network).values())


def copy_from_torch(module: "nn.Module", network: Layer) -> None:
    """Copy parameters and running averages of a PyTorch module into a NumPy network, by order.

    Names may differ (``features.0.weight`` and ``0.weight``); number and shapes may not. PyTorch's
    count of batches has no counterpart and is left out.

    Args:
        module: the source.
        network: changed in place, after everything has been checked; it keeps its dtype.

    Raises:
        ValueError: a number of arrays or a shape differs; the message says which.

    >>> import numpy as np
    >>> import torch
    >>> from convnet.layers import Linear
    >>> layer = Linear(2, 1, rng=np.random.default_rng(0))
    >>> copy_from_torch(torch.nn.Linear(2, 1), layer)
    """
    _copy(_of_torch(module), _of_layers(network))


def copy_to_torch(network: Layer, module: "nn.Module") -> None:
    """Copy parameters and running averages of a NumPy network into a PyTorch module, by order.

    Arguments are checked as in :func:`copy_from_torch`.

    >>> import numpy as np
    >>> import torch
    >>> from convnet.layers import Linear
    >>> module = torch.nn.Linear(2, 1)
    >>> layer = Linear(2, 1, rng=np.random.default_rng(0))
    >>> copy_to_torch(layer, module)
    >>> bool(np.allclose(layer.parameters["bias"], module.bias.detach()))
    True
    """
    _copy(_of_layers(network), _of_torch(module))


def _of_layers(network: Layer) -> dict[str, Arrays]:
    return {"parameters": named_parameters(network), "buffers": named_buffers(network)}


def _of_torch(module: "nn.Module") -> dict[str, Arrays]:
    """Return arrays that share their memory with the module's tensors: to write is to change it."""
    return {
        "parameters": {k: tensor.detach().numpy() for k, tensor in module.named_parameters()},
        "buffers": {
            name: tensor.detach().numpy()
            for name, tensor in module.named_buffers()
            if not name.endswith("num_batches_tracked")
        },
    }


def _copy(source: dict[str, Arrays], target: dict[str, Arrays]) -> None:
    for kind in source:
        _check_kind(kind, source[kind], target[kind])
    for kind in source:
        for old, new in zip(source[kind].values(), target[kind].values(), strict=True):
            new[...] = old


def _check_kind(kind: str, source: Arrays, target: Arrays) -> None:
    """Raise ``ValueError`` unless both have as many arrays, of the same shapes in order."""
    for (old_name, old), (new_name, new) in zip(source.items(), target.items(), strict=False):
        if old.shape != new.shape:
            raise ValueError(
                f"the source's {old_name} has shape {old.shape}, but the target's {new_name} "
                f"{new.shape}; build both with the same layers and sizes"
            )
    if len(source) != len(target):
        raise ValueError(
            f"the source has {len(source)} {kind} and the target {len(target)}, but they need "
            "as many; build both with the same layers"
        )
