"""Depthwise separable convolution: first along the pixels, then across the channels."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from convnet._check import Array
from convnet.layers.base import Layer
from convnet.layers.conv import Conv2d
from convnet.layers.window import Padding, Size


class DepthwiseSeparableConv2d(Layer):
    """One kernel for each channel, then a 1x1 convolution that mixes the channels.

    ``C K^2 + C F`` weights instead of the ``C F K^2`` of a convolution: ``1/F + 1/K^2`` of them,
    and of the products.

    Args:
        in_channels: channels C of the images it reads.
        out_channels: channels F of its output.
        kernel_size: of the depthwise part.
        stride: of the depthwise part; default 1.
        padding: of the depthwise part; default 0.
        dilation: of the depthwise part; default 1.
        bias: whether both parts have biases; default True.
        rng: source of the initial kernels.
        dtype: float32 (default) or float64.

    Source:
        Howard et al. (2017), *MobileNets*, section 3.1. Chapter: *MobileNet and the variants of
        convolution*.

    >>> layer = DepthwiseSeparableConv2d(8, 16, 3, bias=False, rng=np.random.default_rng(0))
    >>> {name: child.parameters["weight"].size for name, child in layer.children()}
    {'depthwise': 72, 'pointwise': 128}
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Padding = 0,
        dilation: Size = 1,
        bias: bool = True,
        *,
        rng: np.random.Generator,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        how = (stride, padding, dilation)
        self.depthwise = Conv2d(
            in_channels, in_channels, kernel_size, *how, in_channels, bias, rng=rng, dtype=dtype
        )
        self.pointwise = Conv2d(in_channels, out_channels, 1, bias=bias, rng=rng, dtype=dtype)

    def children(self) -> Iterator[tuple[str, Layer]]:
        """Yield the two convolutions, "depthwise" and "pointwise"."""
        yield "depthwise", self.depthwise
        yield "pointwise", self.pointwise

    def forward(self, x: Array) -> Array:
        """Return the mixed channels (N, F, OH, OW)."""
        return self.pointwise.forward(self.depthwise.forward(x))

    def backward(self, grad_output: Array) -> Array:
        """Set the gradients of both parts; return that of the images."""
        return self.depthwise.backward(self.pointwise.backward(grad_output))

    def backward_parameters(self, grad_output: Array) -> None:
        """Set the gradients of both parts."""
        self.depthwise.backward_parameters(self.pointwise.backward(grad_output))
