"""What a convolution may be given: every argument is checked here, once for all its forms."""

from convnet._check import (
    Array,
    check_array,
    check_at_least,
    check_floating,
    check_ndim,
    check_same_dtype,
)
from convnet.layers.window import Padding, Size, Window, window


def check_groups(in_channels: int, out_channels: int, groups: int) -> None:
    """Raise ``ValueError`` unless ``groups`` divides both channel counts.

    >>> check_groups(3, 8, 2)
    Traceback (most recent call last):
        ...
    ValueError: groups is 2, but needs to divide in_channels = 3 and out_channels = 8; pass for
    example groups=1
    """
    check_at_least("groups", groups, 1)
    if in_channels % groups or out_channels % groups:
        raise ValueError(
            f"groups is {groups}, but needs to divide in_channels = {in_channels} and "
            f"out_channels = {out_channels}; pass for example groups=1"
        )


def check_bias(bias: Array | None, x: Array, out_channels: int) -> None:
    """Raise unless ``bias`` is None or one number an output channel, in the dtype of ``x``."""
    if bias is None:
        return
    check_same_dtype("bias", bias, x)
    if bias.shape != (out_channels,):
        raise ValueError(
            f"bias has shape {bias.shape}, but needs one number for each of the {out_channels} "
            f"output channels; pass an array of shape ({out_channels},) or None"
        )


def check_output_gradient(
    grad_output: Array, x: Array, shape: tuple[int, ...], other: str = "x"
) -> None:
    """Raise unless ``grad_output`` has the shape of the output and the dtype of ``x``."""
    check_array("grad_output", grad_output)
    if grad_output.shape != shape:
        raise ValueError(
            f"grad_output has shape {grad_output.shape}, but the convolution's output has shape "
            f"{shape}; pass one number for each of its entries"
        )
    check_same_dtype("grad_output", grad_output, x, other)


def checked_window(
    x: Array,
    weight: Array,
    bias: Array | None,
    stride: Size,
    padding: Padding,
    dilation: Size,
    groups: int,
) -> Window:
    """Check every argument once, for all forms; return how the kernel moves."""
    check_ndim("x", x, 4, "(N, C, H, W)")
    check_ndim("weight", weight, 4, "(out_channels, in_channels/groups, height, width)")
    check_floating("x", x)
    check_same_dtype("weight", weight, x)
    check_groups(x.shape[1], len(weight), groups)
    if weight.shape[1] * groups != x.shape[1]:
        raise ValueError(
            f"weight has shape {weight.shape}, so with groups={groups} it reads "
            f"{weight.shape[1] * groups} channels, but x has {x.shape[1]}; give weight the shape "
            f"(out_channels, {x.shape[1] // groups}, ...)"
        )
    check_bias(bias, x, len(weight))
    return window(x.shape[2:], weight.shape[2:], stride, padding, dilation)
