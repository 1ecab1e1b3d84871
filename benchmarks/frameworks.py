"""The same work in PyTorch, as it is and in the memory order that it is fastest in."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.cases import ConvCase, PoolCase

Call = Callable[[], object]
TORCH, CHANNELS_LAST = "PyTorch", "PyTorch, channels_last"


def convolution(case: ConvCase, channels_last: bool, need_dx: bool) -> tuple[Call, Call]:
    """Return functions that run a convolution forward, and forward and backward."""
    order = torch.channels_last if channels_last else torch.contiguous_format
    x = torch.randn(case.batch).contiguous(memory_format=order).requires_grad_(need_dx)
    weight = torch.randn(case.weight).contiguous(memory_format=order).requires_grad_()
    grad = torch.randn(case.output).contiguous(memory_format=order)
    wanted = [x, weight] if need_dx else [weight]

    def forward() -> Tensor:
        with torch.no_grad():
            return F.conv2d(x, weight, None, case.stride, case.padding)

    def both() -> object:
        y = F.conv2d(x, weight, None, case.stride, case.padding)
        return torch.autograd.grad(y, wanted, grad)

    return forward, both


def pooling(case: PoolCase, kind: str, channels_last: bool) -> Call:
    """Return a function that runs a pooling forward and backward; ``kind`` is max or avg."""
    order = torch.channels_last if channels_last else torch.contiguous_format
    pool: Any = {"max": F.max_pool2d, "avg": F.avg_pool2d}[kind]
    x = torch.randn(case.batch).contiguous(memory_format=order).requires_grad_()
    y = pool(x, case.kernel, case.stride, case.padding)
    grad = torch.randn_like(y)

    def both() -> object:
        return torch.autograd.grad(pool(x, case.kernel, case.stride, case.padding), [x], grad)

    return both
