"""The layers, as loops that read like the definition, as fast NumPy, and as objects that learn.

Images and feature maps are (N, C, H, W); kernels are (out_channels, in_channels/groups, height,
width); convolution means cross-correlation. Functions are named as in ``torch.nn.functional`` and
take arguments in that order; layers as in ``torch.nn``. How ``forward`` and ``backward`` work
together is said once, in :class:`convnet.layers.base.Layer`.
"""

from convnet.layers.activation import (
    ELU,
    LeakyReLU,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
    elu,
    leaky_relu,
    relu,
    relu_loops,
    sigmoid,
    softmax,
    softmax_loops,
)
from convnet.layers.avg_pool import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    GlobalAvgPool2d,
    adaptive_avg_pool2d,
    adaptive_avg_pool2d_backward,
    avg_pool2d,
    avg_pool2d_backward,
    avg_pool2d_loops,
)
from convnet.layers.base import Layer
from convnet.layers.batch_norm import BatchNorm2d
from convnet.layers.conv import (
    Conv2d,
    conv2d,
    conv2d_backward,
    conv2d_input_gradient,
    conv2d_weight_gradient,
)
from convnet.layers.conv_loops import ConvGradients, conv2d_backward_loops, conv2d_loops
from convnet.layers.conv_transpose import (
    ConvTranspose2d,
    conv_transpose2d,
    conv_transpose2d_loops,
)
from convnet.layers.dense import Linear, linear, linear_loops
from convnet.layers.dropout import Dropout
from convnet.layers.group_norm import GroupNorm, InstanceNorm2d
from convnet.layers.layer_norm import LayerNorm
from convnet.layers.loss import (
    BinaryCrossEntropyWithLogits,
    Loss,
    MeanSquaredError,
    SmoothL1,
    SoftmaxCrossEntropy,
    softmax_cross_entropy_loops,
)
from convnet.layers.max_pool import (
    MaxPool2d,
    MinPool2d,
    max_pool2d,
    max_pool2d_backward,
    max_pool2d_loops,
    min_pool2d,
)
from convnet.layers.normalization import normalize, normalize_backward
from convnet.layers.reshape import Flatten
from convnet.layers.separable import DepthwiseSeparableConv2d

__all__ = [
    "ELU",
    "AdaptiveAvgPool2d",
    "AvgPool2d",
    "BatchNorm2d",
    "BinaryCrossEntropyWithLogits",
    "Conv2d",
    "ConvGradients",
    "ConvTranspose2d",
    "DepthwiseSeparableConv2d",
    "Dropout",
    "Flatten",
    "GlobalAvgPool2d",
    "GroupNorm",
    "InstanceNorm2d",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "Loss",
    "MaxPool2d",
    "MeanSquaredError",
    "MinPool2d",
    "ReLU",
    "Sigmoid",
    "SmoothL1",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Tanh",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool2d_backward",
    "avg_pool2d",
    "avg_pool2d_backward",
    "avg_pool2d_loops",
    "conv2d",
    "conv2d_backward",
    "conv2d_backward_loops",
    "conv2d_input_gradient",
    "conv2d_loops",
    "conv2d_weight_gradient",
    "conv_transpose2d",
    "conv_transpose2d_loops",
    "elu",
    "leaky_relu",
    "linear",
    "linear_loops",
    "max_pool2d",
    "max_pool2d_backward",
    "max_pool2d_loops",
    "min_pool2d",
    "normalize",
    "normalize_backward",
    "relu",
    "relu_loops",
    "sigmoid",
    "softmax",
    "softmax_cross_entropy_loops",
    "softmax_loops",
]
