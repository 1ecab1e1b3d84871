"""How fast is grading? ``make bench-grading``, or ``python -m benchmarks.grading --big``.

Stock nbgrader grades a sample of honest work, ours the whole class, in turns, so that a ratio is of
two things measured in the same minutes. Whole commands are timed, gradebook and files included;
stock's own start is counted once for the class, as it would be if it graded everybody.

Writes ``benchmarks/results/grading.json`` and ``grading.png``.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.watch import memory_in_use
from benchmarks import machine
from benchmarks.grading_course import ASSIGNMENT, NOTEBOOKS, hand_in, write_course
from benchmarks.grading_report import plot, summary

RESULTS = Path(__file__).parent / "results"
A_SUBMISSION = len(NOTEBOOKS)
ONE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def environment() -> dict[str, str]:
    """Return an environment in which nbgrader finds the programs it starts by name."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, **ONE, "PATH": path}


def timed(command: list[str], root: Path, cores: int) -> dict[str, float]:
    """Run a whole command on so many cores; return its wall-clock and processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.monotonic()
    allowed = set(sorted(os.sched_getaffinity(0))[:cores])
    process = subprocess.Popen(  # noqa: S603  # our own commands
        command,
        cwd=root,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=lambda: os.sched_setaffinity(0, allowed),
    )
    said = process.communicate()[0].decode(errors="replace")
    wall = time.monotonic() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{said[-2000:]}")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall, "processor": used}


def released(folder: Path, students: int) -> Path:
    """Return a course that has been released and handed in to."""
    write_course(folder)
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", ASSIGNMENT]
    timed(command, folder, cores=1)
    hand_in(folder, students)
    return folder


def stock(folder: Path, sample: int, rounds: int) -> Iterator[dict[str, float]]:
    """Yield the seconds that stock nbgrader needs for a notebook, one round at a time."""
    command = [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT, "--create"]
    released(folder, 0)
    for number in range(rounds):
        hand_in(folder, sample, first=sample * number)
        whole = timed(command, folder, cores=1)
        start = timed(command, folder, cores=1)  # finds nothing to do
        yield {
            "start": start["wall"],
            "notebook": (whole["wall"] - start["wall"]) / (sample * A_SUBMISSION),
            "notebook_processor": (whole["processor"] - start["processor"])
            / (sample * A_SUBMISSION),
        }


def ours(root: Path, cores: int, students: int) -> dict[str, Any]:
    """Return what our grader needs for the whole class, from nothing."""
    for name in ("autograded", ".autograder"):
        shutil.rmtree(root / name, ignore_errors=True)
    shutil.copy(root / "released.db", root / "gradebook.db")
    timings = root / "timings.json"
    start = "import sys; from autograder.cli import main; sys.exit(main())"
    words = ["grade", ASSIGNMENT, f"--course={root}", f"--jobs={cores}", f"--timings={timings}"]
    with peak_memory() as peak:
        whole = timed([sys.executable, "-c", start, *words], root, cores)
    found = json.loads(timings.read_text())
    return {
        "cores": cores,
        "submissions": students,
        "seconds": whole["wall"],
        "notebook": whole["wall"] / (students * A_SUBMISSION),
        "notebook_core": whole["wall"] * cores / (students * A_SUBMISSION),
        "peak_memory_per_worker": peak() / cores,
        **found,
    }


@contextmanager
def peak_memory() -> Iterator[Callable[[], int]]:
    """Watch all processes below this one; give a function that returns the most they held."""
    done = threading.Event()
    most = [0]

    def watch() -> None:
        own = memory_in_use_of_this_process()
        while not done.wait(3.0):
            most[0] = max(most[0], memory_in_use(os.getpid()) - own)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield lambda: most[0]
    finally:
        done.set()
        watcher.join()


def memory_in_use_of_this_process() -> int:
    """Return the bytes of private memory of this process alone."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return 1024 * sum(int(x.split()[1]) for x in lines if x.startswith(("Pss_Anon", "Pss_Shmem")))


