"""What the figures were measured on, and the speed limit of that machine."""

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks.timing import interleave, timed

LIBRARIES = ("numpy", "torch")


def describe() -> dict[str, object]:
    """Return processor, cores, versions and the commit."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "blas": np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"],
        "commit": commit(),
    }


def processor() -> str:
    """Return the processor's name, as far as the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def commit() -> str:
    """Return the commit that is measured, marked if files differ from it."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip() or f"unknown ({Path(sys.argv[0]).name} outside a repository)"


def gemm_flops_per_second(seconds: float = 1.0) -> float:
    """Return the speed of a large float32 matrix product: the limit of all designs here."""
    side = 1024
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, side, side), dtype=np.float32)
    out = np.empty_like(a)
    timing = interleave({"gemm": timed(lambda: np.matmul(a, b, out=out))}, seconds)["gemm"]
    return 2 * side**3 / timing.low
