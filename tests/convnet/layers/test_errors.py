"""Does every bad call get told the argument, its value, what is required and what to do?"""

import inspect
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from convnet import gradcheck, init, layers, network

WORDS = {
    **vars(init),
    **vars(gradcheck),
    **vars(network),
    **vars(layers),
    "np": np,
    "RNG": np.random.default_rng(0),
    "IMAGE": np.zeros((1, 2, 4, 4)),
    "SINGLE": np.zeros((1, 2, 4, 4), dtype=np.float32),
    "KERNEL": np.zeros((3, 2, 3, 3)),
    "GRAD": np.zeros((1, 3, 2, 2)),  # for IMAGE and KERNEL
    "POOLED": np.zeros((1, 2, 2, 2)),
    "ROWS": np.zeros((4, 4)),
    "WEIGHT": np.zeros((3, 4)),
    "BIAS": np.zeros(3),
    "CLASSES": np.array([0, 1, 2, 3]),
}
CONVOLUTIONS = [
    "conv2d(IMAGE, KERNEL, {})",
    "conv2d_loops(IMAGE, KERNEL, {})",
    "conv2d_backward(GRAD, IMAGE, KERNEL, {})",
    "conv2d_backward_loops(GRAD, IMAGE, KERNEL, {})",
    "conv2d_weight_gradient(GRAD, IMAGE, KERNEL.shape, {})",
    "conv2d_input_gradient(GRAD, KERNEL, IMAGE.shape, {})",
]
TRANSPOSED = [
    "conv_transpose2d(IMAGE, KERNEL[:2], {})",
    "conv_transpose2d_loops(IMAGE, KERNEL[:2], {})",
]
POOLINGS = [
    "max_pool2d(IMAGE, {})",
    "max_pool2d_loops(IMAGE, {})",
    "max_pool2d_backward(POOLED, IMAGE, POOLED, {})",
    "min_pool2d(IMAGE, {})",
    "avg_pool2d(IMAGE, {})",
    "avg_pool2d_loops(IMAGE, {})",
    "avg_pool2d_backward(POOLED, IMAGE.shape, {})",
]
FAMILIES = {
    "convolution function": CONVOLUTIONS,
    "convolution": [*CONVOLUTIONS, "Conv2d(2, 3, 3, rng=RNG, {})"],
    "transposed convolution function": TRANSPOSED,
    "transposed convolution": [*TRANSPOSED, "ConvTranspose2d(2, 3, 3, rng=RNG, {})"],
    "pooling function": POOLINGS,
    "pooling": [*POOLINGS, "MaxPool2d({})", "MinPool2d({})", "AvgPool2d({})"],
    "normalization": [
        "BatchNorm2d(2, {})",
        "LayerNorm(2, {})",
        "GroupNorm(1, 2, {})",
        "InstanceNorm2d(2, {})",
    ],
    "layer that learns": [
        "Conv2d(2, 3, 3, {})",
        "ConvTranspose2d(2, 3, 3, {})",
        "DepthwiseSeparableConv2d(2, 3, 3, {})",
        "Linear(2, 3, {})",
    ],
    "loss": ["BinaryCrossEntropyWithLogits(){}", "MeanSquaredError(){}", "SmoothL1(){}"],
}


class Bad(NamedTuple):
    """A bad call, and the parts of its message in their order."""

    call: str
    error: str
    parts: list[str]


def read(text: str) -> list[Bad]:
    """Return the bad calls of the table, one for each member of a family."""
    found = []
    for block in re.sub(r"(?m)^#.*\n", "", text).strip().split("\n\n"):
        *calls, told = (line.strip() for line in block.strip().splitlines())
        error, message = told.split(": ", 1)
        for call in calls:
            family, _, options = call.removeprefix("each ").partition(": ")
            forms = FAMILIES[family] if call.startswith("each ") else [call]
            bad = (form.replace("{}", options) for form in forms)
            found += [Bad(form, error, message.split(" ... ")) for form in bad]
    return found


BAD_CALLS = read((Path(__file__).parent / "bad_calls.txt").read_text(encoding="utf-8"))


@pytest.mark.parametrize("bad", BAD_CALLS, ids=lambda bad: f"{bad.call} {bad.parts[0]}")
def test_a_bad_call_is_told_argument_value_requirement_and_remedy(bad: Bad) -> None:
    with pytest.raises((TypeError, ValueError, RuntimeError)) as raised:
        eval(bad.call, dict(WORDS))  # noqa: S307  # our own table, one file away
    assert raised.type.__name__ == bad.error
    assert len(bad.parts) == 3
    pattern = ".*".join(re.escape(part) for part in bad.parts)
    assert re.search(pattern, str(raised.value)), f"{raised.value} does not say {bad.parts}"


# What any value is right for, or what the language itself checks.
ANY_VALUE = {"bias", "affine", "args", "kwargs"}


def test_every_argument_of_every_class_has_a_bad_call() -> None:
    classes = {
        name: found
        for name, found in {**vars(layers), **vars(network)}.items()
        if inspect.isclass(found) and issubclass(found, layers.Layer | layers.Loss)
    }
    told: dict[str, set[str]] = {name: set() for name in classes}
    for bad in BAD_CALLS:
        words = set(re.findall(r"\w+", bad.parts[0]))
        told.get(re.split(r"\W", bad.call)[0], set()).update(words)
    wanted: Any = {
        (name, argument)
        for name, found in classes.items()
        for argument in inspect.signature(found).parameters
        if argument not in ANY_VALUE
    }
    assert {(name, argument) for name, argument in wanted if argument not in told[name]} == set()


def test_every_public_function_has_a_bad_call() -> None:
    functions = {name for name in layers.__all__ if inspect.isfunction(getattr(layers, name))}
    told = {re.split(r"\W", bad.call)[0] for bad in BAD_CALLS}
    # It reads what normalize returned, so there is nothing to check again.
    assert functions - told == {"normalize_backward"}