def same_marks(stock_root: Path, our_root: Path) -> int:
    """Return how many submissions both have graded; end where a score differs."""
    found = []
    for root in (stock_root, our_root):
        command = [sys.executable, "-c", SCORES, str(root / "gradebook.db"), ASSIGNMENT]
        done = subprocess.run(  # noqa: S603  # our own program
            command, capture_output=True, text=True, check=True, env=environment()
        )
        found.append(json.loads(done.stdout))
    theirs, mine = found
    different = {s: (v, mine.get(s)) for s, v in theirs.items() if mine.get(s) != v}
    if different:
        raise SystemExit(f"stock and ours differ: {different}")
    return len(theirs)


SCORES = """import json, sys
from nbgrader.api import Gradebook
with Gradebook("sqlite:///" + sys.argv[1]) as book:
    rows = book.assignment_submissions(sys.argv[2])
    print(json.dumps({s.student.id: [s.score, s.needs_manual_grade] for s in rows}))
"""


def compare(theirs: list[dict[str, float]], runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return stock's cost of a notebook at the class's size, and the ratios to it."""
    notebook = statistics.median(r["notebook"] for r in theirs)
    start = statistics.median(r["start"] for r in theirs)
    processor = statistics.median(r["notebook_processor"] for r in theirs)
    found: dict[str, Any] = {}
    for cores in sorted({run["cores"] for run in runs}):
        mine = [run for run in runs if run["cores"] == cores]
        size = mine[0]["submissions"] * A_SUBMISSION
        cost = statistics.median(run["notebook"] for run in mine)
        found[str(cores)] = {
            "milliseconds a notebook": 1000 * cost,
            "milliseconds a notebook a core": 1000 * cost * cores,
            "times stock on one core": (notebook + start / size) / cost,
            # Less disturbed by whatever else the machine does than the clock on the wall.
            "times stock by processor time": processor / statistics.median(map(per_notebook, mine)),
        }
    return found


def per_notebook(run: dict[str, Any]) -> float:
    """Return the processor time of one notebook, everything included, in seconds."""
    seconds: float = sum(run["processor"].values()) / run["notebooks"]
    return seconds


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Take turns: a round of stock, ours on each number of cores, and again."""
    our_root = released(folder / "ours", options.students)
    shutil.copy(our_root / "gradebook.db", our_root / "released.db")
    theirs: list[dict[str, float]] = []
    runs: list[dict[str, Any]] = []
    for number, found in enumerate(stock(folder / "stock", options.sample, options.rounds)):
        theirs.append(found)
        print(f"round {number + 1}: stock {1000 * found['notebook']:.0f} ms a notebook", flush=True)
        for cores in options.cores:
            runs.append(ours(our_root, cores, options.students))
            print(f"  ours, {cores} cores: {1000 * runs[-1]['notebook']:.0f} ms", flush=True)
    compared = same_marks(folder / "stock", our_root)
    result = {"stock": theirs, "ours": runs, "same marks as stock": compared}
    result["ratios"] = compare(theirs, runs)
    if options.big:
        result["big"] = big(options, folder)
    return result


def big(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Return the cost of a notebook in a class ten times as large, against one as large."""
    cores = max(options.cores)
    large = released(folder / "big", 10 * options.students)
    shutil.copy(large / "gradebook.db", large / "released.db")
    runs = []
    for students, root in ((options.students, folder / "ours"), (10 * options.students, large)):
        runs.append(ours(root, cores, students))
    runs.append(ours(folder / "ours", cores, options.students))
    small = (runs[0]["notebook"] + runs[2]["notebook"]) / 2
    return {"runs": runs, "cost against the smaller class": runs[1]["notebook"] / small}


def main() -> None:
    """Measure, write the results, print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--sample", type=int, default=5, help="submissions a round for stock (5)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--big", action="store_true", help="a class ten times as large, too")
    parser.add_argument("--into", type=Path, default=RESULTS, help="folder of the results")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-grading-") as name:
        result = {
            "command": " ".join(["python -m benchmarks.grading", *sys.argv[1:]]),
            "date": datetime.now(UTC).date().isoformat(),
            "machine": machine.describe(),
            "load": {"before": os.getloadavg()[0]},
            **measure(options, Path(name)),
        }
    result["load"]["after"] = os.getloadavg()[0]
    options.into.mkdir(parents=True, exist_ok=True)
    (options.into / "grading.json").write_text(json.dumps(result, indent=1) + "\n")
    plot(result, options.into / "grading.png")
    print(summary(result))


if __name__ == "__main__":
    main()
