"""The table on "About this build": what was run, how long it took, what the checks found.

The build writes the pages' times. The checks run later, on the finished site; each leaves a JSON
file in ``book/_build/reports``, and ``refresh`` writes them into the page.
"""

import html
import json
import os
import platform
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from course_site.tag import tag, text

PAGE = "book/about-build.html"
LIGHTHOUSE = Path(__file__).parents[3] / "benchmarks/results/lighthouse.json"
GROUPS = ("performance", "accessibility", "best-practices", "seo")
LIMIT = 60  # seconds that a page should take at most, on a machine that does nothing else
_ROWS = re.compile(r'(<tbody class="build-checks">).*?(</tbody>)', re.DOTALL)
NOT_RUN = '<tr><td colspan="3">The checks have not been run on this build.</td></tr>'


class Timings(nodes.General, nodes.Element):
    """Stands for the table of times until every page has been executed."""


def vitals(found: dict[str, Any]) -> list[nodes.Node]:
    """Return what Lighthouse said when scripts/vitals.py was last run, as a table with its date."""
    numbers = ("largest paint (s)", "blocked (s)", "layout shift")
    rows = [
        row(
            found_row["page"].removeprefix("book/").removesuffix(".html"),
            found_row["device"],
            *(str(found_row[key]) for key in GROUPS + numbers),
        )
        for found_row in found["rows"]
    ]
    speeds = sorted(found_row["machine"] for found_row in found["rows"])
    said = (
        f"Lighthouse {found['lighthouse']} on {found['date']}, runs for each row: "
        f"{found['repeats']}. Scores are of 100. That of performance depends on how fast, and how "
        f"busy, the machine was: Lighthouse itself rated it {speeds[0]} to {speeds[-1]}. It is "
        "reported, not asserted, and repeated by python -m scripts.vitals."
    )
    head = table_head("page", "device", *(name.replace("-", " ") for name in GROUPS), *numbers)
    table = tag("table", head, tag("tbody", *rows), class_="table build-vitals")
    return [tag("h2", text("What Lighthouse says")), tag("p", text(said)), table]


class BuildReport(SphinxDirective):
    """Place the tables and the versions."""

    def run(self) -> list[nodes.Node]:
        """Return the tables' nodes; times are filled in when pages are written."""
        measured: list[nodes.Node] = []
        if LIGHTHOUSE.is_file():
            self.env.note_dependency(str(LIGHTHOUSE))
            measured = vitals(json.loads(LIGHTHOUSE.read_text("utf-8")))
        checks = nodes.raw("", f'<tbody class="build-checks">{NOT_RUN}</tbody>', format="html")
        head = table_head("check", "result", "measured")
        return [
            tag("h2", text("What the checks found")),
            tag("table", head, checks, class_="table"),
            *measured,
            tag("h2", text("How long the pages took")),
            Timings(),
            tag("p", text(f"Built with {made_with()}.")),
        ]


def made_with() -> str:
    """Return the versions of what executes and writes the pages."""
    names = ("numpy", "torch", "matplotlib", "jupyter-book", "sphinx")
    found = ", ".join(f"{name} {version(name)}" for name in names)
    return f"Python {platform.python_version()}, {found}"


def table_head(*titles: str) -> nodes.Node:
    """Return a table's first row."""
    cells = [tag("th", text(title), scope="col") for title in titles]
    return tag("thead", tag("tr", *cells))


def seconds(app: Sphinx) -> dict[str, float]:
    """Return how long each page's code ran."""
    data: dict[str, dict[str, Any]] = getattr(app.env, "nb_metadata", {})
    runs = {page: found.get("exec_data", {}).get("runtime") for page, found in data.items()}
    return {page: float(took) for page, took in sorted(runs.items()) if took is not None}


def fill_in(app: Sphinx, doctree: nodes.document, _: str) -> None:
    """Replace the placeholder by the table of times."""
    for place in list(doctree.findall(Timings)):
        times = seconds(app)
        rows = [row(page, f"{took:.1f}") for page, took in times.items()]
        rows.append(row("all pages", f"{sum(times.values()):.1f}"))
        head = table_head("page", "seconds")
        place.replace_self(tag("table", head, tag("tbody", *rows), class_="table build-times"))


def row(*cells: str) -> nodes.Node:
    """Return one row of a table."""
    return tag("tr", *(tag("td", text(cell)) for cell in cells))


def write_times(app: Sphinx, error: Exception | None) -> None:
    """Keep the times for the checks, and forget what older checks found on an older build."""
    folder = reports(Path(app.outdir))
    for old in folder.glob("*.json"):
        old.unlink()
    if not error:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "times").write_text(json.dumps(seconds(app)), encoding="utf-8")
        state = "switched off" if os.environ.get("CONVNET_NETWORK") == "off" else "not switched off"
        found = json.dumps(["Network while pages were executed", state, "every page"])
        (folder / "network.json").write_text(found, encoding="utf-8")


def first_rows(app: Sphinx, error: Exception | None) -> None:
    """Show what the build itself knows, once the page is written."""
    if not error and (Path(app.outdir) / PAGE).exists():
        refresh(Path(app.outdir))


def reports(site: Path) -> Path:
    """Return where the checks of a site leave what they found."""
    return site.parent / "reports"


def note(site: Path, check: str, result: str, measured: str) -> None:
    """Record what a check found and write it into the page."""
    folder = reports(site)
    folder.mkdir(parents=True, exist_ok=True)
    found = json.dumps([check, result, measured])
    (folder / f"{re.sub(r'[^a-z0-9]+', '-', check.lower())}.json").write_text(found, "utf-8")
    refresh(site)


def refresh(site: Path) -> None:
    """Write every recorded result into the page's table."""
    page = site / PAGE
    found = [json.loads(path.read_text("utf-8")) for path in sorted(reports(site).glob("*.json"))]
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"
        for cells in found
    )
    old = page.read_text("utf-8")
    page.write_text(_ROWS.sub(lambda m: m[1] + (rows or NOT_RUN) + m[2], old), "utf-8")


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_node(Timings)
    app.add_directive("build-report", BuildReport)
    app.connect("doctree-resolved", fill_in)
    app.connect("build-finished", write_times)
    app.connect("build-finished", first_rows, priority=950)
