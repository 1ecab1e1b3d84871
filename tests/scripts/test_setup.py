"""Does the set-up say what is missing, and does it mark nothing ready that is not?"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def load(name: str) -> ModuleType:
    """Import a script by path: scripts/ is no package, it runs before anything is installed."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


setup = load("setup")


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Give the set-up a PATH on which nothing is found, and no apt-get."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CONVNET_BROWSER", raising=False)


@pytest.mark.usefixtures("bare_machine")
def test_names_missing_programs_with_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    setup.install_programs()
    said = capsys.readouterr().out
    assert "bwrap is missing" in said
    assert "sudo apt-get install bubblewrap" in said
    assert "sudo apt-get install chromium" in said


@pytest.mark.usefixtures("bare_machine")
def test_another_browser_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVNET_BROWSER", "firefox")
    assert setup.missing_programs() == ["bwrap"]


def test_fingerprint_follows_the_pins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in setup.PINS:
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    monkeypatch.chdir(tmp_path)
    before = setup.fingerprint()
    assert setup.fingerprint() == before
    with (tmp_path / "requirements.txt").open("a") as file:
        file.write("another==1.0\n")
    assert setup.fingerprint() != before


def test_failed_install_is_not_marked_ready(tmp_path: Path) -> None:
    """A package that does not exist must leave the folder unready and say what to do."""
    for name in setup.PINS:
        (tmp_path / name).write_text("")
    (tmp_path / "requirements.txt").write_text("--no-index\nno-such-package==0\n")
    found = subprocess.run(
        [sys.executable, ROOT / "scripts/setup.py", ".venv"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PIP_FIND_LINKS": ""},
    )
    assert found.returncode == 1
    assert "the same command tries again" in found.stdout
    assert not (tmp_path / ".venv/.ready").exists()
