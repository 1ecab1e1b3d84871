"""Does a container keep what bubblewrap keeps? What both promise is in test_sandbox.py."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder import container
from autograder.container import ContainerSandbox, container_command
from autograder.limits import Limits, SandboxUnavailableError

from .conftest import DOUBLE, TOTAL, Class
from .engines import ENGINES, image_on

without = pytest.mark.skip(reason="neither podman nor docker works on this machine")
on_engines = pytest.mark.parametrize(
    "engine", ENGINES or [pytest.param("", marks=without)], scope="module"
)


@pytest.fixture(scope="module")
def image(engine: str) -> Iterator[str]:
    """Return the name of an image that the engine has."""
    with image_on(engine) as name:
        yield name


def test_it_is_given_no_network_no_rights_and_no_writable_root(tmp_path: Path) -> None:
    limits = Limits(memory_mb=512, processes=9, file_mb=5)
    command = container_command("podman", "an/image", "a-name", tmp_path, limits, 1234)
    for word in (
        "--network=none",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--read-only",
        "--user=1234:1234",
        "--memory=512m",
        "--pids-limit=9",
        "--ulimit=nproc=9:9",
        "--pull=never",
        "--tmpfs=/student:size=5m,mode=1777",
    ):
        assert word in command
    mounts = [word for word in command if word.startswith("--mount=")]
    assert mounts
    assert all(word.endswith(",readonly") for word in mounts)
    assert command.index("an/image") > command.index("--read-only")


def test_a_missing_engine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with (
        pytest.raises(SandboxUnavailableError, match="podman is not installed"),
        ContainerSandbox("podman", "an/image"),
    ):
        pass


@on_engines
@pytest.mark.sandbox
def test_a_missing_image_is_named_and_not_fetched(engine: str) -> None:
    missing = "localhost/autograder-no-such-image"
    with (
        pytest.raises(SandboxUnavailableError, match=rf"{engine} pull {missing}"),
        ContainerSandbox(engine, missing),
    ):
        pass


@on_engines
@pytest.mark.sandbox
def test_a_grader_who_is_not_root_does_not_lend_its_own_user(
    engine: str, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container, "own_uid", lambda: None)  # as for who is not root
    with ContainerSandbox(engine, image) as sandbox:
        said = sandbox.ask({"do": "run", "source": "import os\nprint(os.getuid())"})
        assert int(said["printed"]) in range(*container.USERS)


@on_engines
@pytest.mark.sandbox
def test_our_packages_are_empty_inside(
    engine: str, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Any installed package will do: ours may be installed in a way that leaves no folder.
    monkeypatch.setattr(container, "installed_packages", lambda: ["nbformat"])
    with ContainerSandbox(engine, image) as sandbox:
        seen = (
            "import os\nprint(os.listdir('/packages/nbformat'), 'numpy' in os.listdir('/packages'))"
        )
        assert sandbox.ask({"do": "run", "source": seen})["printed"] == "[] True\n"


@on_engines
@pytest.mark.sandbox
def test_children_are_held_to_the_memory_limit_together(
    engine: str, image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = """
import os, signal
for _ in range(6):
    if os.fork() == 0:
        held = bytearray(150 * 2**20)
        signal.pause()
os.waitpid(-1, 0)
"""
    # Where none is killed, the first waits on and the cell runs into its limit of time.
    with ContainerSandbox(engine, image, None, Limits(memory_mb=300, seconds=5)) as sandbox:
        assert "error" not in sandbox.ask({"do": "run", "source": source})
    assert list(tmp_path.iterdir()) == []  # podman's monitor leaves a file where it is started


@on_engines
@pytest.mark.sandbox
def test_a_class_gets_the_marks_that_it_gets_elsewhere(
    engine: str, image: str, tiny: Class
) -> None:
    tiny.hand_in("ann", {"double": DOUBLE, "total": TOTAL})
    tiny.hand_in("ben", {"double": "double = abs", "total": "import os\nos._exit(0)"})
    marks = []
    for words in ((), ("--force", "--sandbox", engine, "--image", image)):
        done = tiny.command("grade", "tiny", *words)
        assert done.returncode == 0, done.stderr
        marks.append(tiny.grades())
    assert marks[0] == marks[1]
    assert {o["sandbox"] for o in tiny.outcomes().values()} == {engine}


@on_engines
@pytest.mark.sandbox
def test_nothing_is_left_of_a_container_that_was_stopped(engine: str, image: str) -> None:
    with ContainerSandbox(engine, image) as sandbox:
        name = sandbox._name
        assert name in containers(engine)
    assert name not in containers(engine)


def containers(engine: str) -> str:
    """Return the names of all containers, running or not."""
    words = [engine, "ps", "--all", "--format", "{{.Names}}"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout
