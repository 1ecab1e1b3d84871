"""Does a release name what is missing, and does it release all without names?"""

from pathlib import Path

import pytest

from scripts import release


def course(folder: Path, *names: str) -> Path:
    """Make a course folder with empty sources."""
    for name in names:
        (folder / "source" / name).mkdir(parents=True)
    return folder


def test_an_unknown_assignment_is_named_with_those_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert release.main(course(tmp_path, "a", "b"), ["c"]) == 1
    said = capsys.readouterr().out
    assert "no assignment 'c'" in said
    assert "['a', 'b']" in said


def test_without_names_all_are_released_until_one_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def stand_in(_: Path, name: str) -> int:
        asked.append(name)
        return 3 if name == "b" else 0

    monkeypatch.setattr(release, "release", stand_in)
    assert release.main(course(tmp_path, "c", "b", "a"), []) == 3
    assert asked == ["a", "b"]
