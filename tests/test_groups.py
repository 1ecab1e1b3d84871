"""Is it noticed when tests that belong together would be scattered over the workers?"""

from types import SimpleNamespace
from typing import Any

import pytest

from .conftest import check_groups

WORKER: Any = SimpleNamespace(option=SimpleNamespace(loadgroup=True))


def item(nodeid: str, *groups: str) -> Any:
    """Return what stands for a test."""
    marks = [pytest.mark.xdist_group(group).mark for group in groups]
    return SimpleNamespace(nodeid=nodeid, iter_markers=lambda _: iter(marks))


def test_grouped_tests_and_tests_of_no_group_are_fine() -> None:
    check_groups(WORKER, [item("a.py::test[x@y]@site", "site"), item("a.py::test[x@y]")])


def test_a_group_that_is_lost_is_refused() -> None:
    with pytest.raises(pytest.UsageError, match=r"a.py::test\[x@y\] is of the group 'site', but"):
        check_groups(WORKER, [item("a.py::test[x@y]", "site")])


def test_without_workers_there_are_no_groups() -> None:
    alone: Any = SimpleNamespace(option=SimpleNamespace())
    check_groups(alone, [item("a.py::test", "site")])
