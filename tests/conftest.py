"""Settings that every test shares: generated cases are the same on every machine and run."""

import pytest
from hypothesis import settings

# A slow machine is not a fault, and a case found once must be found again.
settings.register_profile("course", deadline=None, derandomize=True, max_examples=150)
settings.load_profile("course")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the one group that takes minutes on a core: at the end the other would idle."""
    items.sort(key=lambda item: "mutation" not in item.path.parts)
