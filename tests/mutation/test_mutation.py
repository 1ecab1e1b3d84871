"""Does the suite notice when a layer is broken on purpose?"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .faults import FAULTS, Fault

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

# One process tries all faults; the tests below read what it found, so they share a worker.
one_worker = pytest.mark.xdist_group("mutation")
patient = pytest.mark.timeout(2400)  # 90 s of one core, but a busy machine may take its time


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the report of a run over all faults."""
    file = tmp_path_factory.mktemp("mutation") / "report.json"
    run = subprocess.run(
        [sys.executable, HERE / "run.py", "--report", file],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert file.exists(), run.stdout[-3000:] + run.stderr[-3000:]
    report: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return report


@pytest.mark.slow
@one_worker
@patient
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_killed(fault: Fault, found: dict[str, Any]) -> None:
    (row,) = (row for row in found["rows"] if row["fault"] == fault.name)
    assert row["verdict"] == "killed", f"{fault.tests} does not notice: {fault.name}; {row}"


@pytest.mark.slow
@one_worker
@patient
def test_faults_are_told_by_comparisons_and_not_by_accident(found: dict[str, Any]) -> None:
    # A fault that merely crashes says nothing about the comparison with PyTorch.
    crashes = ("NameError", "SyntaxError", "ImportError", "AttributeError", "IndentationError")
    assert [row for row in found["rows"] if row["message"].startswith(crashes)] == []


JUDGE = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
import run
from faults import Fault
fault = Fault("probe", "layers/dense.py", sys.argv[2], sys.argv[3], "layers/test_dense.py")
print(json.dumps(run.judged(fault)))
"""


@pytest.mark.slow
@patient
@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        ("grad_output.T @ x  # the same", "survived"),
        ("= a package that cannot be imported", "invalid"),
        ("grad_output.T @ -x", "killed"),
    ],
)
def test_a_harmless_change_survives_and_a_broken_package_is_no_kill(
    after: str, verdict: str
) -> None:
    run = subprocess.run(
        [sys.executable, "-c", JUDGE, HERE, "grad_output.T @ x", after],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout.splitlines()[-1])["verdict"] == verdict


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_has_one_place_and_its_tests_exist(fault: Fault) -> None:
    source = (ROOT / "src" / "convnet" / fault.file).read_text(encoding="utf-8")
    assert source.count(fault.before) == 1, "write the fault for the code as it is now"
    assert fault.before != fault.after
    assert (ROOT / "tests" / "convnet" / fault.tests).is_file()


def test_names_are_told_apart() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 40


def test_the_kept_report_is_of_these_faults() -> None:
    kept = json.loads((HERE / "report.json").read_text(encoding="utf-8"))
    assert [row["fault"] for row in kept["rows"]] == [fault.name for fault in FAULTS]
    assert kept["killed"] == kept["faults"] == len(FAULTS), "run `make mutation` again"
