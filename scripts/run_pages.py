"""Run the code of every page of the book, several pages at a time, into the build's cache.

Jupyter Book runs one page after the other; what it finds in the cache it need not run. Nor do we:
a page whose prose was edited is in the cache still. A page that fails is named with its error, and
so are all others that fail.
"""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import yaml
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from myst_nb.core.read import is_myst_markdown_notebook, myst_nb_reader_plugin

CACHE = Path("book/_build/.jupyter_cache")
TIMEOUT = yaml.safe_load(Path("_config.yml").read_text())["execute"]["timeout"]
# Each kernel would warn that it talks to us over a port of this machine, as all kernels do.
QUIET = ["--IPKernelApp.log_level=ERROR"]


def pages_with_code(contents: Any) -> list[Path]:
    """Return the pages of a table of contents that are notebooks, in its order."""
    entries = [contents["root"], *_files(contents["parts"])]
    pages = [Path(f"{entry}.md").resolve() for entry in entries]
    return [page for page in pages if is_myst_markdown_notebook(page.read_text(encoding="utf-8"))]


def _files(parts: Any) -> list[str]:
    return [chapter["file"] for part in parts for chapter in part["chapters"] if "file" in chapter]


def is_known(cache: Any, page: Path) -> bool:
    """Return whether the cache has a run of exactly this code."""
    try:
        cache.match_cache_notebook(myst_nb_reader_plugin(str(page)))
    except KeyError:
        return False
    return True


def run_page(page: Path) -> ExecutionResult:
    """Run one page in a kernel of its own, in the page's folder."""
    notebook = myst_nb_reader_plugin(str(page))
    return single_nb_execution(
        notebook, str(page.parent), TIMEOUT, allow_errors=False, extra_arguments=QUIET
    )


def keep(cache: Any, page: Path, result: ExecutionResult) -> None:
    """Store what a page printed and drew, with its time, where the build looks for it."""
    record = cache.add_nb_to_project(str(page), read_data={"type": "plugin", "name": "myst_nb_md"})
    bundle = CacheBundleIn(result.nb, record.uri, data={"execution_seconds": result.time})
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def main() -> int:
    """Run all pages; return 1 if one failed."""
    every = pages_with_code(yaml.safe_load(Path("_toc.yml").read_text()))
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    cache, begin, failed = get_cache(str(CACHE)), time.monotonic(), []
    pages = [page for page in every if not is_known(cache, page)]
    print(f"book: {len(pages)} of {len(every)} pages have code to run", flush=True)
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        runs = {processes.submit(run_page, page): page for page in pages}
        for count, run in enumerate(as_completed(runs), 1):
            page, result = runs[run], run.result()
            where = f"{count} of {len(pages)} pages, {time.monotonic() - begin:.0f} s"
            name = page.relative_to(Path.cwd())
            print(f"book: {where}: {name} took {result.time:.1f} s", flush=True)
            if result.err is None:
                keep(cache, page, result)
            else:
                failed.append(str(name))
                print(f"book: {name} failed:\n{result.exc_string}", file=sys.stderr, flush=True)
    if failed:
        print(f"book: the code of {', '.join(failed)} failed (above)", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
