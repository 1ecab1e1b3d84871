"""JupyterLab with nbgrader's extension, alone with a copy of the course, and a browser to use it.

Settings, data and runtime files are the test's own: nothing of the machine is read or written but
the installed packages. ``CONVNET_SHOTS=FOLDER`` keeps the screenshots that the tests take.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

PANEL = "window.jupyterapp.shell.currentWidget"
READY = f"""() => window.jupyterapp && {PANEL}?.context?.isReady
  && {PANEL}.sessionContext.session?.kernel && {PANEL}.content.widgets.length > 0"""


# Seconds to wait for what must come. On a busy machine JupyterLab and a kernel need a minute to
# start, which is no fault of the course.
PATIENCE = 180


def wait_until(true: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Ask until the answer is not empty; fail with words when it stays empty."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.1)
    pytest.fail(f"{what} took longer than {seconds:.0f} s")


@dataclass
class Lab:
    """A running JupyterLab: its port and secret, and the folder that it shows."""

    port: int
    token: str
    folder: Path

    def address(self, notebook: str) -> str:
        """Return the address that opens one notebook, alone in a window of its own."""
        # "?reset" would do that too, but loads the page a second time, in the midst of the test.
        here = f"http://127.0.0.1:{self.port}/lab/workspaces/{Path(notebook).stem}"
        return f"{here}/tree/{notebook}?token={self.token}"


@dataclass
class Notebook:
    """One notebook in the browser; cells are found by nbgrader's names for them."""

    page: Page
    path: Path
    outside: list[str] = field(default_factory=list)

    def index(self, grade_id: str) -> int:
        """Return which cell has this name."""
        script = f"""name => {PANEL}.content.widgets.findIndex(
            (cell) => cell.model.getMetadata("nbgrader")?.grade_id === name)"""
        found = int(self.page.evaluate(script, grade_id))
        assert found >= 0, f"no cell {grade_id}"
        return found

    def choose(self, index: int) -> Locator:
        """Scroll to a cell, make it the active one and return it."""
        script = f"""async (i) => {{ const {{content}} = {PANEL};
            content.activeCellIndex = i; await content.scrollToItem(i, "center"); }}"""
        self.page.evaluate(script, index)
        cell = self.page.locator(f'.jp-Notebook .jp-Cell[data-windowed-list-index="{index}"]')
        cell.wait_for()
        return cell

    def write(self, grade_id: str, source: str) -> None:
        """Replace what stands in a cell as a person would: click, select all, type."""
        cell = self.choose(self.index(grade_id))
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)

    def run(self, index: int) -> Locator:
        """Run one cell by keyboard and return it once it has a number."""
        cell = self.choose(index)
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        count = f"(i) => {PANEL}.content.widgets[i].model.executionCount !== null"
        self.page.wait_for_function(count, arg=index)
        return cell

    def validate(self) -> Locator:
        """Press Validate and return the answer."""
        self.page.get_by_role("button", name="Validate").click()
        answer = self.page.locator(".jp-Dialog #validation-message")
        answer.wait_for()
        answer.evaluate("node => node.lastElementChild.scrollIntoView({block: 'end'})")
        return answer

    def dismiss(self) -> None:
        """Close the dialog."""
        self.page.locator(".jp-Dialog button.jp-mod-accept").click()
        self.page.locator(".jp-Dialog").wait_for(state="detached")

    def shoot(self, name: str) -> None:
        """Keep a picture of the window, where somebody asked for pictures."""
        if folder := os.environ.get("CONVNET_SHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{name}.png")


def environment(home: Path) -> dict[str, str]:
    """Return variables under which nothing is looked for in, or written to, a person's folders."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "IPYTHON"))}
    places = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    own = {f"JUPYTER_{name}": str(home / name.lower()) for name in places}
    labs = {
        f"JUPYTERLAB_{name}_DIR": str(home / name.lower()) for name in ("SETTINGS", "WORKSPACES")
    }
    programs = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, **own, **labs, "HOME": str(home), "IPYTHONDIR": str(home), "PATH": programs}


def without_marks(source: str) -> str:
    """Return a solution without the lines that tell nbgrader where it is."""
    return "\n".join(line for line in source.splitlines() if "### " not in line)


def answers(source: Path) -> dict[str, str]:
    """Return the reference's answer to each task of an assignment's source, by nbgrader's name."""
    cells = json.loads(source.read_text("utf-8"))["cells"]
    marked = [(cell["metadata"].get("nbgrader", {}), "".join(cell["source"])) for cell in cells]
    return {m["grade_id"]: without_marks(text) for m, text in marked if m.get("solution")}


def port_of(server: subprocess.Popen[bytes], home: Path) -> int:
    """Return the port that the server chose, once it answers for it in its own file."""
    note = home / "runtime_dir" / f"jpserver-{server.pid}.json"

    def noted() -> str:
        assert server.poll() is None, (home / "log").read_text()
        return note.read_text("utf-8") if note.exists() else ""

    return int(json.loads(wait_until(noted, "starting JupyterLab"))["port"])


def end(server: subprocess.Popen[bytes]) -> None:
    """End the server, which ends its kernels; end all of them by force if it does not."""
    server.terminate()
    try:
        server.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(5)
