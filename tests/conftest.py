"""Settings that every test shares: generated cases are the same on every machine and run."""

import pytest
from hypothesis import settings

# A slow machine is not a fault, and a case found once must be found again.
settings.register_profile("course", deadline=None, derandomize=True, max_examples=150)
settings.load_profile("course")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the one group that takes minutes on a core: at the end the other would idle."""
    check_groups(config, items)
    items.sort(key=lambda item: "mutation" not in item.path.parts)


def check_groups(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse versions of pytest and pytest-xdist that do not keep groups together.

    They say nothing: every worker then opens every page of the book, and tests that must not run
    side by side do.
    """
    if not getattr(config.option, "loadgroup", False):  # only a worker of pytest-xdist has it
        return
    for item in items:
        group = next(item.iter_markers("xdist_group"), None)
        if group and "@" not in item.nodeid.rpartition("]")[2]:
            raise pytest.UsageError(
                f"{item.nodeid} is of the group {group.args[0]!r}, but pytest-xdist does not know: "
                "install the versions in constraints.txt (make setup)"
            )
