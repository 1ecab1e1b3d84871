"""Pictures inside of pages become files: a browser draws the page before it has them.

Matplotlib writes photographs into its drawings, and a drawing stands in the page. One page would be
three megabytes of letters, all of which come before the words below the picture. The files are
WebP, a third of what PNG takes: drawings with every pixel as it was, photographs nearly so.
"""

import hashlib
import re
from base64 import b64decode
from io import BytesIO
from pathlib import Path

from PIL import Image
from sphinx.application import Sphinx

LEAST = 4096  # characters; what is smaller is not worth a request
COLOURS = 128  # more has a photograph, or what was computed from one
QUALITY = 90  # at which nobody sees what a photograph has lost
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
        name = write(b64decode(found["data"]), found["kind"], folder)
        return f'{found["attribute"]}="{address}/{name}"'

    return IMAGE.sub(linked, html)


def write(content: bytes, kind: str, folder: Path) -> str:
    """Write one image unless an earlier build did, and return the file's name."""
    folder.mkdir(exist_ok=True)
    stem = hashlib.sha256(content).hexdigest()[:16]
    if done := next(folder.glob(f"{stem}.*"), None):
        return done.name
    if kind == "png" and len(smaller := webp(content)) < len(content):
        content, kind = smaller, "webp"
    (folder / f"{stem}.{kind}").write_bytes(content)
    return f"{stem}.{kind}"


def webp(png: bytes) -> bytes:
    """Return a picture as WebP; only of a photograph may something be lost, if that is smaller."""
    with Image.open(BytesIO(png)) as picture:
        made = [encoded(picture, lossless=True)]
        if picture.getcolors(COLOURS) is None:
            made.append(encoded(picture, lossless=False))
    return min(made, key=len)


def encoded(picture: Image.Image, *, lossless: bool) -> bytes:
    """Return an open picture as WebP."""
    file = BytesIO()
    picture.save(file, "WEBP", lossless=lossless, quality=QUALITY)
    return file.getvalue()


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
