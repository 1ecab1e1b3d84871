"""Are a course's own limits read, checked and explained?"""

from pathlib import Path

import pytest

from autograder.course import Course, CourseError
from autograder.limits import Limits
from autograder.settings import read_settings


def course(root: Path, text: str | None) -> Course:
    """Return a course with these settings."""
    (root / "source").mkdir()
    if text is not None:
        (root / "autograder.toml").write_text(text)
    return Course.at(root)


def test_without_a_file_the_usual_limits_hold(tmp_path: Path) -> None:
    assert read_settings(course(tmp_path, None), "one").limits == Limits()


def test_an_assignments_own_limits_come_after_the_courses(tmp_path: Path) -> None:
    text = (
        "[limits]\nseconds = 5\nmemory_mb = 512\n[limits.one]\nseconds = 2.5\n"
        '[grade]\nimports = ["scipy.signal"]\n'
    )
    found = read_settings(course(tmp_path, text), "one")
    assert (found.limits.seconds, found.limits.memory_mb) == (2.5, 512)
    assert found.imports == ("scipy.signal",)
    assert read_settings(Course.at(tmp_path), "two").limits.seconds == 5


def test_the_command_line_comes_last(tmp_path: Path) -> None:
    found = read_settings(course(tmp_path, "[limits]\nseconds = 5\n"), "one", seconds=1)
    assert found.limits.seconds == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[limits]\nsecond = 5\n", "the limit 'second', but limits are file_mb"),
        ("[limits]\nseconds = 0\n", "seconds = 0, but needs a number of at least 0.1"),
        ("[limits]\nmemory_mb = '1'\n", "memory_mb = '1', but needs a whole number of at least 64"),
        ("[limits.one]\nprocesses = 1.5\n", r"\[limits.one\] has processes = 1.5"),
        ("[limits]\nseconds = true\n", "seconds = True"),
        ("[limit]\nseconds = 1\n", r"has \['limit'\], but knows \[limits\] and \[grade\]"),
        ("limits = 3\n", "limits"),
        ("[grade]\nimports = 'scipy'\n", "needs to be of the form imports"),
        ("[grade]\nimports = ['a; b']\n", "needs to be of the form imports"),
        ("[limits\n", "is not TOML"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CourseError, match=said):
        read_settings(course(tmp_path, text), "one")
