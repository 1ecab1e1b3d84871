"""The course's results: which networks are trained on what, how, and what came of it.

``python -m scripts.results`` (``make results``) trains them and writes one JSON file for each
experiment; pages read the files with :func:`read_result`. To import this package does not import
PyTorch; ``convnet.results.experiments`` and ``convnet.results.runner`` do.
"""

from convnet.results.record import Result, TrainedRun, read_result, write_result

__all__ = ["Result", "TrainedRun", "read_result", "write_result"]
