"""Fetch the book's typefaces again from their npm packages, every byte checked against its pin.

The files are part of the repository, so that a build needs no network; this says where they are
from and makes a newer version one changed line. ``--check`` only compares.
"""

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

FONTS = Path("book/_assets/fonts")
TOOLS = Path(".cache/tools")  # not part of the repository: what only checks need


class Package(NamedTuple):
    """An npm package: its version, the sha512 of its archive (base64), and the files we take."""

    version: str
    integrity: str
    files: tuple[str, ...]


# All under the SIL Open Font License 1.1, whose text is fetched with them.
PACKAGES = {
    "@fontsource/source-serif-4": Package(
        "5.3.1",
        "cWcTCXjYYrgF9A67fThVir1VSc0lPEYmwQ6jA4pPt01s2MSCi/maINUcZoCzaqnU8fyUReDO97eGcBUkHgOeug==",
        (
            "files/source-serif-4-latin-400-normal.woff2",
            "files/source-serif-4-latin-400-italic.woff2",
            "files/source-serif-4-latin-700-normal.woff2",
            "LICENSE",
        ),
    ),
    "@fontsource/bricolage-grotesque": Package(
        "5.3.0",
        "MdOVb/5in11IfN/IQJOExMuu6AroCIQbirl0yX7NUvKk+h0HYIKfGaVAXRS/gCPil4aFxWhjZnOw28tUwv7tFw==",
        ("files/bricolage-grotesque-latin-600-normal.woff2", "LICENSE"),
    ),
}

CHECKER = Package(
    "26.9.27",
    "TkQd5DFfOaWC9ebtvozTsrH2Vaod3jYg+vrOeREzIXxBexLz9+rS2DNtjn7+RPUiZhgli0SghgBX6RJRNea0KA==",
    ("build/dist/vnu.jar",),
)


def fetch_checker() -> Path | None:
    """Return the Nu HTML checker, fetched once; None where npm is missing or reaches nothing."""
    jar = TOOLS / f"vnu-{CHECKER.version}.jar"
    if jar.exists():
        return jar
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = fetch("vnu-jar", CHECKER, Path(folder))
        except (OSError, subprocess.CalledProcessError):
            return None
    TOOLS.mkdir(parents=True, exist_ok=True)
    jar.write_bytes(next(iter(found.values())))
    return jar


def local(package: str, member: str) -> Path:
    """Return where a package's file is kept; licences carry the package's name."""
    name = Path(member).name
    return FONTS / (name if name != "LICENSE" else f"LICENSE-{package.split('/')[-1]}.txt")


def fetch(name: str, package: Package, folder: Path) -> dict[Path, bytes]:
    """Return a package's files after checking its archive; raise where it is another one."""
    command = ["npm", "pack", "--silent", f"{name}@{package.version}"]
    ran = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    archive = folder / ran.stdout.split()[-1]
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != package.integrity:
        raise ValueError(
            f"{name} {package.version} has sha512 {found}, but needs {package.integrity}; "
            "compare what changed before pinning it"
        )
    with tarfile.open(archive) as members:
        members.extractall(folder, filter="data")
    return {local(name, m): (folder / "package" / m).read_bytes() for m in package.files}


def main() -> int:
    """Fetch, then write or compare; return 1 where a kept file differs from its package's."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, package in PACKAGES.items():
            for path, content in fetch(name, package, Path(folder)).items():
                same = path.exists() and path.read_bytes() == content
                if "--check" in sys.argv:
                    wrong += not same
                    print(f"{'same' if same else 'DIFFERENT'}  {path}")
                elif not same:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)
                    print(f"wrote {path}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
