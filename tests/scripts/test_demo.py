"""Does the demo stop at the first failing step and say which command it was?"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_stops_and_names_the_step(tmp_path: Path) -> None:
    """In an empty folder there is no book to build, so the first step fails."""
    found = subprocess.run(
        [sys.executable, ROOT / "scripts/demo.py", "assignments", "six-by-six"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode != 0
    assert "demo: step 1 ended with status" in found.stdout
    assert "run make demo again" in found.stdout
    assert "demo 2/" not in found.stdout
