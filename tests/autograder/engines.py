"""Where students' code can run on this machine: bubblewrap, and container engines that work.

An image is made of this machine's own files, so that nothing has to be fetched.
"""

import io
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os.path import normpath
from pathlib import Path
from uuid import uuid4

from autograder.container import ContainerSandbox
from autograder.conversation import Conversation
from autograder.limits import Limits
from autograder.sandbox import Sandbox

Open = Callable[..., Conversation]


def works(engine: str) -> bool:
    """Return whether an engine is here, with its service."""
    if shutil.which(engine) is None:
        return False
    return subprocess.run([engine, "info"], capture_output=True, check=False).returncode == 0


ENGINES = [engine for engine in ("podman", "docker") if works(engine)]


@contextmanager
def opener(kind: str) -> Iterator[Open]:
    """Give a function that makes a sandbox of a kind from files and limits."""
    if kind == "bubblewrap":
        yield Sandbox
        return
    with image_on(kind) as image:

        def container(files: Path | None = None, limits: Limits | None = None) -> Conversation:
            return ContainerSandbox(kind, image, files, limits)

        yield container


@contextmanager
def image_on(engine: str) -> Iterator[str]:
    """Make an image of a shell, `cp` and the libraries that Python needs; remove it afterwards."""
    name = f"localhost/autograder-test:{uuid4().hex}"
    command = [engine, "import", "-", name]
    made = subprocess.run(command, input=root_folder(), capture_output=True, check=False)
    assert made.returncode == 0, made.stderr.decode()
    yield name
    subprocess.run([engine, "rmi", "--force", name], capture_output=True, check=True)


def root_folder() -> bytes:
    """Return the smallest root folder in which Python and NumPy run, as a tar archive."""
    programs = [shutil.which(name) or name for name in ("sh", "cp")]
    compiled = Path(sysconfig.get_config_var("DESTSHARED")).glob("*.so")
    arrays = Path(sysconfig.get_paths()["platlib"]).glob("numpy/**/*.so")
    mounted = tuple(map(str, (sys.base_prefix, sysconfig.get_paths()["platlib"])))
    needed = {f"/bin/{Path(program).name}": program for program in programs}
    for file in (*programs, sys.executable, *map(str, compiled), *map(str, arrays)):
        said = subprocess.run(["ldd", file], capture_output=True, text=True, check=False).stdout
        found = [normpath(name) for name in re.findall(r"(/\S+) \(0x", said)]
        needed |= {name: name for name in found if not name.startswith(mounted)}
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for folder in ("tmp", "home", "proc", "dev", "sys", "etc"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        for place, file in needed.items():
            tar.add(Path(file).resolve(), place)
    return archive.getvalue()
