"""Does the built site work: offline, from a file, by keyboard, in both themes, on a phone?"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from convnet.layers import conv2d, linear, max_pool2d, relu, softmax

SITE = Path(__file__).parents[2] / "book/_build/html"
PAGES = ["book/index.html", "book/part1/whole-network.html", "book/notation.html", "search.html"]
NETWORK = "book/part1/whole-network.html"
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the browser that CONVNET_BROWSER names, or Debian's Chromium."""
    program = os.environ.get("CONVNET_BROWSER") or shutil.which("chromium")
    if program is None:
        pytest.fail("no browser: sudo apt-get install chromium, or set CONVNET_BROWSER")
    if not (SITE / "index.html").exists():
        pytest.fail("the book has not been built: run make book")
    with sync_playwright() as playwright:
        # Chromium refuses its own sandbox to root; only our own pages are opened here.
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()


def show(page: Page, name: str) -> None:
    """Open a page from its file and wait until its formulas are set."""
    page.goto((SITE / name).as_uri())
    page.evaluate("async () => { await window.MathJax?.startup?.promise; }")
    page.wait_for_timeout(300)  # scripts that the theme starts after loading


def opened(browser: Browser, page_name: str, width: int = 1280, scheme: Any = "light") -> Page:
    """Open a page from its file and wait until scripts have run."""
    context = browser.new_context(viewport={"width": width, "height": 1000}, color_scheme=scheme)
    page = context.new_page()
    show(page, page_name)
    return page


@pytest.mark.parametrize("name", PAGES)
def test_no_request_leaves_the_site_and_nothing_fails(browser: Browser, name: str) -> None:
    page = browser.new_context().new_page()
    requests: list[str] = []
    failures: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda m: failures.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: failures.append(str(error)))
    show(page, name)
    outside = [url for url in requests if not url.startswith(("file:", "data:", "blob:"))]
    assert outside == []
    # Search works from a file too, but the theme probes for it in a way browsers report.
    assert [f for f in failures if "search" not in f] == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_accessible_and_not_wider_than_the_screen(
    browser: Browser, name: str, scheme: str, width: int
) -> None:
    page = opened(browser, name, width, scheme)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
    problems = [
        (v["id"], [n["html"][:150] for n in v["nodes"]]) for v in found.response["violations"]
    ]
    assert problems == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_widget_computes_what_the_package_computes(browser: Browser) -> None:
    page = opened(browser, NETWORK)
    rng = np.random.default_rng(7)
    for _ in range(20):
        state = {
            "image": rng.integers(-9, 10, (6, 6)).tolist(),
            "kernel": rng.integers(-3, 4, (3, 3)).tolist(),
            "bias": int(rng.integers(-9, 10)),
            "weight": rng.normal(size=(3, 4)).tolist(),
            "biases": rng.normal(size=3).tolist(),
        }
        script = "s => document.querySelector('.convnet-widget').compute(s)"
        found = page.evaluate(script, state)
        image, kernel = (np.array(state[k], dtype=float)[None, None] for k in ("image", "kernel"))
        features = conv2d(image, kernel, np.array([float(state["bias"])]))
        pooled = max_pool2d(relu(features), 2)
        logits = linear(pooled.reshape(1, -1), np.array(state["weight"]), np.array(state["biases"]))
        for name, expected in (
            ("features", features[0, 0]),
            ("rectified", relu(features)[0, 0]),
            ("pooled", pooled[0, 0]),
            ("logits", logits[0]),
            ("probabilities", softmax(logits)[0]),
        ):
            np.testing.assert_allclose(found[name], expected, rtol=1e-9, atol=1e-12)


def test_a_number_tells_where_it_comes_from(browser: Browser) -> None:
    page = opened(browser, NETWORK)
    page.get_by_role("button", name="Logit of class 3").click()
    said = page.locator(".cw-derivation").inner_text()
    assert said.endswith("= 12.6")
    assert "0.9·10" in said


def test_keyboard_alone_changes_a_pixel_and_resets(browser: Browser) -> None:
    page = opened(browser, NETWORK)
    pixel = page.get_by_label("image row 1 column 1", exact=True)
    pixel.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("7")
    corner = page.get_by_role("button", name="Feature map, row 1, column 1")
    assert corner.inner_text() == "−8"  # one product more: 7 times 1
    reset = page.get_by_role("button", name="Reset")
    reset.focus()
    page.keyboard.press("Enter")
    assert corner.inner_text() == "−15"
    assert pixel.input_value() == "0"


def test_new_numbers_come_from_a_seed(browser: Browser) -> None:
    first, second = (opened(browser, NETWORK) for _ in range(2))
    texts = []
    for page in (first, second):
        page.get_by_role("button", name="New numbers").click()
        texts.append(page.locator(".cw-grid").nth(2).inner_text())
    assert texts[0] == texts[1]


def test_solutions_are_closed_until_asked_for(browser: Browser) -> None:
    page = opened(browser, NETWORK)
    assert not page.get_by_text("The right column becomes 15; the class stays 3.").is_visible()
