"""Can code in the sandbox reach anything, outlive its limits, or say more than its own values?"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import tester as trusted
from autograder import wire
from autograder.cli import main
from autograder.conversation import Conversation
from autograder.sandbox import Limits, Sandbox, SandboxStoppedError, SandboxUnavailableError
from autograder.tester import Link, message_for_student

from .engines import ENGINES, Open, opener

pytestmark = pytest.mark.sandbox
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=["bubblewrap", *ENGINES])
def opened(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Return what opens a sandbox, of each kind that this machine has."""
    with opener(request.param) as open_sandbox:
        yield open_sandbox


def run(sandbox: Conversation, source: str) -> dict[str, Any]:
    return sandbox.ask({"do": "run", "source": source})


def test_sees_neither_the_course_nor_home_nor_root_privileges(opened: Open) -> None:
    with opened() as sandbox:
        source = (
            f"import os\nprint(os.path.exists({str(ROOT)!r}), os.listdir('/home'), os.getuid())"
        )
        there, home, uid = run(sandbox, source)["printed"].split()
    assert there == "False"
    assert home == "[]"
    assert uid != "0"


def test_has_no_network_interface_but_its_own_loopback(opened: Open) -> None:
    with opened() as sandbox:
        found = run(sandbox, "import socket\nprint([n for _, n in socket.if_nameindex()])")
    assert found["printed"].strip() == "['lo']"


def test_memory_is_limited_and_the_notebook_goes_on(opened: Open) -> None:
    with opened(limits=Limits(memory_mb=512)) as sandbox:
        assert run(sandbox, "x = bytearray(2**30)")["error"][0] == "MemoryError"
        assert run(sandbox, "print('here')")["printed"] == "here\n"


def test_processes_are_limited(opened: Open) -> None:
    source = """
import os, time
made = 0
try:
    for _ in range(200):
        if os.fork() == 0:
            time.sleep(5)
            os._exit(0)
        made += 1
except OSError:
    pass
print(made)
"""
    with opened(limits=Limits(processes=16)) as sandbox:
        assert int(run(sandbox, source)["printed"]) < 16


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass", "1 s"),
        ("import os\nos._exit(0)", "os._exit"),
        ("import os\nos.kill(os.getpid(), 9)", "crash"),
    ],
)
def test_a_process_that_stops_answering_is_reported(opened: Open, source: str, reason: str) -> None:
    with opened(limits=Limits(seconds=1)) as sandbox:
        with pytest.raises(SandboxStoppedError, match=reason):
            run(sandbox, source)
        with pytest.raises(SandboxStoppedError, match="has been stopped"):
            run(sandbox, "1")


def test_handed_out_files_are_copies(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text("42")
    with opened(tmp_path) as sandbox:
        assert run(sandbox, "print(open('data.txt').read())")["printed"] == "42\n"
        run(sandbox, "open('data.txt', 'w').write('0')")
    assert (tmp_path / "data.txt").read_text() == "42"


def test_refuses_where_bubblewrap_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SandboxUnavailableError, match="sudo apt-get install bubblewrap"), Sandbox():
        pass
    assert main(["doctor"]) == 3
    assert "bwrap is not installed" in capsys.readouterr().out


def test_a_students_object_cannot_equal_everything() -> None:
    source = """
class Equal:
    def __eq__(self, other): return True
    def __bool__(self): return True
answer = Equal()
def f(x):
    import numpy
    numpy.testing.assert_allclose = lambda *a, **k: None
    return Equal()
"""
    with Sandbox() as sandbox:
        run(sandbox, source)
        tester, link = trusted.Tester(), Link(sandbox)
        with pytest.raises(TypeError, match="cannot be compared"):
            tester.run("assert answer == 3", link)
        with pytest.raises(TypeError, match="neither true nor false"):
            tester.run("assert answer", link)
        with pytest.raises(Exception, match=r".+"):
            tester.run("import numpy as np\nnp.testing.assert_allclose(f(1), 2)", link)
        with pytest.raises(AssertionError):
            np.testing.assert_allclose(1, 2)


def test_arguments_changed_in_place_are_seen_by_the_test() -> None:
    with Sandbox() as sandbox:
        run(sandbox, "def f(x):\n    x[0] = 9\n    return x")
        tester = trusted.Tester()
        tester.run("import numpy as np\nx = np.zeros(2)\ny = f(x)", Link(sandbox))
    assert tester.names["x"][0] == 9


def test_the_instructors_names_win() -> None:
    with Sandbox() as sandbox:
        run(sandbox, "def check(*a): return True\nlen = 3")
        tester, link = trusted.Tester(), Link(sandbox)
        tester.prepare("def check(x):\n    assert x == 1", link)
        with pytest.raises(AssertionError):
            tester.run("check(len([1, 2]))", link)


def test_forged_answers_are_refused() -> None:
    link = Link(Sandbox())
    for forged in ({}, {"value": {"handle": ["0", "x", [], False]}}, {"value": {"pickle": "gASV"}}):
        with pytest.raises(wire.WireError):
            link.read(forged)
    with pytest.raises(RuntimeError, match="in your code: SystemExit"):
        link.read({"error": ["SystemExit", "0"]})


@pytest.mark.parametrize(
    "data",
    [
        {"array": ["|O", [1], "AAAAAAAAAAA=", False]},
        {"array": ["<f8", [2], "AAAAAAAAAAA=", False]},
        {"array": ["<f8", [-1], "", False]},
        {"array": ["<f8", [1], "not base64!", False]},
        {"float": "1" * 100},
        {"list": "abc"},
        {"dict": [[{"list": []}, 1]]},
        {"a": 1, "b": 2},
    ],
)
def test_damaged_values_are_refused(data: Any) -> None:
    with pytest.raises(wire.WireError):
        wire.decode(data)


def test_values_survive_the_wire() -> None:
    value = {"a": [1, 2.5, float("inf"), None, "x"], 3: (np.arange(6).reshape(2, 3), True)}
    found = wire.decode(wire.encode(value))
    np.testing.assert_array_equal(found[3][0], value[3][0])  # type: ignore[index]
    assert found["a"] == value["a"]
    assert type(wire.decode(wire.encode(np.float32(1)))) is np.float32


def test_a_hidden_failure_shows_only_its_hint() -> None:
    source = (
        "assert 1 == 1\n### BEGIN HIDDEN TESTS\nassert False, {message!r}\n### END HIDDEN TESTS"
    )
    for message, expected in (
        ("expected 42", "A hidden test failed"),
        ("Hint: look", "Hint: look"),
    ):
        text = source.format(message=message)
        with pytest.raises(AssertionError) as caught:
            exec(compile(text, "test", "exec"))  # noqa: S102  # the test's own text
        assert message_for_student(text, caught.value).startswith(expected)


def test_python_of_the_sandbox_is_ours() -> None:
    with Sandbox() as sandbox:
        found = run(sandbox, "import sys\nprint(*sys.version_info[:2])")["printed"].split()
    assert found == [str(n) for n in sys.version_info[:2]]
