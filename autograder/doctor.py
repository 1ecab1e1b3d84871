"""Say what protects this machine from the code it is about to grade, by trying it."""

import os
import time
from collections.abc import Callable, Sequence

from autograder import seccomp
from autograder.control_groups import Hierarchy, places
from autograder.conversation import Conversation
from autograder.greenhouse import WarmInterpreter
from autograder.sandbox import Limits, Sandbox, SandboxStoppedError, SandboxUnavailableError

Say = Callable[[str], None]

# Each probe is a cell for the sandbox and what it must print.
PROBES = {
    "runs as nobody in particular": ("import os\nprint(os.getuid() != 0 or 'root')", "True"),
    "has no privileges": (
        "print('CapEff:\\t0000000000000000' in open('/proc/self/status').read())",
        "True",
    ),
    "cannot get privileges": (
        "print('NoNewPrivs:\\t1' in open('/proc/self/status').read())",
        "True",
    ),
    "cannot make namespaces": (
        "import ctypes\nprint([ctypes.CDLL(None).unshare(n) for n in (0x20000, 0x10000000)])",
        "[-1, -1]",
    ),
    "writes to its scratch folders only": (
        "import os\n"
        "places = [p for p in ('/', '/dev', '/usr', '/grader', '/packages', '/proc')\n"
        "          if os.access(p, os.W_OK)]\nprint(places)",
        "[]",
    ),
    "sees no home folder": (
        "import os, sys\nplaces = [p for top in ('/home', '/root') for p in os.walk(top)]\n"
        "print([p[2] for p in places if p[2] and not p[0].startswith(sys.base_prefix)])",
        "[]",
    ),
    "sees no other process": (
        "import os\nprint(sum(p.isdigit() for p in os.listdir('/proc')) <= 3)",
        "True",
    ),
    "has no network": (
        "import socket\nprint([n for _, n in socket.if_nameindex() if n != 'lo'])",
        "[]",
    ),
    "is held to its memory": (
        "try:\n    bytearray(2**33)\nexcept MemoryError:\n    print('held')",
        "held",
    ),
    "is held to its processes": (
        "import os, time\n"
        "def spawn():\n"
        "    for n in range(200):\n"
        "        try:\n"
        "            if os.fork() == 0: time.sleep(2); os._exit(0)\n"
        "        except OSError: return 'held'\n"
        "print(spawn())",
        "held",
    ),
}


FILTER = (
    "print([line.split()[1] for line in open('/proc/self/status') if line[:8] == 'Seccomp:'])",
    "['2']",
)


def examine(say: Say) -> bool:
    """Try every protection inside a sandbox and say what was found; return whether all hold."""
    try:
        with Sandbox(limits=Limits()) as sandbox:
            say("ok    a sandbox starts (bubblewrap)")
            holds = probe_all(sandbox, say)
    except SandboxUnavailableError as error:
        say(f"FAIL  {error}")
        return False
    holds = examine_warm(say) and holds
    for line in remarks():
        say(f"note  {line}")
    return holds


def probe_all(sandbox: Conversation, say: Say) -> bool:
    """Run every probe; the last one ends the sandbox."""
    results = [probe(sandbox, name, *PROBES[name], say) for name in PROBES]
    if seccomp.supported():
        results.append(probe(sandbox, "is held by a filter of system calls", *FILTER, say))
    return all([*results, stops(sandbox, say)])


def examine_warm(say: Say) -> bool:
    """Try the same below a warm interpreter; without one, grading works and is slower."""
    try:
        with WarmInterpreter(imports=["numpy"]) as interpreter:
            say("ok    a warm interpreter starts; the same in a student forked from it:")
            until = time.monotonic() + 300
            with interpreter.sandbox(None, Limits(), until) as sandbox:
                return probe_all(sandbox, say)
    except SandboxUnavailableError as error:
        say(
            f"note  no warm interpreter: each notebook starts Python anew, 20 times slower; {error}"
        )
        return True


def remarks() -> list[str]:
    """Return what protects this machine beyond what can be tried, and what does not."""
    user = "a user of its own, made up for each notebook" if os.geteuid() == 0 else "your own user"
    inside = " in a user namespace without rights" if os.geteuid() else ""
    found = [
        f"students' code runs as {user}{inside}, in namespaces of its own for processes, mounts, "
        "network, IPC and host name",
        "memory of all processes of a notebook is added up from outside, ten times a second while "
        "it computes, and by the kernel for each process",
        said_of_groups(places()),
        "nothing here protects from a hole in the kernel itself: keep it up to date",
    ]
    if not seccomp.supported():
        found.insert(1, "the filter of system calls knows x86_64 and aarch64, not this processor")
    return found


def said_of_groups(places: Sequence[Hierarchy]) -> str:
    """Return what the kernel's control groups do here, or what they would need."""
    names = sorted({name for place in places for name in place.controllers})
    if not names:
        return (
            "no control group holds a notebook's processes together: this user can make none here "
            "(root can, or whoever systemd delegates one to)"
        )
    return (
        "the kernel holds the students of a warm interpreter together, in a control group "
        f"(version {places[0].version}), to their "
        + " and ".join({"memory": "memory", "pids": "number of processes"}[n] for n in names)
    )


def probe(sandbox: Conversation, name: str, source: str, expected: str, say: Say) -> bool:
    """Run one probe; say and return whether it printed what it must."""
    answer = sandbox.ask({"do": "run", "source": source})
    found = str(answer.get("printed", "")).strip()
    holds = found == expected and "error" not in answer
    say(f"{'ok  ' if holds else 'FAIL'}  student code {name}" + ("" if holds else f": {answer}"))
    return holds


def stops(sandbox: Conversation, say: Say) -> bool:
    """Say and return whether an endless loop that ignores interrupts is ended from outside."""
    source = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    try:
        sandbox.ask({"do": "run", "source": source}, seconds=1)
    except SandboxStoppedError:
        say("ok    student code is stopped by the clock outside")
        return True
    say("FAIL  student code is stopped by the clock outside")
    return False
