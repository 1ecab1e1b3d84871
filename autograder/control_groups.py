"""A control group for students' processes, where the grader may make one.

The kernel then holds all of them together, their scratch folders in memory included, at every
moment; the supervisor by itself adds up ten times a second (``watch.py``). Version 1 wants root.
Version 2 wants a group that hands its controllers down and may be written to: root has one, others
where systemd delegates one to them. Where neither is so there are no groups, and all the other
limits hold as before.

A warm interpreter and all that it forks are in one group, with room for as many students as it has
workers: to move each student into a group of its own takes the kernel longer than a fork.
"""

import functools
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from uuid import uuid4

from autograder.limits import Limits

PREFIX = "autograder-"
SCRATCH_FOLDERS = 3  # in memory, each of limits.file_mb
OUR_OWN = 4  # processes in a group that no student started, besides the first of each namespace
REMOVE_SECONDS = 2.0  # for the last of its processes to be gone


@dataclass(frozen=True)
class Hierarchy:
    """A folder of the kernel's below which a group can be made.

    Attributes:
        folder: where.
        version: of control groups, 1 or 2.
        controllers: what it holds groups to, of ``memory`` and ``pids``.
    """

    folder: Path
    version: int
    controllers: frozenset[str]

    def settings(self, limits: Limits, students: int) -> list[tuple[str, int, bool]]:
        """Return the files to write to, what to write, and whether the file must be there."""
        found = []
        if "memory" in self.controllers:
            memory = students * (limits.memory_mb + SCRATCH_FOLDERS * limits.file_mb) * 2**20
            if self.version == 1:
                found += [("memory.limit_in_bytes", memory, True)]
                found += [("memory.memsw.limit_in_bytes", memory, False)]
            else:
                found += [("memory.max", memory, True), ("memory.swap.max", 0, False)]
        if "pids" in self.controllers:
            found += [("pids.max", students * (limits.processes + 1) + OUR_OWN, True)]
        return found


class ControlGroup:
    """A group of processes that the kernel holds to a notebook's limits.

    Args:
        places: the hierarchies in which to make it.
        limits: of a notebook.
        students: how many notebooks may run in it at once.

    Raises:
        OSError: it cannot be made, or not with these limits.
    """

    def __init__(self, places: Iterable[Hierarchy], limits: Limits, students: int = 1) -> None:
        name = f"{PREFIX}{os.getpid()}-{uuid4().hex[:12]}"
        self._folders: list[Path] = []
        try:
            for place in places:
                folder = place.folder / name
                folder.mkdir()
                self._folders.append(folder)
                for file, value, needed in place.settings(limits, students):
                    if needed or (folder / file).exists():
                        (folder / file).write_text(str(value))
        except OSError:
            self.close()
            raise

    def take(self, pids: Iterable[int]) -> Self:
        """Put processes into the group; what they start from now on is in it, too."""
        for pid in pids:
            for folder in self._folders:
                (folder / "cgroup.procs").write_text(str(pid))
        return self

    def close(self) -> None:
        """Remove the group once its processes are gone; one that stays is for :func:`sweep`."""
        until = time.monotonic() + REMOVE_SECONDS
        while self._folders:
            try:
                self._folders[-1].rmdir()
            except FileNotFoundError:
                pass
            except OSError:
                if time.monotonic() < until:
                    time.sleep(0.01)
                    continue
            self._folders.pop()


@functools.cache
def places() -> tuple[Hierarchy, ...]:
    """Return where this process can make groups; found out once."""
    with suppress(OSError):
        mounts, own = (Path(f"/proc/self/{n}").read_text() for n in ("mountinfo", "cgroup"))
        found = tuple(p for p in hierarchies(mounts, own) if os.access(p.folder, os.W_OK))
        ControlGroup(found, Limits()).take([]).close()
        return found
    return ()


def hold(pids: Iterable[int], limits: Limits, students: int = 1) -> ControlGroup | None:
    """Return a new group with these processes in it, or None where there are no groups."""
    if not places():
        return None
    with suppress(OSError):
        group = ControlGroup(places(), limits, students)
        try:
            return group.take(pids)
        except OSError:
            group.close()
    return None


def sweep() -> None:
    """Remove groups whose maker is no more."""
    for place in places():
        for left in place.folder.glob(f"{PREFIX}*"):
            maker = left.name.removeprefix(PREFIX).partition("-")[0]
            if not Path("/proc", maker).exists():
                with suppress(OSError):
                    left.rmdir()


def hierarchies(mounts: str, own: str) -> list[Hierarchy]:
    r"""Return the hierarchies that hold groups to memory or processes.

    Args:
        mounts: what ``/proc/self/mountinfo`` says.
        own: what ``/proc/self/cgroup`` says: the group of this process in each hierarchy.

    >>> mounts = "32 31 0:29 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids"
    >>> hierarchies(mounts, "8:pids:/course\n0::/")[0].folder.as_posix()
    '/sys/fs/cgroup/pids/course'
    """
    groups = {name: path for _, name, path in (line.split(":", 2) for line in own.splitlines())}
    found = []
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        (root, place), (kind, *_, options) = before.split()[3:5], after.split()
        if kind == "cgroup2" and "" in groups:
            found += handed_down(Path(place), below(place, root, groups[""]))
        elif kind == "cgroup":
            names = frozenset(options.split(",")) & {"memory", "pids"}
            own_path = next((p for n, p in groups.items() if names & set(n.split(","))), None)
            if own_path is not None:
                found.append(Hierarchy(below(place, root, own_path), 1, names))
    return found


def below(place: str, root: str, path: str) -> Path:
    """Return where a group is to be seen, below the mount of (a part of) its hierarchy."""
    return Path(place) / path.removeprefix(root.rstrip("/")).lstrip("/")


def handed_down(top: Path, group: Path) -> list[Hierarchy]:
    """Return the nearest group of version 2, from ``group`` upwards, whose children are counted."""
    for folder in (group, *group.parents):
        with suppress(OSError):
            handed = (folder / "cgroup.subtree_control").read_text().split()
            if names := frozenset(handed) & {"memory", "pids"}:
                return [Hierarchy(folder, 2, names)]
        if folder == top:
            break
    return []
