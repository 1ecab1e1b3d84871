"""Run attacks through stock nbgrader, each in a sandbox that is thrown away with it.

Nothing here trusts nbgrader to hold anything. Around it lies bubblewrap: own user, process, network
(loopback only), mount and IPC namespaces; of this machine only programs are there, and none of it
can be written; memory, processes, files and time are limited. It is never run outside that.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from autograder.bubblewrap import SYSTEM_FOLDERS
from autograder.watch import memory_in_use

from .course import HERE, NEIGHBOUR, Attack, hand_in, hand_in_honest
from .ours import Result, released_course

SECONDS = 400  # for everything inside
MEMORY = 4 * 2**30  # bytes, over all processes inside
OUTPUT = 2**20  # bytes of the one JSON object that comes out
SCRATCH = 512 * 2**20  # bytes of each folder that can be written inside
# For the process that looks on: it runs nbgrader as somebody else, and then reads what was left.
PRIVILEGES = ("SETUID", "SETGID", "KILL", "CHOWN", "DAC_OVERRIDE")


def grade(root: Path, attacks: list[Attack], at_once: int = 2) -> Iterator[tuple[str, Result]]:
    """Grade each attack, with an honest neighbour, in a course and a sandbox of its own.

    Yields name and result as they come.
    """
    released_course(root)
    with ThreadPoolExecutor(at_once) as pool:
        running = {pool.submit(one, root, attack): attack.name for attack in attacks}
        for done in as_completed(running):
            yield running[done], done.result()


def one(root: Path, attack: Attack) -> Result:
    """Return what became of one attack under stock nbgrader."""
    with tempfile.TemporaryDirectory(prefix="attacked-") as name:
        course = Path(name) / "course"
        shutil.copytree(root, course)
        hand_in(course, attack)
        hand_in_honest(course, attack.name + NEIGHBOUR, attack.part)
        found = inside(course, attack)
    if found is None:
        return Result(harm=["the whole sandbox ended or hung"], seconds=SECONDS)
    return Result(found["score"], found["neighbour"], "", found["harm"], found["seconds"])


def inside(course: Path, attack: Attack) -> dict[str, Any] | None:
    """Start the sandbox, watch its time and memory, return what it printed."""
    uid = random.SystemRandom().randrange(200_000, 60_000_000) if os.geteuid() == 0 else 0
    begin = time.monotonic()
    words = ["/attacks/stock_inside.py", "/given", attack.part, attack.name, str(uid)]
    process = subprocess.Popen(
        [*command(course, uid), sys.executable, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    said: list[bytes] = []
    reader = threading.Thread(target=lambda: said.append(process.stdout.read(OUTPUT)))
    reader.start()
    while process.poll() is None and reader.is_alive():
        if time.monotonic() - begin > SECONDS or memory_in_use(process.pid) > MEMORY:
            break
        reader.join(0.5)
    process.kill()
    errors = process.stderr.read(4000)
    process.wait()
    reader.join()
    try:
        return json.loads(said[0])
    except ValueError:
        print(attack.name, errors.decode(errors="replace"), file=sys.stderr)
        return None


def command(course: Path, uid: int) -> list[str]:
    """Return the command line of the sandbox, up to the program that runs inside."""
    words = ["bwrap", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    words += ["--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]
    for privilege in PRIVILEGES if uid else ():
        words += ["--cap-add", f"CAP_{privilege}"]
    words += [] if uid else ["--unshare-user"]
    words += ["--proc", "/proc", "--dev", "/dev"]
    for folder in ("/tmp", "/home", "/work-here", "/dev/shm"):  # noqa: S108  # the sandbox's own
        words += ["--perms", "0777", "--size", str(SCRATCH), "--tmpfs", folder]
    for folder in SYSTEM_FOLDERS:
        words += ["--ro-bind-try", folder, folder]
    for folder in (sys.base_prefix, sys.prefix):
        if not folder.startswith("/usr"):
            words += [
                w
                for p in reversed(Path(folder).parents[:-1])
                for w in ("--perms", "0755", "--dir", str(p))
            ]
            words += ["--ro-bind", folder, folder]
    words += ["--perms", "0755", "--dir", "/attacks", "--ro-bind", str(course), "/given"]
    for name in ("look.py", "stock_inside.py"):
        words += ["--ro-bind", str(HERE / name), f"/attacks/{name}"]
    for name, value in environment().items():
        words += ["--setenv", name, value]
    return [*words, "--remount-ro", "/", "--"]


def environment() -> dict[str, str]:
    """Return the few variables inside."""
    return {
        "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
        "HOME": "/home",
        "USER": "nobody",
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
