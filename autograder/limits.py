"""What a student's notebook may use, and the two ways in which running one ends early."""

from dataclasses import dataclass


class SandboxUnavailableError(RuntimeError):
    """No sandbox can be started on this machine; the message says why and what to do."""


class SandboxStoppedError(RuntimeError):
    """The student's process is gone; the message names the limit or the cause."""


@dataclass(frozen=True)
class Limits:
    """What a notebook may use.

    Attributes:
        seconds: wall-clock time of one of the student's cells, or of all calls that one test cell
            makes.
        total_seconds: wall-clock and processor time of the whole notebook.
        memory_mb: memory of all its processes together.
        processes: processes and threads at once.
        file_mb: size of each file, and of the scratch folder.
    """

    seconds: float = 10.0
    total_seconds: int = 300
    memory_mb: int = 2048
    processes: int = 32
    file_mb: int = 64

    def resource_limits(self) -> dict[str, int]:
        """Return the limits under the names of Python's ``resource`` module."""
        return {
            "RLIMIT_CPU": self.total_seconds,
            "RLIMIT_DATA": self.memory_mb * 2**20,
            "RLIMIT_NPROC": self.processes,
            "RLIMIT_FSIZE": self.file_mb * 2**20,
            "RLIMIT_NOFILE": 256,
            "RLIMIT_MSGQUEUE": 0,
            "RLIMIT_CORE": 0,
        }
