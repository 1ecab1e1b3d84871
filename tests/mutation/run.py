"""Put each fault into a copy of the package, run the tests that should notice, report the kills.

``python tests/mutation/run.py [--report FILE] [NAME ...]``. NAME picks the faults whose names
contain it; without one all are tried. Ends with 1 if a fault survived.

Importing torch takes longer than most of these tests, so it is imported once: this process forks a
child for each fault, and that child is the first to import ``convnet``, from its own copy. Tests
run with fewer generated cases than usual, and stop at the first that fails.
"""

import argparse
import gc
import importlib
import json
import os
import platform
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from contextlib import redirect_stderr, redirect_stdout
from importlib.metadata import version
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np  # noqa: F401  # imported here once for all children
import pytest
import safetensors.numpy  # noqa: F401
import torch
import torch.nn.functional

if __package__:  # collected by pytest, which looks for doctests
    from .faults import FAULTS, Fault
else:  # run as a script
    from faults import FAULTS, Fault

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "convnet"
TESTS = ROOT / "tests" / "convnet"
EXAMPLES = 20
PLUGINS = ("_hypothesis_pytestplugin", "pytest_timeout")
SECONDS = 60  # of processor time for one fault; a test that never ends has noticed something too
PATIENCE = 30  # times as long on the clock: a busy machine is no verdict


class Recorder:
    """Notes which package was tested, and the first failure."""

    def __init__(self) -> None:
        self.result: dict[str, Any] = {"package": "", "tests": 0, "killed_by": "", "message": ""}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note where the package under test lies, once the tests have imported it."""
        self.result["package"] = str(Path(sys.modules["convnet"].__file__ or "").resolve())
        self.result["tests"] = len(session.items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the first test that failed, and the last line of what it said."""
        if report.failed and not self.result["killed_by"]:
            self.result["killed_by"] = report.nodeid.removeprefix("tests/convnet/")
            crash = getattr(report.longrepr, "reprcrash", None)
            first_line = crash.message.splitlines()[0][:200] if crash else ""
            self.result["message"] = without_folders(first_line)


def without_folders(message: str) -> str:
    """Return ``message`` with files named alone: folders belong to the machine."""
    return re.sub(r"(?<![\w.])/(?:[^\s'\"/]+/)+", "", message)


def run_tests(source: Path, files: list[str]) -> dict[str, Any]:
    """Run test files on the package in ``source``; only ever called in a child."""
    sys.path.insert(0, str(source))
    hypothesis.settings.register_profile(
        "mutation",
        deadline=None,
        derandomize=True,
        database=None,
        max_examples=EXAMPLES,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],  # nobody reads a small case
    )
    recorder = Recorder()
    options = ["-x", "-q", "--tb=short", "-p", "no:cacheprovider"]
    for plugin in PLUGINS:
        options += ["-p", plugin]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # they came before pytest
    arguments = [*options, "--hypothesis-profile=mutation", *(str(TESTS / file) for file in files)]
    code = pytest.main(arguments, plugins=[recorder])
    return {**recorder.result, "exit": int(code)}


def in_child(source: Path, files: list[str], seconds: int) -> dict[str, Any]:
    """Fork, run the tests in the child, return what it found."""
    pid = os.fork()
    if pid == 0:
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            answer(source, files)
        finally:
            os._exit(0)
    end = time.monotonic() + PATIENCE * seconds
    while (ended := os.wait4(pid, os.WNOHANG))[0] == 0:
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    found: dict[str, Any] = {"package": "", "tests": 0, "killed_by": "", "exit": -1}
    found["cpu_seconds"] = round(ended[2].ru_utime + ended[2].ru_stime, 2)
    if (source / "answer.json").exists():
        return {**found, **json.loads((source / "answer.json").read_text())}
    if os.WIFSIGNALED(ended[1]) and time.monotonic() < end:  # by the limit, and not from here
        endless = {"killed_by": f"more than {seconds} s of processor time", "exit": 1}
        return {**found, **endless, "package": str(source), "message": "did not end"}
    return {**found, "message": (source / "output.txt").read_text()[-2000:]}


