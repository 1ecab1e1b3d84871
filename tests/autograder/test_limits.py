"""Are the limits kept that no single process can be held to, and are failures explained?"""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from autograder.sandbox import Limits, Sandbox, SandboxStoppedError, SandboxUnavailableError

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("autograder")]


def run(sandbox: Sandbox, source: str) -> str:
    """Run a cell and return what it printed; fail where it raised."""
    answer: dict[str, Any] = sandbox.ask({"do": "run", "source": source})
    assert "error" not in answer, answer
    return str(answer["printed"]).strip()


def test_nothing_outlives_the_sandbox() -> None:
    mark = f"outlives-{os.getpid()}-{time.time_ns()}"
    source = (
        "import subprocess\n"
        f"subprocess.Popen(['sh', '-c', 'sleep 60; : {mark}'], start_new_session=True)"
    )
    with Sandbox() as sandbox:
        run(sandbox, source)
        # Popen returns while the kernel is still putting the new command line in place.
        until = time.monotonic() + 5
        while not running(mark) and time.monotonic() < until:
            time.sleep(0.05)
        assert running(mark)
    time.sleep(0.2)
    assert not running(mark)


def running(mark: str) -> bool:
    """Return whether any process of this machine has ``mark`` on its command line."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in path.read_bytes():
                return True
        except OSError:
            continue
    return False


@pytest.mark.parametrize("place", ["/", "/dev", "/usr", "/packages", "/grader", "/etc"])
def test_only_the_scratch_folder_can_be_written(place: str) -> None:
    with Sandbox() as sandbox:
        source = f"try:\n    open('{place}/x', 'w')\nexcept OSError:\n    print('refused')"
        assert run(sandbox, source) == "refused"
        assert run(sandbox, "open('x', 'w').write('mine')\nprint(open('x').read())") == "mine"


def test_multiprocessing_finds_its_shared_memory_and_no_more_than_a_file_may_take() -> None:
    with Sandbox(limits=Limits(file_mb=3)) as sandbox:
        source = (
            "import multiprocessing, os\nmultiprocessing.Semaphore()\n"
            "fs = os.statvfs('/dev/shm')\nprint(fs.f_blocks * fs.f_frsize // 2**20)"
        )
        assert run(sandbox, source) == "3"


def test_the_environment_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "s3cret")
    with Sandbox() as sandbox:
        assert run(sandbox, "import os\nprint('SECRET_TOKEN' in os.environ)") == "False"


def test_memory_that_no_limit_of_a_process_counts_is_watched_from_outside() -> None:
    limits = Limits(seconds=60, memory_mb=300)
    source = "import mmap\nm = mmap.mmap(-1, 2**34)\nwhile True:\n    m.write(bytes(2**22))"
    with Sandbox(limits=limits) as sandbox, pytest.raises(SandboxStoppedError, match="memory"):
        sandbox.ask({"do": "run", "source": source})


def test_where_namespaces_are_forbidden_the_cause_and_the_remedy_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(SandboxUnavailableError, match="AppArmor") as caught, Sandbox():
        pass
    assert "setting up uid map" in str(caught.value)
