"""Training: learners that take one step, and the loop that takes them all.

A learner couples a network, a loss and an optimizer: :class:`NumpyLearner`,
:class:`DataParallelLearner` (the same step on several threads), and for PyTorch
``convnet.train.torch_learner.TorchLearner``. :func:`fit` trains any of them.
"""

from convnet.train.data_parallel import DataParallelLearner
from convnet.train.evaluation import Score, evaluate
from convnet.train.history import History
from convnet.train.learner import Learner, NumpyLearner, Outcome
from convnet.train.loop import batches, fit

__all__ = [
    "DataParallelLearner",
    "History",
    "Learner",
    "NumpyLearner",
    "Outcome",
    "Score",
    "batches",
    "evaluate",
    "fit",
]
