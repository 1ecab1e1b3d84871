"""Settings that every test shares: generated cases are the same on every machine and run."""

from hypothesis import settings

# A slow machine is not a fault, and a case found once must be found again.
settings.register_profile("course", deadline=None, derandomize=True, max_examples=150)
settings.load_profile("course")
