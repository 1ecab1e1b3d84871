"""The layers, each as loops that read like the definition and as fast NumPy.

Images and feature maps are (N, C, H, W); kernels are (out_channels, in_channels, height, width);
convolution means cross-correlation. Arguments follow ``torch.nn.functional``.
"""

from convnet.layers.activation import relu, relu_loops, softmax, softmax_loops
from convnet.layers.conv import conv2d, conv2d_loops
from convnet.layers.dense import linear, linear_loops
from convnet.layers.pool import max_pool2d, max_pool2d_loops

__all__ = [
    "conv2d",
    "conv2d_loops",
    "linear",
    "linear_loops",
    "max_pool2d",
    "max_pool2d_loops",
    "relu",
    "relu_loops",
    "softmax",
    "softmax_loops",
]
