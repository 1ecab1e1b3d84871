"""What a course says about its grading, in ``autograder.toml`` beside ``nbgrader_config.py``.

    [limits]               # every assignment
    seconds = 10
    [limits.six-by-six]    # this assignment
    memory_mb = 1024

    [grade]
    imports = ["scipy"]    # imported before students come, besides what the sources import

Names and units of the limits are those of :class:`autograder.limits.Limits`.
"""

import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from autograder.course import Course, CourseError
from autograder.limits import Limits

NAME = "autograder.toml"
SMALLEST = {"seconds": 0.1, "total_seconds": 1, "memory_mb": 64, "processes": 1, "file_mb": 1}


@dataclass(frozen=True)
class Settings:
    """Settings of one assignment.

    Attributes:
        limits: what a student's notebook may use.
        imports: modules to import before the first student comes.
    """

    limits: Limits
    imports: tuple[str, ...] = ()


def read_settings(course: Course, assignment: str, **given: float | None) -> Settings:
    """Return the settings of an assignment; what is given on the command line comes last.

    Raises:
        CourseError: the file or a limit in it is not usable; the message names the place.
    """
    path = course.root / NAME
    content: dict[str, Any] = {}
    if path.exists():
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise CourseError(f"{path} is not TOML: {error}; mend that line") from error
    unknown = sorted(set(content) - {"limits", "grade"})
    if unknown:
        raise CourseError(f"{path} has {unknown}, but knows [limits] and [grade]; rename or remove")
    shared = content.get("limits", {})
    if not isinstance(shared, dict):
        raise CourseError(f"{path} has limits = {shared!r}, but needs a section [limits]")
    own = shared.get(assignment, {})
    limits = Limits()
    general = {k: v for k, v in shared.items() if not isinstance(v, dict)}
    limits = with_limits(limits, general, f"{path} [limits]")
    limits = with_limits(limits, own, f"{path} [limits.{assignment}]")
    wanted = {name: value for name, value in given.items() if value is not None}
    limits = with_limits(limits, wanted, "the command line")
    return Settings(limits, read_imports(content.get("grade", {}), path))


def with_limits(limits: Limits, wanted: dict[str, Any], place: str) -> Limits:
    """Return ``limits`` with some of them replaced.

    >>> with_limits(Limits(), {"seconds": 3}, "here").seconds
    3
    >>> with_limits(Limits(), {"second": 3}, "here")
    Traceback (most recent call last):
        ...
    autograder.course.CourseError: here has the limit 'second', but limits are file_mb, memory_mb,
    processes, seconds, total_seconds; correct the name
    """
    kinds = {field.name: field.type for field in fields(Limits)}
    for name, value in wanted.items():
        if name not in kinds:
            known = ", ".join(sorted(kinds))
            raise CourseError(
                f"{place} has the limit {name!r}, but limits are {known}; correct the name"
            )
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or value < SMALLEST[name] or (name != "seconds" and value != int(value)):
            kind = "number" if name == "seconds" else "whole number"
            raise CourseError(
                f"{place} has {name} = {value!r}, but needs a {kind} of at least {SMALLEST[name]}"
            )
    return replace(limits, **wanted)


def read_imports(section: Any, path: Path) -> tuple[str, ...]:
    """Return the modules to import, checked: they are imported by name before students come."""
    wanted = section.get("imports", []) if isinstance(section, dict) else None
    fine = isinstance(wanted, list) and all(
        isinstance(name, str) and all(part.isidentifier() for part in name.split("."))
        for name in wanted
    )
    if not fine or wanted is None or set(section) - {"imports"}:
        raise CourseError(
            f'{path} [grade] needs to be of the form imports = ["scipy", "pandas"]; correct it'
        )
    return tuple(wanted)
