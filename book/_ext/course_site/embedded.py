"""Pictures inside of pages become files: a browser draws the page before it has them.

Matplotlib writes photographs into its drawings, and a drawing stands in the page. One page would be
three megabytes of letters, all of which come before the words below the picture.
"""

import hashlib
import re
from base64 import b64decode
from pathlib import Path

from sphinx.application import Sphinx

LEAST = 4096  # characters; what is smaller is not worth a request
IMAGE = re.compile(
    rf'(?P<attribute>\b(?:xlink:)?(?:href|src))="data:image/(?P<kind>png|jpeg);base64,'
    rf'(?P<data>[A-Za-z0-9+/=\s]{{{LEAST},}})"'
)


def extracted(html: str, folder: Path, address: str) -> str:
    """Write the large images of a page to a folder and return the page with links to them.

    Args:
        html: the page.
        folder: where the files go, each named after its content.
        address: of the folder, as the page sees it.
    """

    def linked(found: re.Match[str]) -> str:
        content = b64decode(found["data"])
        name = f"{hashlib.sha256(content).hexdigest()[:16]}.{found['kind']}"
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
        return f'{found["attribute"]}="{address}/{name}"'

    return IMAGE.sub(linked, html)


def extract(app: Sphinx, error: Exception | None) -> None:
    """Rewrite every page of the finished site."""
    if error or app.builder.name != "html":
        return
    site = Path(app.outdir)
    for path in site.rglob("*.html"):
        if "_static" not in path.parts:
            html = path.read_text(encoding="utf-8")
            address = "../" * (len(path.relative_to(site).parts) - 1) + "_images"
            path.write_text(extracted(html, site / "_images", address), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Connect to the end of the build."""
    app.connect("build-finished", extract)
