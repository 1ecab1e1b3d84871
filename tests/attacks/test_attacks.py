"""Does any hostile submission gain, read, write, outlive, stall, or touch anybody else's marks?

All attacks of an assignment are graded as one class, with honest work after each; see ``course.py``
for what an attack says of itself and ``ours.py`` for what is looked at.
"""

import json
from collections import Counter
from collections.abc import Callable

import pytest

from . import course, ours, report

PATIENCE = 90  # seconds for one submission; its cells have 3 each, and some are started again
ATTACKS = {part: [a for a in course.all_attacks() if a.part == part] for part in course.PARTS}
GROUPS = {part: pytest.mark.xdist_group(f"attacks-{part}") for part in course.PARTS}
CASES = [
    pytest.param(part, attack, marks=GROUPS[part], id=attack.name)
    for part in course.PARTS
    for attack in ATTACKS[part]
]
_graded: dict[str, dict[str, ours.Result]] = {}


@pytest.fixture
def result(
    part: str, attack: course.Attack, tmp_path_factory: pytest.TempPathFactory
) -> ours.Result:
    """Return what became of an attack; each assignment is graded once a session."""
    if part not in _graded:
        root = tmp_path_factory.mktemp("attacked")
        ours.build(root, ATTACKS[part])
        _graded[part] = ours.grade(root, ATTACKS[part])
    return _graded[part][attack.name]


def attacked(test: Callable[[ours.Result, course.Attack], None]) -> Callable[..., None]:
    """Mark a test that looks at what grading made of every attack."""
    for mark in (
        pytest.mark.parametrize(("part", "attack"), CASES),
        pytest.mark.sandbox,
        pytest.mark.slow,
        pytest.mark.timeout(900),
    ):
        test = mark(test)
    return test


@attacked
def test_an_attack_gains_nothing(result: ours.Result, attack: course.Attack) -> None:
    assert result.score is not None
    assert result.score <= attack.earned, attack.story


@attacked
def test_honest_cells_keep_their_points(result: ours.Result, attack: course.Attack) -> None:
    assert result.score == attack.earned, attack.story


@attacked
def test_an_attack_reaches_nothing_else(result: ours.Result, attack: course.Attack) -> None:
    assert result.harm == [], attack.story


@attacked
def test_the_honest_neighbour_keeps_full_marks(result: ours.Result, attack: course.Attack) -> None:
    assert result.neighbour == course.FULL[attack.part]


@attacked
def test_an_attack_ends_in_time_with_an_outcome(result: ours.Result, attack: course.Attack) -> None:
    assert result.outcome in ("graded", "needs review"), attack.story
    assert result.seconds < PATIENCE


def test_there_are_attacks_of_every_class_and_on_modules_too() -> None:
    attacks = course.all_attacks()
    assert len(attacks) >= 60
    threats = Counter(attack.facts["threat"] for attack in attacks)
    assert set(threats) == set(course.THREATS)
    assert min(threats.values()) >= 5
    assert len(ATTACKS["network"]) >= 10


@pytest.mark.parametrize("attack", course.all_attacks(), ids=lambda attack: attack.name)
def test_an_attack_says_what_it_tries(attack: course.Attack) -> None:
    assert attack.story.endswith(".")
    assert 0 <= attack.earned <= course.FULL[attack.part]
    assert attack.cells or hasattr(course.damage, attack.facts["damage"])


@pytest.mark.parametrize("attack", course.all_attacks(), ids=lambda attack: attack.name)
def test_what_was_seen_of_both_graders_is_written_down(attack: course.Attack) -> None:
    seen = json.loads(report.RESULTS.read_text(encoding="utf-8"))
    entry = seen["attacks"][attack.name]
    assert entry["ours"]["tried"]
    assert entry["ours"]["reached"] == []
    assert attack.facts["falls"] == report.falls(entry)
    assert (entry["story"], entry["earned"]) == (attack.story, attack.earned)


def test_the_report_counts_what_it_lists() -> None:
    seen = json.loads(report.RESULTS.read_text(encoding="utf-8"))
    assert set(seen["attacks"]) == {attack.name for attack in course.all_attacks()}
    assert seen["count"] == len(seen["attacks"])
    for grader, fallen in seen["fallen"].items():
        columns = [entry[grader] for entry in seen["attacks"].values()]
        assert fallen == sum(bool(column["reached"]) for column in columns)
        assert seen["tried"][grader] == sum(column["tried"] for column in columns) >= 60
    assert seen["fallen"]["ours"] == 0 < seen["fallen"]["stock"]
    assert {"nbgrader", "numpy", "torch", "python", "bubblewrap"} <= set(seen["versions"])
