"""Measure everything with one number of threads, and write it as JSON: run by ``__main__``.

A process of its own for each number of threads, because a BLAS reads it once, when it is loaded.
"""

import argparse
import json
import sys
from typing import Any

import torch

from benchmarks import layers, machine, steps
from benchmarks.cases import CONVOLUTIONS, POOLINGS


def measure(threads: int, seconds: float) -> dict[str, Any]:
    """Return all figures; ``seconds`` is spent on each thing measured."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    result: dict[str, Any] = {"gemm": machine.gemm_flops_per_second()}
    result["convolutions"] = {}
    for case in CONVOLUTIONS:
        say(f"convolution {case.name}")
        result["convolutions"][case.name] = layers.convolution(case, seconds)
    result["poolings"] = {}
    for kind in ("max", "avg"):
        for pool in POOLINGS:
            say(f"{kind} pooling {pool.name}")
            result["poolings"][f"{kind} {pool.name}"] = layers.pooling(pool, kind, seconds / 3)
    result["steps"] = {}
    for name in steps.NETWORKS:
        say(f"training step of {name}")
        result["steps"][name] = steps.step(name, threads, seconds)
    return result


def say(what: str) -> None:
    """Show progress, on standard error so that the JSON stays clean."""
    print(f"  measuring {what}", file=sys.stderr, flush=True)


def main() -> None:
    """Measure, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    json.dump(measure(options.threads, options.seconds), sys.stdout)


if __name__ == "__main__":
    main()
