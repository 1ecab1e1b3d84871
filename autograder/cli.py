"""The command ``autograder``: one verb a job, one place that turns failures into messages.

Exit codes: 0 done, every submission has an outcome (some may need review); 1 the course is not
as it must be (`lint`: a test trusts a claim); 2 unusable arguments; 3 no sandbox can be started:
nothing, or nothing more, was graded (`doctor`: a protection is missing); 130 interrupted (run
again, finished submissions are kept).
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from autograder.course import Course, CourseError
from autograder.limits import SandboxUnavailableError

UNPLEASANT = "--run-strangers-code-without-a-sandbox"


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    parser = argparse.ArgumentParser(prog="autograder", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)

    def verb(
        name: str, job: str, run: Callable[[argparse.Namespace], int]
    ) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=job, description=job)
        sub.set_defaults(run=run)
        return sub

    grading = verb("grade", "run submissions in the sandbox and record the marks", run_grade)
    add_grading_options(grading)
    giving = verb("feedback", "write a page for each student, without hidden tests", run_feedback)
    sampling = verb("sample", "hand in the sample class of an assignment", run_sample)
    linting = verb("lint", "warn of tests that trust what a student's object says", run_lint)
    exporting = verb("export", "write grades.csv", run_export)
    for sub in (grading, giving, sampling, linting):
        sub.add_argument("assignment")
    for sub in (grading, giving, sampling, linting, exporting):
        sub.add_argument("--course", default="assignments", help="course folder (assignments)")
    verb("doctor", "say what protects this machine, by trying it", run_doctor)
    return parser


def add_grading_options(parser: argparse.ArgumentParser) -> None:
    """Add what ``grade`` may be told; limits come from autograder.toml where they are not given."""
    add = parser.add_argument
    add("--jobs", type=positive, default=os.cpu_count() or 1, help="workers (one for each core)")
    add("--time-limit", type=positive, help="seconds a cell (10)")
    add("--memory-limit", type=positive, help="megabytes a notebook (2048)")
    add("--force", action="store_true", help="grade again what has not changed")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--sandbox",
        choices=("warm", "cold", "podman", "docker"),
        default="warm",
        help="where students' code runs: forked from a warm interpreter in bubblewrap (the "
        "default), in a bubblewrap started anew, or in a container",
    )
    where.add_argument(
        UNPLEASANT,
        dest="sandbox",
        action="store_const",
        const="none",
        help="no sandbox: students' code can read, change and send out whatever you can; every "
        "result says that it was run so",
    )
    add("--timings", type=Path, help="file to write where the time went, as JSON")
    add("--image", default="python:3-slim", help="container image (python:3-slim)")


def positive(text: str) -> int:
    """Read a whole number above zero."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


def run_grade(args: argparse.Namespace) -> int:
    """Grade, print the table and a summary."""
    from autograder.grade import Order, grade
    from autograder.settings import read_settings
    from autograder.summary import print_results

    course = Course.at(args.course)
    settings = read_settings(
        course, args.assignment, seconds=args.time_limit, memory_mb=args.memory_limit
    )
    order = Order(
        settings.limits,
        settings.imports,
        args.jobs,
        args.sandbox,
        args.image,
        args.force,
        args.timings,
    )
    outcomes = grade(course, args.assignment, order)
    print_results(args.assignment, outcomes)
    print(f"marks: {course.root / 'gradebook.db'}; every outcome: {course.report(args.assignment)}")
    return 0


def run_feedback(args: argparse.Namespace) -> int:
    """Write the feedback pages and say how many."""
    from autograder.feedback import write_feedback

    course = Course.at(args.course)
    written = write_feedback(course, args.assignment)
    students = "1 student" if written == 1 else f"{written} students"
    print(f"new feedback for {students} below {course.root / 'feedback'}")
    return 0


def run_sample(args: argparse.Namespace) -> int:
    """Hand in the sample class and say how many are new."""
    from autograder.sample import hand_in_sample

    total, new = hand_in_sample(Course.at(args.course), args.assignment)
    print(f"{args.assignment}: {total} sample submissions, {new} new or changed")
    return 0


def run_lint(args: argparse.Namespace) -> int:
    """Print what the tests of an assignment trust; 1 where there is anything."""
    from autograder.lint import lint
    from autograder.sources import read_sources

    sources = read_sources(Course.at(args.course), args.assignment)
    doubts = [doubt for name, notebook in sources.items() for doubt in lint(name, notebook)]
    print(*doubts, sep="\n", end="\n" if doubts else "")
    print(f"{args.assignment}: {len(doubts)} places in the tests trust a claim")
    return 1 if doubts else 0


def run_export(args: argparse.Namespace) -> int:
    """Write grades.csv and say where."""
    from autograder.export import write_grades

    path, rows = write_grades(Course.at(args.course))
    print(f"{path}: {rows} {'row' if rows == 1 else 'rows'}")
    return 0


def run_doctor(_: argparse.Namespace) -> int:
    """Print what was found; 3 where a protection is missing."""
    from autograder.doctor import examine

    return 0 if examine(lambda line: print(line, flush=True)) else 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    args = build_parser().parse_args(argv)
    try:
        status: int = args.run(args)
    except CourseError as error:
        print(f"autograder {args.verb}: {error}", file=sys.stderr)
        return 1
    except SandboxUnavailableError as error:
        print(f"autograder {args.verb}: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("interrupted; run it again, finished submissions are kept", file=sys.stderr)
        return 130
    return status
