"""Optimizers: how gradients become smaller losses. Named, and updating, as in ``torch.optim``.

An optimizer is given parameters by name once, and gradients by the same names at each step:

>>> import numpy as np
>>> from convnet.layers import Linear, MeanSquaredError
>>> from convnet.network import named_gradients, named_parameters
>>> layer, loss = Linear(1, 1, rng=np.random.default_rng(0)), MeanSquaredError()
>>> x = np.ones((4, 1), dtype=np.float32)
>>> optimizer = SGD(named_parameters(layer), lr=0.1)
>>> for _ in range(50):
...     value = loss(layer(x), 3 * x)
...     layer.backward_parameters(loss.backward())
...     optimizer.step(named_gradients(layer))
>>> round(value, 6)
0.0
"""

from convnet.optim.adam import Adam, AdamW
from convnet.optim.base import Optimizer
from convnet.optim.clip import clip_grad_norm, clip_grad_value, grad_norm
from convnet.optim.sgd import SGD

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "Optimizer",
    "clip_grad_norm",
    "clip_grad_value",
    "grad_norm",
]
