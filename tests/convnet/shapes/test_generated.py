"""Is the calculator right about 1,000 generated networks, in each of its three forms?

One description is built three times: for the calculator itself, in PyTorch, and in NumPy. PyTorch
is asked for shapes, parameters, products (its own counter) and, through gradients, for the
receptive field.
"""

from math import prod
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from convnet import layers, network
from convnet.shapes import Field, Summary, summarize

Description = dict[str, Any]
Case = tuple[list[Description], tuple[int, int, int], bool]


class Residual(nn.Module):
    """The test's own short cut."""

    def __init__(self, body: nn.Module, shortcut: nn.Module | None) -> None:
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x: Tensor) -> Tensor:
        """Add the two paths."""
        y: Tensor = self.body(x)
        return y + (x if self.shortcut is None else self.shortcut(x))


class Concatenate(nn.Module):
    """The test's own concatenation."""

    def __init__(self, paths: list[nn.Module | None]) -> None:
        super().__init__()
        self.order = [None if path is None else str(index) for index, path in enumerate(paths)]
        for index, path in enumerate(paths):
            if path is not None:
                self.add_module(str(index), path)

    def forward(self, x: Tensor) -> Tensor:
        """Stack the paths' channels."""
        return torch.cat([x if name is None else getattr(self, name)(x) for name in self.order], 1)


def in_torch(description: Any) -> nn.Module:
    """Build a description in PyTorch."""
    if isinstance(description, list):
        return nn.Sequential(*map(in_torch, description))
    options = {key: value for key, value in description.items() if key != "kind"}
    match description["kind"]:
        case "Residual":
            shortcut = options.get("shortcut")
            return Residual(in_torch(options["body"]), shortcut and in_torch(shortcut))
        case "Concatenate":
            return Concatenate([path and in_torch(path) for path in options["paths"]])
        case kind:
            built: nn.Module = getattr(nn, kind)(**options)
            return built


def in_numpy(description: Any, rng: np.random.Generator) -> layers.Layer:
    """Build a description in NumPy."""
    if isinstance(description, list):
        return network.Sequential(*(in_numpy(layer, rng) for layer in description))
    options = {key: value for key, value in description.items() if key != "kind"}
    built: layers.Layer
    match description["kind"]:
        case "Residual":
            shortcut = options.get("shortcut")
            around = None if shortcut is None else in_numpy(shortcut, rng)
            return network.Residual(in_numpy(options["body"], rng), around)
        case "Concatenate":
            paths = [None if path is None else in_numpy(path, rng) for path in options["paths"]]
            return network.Concatenate(*paths)
        case "Conv2d" | "ConvTranspose2d" | "Linear" as kind:
            built = getattr(layers, kind)(**options, rng=rng)
        case kind:
            built = getattr(layers, kind)(**options)
    return built


one_or_two = st.one_of(st.integers(1, 3), st.tuples(st.integers(1, 4), st.integers(1, 3)))
borders = st.one_of(st.integers(0, 2), st.tuples(st.integers(0, 2), st.integers(0, 2)))


@st.composite
def convolutions(draw: st.DrawFn, channels: int) -> Description:
    groups = draw(st.sampled_from([g for g in (1, 2, 3, channels) if channels % g == 0]))
    padding = draw(st.one_of(borders, st.sampled_from(["same", "valid"])))
    return {
        "kind": "Conv2d",
        "in_channels": channels,
        "out_channels": groups * draw(st.integers(1, 3)),
        "kernel_size": draw(one_or_two),
        "stride": 1 if padding == "same" else draw(one_or_two),
        "padding": padding,
        "dilation": draw(st.sampled_from([1, 1, 2, (1, 2)])),
        "groups": groups,
        "bias": draw(st.booleans()),
    }


@st.composite
def transposed(draw: st.DrawFn, channels: int) -> Description:
    stride = draw(st.integers(1, 3))
    return {
        "kind": "ConvTranspose2d",
        "in_channels": channels,
        "out_channels": draw(st.integers(1, 4)),
        "kernel_size": draw(one_or_two),
        "stride": stride,
        "padding": draw(st.integers(0, 1)),
        "output_padding": draw(st.integers(0, stride - 1)),
        "dilation": draw(st.sampled_from([1, 1, 2])),
    }


