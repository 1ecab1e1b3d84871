"""One training step on several threads: each takes a part of the batch through a replica."""

import contextlib
import copy
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet._check import check_at_least
from convnet.layers import Layer, Loss
from convnet.network import named_buffers, named_gradients, named_layers, named_parameters
from convnet.optim import Optimizer
from convnet.train.learner import ChangeGradients, NumpyLearner, Outcome, count_correct

Array = npt.NDArray[Any]


class DataParallelLearner(NumpyLearner):
    """A step of :class:`NumpyLearner` with the batch split over Python threads.

    The loss is a mean over samples, so its gradient is a sum of parts: for a batch of N in parts of
    ``n_k`` samples, ``dL/dw = sum over k of (n_k / N) dL_k/dw``. Each thread runs its part through
    a replica that shares the parameters and has gradients and kept inputs of its own; NumPy
    releases Python's lock in matrix products, copies and arithmetic, so the threads overlap. Inside
    them BLAS is held to one thread: two levels of threads would fight for the same processors.

    Equal to the step on one thread but for rounding, with two exceptions:

    - batch norm normalizes each part by that part's own mean and variance, as in PyTorch's
      ``DistributedDataParallel`` without ``SyncBatchNorm``; running averages move towards the mean
      of the parts' statistics, weighted by their sizes. A part needs more than one sample then.
    - dropout draws from one generator for each thread, spawned from the layer's.

    Args:
        network: the layers to train.
        optimizer: as in :class:`NumpyLearner`.
        loss: as there; it has to be a mean over the batch.
        change_gradients: as there; they see the gradients of the whole batch.
        workers: threads, at least 1; default 2. As many as there are processor cores to use.

    Raises:
        ValueError: ``workers`` is below 1, or the optimizer has arrays that are not the network's.

    Source:
        Krizhevsky (2014), *One Weird Trick for Parallelizing Convolutional Neural Networks* (data
        parallelism); batch norm by parts: Goyal et al. (2017), *Accurate, Large Minibatch SGD*,
        section 2.3. Chapter: *Training LeNet*.
    """

    def __init__(
        self,
        network: Layer,
        optimizer: Optimizer,
        loss: Loss | None = None,
        change_gradients: Sequence[ChangeGradients] = (),
        *,
        workers: int = 2,
    ) -> None:
        super().__init__(network, optimizer, loss, change_gradients)
        self.workers = check_at_least("workers", workers, 1)
        self._replicas = [network, *(_replica(network) for _ in range(workers - 1))]
        self._losses = [self.loss, *(copy.deepcopy(self.loss) for _ in range(workers - 1))]
        self._threads = ThreadPoolExecutor(workers, "data-parallel")
        self._blas = _blas()

    def _differentiate(self, x: Array, y: Array) -> Outcome:
        """Set the network's gradients to those of the batch's mean loss, part by part."""
        edges = [int(edge) for edge in np.linspace(0, len(x), min(self.workers, len(x)) + 1)]
        parts = [slice(start, stop) for start, stop in pairwise(edges)]
        shares = [(part.stop - part.start) / len(x) for part in parts]
        self._share_buffers()
        with self._one_blas_thread():
            others = [
                self._threads.submit(self._differentiate_part, k, x[parts[k]], y[parts[k]], share)
                for k, share in enumerate(shares)
                if k > 0
            ]
            try:
                first = self._differentiate_part(0, x[parts[0]], y[parts[0]], shares[0])
            finally:
                wait(others)  # no replica may still be at work when the next step begins
            outcomes = [first, *(other.result() for other in others)]
        self._add_gradients(len(parts))
        self._average_buffers(shares)
        counts = [outcome.correct for outcome in outcomes if outcome.correct is not None]
        return Outcome(sum(outcome.loss for outcome in outcomes), sum(counts) if counts else None)

    def _differentiate_part(self, k: int, x: Array, y: Array, share: float) -> Outcome:
        """Set replica k's gradients to its share of the batch's; return its share of the loss."""
        replica, loss = self._replicas[k], self._losses[k]
        prediction = replica.forward(x)
        value = loss.forward(prediction, y)
        replica.backward_parameters(share * loss.backward())
        return Outcome(share * value, count_correct(prediction, y))

    def _add_gradients(self, parts: int) -> None:
        total = named_gradients(self.network)
        for replica in self._replicas[1:parts]:
            for name, grad in named_gradients(replica).items():
                total[name] += grad

    def _share_buffers(self) -> None:
        """Give all replicas the network's running averages, whoever set them last."""
        own = named_buffers(self.network)
        for replica in self._replicas[1:]:
            for name, array in named_buffers(replica).items():
                array[...] = own[name]

    def _average_buffers(self, shares: list[float]) -> None:
        every = [named_buffers(replica) for replica in self._replicas[: len(shares)]]
        for name, array in named_buffers(self.network).items():
            weighted = [share * b[name] for share, b in zip(shares, every, strict=True)]
            array[...] = sum(weighted)

    def _one_blas_thread(self) -> contextlib.AbstractContextManager[object]:
        if self._blas is None:
            return contextlib.nullcontext()
        limited: contextlib.AbstractContextManager[object] = self._blas.limit(limits=1)
        return limited

    def _generators(self) -> dict[str, np.random.Generator]:
        found = super()._generators()
        for k, replica in enumerate(self._replicas[1:], start=1):
            for name, layer in named_layers(replica):
                generator = getattr(layer, "rng", None)
                if isinstance(generator, np.random.Generator):
                    found[f"{name} of replica {k}"] = generator
        return found


def _replica(network: Layer) -> Layer:
    """Return a copy that has the network's own parameters, and all else to itself."""
    # Deep copies leave out what they think they have copied: here each parameter, "to itself".
    memo: dict[int, Any] = {id(array): array for array in named_parameters(network).values()}
    replica = copy.deepcopy(network, memo)
    pairs = zip(named_layers(network), named_layers(replica), strict=True)
    for (_, original), (_, layer) in pairs:
        generator = getattr(original, "rng", None)
        if isinstance(generator, np.random.Generator):
            vars(layer)["rng"] = generator.spawn(1)[0]  # equal states would give equal masks
    replica.train()
    return replica


def _blas() -> Any:
    """Return a handle on the threads of NumPy's BLAS, or None without threadpoolctl.

    Without it, set ``OPENBLAS_NUM_THREADS=1`` before starting Python.
    """
    try:
        from threadpoolctl import (  # type: ignore[import-untyped,import-not-found,unused-ignore]
            ThreadpoolController,
        )
    except ImportError:
        return None
    return ThreadpoolController().select(user_api="blas")
