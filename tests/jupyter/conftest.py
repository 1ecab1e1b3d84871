"""A copy of the course, JupyterLab alone with it, and a browser that opens its notebooks."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from lab import PATIENCE, READY, Lab, Notebook, end, environment, port_of

ROOT = Path(__file__).parents[2]
SETTINGS = {"fetchNews": "false", "checkForUpdates": False}  # both would leave the machine


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the course with the assignment released to the folder ``class``."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "assignments/source", folder / "source")
    settings = (ROOT / "assignments/nbgrader_config.py").read_text("utf-8")
    exchange = f"\nc.Exchange.root = {str(folder / 'exchange')!r}\n"
    (folder / "nbgrader_config.py").write_text(settings + exchange)
    command = [sys.executable, str(ROOT / "scripts/release.py"), str(folder), "six-by-six"]
    home = tmp_path_factory.mktemp("nbgrader")
    subprocess.run(command, check=True, env=environment(home), capture_output=True)
    shutil.copytree(folder / "release", folder / "class")
    return folder


@pytest.fixture(scope="session")
def lab(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Start JupyterLab on a free port of this machine's own address; end it with its kernels."""
    home, token = tmp_path_factory.mktemp("home"), secrets.token_hex(16)
    chosen = home / "settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    chosen.parent.mkdir(parents=True)
    chosen.write_text(json.dumps(SETTINGS), "utf-8")
    words = ["--no-browser", "--ip=127.0.0.1", "--port=0", "--expose-app-in-browser"]
    words.append(f"--ServerApp.root_dir={course / 'class'}")
    if os.geteuid() == 0:
        words.append("--allow-root")
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *words],
            cwd=course,
            env={**environment(home), "JUPYTER_TOKEN": token},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield Lab(port_of(server, home), token, course / "class")
    finally:
        end(server)


# A module's own: two of Playwright's synchronous drivers cannot live in one process.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the browser that CONVNET_BROWSER names, or Debian's Chromium."""
    program = os.environ.get("CONVNET_BROWSER") or shutil.which("chromium")
    if program is None:
        pytest.fail("no browser: sudo apt-get install chromium, or set CONVNET_BROWSER")
    with sync_playwright() as playwright:
        # Chromium refuses its own sandbox to root; only our own pages are opened here.
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        started = playwright.chromium.launch(executable_path=program, args=flags)
        yield started
        started.close()


@pytest.fixture
def open_notebook(browser: Browser, lab: Lab) -> Iterator[Callable[[str], Notebook]]:
    """Return a function that opens a notebook of the course; nothing may ask another host."""
    context = browser.new_context(viewport={"width": 1100, "height": 760})
    context.set_default_timeout(1000 * PATIENCE)
    opened: list[Notebook] = []

    def open_one(name: str) -> Notebook:
        notebook = Notebook(context.new_page(), lab.folder / name)
        here = f"127.0.0.1:{lab.port}"
        notebook.page.on(
            "request",
            lambda r: None if here in r.url[:40] else notebook.outside.append(r.url[:80]),
        )
        notebook.page.goto(lab.address(name))
        notebook.page.wait_for_function(READY)
        notebook.page.locator("#jupyterlab-splash").wait_for(state="detached")
        opened.append(notebook)
        return notebook

    yield open_one
    context.close()
    outside = [url for n in opened for url in n.outside if not url.startswith(("data:", "blob:"))]
    assert outside == []
