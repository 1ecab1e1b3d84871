"""What the grading benchmark says about its figures, and what the README says of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import grading_report

RESULTS = Path(grading_report.__file__).parent / "results" / "grading.json"


@pytest.fixture
def result() -> Any:
    return json.loads(RESULTS.read_text())


def test_the_committed_figures_name_their_command_machine_and_load(result: Any) -> None:
    assert result["command"].startswith("python -m benchmarks.grading")
    assert {"processor", "cores", "libraries", "commit"} <= result["machine"].keys()
    assert {"before", "after"} == result["load"].keys()


def test_the_summary_and_the_plot_can_be_made_of_them(result: Any, tmp_path: Path) -> None:
    words = grading_report.summary(result)
    for said in ("stock nbgrader:", "ours on 2 cores:", "MB a worker", "marks equal to stock's"):
        assert said in words
    grading_report.plot(result, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 10_000


def test_the_readme_gives_what_was_measured(result: Any) -> None:
    readme = " ".join((RESULTS.parents[2] / "README.md").read_text(encoding="utf-8").split())
    for cores, name in (("1", "one core"), ("2", "two")):
        found = result["ratios"][cores]
        cost, times = found["milliseconds a notebook"], found["times stock on one core"]
        assert f"{cost:.0f} ms on {name}, {times:.0f} times" in readme
