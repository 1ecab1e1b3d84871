"""Is what a killed grader left removed, and nothing else?"""

import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
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


@pytest.mark.parametrize("left", ["lock", "lock and folder", "half removed"])
def test_killed_while_making_or_removing_it(left: str, place: Path) -> None:
    (place / "autograder-abc.lock").touch()
    if left != "lock":
        (place / "autograder-abc").mkdir()
    if left == "half removed":
        (place / "autograder-abc" / "scratch" / "files").mkdir(parents=True)
    assert sweep() == 1
    assert list(place.iterdir()) == []


def test_a_sweep_beside_it_takes_nothing_of_a_starting_grader(place: Path) -> None:
    stop = threading.Event()

    def sweeping() -> None:
        while not stop.is_set():
            sweep()

    with ThreadPoolExecutor(1) as others:
        done = others.submit(sweeping)
        try:
            for _ in range(300):
                scratch = Scratch()
                (scratch.folder / "notes.txt").write_text("something")
                scratch.close()
        finally:
            stop.set()
        done.result()
    sweep()
    assert list(place.iterdir()) == []


def test_a_folder_that_cannot_be_removed_keeps_its_lock_for_the_next_sweep(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = Scratch()
    with monkeypatch.context() as broken:
        broken.setattr(shutil, "rmtree", lambda *_, **__: None)
        scratch.close()
    assert scratch.folder.is_dir()
    assert sweep() == 1
    assert list(place.iterdir()) == []


def test_what_is_not_a_grader_s_is_left_alone(place: Path) -> None:
    (place / "autograder-notes").mkdir()  # no lock
    (place / "elsewhere").touch()
    (place / "autograder-trap").mkdir()
    (place / "autograder-trap.lock").symlink_to(place / "elsewhere")
    before = set(place.iterdir())
    assert sweep() == 0
    assert set(place.iterdir()) == before
