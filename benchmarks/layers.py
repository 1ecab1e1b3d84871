"""Measure convolutions and poolings: ours, other designs, PyTorch."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks import frameworks
from benchmarks.cases import ConvCase, PoolCase
from benchmarks.designs import OURS, PEERS, Design
from benchmarks.frameworks import CHANNELS_LAST, TORCH
from benchmarks.memory import extra_bytes
from benchmarks.timing import compared, interleave, timed
from convnet.layers import (
    avg_pool2d,
    avg_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
)
from convnet.layers.memory import empty_maps, lies_samples_last

Array = npt.NDArray[Any]
Call = Callable[[], object]


def arrays(case: ConvCase) -> tuple[Array, Array, Array]:
    """Return images, kernels and an output gradient, float32."""
    rng = np.random.default_rng(0)
    shapes = (case.batch, case.weight, case.output)
    x, weight, grad = (rng.standard_normal(shape, dtype=np.float32) for shape in shapes)
    return x, weight, grad


def numpy_calls(design: Design, case: ConvCase, need_dx: bool) -> tuple[Call, Call]:
    """Return functions that run a design forward, and forward and backward.

    Arrays lie in memory as the design's own layers leave them: so do the output's gradient, which
    comes from the next layer, and the images, unless the layer is a network's first.
    """
    x, weight, grad = arrays(case)
    y = design.forward(case, x, weight)[0]
    grad = in_order_of(y, grad)
    x = x if case.is_first else in_order_of(y, x)

    def both() -> object:
        _, kept = design.forward(case, x, weight)
        return design.backward(case, grad, weight, kept, need_dx)

    return (lambda: design.forward(case, x, weight)), both


def in_order_of(maps: Array, values: Array) -> Array:
    """Return a copy of ``values``, (N, C, H, W), with its samples last if those of ``maps`` are."""
    copy = empty_maps(values.shape, values.dtype, last=lies_samples_last(maps))
    copy[...] = values
    return copy


def convolution(case: ConvCase, seconds: float) -> dict[str, Any]:
    """Measure one convolution in all designs; times in seconds, memory in bytes."""
    passes: dict[str, dict[str, Call]] = {"forward": {}, "both": {}, "both without dX": {}}
    for design in (OURS, *PEERS):
        passes["forward"][design.name], passes["both"][design.name] = numpy_calls(
            design, case, True
        )
        passes["both without dX"][design.name] = numpy_calls(design, case, False)[1]
    for name, last in ((TORCH, False), (CHANNELS_LAST, True)):
        passes["forward"][name], passes["both"][name] = frameworks.convolution(case, last, True)
        passes["both without dX"][name] = frameworks.convolution(case, last, False)[1]
    if not case.is_first:
        del passes["both without dX"]
    measured = {
        kind: compared(interleave(turns(calls), seconds / len(passes)), TORCH)
        for kind, calls in passes.items()
    }
    memory = {d.name: extra_bytes(passes["both"][d.name]) for d in (OURS, *PEERS)}
    return {"passes": measured, "memory": memory, "flops": case.flops, "target": case.target}


def pooling(case: PoolCase, kind: str, seconds: float) -> dict[str, Any]:
    """Measure one pooling, forward and backward, ours and PyTorch's."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal(case.batch, dtype=np.float32)
    how = (case.kernel, case.stride, case.padding)
    grad = rng.standard_normal(max_pool2d(x, *how).shape, dtype=np.float32)

    def maximum() -> object:
        return max_pool2d_backward(grad, x, max_pool2d(x, *how), *how)

    def average() -> object:
        avg_pool2d(x, *how)
        return avg_pool2d_backward(grad, x.shape, *how)

    calls = {OURS.name: {"max": maximum, "avg": average}[kind]}
    calls[TORCH] = frameworks.pooling(case, kind, False)
    calls[CHANNELS_LAST] = frameworks.pooling(case, kind, True)
    measured = compared(interleave(turns(calls), seconds), TORCH)
    return {"passes": {"both": measured}, "target": case.target}


def turns(calls: Mapping[str, Callable[[], object]]) -> dict[str, Callable[[], float]]:
    """Return a timed turn for each call: all in this process."""
    return {name: timed(call) for name, call in calls.items()}