def answer(source: Path, files: list[str]) -> None:
    """Run tests and write down what they found, and what they printed."""
    out = (source / "output.txt").open("w", encoding="utf-8")
    with out, redirect_stdout(out), redirect_stderr(out):
        try:
            (source / "answer.json").write_text(json.dumps(run_tests(source, files)))
        except BaseException:
            traceback.print_exc()
            raise


def apply(fault: Fault, source: Path) -> None:
    """Change the copy in ``source``; raise ``ValueError`` unless the fault's place is clear."""
    file = source / "convnet" / fault.file
    text = file.read_text(encoding="utf-8")
    count = text.count(fault.before)
    if count != 1:
        raise ValueError(
            f"fault {fault.name!r}: {fault.before!r} occurs {count} times in {fault.file}, but "
            "needs to occur once; write the fault for the code as it is now"
        )
    file.write_text(text.replace(fault.before, fault.after), encoding="utf-8")


def tried(fault: Fault | None, files: list[str], seconds: int) -> dict[str, Any]:
    """Return what the tests say of a copy of the package, with a fault or with none."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder).resolve()
        shutil.copytree(PACKAGE, source / "convnet", ignore=shutil.ignore_patterns("__pycache__"))
        if fault:
            apply(fault, source)
        found = in_child(source, files, seconds)
        if found["exit"] in (0, 1) and not found["package"].startswith(str(source)):
            raise RuntimeError(f"the tests imported {found['package']}, not the copy in {source}")
        return found


def judged(fault: Fault) -> dict[str, Any]:
    """Return a row of the report."""
    found = tried(fault, [fault.tests], SECONDS)
    # Only a failed test is a kill: a fault that cannot be imported would prove nothing.
    verdict = {0: "survived", 1: "killed"}.get(found["exit"], "invalid")
    if verdict == "killed" and not found["killed_by"]:
        verdict = "invalid"
    row = {"fault": fault.name, "file": fault.file, "verdict": verdict, "tests": fault.tests}
    return {**row, **{key: found.get(key, "") for key in ("killed_by", "message", "cpu_seconds")}}


def report(rows: list[dict[str, Any]], control: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Return what is kept of a run."""
    killed = sum(row["verdict"] == "killed" for row in rows)
    return {
        "command": "make mutation",
        "faults": len(rows),
        "killed": killed,
        "kill_rate": round(killed / len(rows), 4),
        "control": f"{control['tests']} tests pass without a fault",
        "examples": EXAMPLES,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(sum(run["cpu_seconds"] for run in (control, *rows)), 1),
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("numpy", "torch", "hypothesis", "pytest")},
        "rows": rows,
    }


def main() -> int:
    """Try the faults; print a table; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of names of faults")
    parser.add_argument("--report", type=Path, help="where to write the report as JSON")
    options = parser.parse_args()
    torch.set_num_threads(1)  # and no pool of threads that a fork would lose
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for plugin in PLUGINS:
        importlib.import_module(plugin)
    gc.freeze()  # pytest collects garbage three times, and torch's objects are none of it
    chosen = [f for f in FAULTS if not options.names or any(n in f.name for n in options.names)]
    start = time.perf_counter()
    control = tried(None, sorted({fault.tests for fault in chosen}), 10 * SECONDS)
    if control["exit"] != 0:
        print(f"without any fault, {control['killed_by']} fails: {control['message']}")
        return 1
    rows = []
    for fault in chosen:
        rows.append(judged(fault))
        print(f"{rows[-1]['verdict']:9}{fault.name:66}{rows[-1]['killed_by']}", flush=True)
    found = report(rows, control, time.perf_counter() - start)
    print(f"{found['killed']} of {found['faults']} faults killed; {found['control']}")
    if options.report:
        text = json.dumps(found, indent=1, ensure_ascii=False)
        options.report.write_text(text + "\n", encoding="utf-8")
    return int(found["killed"] < found["faults"])


if __name__ == "__main__":
    sys.exit(main())
