"""What of our own a notebook may import behind the wall: words of test cells, and no answers.

``convnet``, if it is installed, is here in part: what checks an answer and what draws a student's
own numbers. Its layers, which would answer most tasks, stay outside.
"""

import importlib.util
import sysconfig
from pathlib import Path

PLACE = "/vocabulary"
FILES = {
    "autograder": ("__init__.py", "syntax.py", "vocabulary.py"),
    "convnet": ("__init__.py", "_check.py", "examples.py", "exercises/*.py"),
}
ANSWERS = ("exercises/network.py",)


def files_inside() -> dict[Path, str]:
    """Return where each file lies inside, by where it lies here."""
    found = {}
    for package, patterns in FILES.items():
        folder = package_folder(package)
        for path in sorted(p for pattern in patterns for p in folder.glob(pattern)):
            name = path.relative_to(folder).as_posix()
            if name not in ANSWERS:
                found[path] = f"{PLACE}/{package}/{name}"
    return found


def package_folder(package: str) -> Path:
    """Return the folder of a package, or one that is not there."""
    spec = importlib.util.find_spec(package)
    places = spec.submodule_search_locations if spec is not None else None
    return Path(next(iter(places or []), "/nonexistent"))


def installed_packages() -> list[str]:
    """Return those of the packages that lie whole beside NumPy, where a notebook would see them."""
    return [p for p in FILES if (Path(sysconfig.get_paths()["purelib"]) / p).is_dir()]
