"""Measure pages of the built site with Lighthouse, and keep what it says in benchmarks/results.

Reported, not asserted: its performance score depends on how fast, and how busy, the machine is.
Lighthouse is a program for Node.js and no part of ``make setup``; install it with
``npm install lighthouse@12.8.2`` in any folder and name that folder:
``CONVNET_LIGHTHOUSE=FOLDER python -m scripts.vitals``. Pages are served compressed, on this machine
alone, and nothing else is asked for.
"""

import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

SITE = Path(os.environ.get("CONVNET_SITE", "book/_build/html"))
RESULT = Path("benchmarks/results/lighthouse.json")
PAGES = (
    "book/index.html",
    "book/part1/cross-correlation.html",
    "book/part1/filters.html",
    "book/part1/whole-network.html",
    "book/part2/backprop-convolution.html",
    "book/notation.html",
)
GROUPS = ("performance", "accessibility", "best-practices", "seo")
TIMES = {
    "first paint (s)": "first-contentful-paint",
    "largest paint (s)": "largest-contentful-paint",
    "blocked (s)": "total-blocking-time",
    "speed index (s)": "speed-index",
}
# Not Lighthouse's presets but its own defaults, written out: what `--preset=desktop` stands for.
DEVICES = {"mobile": [], "desktop": ["--preset=desktop"]}


class Compressed(SimpleHTTPRequestHandler):
    """Serve text compressed, as every public server does."""

    def log_message(self, *_: object) -> None:
        """Say nothing: Lighthouse asks for hundreds of files."""

    def send_head(self) -> BytesIO | None:  # type: ignore[override]
        """Send the headers of a file and return its content, or send that there is none."""
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return None
        content, kind = path.read_bytes(), self.guess_type(path)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if kind.startswith("text/") or kind.endswith(("javascript", "json", "svg+xml")):
            content = gzip.compress(content, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return BytesIO(content)


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve the site on a free port of this machine's own address; return the address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Compressed, directory=str(site))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def program() -> str | None:
    """Return Lighthouse's program: where the variable says, or on the path."""
    if folder := os.environ.get("CONVNET_LIGHTHOUSE"):
        return shutil.which(str(Path(folder) / "node_modules/.bin/lighthouse"))
    return shutil.which("lighthouse")


def audit(words: list[str], address: str, device: str) -> dict[str, Any]:
    """Run Lighthouse once on one page and return its report."""
    flags = "--headless=new" + (" --no-sandbox" if os.geteuid() == 0 else "")
    browser = os.environ.get("CONVNET_BROWSER") or shutil.which("chromium") or ""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [*words, address, "--quiet", "--output=json", f"--output-path={report}"]
        command += [f"--chrome-flags={flags}", f"--only-categories={','.join(GROUPS)}"]
        subprocess.run(
            [*command, *DEVICES[device]],
            check=True,
            timeout=300,
            env={**os.environ, "CHROME_PATH": browser},
            stdout=subprocess.DEVNULL,
        )
        found: dict[str, Any] = json.loads(report.read_text("utf-8"))
    return found


def summary(report: dict[str, Any]) -> dict[str, Any]:
    """Return a report's scores (of 100), its times in seconds, and the machine's speed."""
    audits, groups = report["audits"], report["categories"]
    scores = {name: round(100 * groups[name]["score"]) for name in GROUPS}
    times = {key: round(audits[name]["numericValue"] / 1000, 2) for key, name in TIMES.items()}
    shift = round(audits["cumulative-layout-shift"]["numericValue"], 3)
    speed = round(report["environment"]["benchmarkIndex"])
    return {**scores, **times, "layout shift": shift, "machine": speed}


def middle(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the median of several runs, number by number."""
    return {key: statistics.median_low(run[key] for run in runs) for key in runs[0]}


def faults(report: dict[str, Any]) -> list[str]:
    """Return what costs a page points in any group but performance."""
    weighed = {
        ref["id"]
        for name in GROUPS[1:]
        for ref in report["categories"][name]["auditRefs"]
        if ref["weight"]
    }
    return sorted(
        i for i in weighed if (report["audits"][i]["score"] or 0) < 1 and scored(report, i)
    )


def scored(report: dict[str, Any], name: str) -> bool:
    """Return whether an audit has a score on this page at all."""
    return report["audits"][name]["score"] is not None


def measure(lighthouse: str, pages: tuple[str, ...], repeats: int) -> dict[str, Any]:
    """Measure every page on both devices, and say so."""
    rows: list[dict[str, Any]] = []
    version = ""
    with served(SITE) as address:
        for page in pages:
            for device in DEVICES:
                reports = [audit([lighthouse], f"{address}/{page}", device) for _ in range(repeats)]
                version = reports[0]["lighthouseVersion"]
                found = middle([summary(report) for report in reports])
                rows.append({"page": page, "device": device, **found, "faults": faults(reports[0])})
                print(page, device, {name: found[name] for name in GROUPS}, flush=True)
    return {
        "lighthouse": version,
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "repeats": repeats,
        "rows": rows,
    }


def main(repeats: int = 3) -> int:
    """Measure, and write the result."""
    lighthouse = program()
    if lighthouse is None:
        print("vitals: Lighthouse is not here; npm install lighthouse@12.8.2 in some folder, and")
        print("        set CONVNET_LIGHTHOUSE to that folder")
        return 1
    missing = [page for page in PAGES if not (SITE / page).is_file()]
    if missing:
        print(f"vitals: {SITE} has no {missing[0]}; run make book")
        return 1
    result = measure(lighthouse, PAGES, repeats)
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"vitals: wrote {RESULT}")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
