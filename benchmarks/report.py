"""The figures as a table, and as a plot for the book and the README."""

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.cases import GEMM_TARGET, STEP_TARGETS
from benchmarks.designs import OURS
from benchmarks.frameworks import CHANNELS_LAST, TORCH
from benchmarks.steps import OURS as OUR_STEP
from benchmarks.steps import PARALLEL

Figures = dict[str, Any]


def print_tables(result: Figures, console: Console) -> None:
    """Print one table for each number of threads and each kind of work."""
    for threads, figures in result["threads"].items():
        title = f"{threads} thread{'s' if int(threads) > 1 else ''}"
        peak = figures["gemm"] / 1e9
        console.print(f"\n[bold]{title}[/bold]: matrix products at {peak:.0f} GFLOP/s")
        console.print(ratio_table(f"convolution, time / PyTorch's, {title}", figures))
        console.print(memory_table(figures))
    console.print(targets_table(result))


def ratio_table(title: str, figures: Figures) -> Table:
    """Return ratios of all candidates, a row for each thing measured."""
    rows = [
        (f"{name}, {kind}", candidates)
        for group in ("convolutions", "poolings", "steps")
        for name, measured in figures[group].items()
        for kind, candidates in measured["passes"].items()
    ]
    names = list(dict.fromkeys(name for _, candidates in rows for name in candidates))
    table = Table("", *names, title=title, title_justify="left")
    for label, candidates in rows:
        cells = [f"{candidates[n]['ratio']:.2f}" if n in candidates else "" for n in names]
        table.add_row(label, *cells)
    return table


def memory_table(figures: Figures) -> Table:
    """Return the extra memory of each NumPy design, forward and backward, in MB."""
    cases = figures["convolutions"]
    names = list(next(iter(cases.values()))["memory"])
    table = Table("MB at the peak", *cases, title="extra memory", title_justify="left")
    for name in names:
        table.add_row(name, *(f"{case['memory'][name] / 1e6:.1f}" for case in cases.values()))
    return table


def targets(result: Figures) -> list[tuple[str, float, float, bool]]:
    """Return what we promised: name, measured, limit, and whether it holds."""
    found: list[tuple[str, float, float]] = []
    one = result["threads"]["1"]
    for name, case in one["convolutions"].items():
        if case["target"]:
            ratio = case["passes"]["both"][OURS.name]["ratio"]
            found.append((f"{name}, forward and backward", ratio, case["target"]))
    for name, pool in one["poolings"].items():
        found.append(
            (f"{name} pooling", pool["passes"]["both"][OURS.name]["ratio"], pool["target"])
        )
    for network, limits in STEP_TARGETS.items():
        for threads, limit in limits.items():
            candidates = result["threads"].get(str(threads), {}).get("steps", {}).get(network)
            if candidates:
                ours = [candidates["passes"]["step"].get(n) for n in (OUR_STEP, PARALLEL)]
                best = min(c["ratio"] for c in ours if c)
                found.append((f"{network} step, {threads} threads", best, limit))
    rows = [(name, value, limit, value <= limit) for name, value, limit in found]
    share = gemm_share(one)
    return [
        *rows,
        ("V forward, share of the matrix-product speed", share, GEMM_TARGET, share >= GEMM_TARGET),
    ]


def gemm_share(figures: Figures) -> float:
    """Return the speed of V's forward pass as a share of the matrix product's."""
    case = figures["convolutions"]["V"]
    seconds = case["passes"]["forward"][OURS.name]["seconds"]
    return float(case["flops"] / seconds / figures["gemm"])


def targets_table(result: Figures) -> Table:
    """Return the promises and whether they hold."""
    table = Table("", "measured", "limit", "", title="promises", title_justify="left")
    for name, value, limit, holds in targets(result):
        table.add_row(name, f"{value:.2f}", f"{limit:.2f}", "holds" if holds else "MISSED")
    return table


def plot(result: Figures, path: Path) -> None:
    """Draw time over PyTorch's, on one thread, for all designs; a logarithmic axis."""
    one = result["threads"]["1"]["convolutions"]
    names = [n for n in next(iter(one.values()))["passes"]["both"] if n != TORCH]
    figure, axes = plt.subplots(figsize=(8, 4.2), layout="constrained")
    places = np.arange(len(one), dtype=float)
    width = 0.8 / len(names)
    for index, name in enumerate(names):
        ratios = [case["passes"]["both"][name]["ratio"] for case in one.values()]
        hatch = "//" if name == CHANNELS_LAST else None
        axes.bar(
            places + (index - len(names) / 2 + 0.5) * width, ratios, width, label=name, hatch=hatch
        )
    axes.axhline(1, color="black", linewidth=1)
    axes.set_yscale("log")
    axes.set_yticks([0.25, 0.5, 1, 2, 4], ["0.25", "0.5", "1", "2", "4"])
    axes.minorticks_off()
    axes.set_xticks(places, list(one))
    axes.set_ylabel("time / PyTorch's time")
    axes.set_title("Convolution, forward and backward, one thread")
    axes.legend(fontsize=7, ncols=2)
    figure.savefig(path, dpi=150)
    plt.close(figure)
