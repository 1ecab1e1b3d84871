"""Measure layers or steps with one number of threads, and print JSON: run by ``__main__``.

A process of its own for each number of threads, because a BLAS reads it once, when it is loaded;
and one for layers and one for steps, because what a process allocated before changes how fast
memory comes to it afterwards.
"""

import argparse
import json
import sys
from typing import Any

import torch

from benchmarks import layers, machine, steps
from benchmarks.cases import CONVOLUTIONS, POOLINGS


def measure_layers(seconds: float) -> dict[str, Any]:
    """Return the figures of single layers; ``seconds`` is spent on each."""
    result: dict[str, Any] = {"gemm": machine.gemm_flops_per_second(), "convolutions": {}}
    for case in CONVOLUTIONS:
        say(f"convolution {case.name}")
        result["convolutions"][case.name] = layers.convolution(case, seconds)
    result["poolings"] = {}
    for kind in ("max", "avg"):
        for pool in POOLINGS:
            say(f"{kind} pooling {pool.name}")
            result["poolings"][f"{kind} {pool.name}"] = layers.pooling(pool, kind, seconds)
    return result


def measure_steps(threads: int, seconds: float) -> dict[str, Any]:
    """Return the figures of whole training steps."""
    found = {}
    for name in steps.NETWORKS:
        say(f"training step of {name}")
        found[name] = steps.step(name, threads, seconds)
    return {"steps": found}


def say(what: str) -> None:
    """Show progress, on standard error so that the JSON stays clean."""
    print(f"  measuring {what}", file=sys.stderr, flush=True)


def main() -> None:
    """Measure, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--part", choices=("layers", "steps"), required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    if options.part == "layers":
        result = measure_layers(options.seconds)
    else:
        result = measure_steps(options.threads, 2 * options.seconds)
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
