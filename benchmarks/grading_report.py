"""The grading benchmark in words and as a figure."""

import statistics
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("agg")
import matplotlib.pyplot as plt


def parts(run: dict[str, Any]) -> dict[str, float]:
    """Return milliseconds of a processor for a notebook, by who used them."""
    return {who: 1000 * s / run["notebooks"] for who, s in run["processor"].items()}


def summary(result: dict[str, Any]) -> str:
    """Return what was found, a line for each thing."""
    stock = statistics.median(r["notebook"] for r in result["stock"])
    lines = [f"stock nbgrader: {1000 * stock:.0f} ms a notebook"]
    for cores, found in result["ratios"].items():
        lines.append(
            f"ours on {cores} cores: {found['milliseconds a notebook']:.0f} ms a notebook, "
            f"{found['milliseconds a notebook a core']:.0f} ms a notebook a core, "
            f"{found['times stock on one core']:.1f} times stock, "
            f"{found['times stock by processor time']:.1f} times by processor time"
        )
    last = result["ours"][-1]
    lines += [f"  {who}: {cost:.1f} ms of a processor" for who, cost in parts(last).items()]
    memory = max(run["peak_memory_per_worker"] for run in result["ours"])
    lines.append(f"memory: {memory / 1e6:.0f} MB a worker at most")
    lines.append(f"marks equal to stock's: {result['same marks as stock']} submissions")
    if "big" in result:
        ratio = result["big"]["cost against the smaller class"]
        lines.append(f"a class ten times as large: {ratio:.2f} of the cost of a notebook")
    load = result["load"]
    lines.append(f"load of the machine: {load['before']:.0f} before, {load['after']:.0f} after")
    return "\n".join(lines)


def plot(result: dict[str, Any], path: Path) -> None:
    """Draw stock's cost beside ours, and where ours goes."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    stock = 1000 * statistics.median(r["notebook"] for r in result["stock"])
    bars = {"stock nbgrader": stock}
    for cores, found in result["ratios"].items():
        bars[f"ours, {cores} core{'s' * (cores != '1')}"] = found["milliseconds a notebook"]
    shown = left.barh(list(bars), list(bars.values()), color=["#888888", "#1f5fa8", "#1f5fa8"])
    left.bar_label(shown, fmt="%.0f ms", padding=3)
    left.set(xscale="log", xlabel="ms a notebook, whole command", xlim=(10, 30 * stock))
    left.invert_yaxis()
    spent = parts(result["ours"][-1])
    shown = right.barh(list(spent), list(spent.values()), color="#1f5fa8")
    right.bar_label(shown, fmt="%.0f", padding=3)
    right.set(xlabel="ms of a processor for a notebook", xlim=(0, 1.2 * max(spent.values())))
    right.invert_yaxis()
    figure.savefig(path, dpi=120)
    plt.close(figure)
