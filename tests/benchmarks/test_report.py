"""What the benchmark says about its figures."""

import json
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from benchmarks import report
from benchmarks.timing import Timing, interleave, timed
from benchmarks.turns import taking_turns

RESULTS = Path(report.__file__).parent / "results" / "layers.json"


@pytest.fixture
def result() -> Any:
    return json.loads(RESULTS.read_text())


def test_every_round_calls_every_candidate_twice() -> None:
    calls = {"a": 0, "b": 0}

    def count(name: str) -> None:
        calls[name] += 1

    timings = interleave({name: timed(partial(count, name)) for name in calls}, seconds=0)
    assert calls == {"a": 14, "b": 14}
    assert len(timings["a"].rounds) == 7


def test_a_ratio_is_taken_round_by_round() -> None:
    """A machine that slows down for both must not change it."""
    ours, theirs = Timing(2, 2, 20, (2.0, 20.0, 2.0)), Timing(1, 1, 10, (1.0, 10.0, 1.0))
    assert ours.ratio(theirs) == 2


def test_the_committed_figures_name_their_command_machine_and_commit(result: Any) -> None:
    assert result["command"].startswith("python -m benchmarks")
    assert {"processor", "cores", "libraries", "commit"} <= result["machine"].keys()


def test_a_promise_that_is_not_kept_is_said_to_be_missed(result: Any) -> None:
    rows = {name: holds for name, _, _, holds in report.targets(result)}
    assert len(rows) >= 15
    measured = result["threads"]["1"]["convolutions"]["V"]["passes"]["both"]
    measured[report.OURS.name]["ratio"] = 99
    worse = {name: holds for name, _, _, holds in report.targets(result)}
    assert not worse["V, forward and backward"]
    output = StringIO()
    Console(file=output, width=100).print(report.targets_table(result))
    assert "MISSED" in output.getvalue()


def test_tables_and_plot_can_be_made_of_the_committed_figures(result: Any, tmp_path: Path) -> None:
    output = StringIO()
    report.print_tables(result, Console(file=output, width=200))
    for name in ("L1", "V", "LeNet", "channels_last", "promises"):
        assert name in output.getvalue()
    report.plot(result, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 10_000


def test_the_readme_gives_the_figures_that_were_measured(result: Any) -> None:
    readme = " ".join((RESULTS.parents[2] / "README.md").read_text(encoding="utf-8").split())
    rows = report.targets(result)
    convolutions = [value for name, value, *_ in rows if "forward and backward" in name]
    poolings = [value for name, value, *_ in rows if "pooling" in name]
    words = {
        8: "eight",
        9: "nine",
        10: "ten",
        11: "eleven",
        12: "twelve",
        13: "thirteen",
        14: "fourteen",
        15: "fifteen",
        16: "sixteen",
    }
    assert f"Convolutions take {min(convolutions):.1f} to {max(convolutions):.1f} times" in readme
    assert f"poolings {min(poolings):.1f} to {max(poolings):.1f} times" in readme
    held = words[sum(holds for *_, holds in rows)]
    assert f"Of {words[len(rows)]} limits that we set ourselves {held} hold" in readme


def test_candidates_take_turns_in_processes_of_their_own() -> None:
    words = {who: ["--network", "LeNet", "--candidate", who] for who in ("PyTorch", "convnet")}
    with taking_turns(words, threads=1) as turns:
        assert all(0 < turn() < 60 for turn in turns.values())
