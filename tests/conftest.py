"""Settings that every test shares: generated cases are the same on every machine and run."""

import pytest
from hypothesis import settings

# A slow machine is not a fault, and a case found once must be found again.
settings.register_profile("course", deadline=None, derandomize=True, max_examples=150)
settings.load_profile("course")


class FailuresAtOnce:
    """Name a failing test when it fails: the report at the end may be half an hour away."""

    def __init__(self, terminal: pytest.TerminalReporter) -> None:
        self.terminal = terminal

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write one line for a test that failed, or that could not be set up or cleared away."""
        if report.failed:
            self.terminal.write_line(f"\n{report.when} failed: {report.nodeid}", red=True)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Tell failures at once, where there is a terminal: the workers have none."""
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None:
        session.config.pluginmanager.register(FailuresAtOnce(terminal))


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
