"""Measure the package's speed: ``make bench``, or ``python -m benchmarks --seconds 2``.

Writes ``benchmarks/results/layers.json`` and ``layers.png``, prints tables. Takes about three
minutes; a quiet machine is best, but each ratio is of two things measured in the same moments.
"""

import argparse
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import machine, report

RESULTS = Path(__file__).parent / "results"


def in_own_process(part: str, threads: int, seconds: float) -> Any:
    """Measure with so many threads; BLAS and PyTorch read the number when they are loaded."""
    print(f"{part}, {threads} threads", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "benchmarks.run", f"--part={part}", f"--threads={threads}"]
    variables = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    environment = {**os.environ, **dict.fromkeys(variables, str(threads))}
    done = subprocess.run(  # noqa: S603  # our own module
        [*command, f"--seconds={seconds}"], env=environment, stdout=subprocess.PIPE, check=True
    )
    return json.loads(done.stdout)


def all_parts(threads: int, seconds: float) -> dict[str, Any]:
    """Measure layers and steps, each in a fresh process."""
    found = (in_own_process(part, threads, seconds) for part in ("layers", "steps"))
    return {name: figures for part in found for name, figures in part.items()}


def main() -> None:
    """Measure, write the results, print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seconds", type=float, default=4.0, help="for each thing measured")
    parser.add_argument("--into", type=Path, default=RESULTS, help="folder of the results")
    options = parser.parse_args()
    result = {
        "command": " ".join(["python -m benchmarks", *sys.argv[1:]]),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine.describe(),
        "threads": {str(t): all_parts(t, options.seconds) for t in options.threads},
    }
    options.into.mkdir(parents=True, exist_ok=True)
    (options.into / "layers.json").write_text(json.dumps(result, indent=1) + "\n")
    report.plot(result, options.into / "layers.png")
    report.print_tables(result, Console())


if __name__ == "__main__":
    main()