@st.composite
def poolings(draw: st.DrawFn) -> Description:
    return {
        "kind": draw(st.sampled_from(["MaxPool2d", "AvgPool2d"])),
        "kernel_size": draw(one_or_two),
        "stride": draw(st.one_of(st.none(), one_or_two)),
        "padding": draw(st.sampled_from([0, 0, 1])),
        **draw(st.sampled_from([{}, {}, {}, {"ceil_mode": True}])),
    }


adaptive = st.builds(lambda m: {"kind": "AdaptiveAvgPool2d", "output_size": m}, one_or_two)


@st.composite
def branches(draw: st.DrawFn, channels: int) -> Description:
    """A residual block or a concatenation; every path keeps, or divides, the size alike."""
    stride, outputs = draw(st.integers(1, 2)), draw(st.integers(1, 4))
    kernel = draw(st.sampled_from([1, 3, 5]))

    def path(size: int, out: int) -> list[Description]:
        how = {"kernel_size": size, "stride": stride, "padding": size // 2}
        kind = {"kind": "Conv2d", "in_channels": channels, "out_channels": out}
        return [{**kind, **how}, {"kind": "ReLU"}]

    if draw(st.booleans()):
        paths = [path(kernel, outputs), path(3, 2), *([None] if stride == 1 else [])]
        return {"kind": "Concatenate", "paths": paths}
    if stride == 1 and draw(st.booleans()):
        return {"kind": "Residual", "body": path(kernel, channels)}
    return {"kind": "Residual", "body": path(kernel, outputs), "shortcut": path(1, outputs)}


def kinds(channels: int, divided: bool) -> st.SearchStrategy[Description]:
    """Draw any layer for so many channels."""
    return st.one_of(
        convolutions(channels),
        convolutions(channels),
        poolings(),
        branches(channels),
        st.sampled_from([{"kind": "ReLU"}, {"kind": "BatchNorm2d", "num_features": channels}]),
        *([transposed(channels), adaptive] if divided else []),
    )


@st.composite
def networks(draw: st.DrawFn, divided: bool = True) -> Case:
    """Draw layers, the input's shape, and whether the last layer is refused.

    ``divided`` adds layers whose windows differ in size from place to place.
    """
    shape = (draw(st.integers(1, 3)), draw(st.integers(5, 24)), draw(st.integers(5, 24)))
    now, chosen = shape, []
    for _ in range(draw(st.integers(1, 5))):
        chosen.append(draw(kinds(now[0], divided)))
        try:
            now = summarize(chosen[-1:], now)[-1].output_shape
        except ValueError:
            return chosen, shape, True
    if draw(st.booleans()):
        dense = {"kind": "Linear", "in_features": prod(now), "out_features": 3}
        chosen += [{"kind": "Flatten"}, dense]
    return chosen, shape, False


def torchs_answer(
    built: nn.Module, shape: tuple[int, ...]
) -> tuple[dict[str, tuple[int, ...]], int]:
    """Return the output shape of every module without modules inside, and all operations."""
    found = {}
    for name, module in built.named_modules():
        if not list(module.children()):
            module.register_forward_hook(
                lambda _m, _x, y, name=name: found.update({name: tuple(y.shape[1:])})
            )
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        built(torch.zeros(1, *shape))
    return found, counter.get_total_flops()


def same_numbers(one: Summary, other: Summary) -> None:
    """Compare all but names, which differ where paths meet."""
    for mine, yours in zip(one.rows, other.rows, strict=True):
        a, b = mine.to_dict(), yours.to_dict()
        for key in a.keys() - {"name", "kind"}:
            assert a[key] == b[key], f"layer {mine.index} ({mine.name}): {key}"


def flat(description: Any) -> list[Description]:
    """Return all layers of a description, those inside others too."""
    if isinstance(description, list):
        return [inner for layer in description for inner in flat(layer)]
    inside = [description.get(key) for key in ("body", "shortcut")] + description.get("paths", [])
    return [description, *(inner for part in inside if part for inner in flat(part))]


@pytest.mark.slow
# PyTorch's remark on its own speed
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
# OpenBLAS can leave the flag of an invalid operation behind though no number was one (numpy issue
# 24067, OpenBLAS issue 1924; seen here once, for weights times zeros): the numbers are looked at.
@pytest.mark.filterwarnings("ignore:invalid value encountered in matmul:RuntimeWarning")
@settings(max_examples=1000)
@given(networks())
def test_a_generated_network_is_as_pytorch_says(case: Case) -> None:
    description, shape, refused = case
    event("refused" if refused else "accepted")
    if refused:
        with pytest.raises(ValueError, match=rf"layer {len(flat(description)) - 1} \("):
            summarize(description, shape)
        with pytest.raises((RuntimeError, ValueError)):
            in_torch(description).eval()(torch.zeros(1, *shape))
        return
    summary = summarize(description, shape)
    built = in_torch(description).eval()
    same_numbers(summarize(built, shape), summary)
    found, operations = torchs_answer(built, shape)
    assert {row.name: row.output_shape for row in summary.rows if row.name in found} == found
    assert summary.parameters == sum(p.numel() for p in built.parameters())
    assert 2 * summary.macs == operations
    if not any("ceil_mode" in layer for layer in description):
        mine = in_numpy(description, np.random.default_rng(0))
        same_numbers(summarize(mine, shape), summary)
        mine.eval()
        result = mine(np.zeros((1, *shape), dtype=np.float32))
        assert result.shape[1:] == summary[-1].output_shape
        assert np.isfinite(result).all()


def positive(description: list[Description]) -> nn.Module:
    """Build a network in which every path counts: no negative weight, and means for maxima."""
    means = [
        {**layer, "kind": "AvgPool2d"} if layer["kind"] == "MaxPool2d" else layer
        for layer in description
    ]
    built = in_torch(means).double().eval()
    for parameter in built.parameters():
        nn.init.constant_(parameter, 0.5)
    return built


def touched(built: nn.Module, x: Tensor, place: tuple[int, int]) -> list[tuple[int, int] | None]:
    """Return the first and last row, and column, that an output depends on."""
    x = x.clone().requires_grad_()
    built(x)[0, :, *place].sum().backward()
    assert x.grad is not None
    pattern = x.grad[0].ne(0).any(0)
    seen = [pattern.any(1).nonzero().flatten(), pattern.any(0).nonzero().flatten()]
    return [(int(axis[0]), int(axis[-1])) if len(axis) else None for axis in seen]


def roomy(summary: Summary, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of an image in which the whole field of some output fits."""
    fields = summary[-1].receptive_field
    assert fields is not None
    sides = (
        int(side + field.size + abs(field.start) + 2 * field.jump) + 1
        for side, field in zip(shape[1:], fields, strict=True)
    )
    return shape[0], *sides


def fits(field: Field, position: int, length: int) -> bool:
    """Tell whether all pixels of the field are inside the image."""
    first = field.start + position * field.jump
    return first >= 0 and first + field.size <= length


def only_maps(case: Case) -> tuple[list[Description], tuple[int, ...]]:
    """Return the layers that give feature maps, without one that is refused."""
    description, shape, refused = case
    maps = [layer for layer in description if layer["kind"] not in ("Flatten", "Linear")]
    maps = maps[:-1] if refused else maps
    assume(maps)
    return maps, shape


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@settings(max_examples=1000)
@given(networks(divided=False))
def test_the_receptive_field_is_where_gradients_are(case: Case) -> None:
    """The field of an output, if it fits into the image, is what the gradient reaches."""
    maps, shape = only_maps(case)
    shape = roomy(summarize(maps, shape), shape)
    fields = summarize(maps, shape)[-1].receptive_field
    assert fields is not None
    inner = [int(-(min(0, field.start) // field.jump)) for field in fields]
    axes = list(zip(fields, inner, shape[1:], strict=True))
    assert all(fits(*axis) for axis in axes)
    expected = [(span[0], span[-1]) for span in (field.pixels(i, n) for field, i, n in axes)]
    x = torch.ones(1, *shape, dtype=torch.float64)
    assert touched(positive(maps), x, (inner[0], inner[1])) == expected


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@settings(max_examples=300)
@given(networks())
def test_gradients_reach_no_further_than_the_receptive_field(case: Case) -> None:
    """At the border, and where windows differ in size, the field is the most that is seen."""
    maps, shape = only_maps(case)
    last, built = summarize(maps, shape)[-1], positive(maps)
    assert last.receptive_field is not None
    x = torch.ones(1, *shape, dtype=torch.float64)
    _, height, width = last.output_shape
    for place in {(0, 0), (height // 2, width // 2), (height - 1, width - 1)}:
        for axis, seen in enumerate(touched(built, x, place)):
            field = last.receptive_field[axis]
            pixels = field.pixels(place[axis], shape[1 + axis])
            if seen is not None:
                assert {*seen} <= {*pixels}
                assert seen[1] - seen[0] + 1 <= field.size
