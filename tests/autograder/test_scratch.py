"""Is what a killed grader left removed, and nothing else?"""

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from autograder.scratch import Scratch, sweep

HOLD = """
import time
from autograder.scratch import Scratch
scratch = Scratch()
print(scratch.folder, flush=True)
time.sleep(60)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a temporary directory of our own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_a_killed_grader_s_folder_is_removed_and_a_living_one_s_is_not(place: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        folder = Path(other.stdout.readline().strip())
        (folder / "notes.txt").write_text("something")
        assert folder.is_relative_to(place)
        assert sweep() == 0
        assert (folder / "notes.txt").exists()
        other.send_signal(signal.SIGKILL)
        other.wait()
    assert sweep() == 1
    assert list(place.iterdir()) == []


def test_our_own_folder_stays_until_it_is_no_longer_needed(place: Path) -> None:
    scratch = Scratch()
    assert sweep() == 0
    assert scratch.folder.is_dir()
    scratch.close()
    scratch.close()  # twice is no harm
    assert list(place.iterdir()) == []


def test_what_is_not_a_grader_s_is_left_alone(place: Path) -> None:
    (place / "autograder-notes").mkdir()  # no lock
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "in-use").touch()
    trap = place / "autograder-trap"
    trap.mkdir()
    (trap / "in-use").symlink_to(elsewhere / "in-use")
    assert sweep() == 0
    assert {path.name for path in place.iterdir()} == {
        "autograder-notes",
        "elsewhere",
        "autograder-trap",
    }
