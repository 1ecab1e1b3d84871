"""Is the book built again, and its code run again, when and only when something changed?"""

import sys
from pathlib import Path

import pytest
from jupyter_cache import get_cache

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

import build_book
import run_pages

HEAD = """---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, name: python3}
---
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a small book to build, which is the current folder."""
    made = ("page.md", "results/a.json", "_ext/part.py", "_build/x.md")
    for name in ("src/convnet/layer.py", *(f"book/{name}" for name in made)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    for name in ("_config.yml", "_toc.yml", "constraints.txt"):
        (tmp_path / name).write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "whole", "code"),
    [
        ("book/page.md", True, False),
        ("book/_ext/part.py", True, False),
        ("src/convnet/layer.py", True, True),
        ("book/results/a.json", True, True),
        ("book/_build/x.md", False, False),
    ],
)
def test_what_counts_as_a_change(folder: Path, changed: str, whole: bool, code: bool) -> None:
    before = build_book.fingerprint(), build_book.fingerprint(with_pages=False)
    (folder / changed).write_text("2")
    assert (build_book.fingerprint() != before[0]) == whole
    assert (build_book.fingerprint(with_pages=False) != before[1]) == code


def test_runs_are_forgotten_when_the_package_changes_and_kept_when_prose_does(folder: Path) -> None:
    kept = folder / "book/_build/.jupyter_cache/run"
    build_book.forget_old_runs()
    kept.parent.mkdir(parents=True)
    kept.touch()
    (folder / "book/page.md").write_text("other words")
    build_book.forget_old_runs()
    assert kept.exists()
    (folder / "src/convnet/layer.py").write_text("other code")
    build_book.forget_old_runs()
    assert not kept.exists()


def test_a_page_is_run_once_and_again_when_its_code_changes(tmp_path: Path) -> None:
    page, cache = tmp_path / "page.md", get_cache(str(tmp_path / "cache"))
    page.write_text(f"{HEAD}\n# Words\n\n```{{code-cell}} ipython3\n1 + 1\n```\n")
    assert not run_pages.is_known(cache, page)
    run_pages.keep(cache, page, run_pages.run_page(page))
    assert run_pages.is_known(cache, page)
    page.write_text(page.read_text().replace("Words", "Other words"))
    assert run_pages.is_known(cache, page)
    page.write_text(page.read_text().replace("1 + 1", "1 + 2"))
    assert not run_pages.is_known(cache, page)
