"""Is a student forked from the warm interpreter as free, and as confined, as one started anew?"""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import pytest

from autograder import backends
from autograder.conversation import Conversation
from autograder.greenhouse import WarmInterpreter, WarmSandbox, check_single_threaded
from autograder.limits import Limits, SandboxStoppedError, SandboxUnavailableError

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("autograder")]
THREADS = """
import torch
torch.set_num_threads(3)
x = torch.rand(16, 3, 32, 32, requires_grad=True)
layer = torch.nn.Conv2d(3, 16, 3)
layer(x).square().mean().backward()
a = torch.rand(400, 400)
print(bool(torch.isfinite(a @ a).all()), x.grad.shape == x.shape)
"""
LOADER = """
from torch.utils.data import DataLoader
rows = [[1.0, 2.0]] * 8
print(sum(len(batch) for batch in DataLoader(rows, batch_size=2, num_workers=1)))
"""


@pytest.fixture(scope="module")
def interpreter() -> Iterator[WarmInterpreter]:
    """Return one that has imported PyTorch."""
    with WarmInterpreter(imports=["numpy", "numpy.random", "torch"]) as interpreter:
        yield interpreter


def student(interpreter: WarmInterpreter, seconds: float = 60.0, **limits: Any) -> WarmSandbox:
    """Return a student's sandbox."""
    allowed = Limits(seconds=seconds, **limits)
    return interpreter.sandbox(None, allowed, time.monotonic() + 120)


def printed(sandbox: Conversation, source: str) -> str:
    """Run a cell and return what it printed; fail where it raised."""
    answer = sandbox.ask({"do": "run", "source": source})
    assert "error" not in answer, answer
    return str(answer["printed"]).strip()


def test_torch_may_use_threads_and_gradients_after_the_fork(interpreter: WarmInterpreter) -> None:
    assert interpreter.facts["missing"] == []
    for _ in range(5):
        with student(interpreter) as sandbox:
            assert printed(sandbox, THREADS) == "True True"


def test_a_data_loader_may_start_processes(interpreter: WarmInterpreter) -> None:
    with student(interpreter) as sandbox:
        assert printed(sandbox, LOADER) == "8"


def test_the_first_operations_leave_the_random_state_alone(interpreter: WarmInterpreter) -> None:
    with student(interpreter) as sandbox:
        source = "import torch\nprint(torch.rand(2).tolist())"
        first = printed(sandbox, source)
        fresh = printed(sandbox, "torch.manual_seed(0)\nprint(torch.rand(2).tolist())")
    assert first == fresh


def test_a_student_who_leaves_is_noticed_at_once(interpreter: WarmInterpreter) -> None:
    begin = time.monotonic()
    with student(interpreter) as sandbox, pytest.raises(SandboxStoppedError, match="_exit"):
        printed(sandbox, "import os\nos._exit(0)")
    assert time.monotonic() - begin < 30


def test_students_do_not_see_each_other(interpreter: WarmInterpreter) -> None:
    with student(interpreter) as one, student(interpreter) as other:
        printed(one, "open('mine', 'w').write('x')\nimport time, os")
        assert printed(other, "import os\nprint(os.listdir('.'))") == "[]"
        own = printed(other, "print(sorted(int(p) for p in os.listdir('/proc') if p.isdigit()))")
        assert len(own.split(",")) <= 2
        assert printed(one, "print(os.path.exists('mine'))") == "True"


def test_memory_of_all_processes_together_is_limited(interpreter: WarmInterpreter) -> None:
    source = (
        "import os, time\n"
        "for _ in range(4):\n"
        "    if os.fork() == 0:\n"
        "        held = bytearray(os.urandom(2**20)) * 150\n"
        "        time.sleep(60)\n"
        "time.sleep(60)"
    )
    with (
        student(interpreter, memory_mb=400) as sandbox,
        pytest.raises(SandboxStoppedError, match="400 MB of memory"),
    ):
        printed(sandbox, source)


def test_a_students_own_files_lie_beside_the_notebook(interpreter: WarmInterpreter) -> None:
    sandbox = student(interpreter)
    sandbox.extra = {"data/mine.txt": "NDI="}
    with sandbox:
        assert printed(sandbox, "print(open('data/mine.txt').read())") == "42"


def test_an_import_that_starts_threads_is_refused() -> None:
    with pytest.raises(SandboxUnavailableError, match="started 2 threads"):
        check_single_threaded(3)


def test_where_the_warm_interpreter_cannot_start_the_cold_sandbox_takes_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def cannot(_: WarmInterpreter) -> None:
        raise SandboxUnavailableError("no namespaces below namespaces")

    monkeypatch.setattr(WarmInterpreter, "start", cannot)
    backend = backends.start("warm", None, Limits(), ["numpy"])()
    assert backend.kind == "cold"
    assert "no namespaces" in backend.facts["warm"]


def test_without_a_sandbox_the_clock_still_runs() -> None:
    from autograder.bare import Bare

    with Bare(limits=Limits(seconds=1)) as bare:
        assert printed(bare, "print(6 * 7)") == "42"
        with contextlib.suppress(SandboxStoppedError):
            printed(bare, "while True: pass")
            pytest.fail("the loop ended by itself")
