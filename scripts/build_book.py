"""Build the book into book/_build/html, strictly, and only when something it is made of changed."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

OUTPUT = Path("book/_build/html")
INPUTS = ("_config.yml", "_toc.yml", "book", "src/convnet", "constraints.txt")


def fingerprint() -> str:
    """Return a hash of everything the pages are made of."""
    total = hashlib.sha256()
    for place in map(Path, INPUTS):
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file() and not {"_build", "__pycache__"} & set(path.parts):
                total.update(str(path).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def build() -> int:
    """Run Jupyter Book with warnings as errors; return its status, and mark only success."""
    stamp = OUTPUT.parent / ".built"
    mark = fingerprint()
    if stamp.exists() and stamp.read_text() == mark and (OUTPUT / "index.html").exists():
        print(f"book: {OUTPUT}/index.html is up to date")
        return 0
    print("book: building; pages with code are run once, which takes about a minute", flush=True)
    begin = time.monotonic()
    # The cache of executed pages does not see that the package changed, so it is never trusted.
    shutil.rmtree(OUTPUT.parent / ".jupyter_cache", ignore_errors=True)
    program = str(Path(sys.executable).parent / "jupyter-book")
    words = [program, "build", ".", "--path-output", "book"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    ran = subprocess.run([*words, "-n", "-W", "--keep-going"], check=False, env=environment)
    if ran.returncode:
        print("book: the build ended with warnings or errors (above); nothing is marked as built")
        return ran.returncode
    stamp.write_text(mark)
    print(f"book: wrote {OUTPUT}/index.html in {time.monotonic() - begin:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(build())
