"""Weights as a whole: count them, draw them from a seed, copy them between two networks."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from convnet.models.lenet1998 import PartialConv2d, Subsampling


def count_parameters(network: nn.Module) -> int:
    """Return how many numbers the optimizer may change.

    Args:
        network: any module; also one built under ``torch.device("meta")``, which has shapes but
            no numbers, so that even the largest costs nothing.

    Source:
        Chapter: *What an MLP cannot do*.

    >>> count_parameters(nn.Linear(4, 3))
    15
    """
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def initialize(network: nn.Module, rng: np.random.Generator) -> None:
    """Draw all weights anew, in place: He's normal numbers, zero biases, unit normalization.

    ``w ~ Normal(0, 2 / fan_in)``, so that the variance survives a layer with ReLU; ``fan_in`` is
    the number of inputs that one output adds up.

    Args:
        network: its convolutions, dense layers and normalizations are changed; parameters of
            other layers are kept.
        rng: where the numbers come from; the same seed gives the same weights, on every device.

    Source:
        He, Zhang, Ren and Sun (2015), *Delving Deep into Rectifiers*, section 2.2. Chapter:
        *Optimizers, initialization, regularization*.

    >>> layer = nn.Linear(200, 100)
    >>> initialize(layer, np.random.default_rng(0))
    >>> round(layer.weight.std().item(), 2), layer.bias.abs().max().item()
    (0.1, 0.0)
    """
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, nn.BatchNorm2d | Subsampling):
                layer.reset_parameters()
            elif isinstance(layer, nn.Conv2d | nn.Linear | PartialConv2d):
                _draw(layer, rng)


def _draw(layer: nn.Conv2d | nn.Linear | PartialConv2d, rng: np.random.Generator) -> None:
    weight = layer.weight
    fan_in = layer.fan_in() if isinstance(layer, PartialConv2d) else weight[0].numel()
    deviation = (2 / torch.as_tensor(fan_in, device="cpu")).sqrt()
    normal = torch.from_numpy(rng.standard_normal(tuple(weight.shape), dtype=np.float32))
    weight.copy_(deviation * normal)
    if layer.bias is not None:
        layer.bias.zero_()


def copy_weights(source: nn.Module | Mapping[str, Tensor], target: nn.Module) -> None:
    """Copy all parameters and buffers of ``source`` into ``target``, matched by order.

    The n-th entry of ``source.state_dict()`` goes to the n-th of ``target.state_dict()``. Names may
    differ (``layer1.0.conv1.weight`` and ``features.stage1.0.residual.0.conv.weight``); number
    and shapes may not. Everything is checked before anything is copied.

    Args:
        source: a network, or its ``state_dict()``.
        target: the network to change, in place; it keeps its dtype and device.

    Raises:
        ValueError: the number of entries or a shape differs; the message names the first.

    Source:
        Chapter: *Transfer learning*.

    >>> source, target = nn.Linear(2, 1), nn.Sequential(nn.Linear(2, 1))
    >>> copy_weights(source, target)
    >>> torch.equal(source.weight, target[0].weight)
    True
    >>> copy_weights(source, nn.Linear(3, 1))
    Traceback (most recent call last):
        ...
    ValueError: entry 0: source's weight has shape (1, 2), but target's weight has shape (1, 3);
    build both with the same architecture, width, num_classes and in_channels
    """
    given = source.state_dict() if isinstance(source, nn.Module) else source
    wanted = target.state_dict()
    remedy = "build both with the same architecture, width, num_classes and in_channels"
    pairs = list(zip(given.items(), wanted.items(), strict=False))
    for index, ((from_key, old), (to_key, new)) in enumerate(pairs):
        if old.shape != new.shape:
            raise ValueError(
                f"entry {index}: source's {from_key} has shape {tuple(old.shape)}, but target's "
                f"{to_key} has shape {tuple(new.shape)}; {remedy}"
            )
    if len(given) != len(wanted):
        longer, keys = ("source", given) if len(given) > len(wanted) else ("target", wanted)
        raise ValueError(
            f"source has {len(given)} entries and target {len(wanted)}, but they need as many; "
            f"the first that only {longer} has is {list(keys)[len(pairs)]}; {remedy}"
        )
    with torch.no_grad():
        for (_, old), (_, new) in pairs:
            new.copy_(old)
