"""Grade every attack with this grader and with stock nbgrader, print both, keep what was seen.

``make attacks`` runs it. ``python -m tests.attacks.report NAME...`` runs some again. What was seen
goes to ``results.json``, from which the book's page on trust is made, and into each specimen's line
``falls``.
"""

import datetime
import importlib.metadata
import json
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from . import course, ours, stock

RESULTS = course.HERE / "results.json"
PACKAGES = ("nbgrader", "numpy", "torch")


def verdict(attack: course.Attack, result: ours.Result) -> list[str]:
    """Return what an attack reached, in words; nothing where the grader held."""
    found = []
    if result.score is None:
        found.append("no outcome recorded")
    elif result.score > attack.earned:
        found.append(f"gains {result.score - attack.earned:g} points")
    full = course.FULL[attack.part]
    if result.neighbour is None:
        found.append("the neighbour is not graded")
    elif result.neighbour != full:
        found.append(f"costs the neighbour {full - result.neighbour:g} points")
    return [*found, *result.harm]


def seen(attack: course.Attack, mine: ours.Result, theirs: ours.Result | None) -> dict[str, Any]:
    """Return the entry of one attack; stock nbgrader's may not have been run yet."""
    entry: dict[str, Any] = {key: attack.facts[key] for key in ("threat", "part")}
    entry |= {"story": attack.story, "earned": attack.earned}
    for name, result in (("ours", mine), ("stock", theirs)):
        if result is None:
            entry[name] = {"tried": False, "reached": []}
            continue
        reached = verdict(attack, result)
        entry[name] = {"tried": True, "score": result.score, "reached": reached}
        entry[name]["seconds"] = result.seconds
    entry["ours"]["outcome"] = mine.outcome
    return entry


def falls(entry: dict[str, Any]) -> str:
    """Return the line of a specimen: who falls for it, and how."""
    names = {"ours": "this grader", "stock": "stock nbgrader"}
    parts = [
        f"{name} ({', '.join(entry[key]['reached'])})"
        for key, name in names.items()
        if entry[key]["reached"]
    ]
    return "; ".join(parts) or ("nobody" if entry["stock"]["tried"] else "not measured")


def versions() -> dict[str, str]:
    """Return what was attacked."""
    found = {name: importlib.metadata.version(name) for name in PACKAGES}
    said = subprocess.run(["bwrap", "--version"], capture_output=True, text=True, check=True)
    return {
        **found,
        "python": platform.python_version(),
        "bubblewrap": said.stdout.split()[-1],
        "kernel": platform.release(),
    }


def table(entries: dict[str, dict[str, Any]]) -> Table:
    """Return the attacks with both columns."""
    made = Table(title="What hostile submissions reach", title_justify="left")
    for name in ("attack", "threat", "earned", "this grader", "stock nbgrader"):
        made.add_column(name, overflow="fold")
    for name, entry in sorted(entries.items(), key=lambda pair: (pair[1]["threat"], pair[0])):
        columns = [words(entry[key]) for key in ("ours", "stock")]
        made.add_row(name, entry["threat"], f"{entry['earned']:g}", *columns)
    return made


def words(column: dict[str, Any]) -> str:
    """Return what one grader's column says."""
    return ", ".join(column["reached"]) or ("holds" if column["tried"] else "not tried")


def write_falls(entries: dict[str, dict[str, Any]]) -> None:
    """Put what was seen into the specimens."""
    for name, entry in entries.items():
        path = course.HERE / "specimens" / f"{name}.specimen"
        text = path.read_text(encoding="utf-8")
        before, after = re.split(r"^falls: .*$", text, maxsplit=1, flags=re.MULTILINE)
        path.write_text(f"{before}falls: {falls(entry)}{after}", encoding="utf-8")


def write(entries: dict[str, dict[str, Any]]) -> dict[str, int]:
    """Write what was seen to ``results.json`` and the specimens; return who fell how often."""
    known = {attack.name for attack in course.all_attacks()}
    entries = {name: entries[name] for name in sorted(entries) if name in known}
    fallen = {k: sum(bool(e[k]["reached"]) for e in entries.values()) for k in ("ours", "stock")}
    report = {
        "command": "make attacks",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "versions": versions(),
        "count": len(entries),
        "tried": {k: sum(e[k]["tried"] for e in entries.values()) for k in ("ours", "stock")},
        "fallen": fallen,
        "attacks": entries,
    }
    RESULTS.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    write_falls(entries)
    return fallen


def main(names: list[str]) -> int:
    """Run the attacks; return 1 if one of them reached anything here."""
    attacks = {a.name: a for a in course.all_attacks() if not names or a.name in names}
    entries: dict[str, dict[str, Any]] = {}
    if names and RESULTS.exists():
        entries = json.loads(RESULTS.read_text(encoding="utf-8"))["attacks"]
    with tempfile.TemporaryDirectory(prefix="attacks-") as folder:
        here, there = Path(folder) / "ours", Path(folder) / "stock"
        for root in (here, there):
            root.mkdir()
        print(f"{len(attacks)} attacks: this grader", file=sys.stderr, flush=True)
        ours.build(here, list(attacks.values()))
        mine = ours.grade(here, list(attacks.values()))
        print("and stock nbgrader, in a sandbox each", file=sys.stderr, flush=True)
        entries |= {n: entries.get(n) or seen(a, mine[n], None) for n, a in attacks.items()}
        try:
            for count, (name, result) in enumerate(stock.grade(there, list(attacks.values())), 1):
                entries[name] = seen(attacks[name], mine[name], result)
                print(f"{count} of {len(attacks)}: {name}", file=sys.stderr, flush=True)
        finally:
            fallen = write(entries)  # half of it is worth keeping, too
    Console(width=160).print(table(entries))
    print(f"{len(entries)} attacks; stock nbgrader falls to {fallen['stock']}, ", end="")
    print(f"this grader to {fallen['ours']}; {RESULTS.name} says what was seen")
    return 1 if fallen["ours"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
