"""The course's networks in NumPy, layer by layer those of ``convnet.models`` in PyTorch.

>>> import numpy as np
>>> network = lenet5(rng=np.random.default_rng(0))
>>> network(np.zeros((2, 1, 28, 28), dtype=np.float32)).shape, count_parameters(network)
((2, 10), 44426)
"""

from convnet.networks.blocks import conv_bn
from convnet.networks.densenet import dense_block, transition
from convnet.networks.googlenet import inception
from convnet.networks.lectures import cifar_net, lenet5, mlp, six_by_six
from convnet.networks.resnet import basic_block, bottleneck, small_resnet
from convnet.networks.weights import copy_from_torch, copy_to_torch, count_parameters

__all__ = [
    "basic_block",
    "bottleneck",
    "cifar_net",
    "conv_bn",
    "copy_from_torch",
    "copy_to_torch",
    "count_parameters",
    "dense_block",
    "inception",
    "lenet5",
    "mlp",
    "six_by_six",
    "small_resnet",
    "transition",
]
