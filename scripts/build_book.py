"""Build the book into book/_build/html, strictly, and only when something it is made of changed.

With a page as argument, build that page alone into a folder of its own, to look at while writing.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

OUTPUT = Path("book/_build/html")
INPUTS = ("_config.yml", "_toc.yml", "book", "src/convnet", "benchmarks/results", "constraints.txt")
# What pages look like; their code neither reads nor runs it.
LOOKS = {"_ext", "_assets"}


def fingerprint(*, with_pages: bool = True) -> str:
    """Return a hash of everything the pages are made of, or of what their code may read."""
    total = hashlib.sha256()
    for place in map(Path, INPUTS):
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            made = {"_build", "__pycache__"} & set(path.parts)
            page = place == Path("book") and (path.suffix == ".md" or LOOKS & set(path.parts))
            if path.is_file() and not made and (with_pages or not page):
                total.update(str(path).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def forget_old_runs() -> None:
    """Empty the cache of executed pages if anything changed that their code may read or import."""
    stamp, code = OUTPUT.parent / ".executed", fingerprint(with_pages=False)
    if not stamp.exists() or stamp.read_text() != code:
        shutil.rmtree(OUTPUT.parent / ".jupyter_cache", ignore_errors=True)
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(code)


def without_network() -> list[str]:
    """Return the words that run a command without any network but its own loopback, if possible."""
    words = ["bwrap", "--dev-bind", "/", "/", "--unshare-net", "--die-with-parent"]
    tried = shutil.which("bwrap") and not subprocess.run([*words, "true"], check=False).returncode
    return words if tried else []


def run(program: str, *words: str) -> int:
    """Run a program of the virtual environment, without network; return its status."""
    folder = Path(sys.executable).parent
    alone = without_network()
    if not alone:
        print("book: bubblewrap is missing or may not be used; pages could reach the network")
    environment = {
        **os.environ,
        "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "CONVNET_NETWORK": "off" if alone else "on",
        # Pages run beside each other, and threads that wait for each other wait by turning round.
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    }
    command = [*alone, str(folder / program), *words]
    return subprocess.run(command, check=False, env=environment).returncode


def jupyter_book(*words: str) -> int:
    """Run Jupyter Book on this folder; return its status."""
    return run("jupyter-book", "build", ".", *words)


def write_entrance(page: str = "book/index.html") -> None:
    """Write the page at the site's root, which sends a reader on; Jupyter Book's is not valid."""
    title = "Convolutional Networks, Worked Out"
    (OUTPUT / "index.html").write_text(
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta http-equiv="refresh" content="0; url={page}"></head>'
        f'<body><p><a href="{page}">{title}</a></p></body></html>\n'
    )


def build() -> int:
    """Build every page with warnings as errors; return a status, and mark only success."""
    stamp = OUTPUT.parent / ".built"
    mark = fingerprint()
    if stamp.exists() and stamp.read_text() == mark and (OUTPUT / "index.html").exists():
        print(f"book: {OUTPUT}/index.html is up to date")
        return 0
    print("book: building; what code is new to this folder is run, which takes minutes", flush=True)
    begin = time.monotonic()
    forget_old_runs()
    for old in (".doctrees", "html"):  # Sphinx does not see that the package changed
        shutil.rmtree(OUTPUT.parent / old, ignore_errors=True)
    if status := run("python", "-m", "scripts.run_pages"):
        return status
    status = jupyter_book("--path-output", "book", "-n", "-W", "--keep-going")
    if (OUTPUT / "book").is_dir():
        write_entrance()
    if status:
        print("book: the build ended with warnings or errors (above); nothing is marked as built")
        return status
    stamp.write_text(mark)
    print(f"book: wrote {OUTPUT}/index.html in {time.monotonic() - begin:.0f} s")
    return 0


def build_page(page: str) -> int:
    """Build one page without the others; references to them warn, and that is not an error."""
    source = Path(page).with_suffix(".md")
    if not source.is_file():
        print(f"book: there is no {source}; name a page such as book/part1/whole-network.md")
        return 2
    place = OUTPUT.parent / "pages" / source.stem / "_build"  # Jupyter Book insists on the name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    toc = place.parent / "toc.yml"
    toc.write_text(f"format: jb-book\nroot: {source.with_suffix('')}\n")
    status = jupyter_book("--path-output", str(place.parent), "--toc", str(toc))
    print(f"book: {place / 'html' / source.with_suffix('.html')}")
    return status


if __name__ == "__main__":
    sys.exit(build_page(sys.argv[1]) if len(sys.argv) > 1 else build())
