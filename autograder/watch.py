"""How much memory a sandbox holds, counted from outside over all its processes.

``RLIMIT_DATA`` holds one process to its private memory. Shared mappings escape it, and so does the
sum over many processes, so the supervisor adds up what the kernel says and stops the sandbox.
"""

import os
from contextlib import suppress
from pathlib import Path


def memory_in_use(pid: int) -> int:
    """Return the bytes of private and shared memory of ``pid`` and of all that descend from it."""
    return sum(_memory_of(each) for each in family(pid))


def processor_time(pid: int) -> float:
    """Return the processor time, in seconds, of ``pid``, its descendants and those waited for."""
    ticks = 0
    for each in family(pid):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11:15])  # own and children's, user and system
    return ticks / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """Return ``pid`` and its descendants; orphans stay below the sandbox's own first process."""
    found, waiting = [], [pid]
    while waiting:
        member = waiting.pop()
        found.append(member)
        try:
            threads = os.listdir(f"/proc/{member}/task")  # noqa: PTH208  # quick, many times a second
        except OSError:
            continue  # it ended while we looked
        for thread in threads:
            with suppress(OSError):
                children = Path(f"/proc/{member}/task/{thread}/children").read_text()
                waiting += [int(word) for word in children.split()]
    return found


def _memory_of(pid: int) -> int:
    """Return one process's share; pages that forks have in common are divided among them."""
    for name, fields in (
        ("smaps_rollup", ("Pss_Anon:", "Pss_Shmem:")),
        ("status", ("RssAnon:", "RssShmem:")),
    ):
        try:
            lines = Path(f"/proc/{pid}/{name}").read_text().splitlines()
        except OSError:
            continue
        sizes = [int(line.split()[1]) for line in lines if line.startswith(fields)]
        if sizes:
            return 1024 * sum(sizes)
    return 0
