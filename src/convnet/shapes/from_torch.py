"""Follow a PyTorch network: run it on tensors that have shapes but no numbers, and watch.

Every function that a network calls, through a module or not, is seen by a ``TorchFunctionMode``;
hooks on the modules say where in the network it was called. So branches, skips and conditions in
``forward`` need no special care, and nothing is computed.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import nn

from convnet.shapes.maps import Maps
from convnet.shapes.recorder import Recorder
from convnet.shapes.tracer import Tracer


def follow_torch(network: nn.Module, shape: tuple[int, ...], recorder: Recorder) -> int:
    """Record what ``network`` does in evaluation to one sample of ``shape``.

    Args:
        network: not changed; its parameters and buffers are replaced during the run by tensors on
            the ``meta`` device.
        shape: (C, H, W) or (features,).
        recorder: takes the rows.

    Returns:
        Number of parameters that nothing used.

    Raises:
        ValueError: a shape does not fit, or a function is unknown to the calculator.
    """
    tensors = {**dict(network.named_parameters()), **dict(network.named_buffers())}
    state = {name: tensor.detach().to("meta") for name, tensor in tensors.items()}
    x = torch.empty(1, *shape, dtype=dtype_of(network), device="meta")
    tracer = Tracer(recorder, {id(state[name]) for name, _ in network.named_parameters()})
    tracer.remember(x, Maps.of(shape))
    with ExitStack() as stack:
        stack.enter_context(_in_use(network))
        stack.enter_context(_watched(network, tracer))
        stack.enter_context(torch.no_grad())
        stack.enter_context(torch.device("meta"))
        stack.enter_context(tracer)
        torch.func.functional_call(network, state, (x,))
    return sum(p.numel() for p in network.parameters()) - sum(r.parameters for r in recorder.rows)


@contextmanager
def _watched(network: nn.Module, tracer: Tracer) -> Iterator[None]:
    """Tell the tracer when each module starts and ends."""
    handles = []
    for name, module in network.named_modules():

        def enter(module: nn.Module, _inputs: Any, name: str = name) -> None:
            tracer.enter(name, module)

        def leave(_module: nn.Module, inputs: Any, result: Any) -> None:
            tracer.leave(inputs, result)

        handles += [module.register_forward_pre_hook(enter), module.register_forward_hook(leave)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _in_use(network: nn.Module) -> Iterator[None]:
    """Switch to evaluation, and back, module by module."""
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def dtype_of(network: nn.Module) -> torch.dtype:
    """Return the type of the network's first floating-point parameter, else float32."""
    kinds = (p.dtype for p in network.parameters() if p.is_floating_point())
    return next(kinds, torch.float32)
