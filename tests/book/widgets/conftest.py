"""A bare page with every widget, and the browser that opens it: no book has to be built."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from convnet.widgets import PRESETS, STYLES, element

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Widgets</title>
<meta name="viewport" content="width=device-width"><style>{styles}
@media (prefers-color-scheme: dark) {{ body {{ background: #121212; color: #eee; }} }}
</style><body><main><h1>Widgets</h1>{widgets}</main></body></html>"""

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of a page that shows every widget once, beside nothing else."""
    path = tmp_path_factory.mktemp("widgets") / "gallery.html"
    widgets = "\n".join(element(name) for name in PRESETS)
    path.write_text(PAGE.format(styles=STYLES.read_text(encoding="utf-8"), widgets=widgets))
    return path.as_uri()


# A module's own: two of Playwright's synchronous drivers cannot live in one process.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Callable[..., Browser]]:
    """Return a function that starts CONVNET_BROWSER, or Debian's Chromium."""
    program = os.environ.get("CONVNET_BROWSER") or shutil.which("chromium")
    if program is None:
        pytest.fail("no browser: sudo apt-get install chromium, or set CONVNET_BROWSER")
    with sync_playwright() as playwright:
        # Chromium refuses its own sandbox to root; only our own pages are opened here.
        own = ["--no-sandbox"] if os.geteuid() == 0 else []
        started: list[Browser] = []

        def start(*flags: str) -> Browser:
            found = playwright.chromium.launch(executable_path=program, args=[*own, *flags])
            started.append(found)
            return found

        yield start
        for found in started:
            found.close()


@pytest.fixture(scope="module")
def browser(chromium: Callable[..., Browser]) -> Browser:
    """Start a browser."""
    return chromium()


@pytest.fixture
def camera(chromium: Callable[..., Browser]) -> Browser:
    """Start a browser with a camera of its own making, which shows a moving picture."""
    return chromium("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@pytest.fixture(scope="module")
def open_gallery(browser: Browser, gallery: str) -> Open:
    """Return a function that opens the gallery and raises what the page's scripts raise."""

    def opened(width: int = 1000, scheme: Any = "light", fragment: str = "", **more: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, **more
        )
        page = context.new_page()
        page.goto(gallery + fragment)
        page.keyboard.press("Shift")  # any key starts those that are out of sight
        return page

    return opened


@pytest.fixture(scope="module")
def page(open_gallery: Open) -> Page:
    """Return one open gallery, for tests that only ask and change nothing."""
    return open_gallery()


@pytest.fixture(scope="module")
def ask(page: Page) -> Callable[[str, list[Any]], list[Any]]:
    """Return a function that has a widget's module compute a list of cases, in one call."""
    script = """([name, cases]) => {
        const {compute} = document.querySelector(`[data-widget="${name}"]`);
        return cases.map((state) => compute(state));
    }"""
    return lambda name, cases: page.evaluate(script, [name, cases])
