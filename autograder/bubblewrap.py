"""The command line that puts a program behind bubblewrap, and what its refusals mean."""

import shutil
import sys
import sysconfig
from pathlib import Path

from autograder.limits import Limits, SandboxUnavailableError
from autograder.words import PLACE, files_inside, installed_packages

HERE = Path(__file__).parent
SYSTEM_FOLDERS = ("/usr", "/lib", "/lib64", "/bin", "/etc/alternatives", "/etc/ld.so.cache")
# The files of ours that run inside; they import the standard library and NumPy alone.
INSIDE = (
    "isolate.py", "objects.py", "rare.py", "seccomp.py", "student.py", "warm.py", "wire.py",
)  # fmt: skip


# What the warm interpreter needs to give each student namespaces of its own, and then a user.
WARM_PRIVILEGES = ("CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_SETUID", "CAP_SETGID")


def bubblewrap_command(limits: Limits, root: bool, warm: bool = False) -> list[str]:
    """Return the command up to the program that runs inside.

    Root needs no user namespace: it starts inside with the right to change its uid and
    nothing else, and ``isolate.py`` gives that up before any student code runs. Anybody else gets
    a user namespace, in which there is nobody else to become.

    Args:
        limits: sizes of the scratch folders.
        root: whether the grader is root.
        warm: whether what runs inside is the warm interpreter, which makes further namespaces.
    """
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxUnavailableError(
            "bwrap is not installed, and students' code runs only inside it; "
            "install it, for example: sudo apt-get install bubblewrap"
        )
    words = [program, "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    words += ["--unshare-cgroup-try", "--die-with-parent", "--new-session", "--clearenv"]
    words += ["--cap-drop", "ALL"]
    # First, so that a Python installed below one of them is mounted on top.
    words += scratch("/tmp", limits) + scratch("/home", limits)  # noqa: S108
    if not root:
        words += ["--unshare-user", *([] if warm else ["--disable-userns"])]
    privileges = WARM_PRIVILEGES if warm else ("CAP_SETUID", "CAP_SETGID") if root else ()
    for privilege in privileges:
        words += ["--cap-add", privilege]
    words += [*what_is_seen(), "--proc", "/proc", "--dev", "/dev"]
    if not warm:  # whose students get one each
        words += scratch("/dev/shm", limits)  # noqa: S108
    for name, value in environment().items():
        words += ["--setenv", name, value]
    return words


def scratch(place: str, limits: Limits) -> list[str]:
    """Return the words for an empty folder of limited size that anybody inside may write to."""
    return ["--perms", "0777", "--size", str(limits.file_mb * 2**20), "--tmpfs", place]


def what_is_seen() -> list[str]:
    """Return the words for the system's libraries, Python, its packages and our own files."""
    words = []
    for folder in SYSTEM_FOLDERS:
        words += ["--ro-bind-try", folder, folder]
    base = sys.base_prefix
    if not base.startswith("/usr"):
        # bubblewrap makes missing parents readable by their owner only, and we change owner.
        for parent in reversed(Path(base).parents[:-1]):
            words += ["--perms", "0755", "--dir", str(parent)]
        words += ["--ro-bind", base, base]
    words += ["--perms", "0755", "--dir", "/grader"]
    words += ["--ro-bind", sysconfig.get_paths()["purelib"], "/packages"]
    for name in INSIDE:
        words += ["--ro-bind", str(HERE / name), f"/grader/{name}"]
    return words + words_of_ours()


def words_of_ours() -> list[str]:
    """Return the words for what of our own a notebook may import, and nothing else of it."""
    words = []
    for package in installed_packages():  # the whole of it holds answers
        place = f"/packages/{package}"
        words += ["--perms", "0755", "--size", "4096", "--tmpfs", place, "--remount-ro", place]
    inside = files_inside()
    folders = {Path(p).parent.as_posix() for p in inside.values()} | {PLACE}
    for folder in sorted(folders):
        words += ["--perms", "0755", "--dir", folder]
    for path, place in inside.items():
        words += ["--ro-bind", str(path), place]
    return words


def python() -> str:
    """Return the interpreter inside: ours, of which the virtual environment is a copy."""
    return str(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}")


def one_thread() -> dict[str, str]:
    """Return the variables that keep NumPy and PyTorch from starting threads."""
    return dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def environment() -> dict[str, str]:
    """Return the few variables that the student's process sees."""
    return {
        **one_thread(),
        "HOME": "/home",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": "/home",
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": f"/packages:{PLACE}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",  # the order of a set is the same in every run
        "NBGRADER_EXECUTION": "autograde",
    }


def explain(said: str) -> str:
    """Return what to do about a sandbox that did not start, from bubblewrap's own words."""
    words = said.strip()[-500:] or "no message"
    remedy = "run `autograder doctor` to see what this machine offers"
    if "uid map" in said or "namespace" in said.lower() or "Operation not permitted" in said:
        remedy = (
            "this machine forbids user namespaces. On Ubuntu 23.10 and later AppArmor does; allow "
            "them with `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0` or "
            "a profile for bwrap. In a container, its seccomp profile does; grade on the host"
        )
    return f"the sandbox did not start, so nothing was graded. bwrap said: {words}. {remedy}"
