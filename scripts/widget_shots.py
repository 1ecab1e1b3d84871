"""Take a picture of every widget, light and dark, in the book's column and on a phone.

``python -m scripts.widget_shots [NAME ...]`` writes them to book/_build/shots, to be looked at.
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from convnet.widgets import PRESETS, STYLES, element

FOLDER = Path("book/_build/shots")
WIDTHS = {"column": 704, "phone": 360}  # the text's width on a screen; a small phone's
PAGE = """<!doctype html><html lang="en" data-theme="{theme}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>{name}</title><style>{styles}
body {{ margin: 8px; background: {ground}; }}</style><main>{widget}</main></html>"""
GROUND = {"light": "#fbfaf6", "dark": "#12161d"}


def views(name: str) -> dict[str, str]:
    """Return what is worth a picture: each widget as it opens, one of them in both directions."""
    both = {f"{name}-backward": element(name, backward=True)} if name == "six-by-six" else {}
    return {name: element(name), **both}


def opened(browser: Browser, name: str, widget: str, theme: str, width: int) -> Page:
    """Open a page with nothing but this widget."""
    page = browser.new_page(viewport={"width": width, "height": 900}, device_scale_factor=1)
    styles = STYLES.read_text(encoding="utf-8")
    ground = GROUND[theme]
    page.set_content(
        PAGE.format(theme=theme, name=name, styles=styles, ground=ground, widget=widget)
    )
    page.locator(".cw").wait_for()
    page.wait_for_timeout(300)  # a photograph, and colours that fade in
    return page


def main(names: list[str]) -> int:
    """Take the pictures; return 1 where a widget is wider than its screen."""
    program = os.environ.get("CONVNET_BROWSER") or shutil.which("chromium")
    if program is None:
        print("shots: no browser: sudo apt-get install chromium, or set CONVNET_BROWSER")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    wide = 0
    with sync_playwright() as playwright:
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        for name, widget in (view for n in names for view in views(n).items()):
            for theme in GROUND:
                for label, width in WIDTHS.items():
                    page = opened(browser, name, widget, theme, width)
                    page.screenshot(path=FOLDER / f"{name}-{theme}-{label}.png", full_page=True)
                    wide += page.evaluate("document.documentElement.scrollWidth") > width
                    page.close()
            print(f"shots: {name}", flush=True)
    print(f"shots: in {FOLDER}; {wide} wider than their screen")
    return int(wide > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(PRESETS)))
