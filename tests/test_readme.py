"""Does the README tell the truth about the repository it stands in?"""

import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
LINKS = re.findall(r"\]\((?!https?:|#)([^)\s]+)\)", README)


@pytest.mark.parametrize("target", sorted(set(LINKS)))
def test_linked_file_exists(target: str) -> None:
    assert (ROOT / target).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make ([a-z]+)`", README))))
def test_named_command_is_in_the_makefile(target: str) -> None:
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


def test_tables_name_existing_folders() -> None:
    folders = re.findall(r"`((?:tests|src|book|autograder|assignments|scripts)[\w/]*/)`", README)
    assert folders
    assert [f for f in folders if not (ROOT / f).is_dir()] == []


def test_every_make_target_is_listed_in_the_readme() -> None:
    targets = set(re.findall(r"^([a-z]+):.*##", MAKEFILE, re.MULTILINE)) - {"help", "setup", "book"}
    assert {t for t in targets if t not in README} == set()


def test_grader_verbs_in_the_readme_exist() -> None:
    from autograder.cli import build_parser  # the engine's own list of verbs

    verbs = set(re.findall(r"autograder ([a-z]+)", README))
    assert verbs
    for verb in verbs:
        assert verb in build_parser().format_help()


def test_the_readmes_program_runs_and_learns() -> None:
    programs = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(programs) == 1
    scope: dict[str, Any] = {}
    exec(programs[0], scope)  # noqa: S102  # our own README
    assert scope["evaluate"](scope["learner"], *scope["load_digits"]("test").samples).accuracy > 0.8
