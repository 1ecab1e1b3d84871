"""Say what protects this machine from the code it is about to grade, by trying it."""

from collections.abc import Callable

from autograder.sandbox import Limits, Sandbox, SandboxStoppedError, SandboxUnavailableError

# Each probe is a cell for the sandbox and what it must print.
PROBES = {
    "runs as nobody in particular": ("import os\nprint(os.getuid() != 0 or 'root')", "True"),
    "has no privileges": (
        "print('CapEff:\\t0000000000000000' in open('/proc/self/status').read())",
        "True",
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


def examine(say: Callable[[str], None]) -> bool:
    """Try every protection inside a sandbox and say what was found; return whether all hold."""
    try:
        with Sandbox(limits=Limits()) as sandbox:
            say("ok    a sandbox starts (bubblewrap)")
            results = [probe(sandbox, name, *PROBES[name], say) for name in PROBES]
            return all([*results, stops(sandbox, say)])
    except SandboxUnavailableError as error:
        say(f"FAIL  {error}")
        return False


def probe(
    sandbox: Sandbox, name: str, source: str, expected: str, say: Callable[[str], None]
) -> bool:
    """Run one probe; say and return whether it printed what it must."""
    answer = sandbox.ask({"do": "run", "source": source})
    found = str(answer.get("printed", "")).strip()
    holds = found == expected and "error" not in answer
    say(f"{'ok  ' if holds else 'FAIL'}  student code {name}" + ("" if holds else f": {answer}"))
    return holds


def stops(sandbox: Sandbox, say: Callable[[str], None]) -> bool:
    """Say and return whether an endless loop that ignores interrupts is ended from outside."""
    source = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    try:
        sandbox.ask({"do": "run", "source": source}, seconds=1)
    except SandboxStoppedError:
        say("ok    student code is stopped by the clock outside")
        return True
    say("FAIL  student code is stopped by the clock outside")
    return False
