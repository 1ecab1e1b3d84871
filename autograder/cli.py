"""The command ``autograder``: one verb a job, one place that turns failures into messages.

Exit codes: 0 done; 1 the course is not as it must be; 2 unusable arguments; 3 no sandbox can be
started, nothing was graded; 130 interrupted (run again, finished submissions are kept).
"""

import argparse
import sys
from collections.abc import Callable, Sequence

from rich.console import Console

from autograder.course import Course, CourseError
from autograder.doctor import examine
from autograder.export import write_grades
from autograder.feedback import write_feedback
from autograder.grade import grade, results_table
from autograder.sample import hand_in_sample
from autograder.sandbox import Limits, SandboxUnavailableError


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
    grading.add_argument("--time-limit", type=positive, default=10, help="seconds a cell (10)")
    grading.add_argument("--memory-limit", type=positive, default=2048, help="megabytes (2048)")
    grading.add_argument("--force", action="store_true", help="grade again what has not changed")
    giving = verb("feedback", "write a page for each student, without hidden tests", run_feedback)
    sampling = verb("sample", "hand in the sample class of an assignment", run_sample)
    exporting = verb("export", "write grades.csv", run_export)
    for sub in (grading, giving, sampling):
        sub.add_argument("assignment")
    for sub in (grading, giving, sampling, exporting):
        sub.add_argument("--course", default="assignments", help="course folder (assignments)")
    verb("doctor", "say what protects this machine, by trying it", run_doctor)
    return parser


def positive(text: str) -> int:
    """Read a whole number above zero."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


def run_grade(args: argparse.Namespace) -> int:
    """Grade and print the table."""
    limits = Limits(seconds=args.time_limit, memory_mb=args.memory_limit)
    course = Course.at(args.course)
    outcomes = grade(course, args.assignment, limits, args.force)
    Console().print(results_table(args.assignment, outcomes))
    print(f"marks: {course.root / 'gradebook.db'}; every outcome: {course.report(args.assignment)}")
    return 0


def run_feedback(args: argparse.Namespace) -> int:
    """Write the feedback pages and say how many."""
    course = Course.at(args.course)
    written = write_feedback(course, args.assignment)
    print(f"{written} new feedback pages below {course.root / 'feedback'}")
    return 0


def run_sample(args: argparse.Namespace) -> int:
    """Hand in the sample class and say how many are new."""
    total, new = hand_in_sample(Course.at(args.course), args.assignment)
    print(f"{args.assignment}: {total} sample submissions, {new} new or changed")
    return 0


def run_export(args: argparse.Namespace) -> int:
    """Write grades.csv and say where."""
    path, rows = write_grades(Course.at(args.course))
    print(f"{path}: {rows} rows")
    return 0


def run_doctor(_: argparse.Namespace) -> int:
    """Print what was found; 3 where a protection is missing."""
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
