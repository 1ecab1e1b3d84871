"""Make a fresh machine ready: virtual environment, pinned packages, and the two system programs.

Needs nothing but the standard library. Running it again does nothing unless the pins changed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

PINS = ("requirements.txt", "constraints.txt", "pyproject.toml")
SYSTEM = {
    "bwrap": ("bubblewrap", "grading runs students' code inside it"),
    "chromium": (
        "chromium",
        "it sets formulas and runs browser tests; CONVNET_BROWSER may name one",
    ),
}


def fingerprint() -> str:
    """Return a hash of the files that decide what is installed."""
    texts = [Path(name).read_bytes() for name in PINS]
    return hashlib.sha256(b"\0".join([sys.version.encode(), *texts])).hexdigest()


def create_environment(folder: Path) -> Path:
    """Create the virtual environment if it is missing or broken; return its interpreter."""
    python = folder / "bin" / "python"
    works = python.exists() and not subprocess.run([python, "-c", ""], check=False).returncode
    if not works:
        print(f"setup: creating {folder}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    return python


def install_packages(python: Path) -> None:
    """Install the pinned packages, showing pip's larger downloads as they begin."""
    print("setup: installing the pinned packages (torch's CUDA libraries make it about 5 GB)")
    print("setup: on two cores and a fast line a first set-up takes 3 to 5 minutes", flush=True)
    begin = time.monotonic()
    command = [python, "-m", "pip", "--disable-pip-version-check", "install", "--progress-bar=off"]
    with subprocess.Popen(
        [*command, "-r", "requirements.txt"], stdout=subprocess.PIPE, text=True
    ) as pip:
        for line in pip.stdout or ():
            words = line.split()
            if words[:1] == ["Downloading"] and "MB" in line:
                print(
                    f"setup: {time.monotonic() - begin:4.0f} s  {' '.join(words[1:])}", flush=True
                )
            elif words[:1] == ["Installing"]:
                print(f"setup: {time.monotonic() - begin:4.0f} s  unpacking", flush=True)
    if pip.returncode:
        raise subprocess.CalledProcessError(pip.returncode, "pip install -r requirements.txt")
    print(f"setup: packages installed in {time.monotonic() - begin:.0f} s", flush=True)


def missing_programs() -> list[str]:
    """Return the system programs that are not on the PATH."""
    browser = os.environ.get("CONVNET_BROWSER")
    found = {"chromium": bool(browser)} if browser else {}
    return [name for name in SYSTEM if not (found.get(name) or shutil.which(name))]


def installer() -> list[str] | None:
    """Return the apt-get prefix that may be used without asking for a password, if there is one."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    if not shutil.which("sudo"):
        return None
    allowed = subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True)
    return None if allowed.returncode else ["sudo", "-n", "apt-get"]


def install_programs() -> None:
    """Install missing system programs where that is allowed, and name the rest with the command."""
    missing = missing_programs()
    apt = installer() if missing else None
    packages = [SYSTEM[name][0] for name in missing]
    if apt:
        print(f"setup: installing {', '.join(packages)} with apt-get", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update", "-qq"], ["install", "-y", "-qq", *packages]):
            subprocess.run([*apt, *words], check=False, stdout=subprocess.DEVNULL, env=environment)
    for name in missing_programs():
        package, reason = SYSTEM[name]
        print(f"setup: {name} is missing ({reason}); install it: sudo apt-get install {package}")


def main() -> int:
    """Set up the folder named on the command line; return 0, or 1 where pip failed."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".venv")
    if sys.version_info < (3, 11):  # noqa: UP036  # runs before pip could check requires-python
        version = ".".join(map(str, sys.version_info[:3]))
        print(f"setup: Python is {version}, but needs to be 3.11 or newer")
        print("setup: name one that is, for example make PYTHON=python3.12 demo")
        return 1
    stamp = folder / ".ready"
    try:
        if not stamp.exists() or stamp.read_text() != fingerprint():
            install_packages(create_environment(folder))
        install_programs()
    except subprocess.CalledProcessError as error:
        print(f"setup: {error}; nothing is marked ready, so the same command tries again")
        return 1
    stamp.write_text(fingerprint())
    return 0


if __name__ == "__main__":
    sys.exit(main())
