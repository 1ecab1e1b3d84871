"""What Hypothesis may draw for the layers: sizes, windows that fit them, and arrays in any layout.

Numbers come from a seeded generator, since their values matter less than their arrangement.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch.nn.functional as F
from hypothesis import strategies as st
from torch import Tensor

Array = npt.NDArray[Any]
Pair = tuple[int, int]

SMALL = st.integers(1, 3)
RNGS = st.integers(0, 2**32 - 1).map(np.random.default_rng)
BATCHES = st.sampled_from([2, 1, 3, 9, 0])  # nine are many, to some of the code
LAYOUTS = st.sampled_from(["rows", "channels last", "samples last", "every other"])


def pairs(low: int, high: int) -> st.SearchStrategy[Pair]:
    """Draw two numbers, along height and along width."""
    return st.tuples(st.integers(low, high), st.integers(low, high))


def laid_out(array: Array, layout: str) -> Array:
    """Return an array equal to ``array`` that lies otherwise in memory."""
    if layout == "every other":
        wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), dtype=array.dtype)
        wide[..., ::2] = array
        return wide[..., ::2]
    if layout == "channels last":
        return np.moveaxis(np.moveaxis(array, 1, -1).copy(), -1, 1)
    if layout == "samples last":
        return np.moveaxis(np.moveaxis(array, 0, -1).copy(), -1, 0)
    return array


@st.composite
def maps(draw: st.DrawFn, batches: st.SearchStrategy[int] = BATCHES) -> Array:
    """Draw feature maps (N, C, H, W), float64."""
    shape = (draw(batches), draw(SMALL), draw(st.integers(2, 5)), draw(st.integers(2, 5)))
    return laid_out(draw(RNGS).normal(size=shape), draw(LAYOUTS))


@dataclass(frozen=True)
class Convolution:
    """Everything that a convolution is given."""

    x: Array
    weight: Array
    bias: Array | None
    options: dict[str, Any]
    rng: np.random.Generator

    @property
    def arrays(self) -> dict[str, Array | None]:
        """What can be differentiated, by name."""
        return {"x": self.x, "weight": self.weight, "bias": self.bias}

    @property
    def kernel_size(self) -> Pair:
        """Height and width of the kernels."""
        return self.weight.shape[2], self.weight.shape[3]

    def torchs(self, tensors: dict[str, Tensor]) -> Tensor:
        """Compute the convolution with torch."""
        x, options = tensors["x"], dict(self.options)
        reaches = zip(self.kernel_size, options["dilation"], strict=True)
        spare_h, spare_w = (d * (k - 1) for k, d in reaches)
        # For an odd number of zeros torch warns that it needs a copy; the rule is its own.
        if options["padding"] == "same" and (spare_h % 2 or spare_w % 2):
            options["padding"] = 0
            left, top = spare_w // 2, spare_h // 2
            x = F.pad(x, (left, spare_w - left, top, spare_h - top))
        return F.conv2d(x, tensors["weight"], tensors.get("bias"), **options)


@st.composite
def convolutions(
    draw: st.DrawFn, dtype: npt.DTypeLike = np.float64, plain: bool = False
) -> Convolution:
    """Draw images and kernels that fit them, with every option of a convolution.

    A plain one has neither dilation nor groups.
    """
    kernel, dilation = draw(pairs(1, 4)), (1, 1) if plain else draw(pairs(1, 3))
    padding = draw(st.one_of(pairs(0, 2), st.sampled_from(["same", "valid"])))
    stride = (1, 1) if padding == "same" else draw(pairs(1, 3))
    zeros = padding if isinstance(padding, tuple) else (0, 0)
    reaches = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    least = [max(1, reach - 2 * p) for reach, p in zip(reaches, zeros, strict=True)]
    image = [draw(st.integers(n, n + 4)) for n in least]
    groups = 1 if plain else draw(SMALL)
    per_group, filters = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    rng = draw(RNGS)
    x = rng.normal(size=(draw(BATCHES), groups * per_group, *image)).astype(dtype)
    weight = rng.normal(size=(groups * filters, per_group, *kernel)).astype(dtype)
    bias = rng.normal(size=groups * filters).astype(dtype) if draw(st.booleans()) else None
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return Convolution(laid_out(x, draw(LAYOUTS)), weight, bias, options, rng)


@st.composite
def transposed_convolutions(draw: st.DrawFn, dtype: npt.DTypeLike = np.float64) -> Convolution:
    """Draw images and kernels for a transposed convolution that leaves something of its output."""
    kernel, dilation, stride = draw(pairs(1, 4)), draw(pairs(1, 3)), draw(pairs(1, 3))
    largest = [max(s, d) - 1 for s, d in zip(stride, dilation, strict=True)]
    extras = (draw(st.integers(0, largest[0])), draw(st.integers(0, largest[1])))
    image = draw(pairs(1, 4))
    sizes = [
        (n - 1) * s + d * (k - 1) + extra + 1
        for n, s, d, k, extra in zip(image, stride, dilation, kernel, extras, strict=True)
    ]
    padding = tuple(draw(st.integers(0, min(2, (size - 1) // 2))) for size in sizes)
    groups, per_group, filters = draw(SMALL), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    rng = draw(RNGS)
    x = rng.normal(size=(draw(BATCHES), groups * per_group, *image)).astype(dtype)
    weight = rng.normal(size=(groups * per_group, filters, *kernel)).astype(dtype)
    bias = rng.normal(size=groups * filters).astype(dtype) if draw(st.booleans()) else None
    options = {
        "stride": stride,
        "padding": padding,
        "output_padding": extras,
        "groups": groups,
        "dilation": dilation,
    }
    return Convolution(laid_out(x, draw(LAYOUTS)), weight, bias, options, rng)


@dataclass(frozen=True)
class Pooling:
    """Everything that a pooling is given; ``how`` is window, step and padding."""

    x: Array
    how: tuple[Pair, Pair | None, Pair]
    rng: np.random.Generator


@st.composite
def poolings(draw: st.DrawFn, dtype: npt.DTypeLike = np.float64) -> Pooling:
    """Draw feature maps and a window that fits them, overlapping or leaving rows out."""
    kernel = draw(pairs(1, 4))
    padding = (draw(st.integers(0, kernel[0] // 2)), draw(st.integers(0, kernel[1] // 2)))
    least = [max(1, k - 2 * p) for k, p in zip(kernel, padding, strict=True)]
    image = [draw(st.integers(n, n + 5)) for n in least]
    stride = draw(st.one_of(st.none(), pairs(1, 4)))
    rng = draw(RNGS)
    x = rng.normal(size=(draw(BATCHES), draw(SMALL), *image)).astype(dtype)
    return Pooling(laid_out(x, draw(LAYOUTS)), (kernel, stride, padding), rng)
