"""Does the kernel hold a notebook's processes together, and is nothing of its groups left?"""

import os
import subprocess
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from autograder import control_groups, conversation
from autograder.control_groups import PREFIX, ControlGroup, Hierarchy, hierarchies, places
from autograder.conversation import Conversation
from autograder.doctor import said_of_groups
from autograder.greenhouse import WarmInterpreter
from autograder.limits import Limits
from autograder.sandbox import Sandbox

pytestmark = pytest.mark.xdist_group("autograder")
LIMITS = Limits(memory_mb=300, file_mb=16, processes=20)
BOTH = frozenset({"memory", "pids"})
with_groups = pytest.mark.skipif(
    not any("memory" in place.controllers for place in places()),
    reason="no control group can be made here: it takes root, or one delegated by systemd",
)
# Each child is far below the limit of one process; together they are above that of the notebook.
TOGETHER = """
import os, time
children = []
for number in range(6):
    child = os.fork()
    if child == 0:
        held = bytearray(os.urandom(2**20)) * 150
        time.sleep(2)
        os._exit(0)
    children.append(child)
print(sorted(os.waitpid(child, 0)[1] for child in children)[-1])
"""


def tree(top: Path, **handed_down: str) -> None:
    """Make what version 2 looks like: the file that says what the children are held to."""
    for path, controllers in handed_down.items():
        folder = top / path.replace("_", "/")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cgroup.subtree_control").write_text(controllers)


def mount(kind: str, place: Path, root: str = "/", options: str = "rw") -> str:
    return f"31 23 0:28 {root} {place} rw,relatime shared:9 - {kind} {kind} {options}"


def test_the_nearest_group_of_version_2_that_hands_down_is_taken(tmp_path: Path) -> None:
    tree(tmp_path, a="cpu memory pids", a_b="memory pids", a_b_c="")
    own = "0::/a/b/c\n"
    assert hierarchies(mount("cgroup2", tmp_path), own) == [Hierarchy(tmp_path / "a/b", 2, BOTH)]
    tree(tmp_path, a_b="cpu")
    assert hierarchies(mount("cgroup2", tmp_path), own) == [Hierarchy(tmp_path / "a", 2, BOTH)]
    tree(tmp_path, a="cpu")
    assert hierarchies(mount("cgroup2", tmp_path), own) == []


def test_version_1_has_a_hierarchy_for_each(tmp_path: Path) -> None:
    mounts = "\n".join(
        [
            mount("cgroup", tmp_path / "cpu", options="rw,cpu,cpuacct"),
            mount("cgroup", tmp_path / "memory", "/docker/1", "rw,memory"),
            mount("cgroup", tmp_path / "pids", options="rw,pids"),
            mount("tmpfs", tmp_path),
        ]
    )
    own = "5:pids:/docker/1\n4:memory:/docker/1/own\n3:cpu,cpuacct:/\n1:name=systemd:/\n"
    assert hierarchies(mounts, own) == [
        Hierarchy(tmp_path / "memory/own", 1, frozenset({"memory"})),
        Hierarchy(tmp_path / "pids/docker/1", 1, frozenset({"pids"})),
    ]


def test_the_limits_are_written_where_the_kernel_reads_them(tmp_path: Path) -> None:
    group = ControlGroup([Hierarchy(tmp_path, 2, BOTH)], LIMITS, students=3).take([1, 7])
    (folder,) = tmp_path.iterdir()
    assert (folder / "memory.max").read_text() == str(3 * (300 + 3 * 16) * 2**20)
    assert (folder / "pids.max").read_text() == str(3 * (20 + 1) + 4)
    assert (folder / "cgroup.procs").read_text() == "7"  # the kernel takes one at a time
    assert not (folder / "memory.swap.max").exists()  # a kernel without swap has none
    for file in folder.iterdir():
        file.unlink()  # the kernel's are no obstacle
    group.close()
    assert not folder.exists()


def test_a_group_without_its_limits_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = Hierarchy(tmp_path / "missing", 2, BOTH)
    good = Hierarchy(tmp_path, 2, frozenset())
    monkeypatch.setattr(control_groups, "places", lambda: (good, missing))
    assert control_groups.hold([], LIMITS) is None
    assert list(tmp_path.iterdir()) == []


@with_groups
@pytest.mark.sandbox
@pytest.mark.parametrize("warm", [True, False])
@pytest.mark.parametrize("held", [True, False])
def test_the_kernel_holds_all_processes_together(
    held: bool, warm: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "WATCH_EVERY", 1000.0)  # nobody adds up outside
    if not held:
        monkeypatch.setattr(control_groups, "hold", lambda *_: None)
    with ExitStack() as stack:
        student: Conversation = Sandbox(limits=LIMITS)
        if warm:
            interpreter = stack.enter_context(WarmInterpreter(None, LIMITS, ["numpy"]))
            student = interpreter.sandbox(None, LIMITS, time.monotonic() + 100)
        stack.enter_context(student)
        killed = student.ask({"do": "run", "source": TOGETHER}, 60)["printed"].strip()
        assert killed == ("9" if held else "0")
        answer = student.ask({"do": "run", "source": "print('on')"})
    assert answer["printed"] == "on\n"


@with_groups
@pytest.mark.sandbox
def test_nothing_is_left_when_a_student_has_ended() -> None:
    with Sandbox(limits=LIMITS):
        mine = [g for p in places() for g in p.folder.glob(f"{PREFIX}{os.getpid()}-*")]
        assert [len((g / "cgroup.procs").read_text().split()) > 0 for g in mine] == [True] * len(
            places()
        )
    assert not any(g.exists() for g in mine)


@with_groups
def test_a_group_waits_for_its_last_process() -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        group = ControlGroup(places(), LIMITS).take([process.pid])
        threading.Timer(0.3, process.kill).start()
        group.close()
    assert [g for p in places() for g in p.folder.glob(f"{PREFIX}{os.getpid()}-*")] == []


@with_groups
def test_groups_of_a_killed_grader_are_swept_and_no_others() -> None:
    with subprocess.Popen(["true"]) as ended:
        pass
    for maker in (ended.pid, os.getpid()):
        (places()[0].folder / f"{PREFIX}{maker}-test").mkdir()
    control_groups.sweep()
    own = places()[0].folder / f"{PREFIX}{os.getpid()}-test"
    assert own.exists()
    assert not (places()[0].folder / f"{PREFIX}{ended.pid}-test").exists()
    own.rmdir()


def test_the_doctor_says_what_holds_and_what_would_be_needed(tmp_path: Path) -> None:
    both = said_of_groups([Hierarchy(tmp_path, 2, BOTH)])
    assert "(version 2), to their memory and number of processes" in both
    assert "this user can make none here (root can" in said_of_groups([])
