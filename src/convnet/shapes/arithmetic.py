"""Sizes and counts that follow from a network's description, before any number is computed."""

from collections.abc import Iterable

from convnet._check import check_at_least


def conv_output_size(
    n: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """Return how many outputs a window gives along one axis.

    ``floor((n + 2 p - d (k - 1) - 1) / s) + 1``. The same formula serves convolution and pooling.

    Args:
        n: pixels along the axis.
        kernel_size: window length k in pixels.
        stride: step s; default 1.
        padding: zeros p on each of the two sides; default 0.
        dilation: distance d between the pixels a window reads; default 1.

    Raises:
        ValueError: an argument is too small, or the window is longer than the padded axis.

    Source:
        Dumoulin and Visin (2016), *A guide to convolution arithmetic*, relationship 6 and
        section 5.1. Chapter: *A whole network by hand*.

    >>> conv_output_size(6, kernel_size=3)
    4
    >>> conv_output_size(4, kernel_size=3, stride=2, padding=1)  # 2.5 is rounded down
    2
    """
    for name, value, least in (
        ("n", n, 1),
        ("kernel_size", kernel_size, 1),
        ("stride", stride, 1),
        ("padding", padding, 0),
        ("dilation", dilation, 1),
    ):
        check_at_least(name, value, least)
    reach = dilation * (kernel_size - 1) + 1
    if reach > n + 2 * padding:
        raise ValueError(
            f"kernel_size {kernel_size} with dilation {dilation} reaches over {reach} pixels, but "
            f"there are only {n + 2 * padding}, padding included; use a smaller window or pad more"
        )
    return (n + 2 * padding - reach) // stride + 1


def dropped_rows(
    n: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """Return how many rows at the far end of the padded axis no window reads.

    ``(n + 2 p - d (k - 1) - 1) mod s``: what the floor of :func:`conv_output_size` throws away.

    >>> dropped_rows(4, kernel_size=3, stride=2, padding=1)
    1
    """
    outputs = conv_output_size(n, kernel_size, stride, padding, dilation)
    return n + 2 * padding - (dilation * (kernel_size - 1) + 1) - stride * (outputs - 1)


def conv2d_parameters(
    in_channels: int, out_channels: int, kernel_size: int | tuple[int, int], bias: bool = True
) -> int:
    """Return the learned numbers of a convolution: ``(C K_h K_w + 1) F``, or without the 1.

    >>> conv2d_parameters(1, 1, 3)
    10
    """
    height, width = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    return (in_channels * height * width + bias) * out_channels


def linear_parameters(in_features: int, out_features: int, bias: bool = True) -> int:
    """Return the learned numbers of a dense layer: ``(in + 1) out``, or without the 1.

    >>> linear_parameters(4, 3)
    15
    """
    return (in_features + bias) * out_features


def receptive_field(layers: Iterable[tuple[int, int]]) -> int:
    """Return how many input pixels along one axis a single output depends on.

    Each layer (kernel k, stride s) adds ``(k - 1)`` steps, and a step is worth the product of the
    strides before it.

    >>> receptive_field([(3, 1), (2, 2)])  # the 6x6 network: convolution, then pooling
    4
    """
    field, jump = 1, 1
    for kernel_size, stride in layers:
        field += (kernel_size - 1) * jump
        jump *= stride
    return field
