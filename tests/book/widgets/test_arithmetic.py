"""Do the widgets compute what the package computes? Generated cases, through a real browser."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from convnet import models
from convnet.layers import (
    SoftmaxCrossEntropy,
    avg_pool2d,
    conv2d,
    conv2d_backward,
    linear,
    max_pool2d,
    max_pool2d_backward,
    min_pool2d,
    relu,
    softmax,
)
from convnet.models import count_parameters, mlp
from convnet.shapes import conv2d_parameters, conv_output_size, dropped_rows, summarize
from convnet.widgets import STYLES
from convnet.widgets.fallback import normalized, usage_counts
from convnet.widgets.presets import PRESETS, plain

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("widgets")]
Ask = Callable[[str, list[Any]], list[Any]]


def maps(rows: Any) -> Any:
    return np.array(rows, dtype=np.float64)[None, None]


def whole(rng: np.random.Generator, *shape: int, most: int = 9) -> Any:
    return rng.integers(-most, most + 1, shape).tolist()


def close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def convolution_cases() -> list[dict[str, Any]]:
    rng = np.random.default_rng(1)
    cases = []
    for _ in range(60):
        height, width, k, m = (int(v) for v in rng.integers((3, 3, 1, 1), (9, 9, 4, 4)))
        how = {"stride": 1 + int(rng.integers(3)), "padding": int(rng.integers(3))}
        case = {"image": whole(rng, height, width), "kernel": rng.normal(size=(k, m)).tolist()}
        cases.append({**case, **how, "dilation": 1, "flip": bool(rng.integers(2)), "at": [0, 0]})
        if 2 * (max(k, m) - 1) < min(height, width):
            cases[-1]["dilation"] = 2
    return cases + [p["state"] for p in PRESETS["convolution"]]


def test_convolution(ask: Ask) -> None:
    cases = convolution_cases()
    for case, found in zip(cases, ask("convolution", cases), strict=True):
        x, w = maps(case["image"]), maps(case["kernel"])
        w = w[:, :, ::-1, ::-1] if case["flip"] else w
        how = {key: case[key] for key in ("stride", "padding", "dilation")}
        close(found["output"], conv2d(x, w, **how)[0, 0])
        sizes = list(zip(x.shape[2:], w.shape[2:], strict=True))
        shape = tuple(conv_output_size(n, k, **how) for n, k in sizes)
        assert np.shape(found["output"]) == shape
        assert found["dropped"] == [dropped_rows(n, k, **how) for n, k in sizes]


def test_a_kernel_that_does_not_fit_has_no_output(ask: Ask) -> None:
    case = {**PRESETS["convolution"][0]["state"], "dilation": 3}
    assert ask("convolution", [case])[0]["output"] == []


def test_pooling(ask: Ask) -> None:
    rng = np.random.default_rng(2)
    kinds = {"max": max_pool2d, "avg": avg_pool2d, "min": min_pool2d}
    cases = [p["state"] for p in PRESETS["pooling"]]
    for _ in range(60):
        size, window = rng.integers(4, 9, 2).tolist(), int(rng.integers(1, 5))
        how = {"kind": rng.choice(list(kinds)).item(), "window": window}
        shift = {"stride": int(rng.integers(1, 5)), "shift": rng.integers(-2, 3, 2).tolist()}
        cases.append({"image": whole(rng, *size), **how, **shift, "at": [0, 0]})
    for case, found in zip(cases, ask("pooling", cases), strict=True):
        image = np.array(case["image"])
        (down, right), (h, w) = case["shift"], image.shape
        wide = np.pad(image, 2)[2 - down : 2 - down + h, 2 - right : 2 - right + w]
        close(found["shifted"], wide)
        pool, how = kinds[case["kind"]], (case["window"], case["stride"])
        before, after = (pool(maps(rows), *how)[0, 0] for rows in (image, wide))
        close(found["before"], before)
        close(found["output"], after)
        assert found["changedPixels"] == np.count_nonzero(image != wide)
        assert found["dropped"] == [dropped_rows(n, *how) for n in image.shape]


def test_usage(ask: Ask) -> None:
    rng = np.random.default_rng(3)
    keys = ("side", "window", "stride", "padding", "dilation")
    cases = [p["state"] for p in PRESETS["usage"]]
    for _ in range(60):
        case = dict(zip(keys, rng.integers((3, 1, 1, 0, 1), (9, 6, 5, 5, 3)).tolist(), strict=True))
        if case["dilation"] * (case["window"] - 1) < case["side"] + 2 * case["padding"]:
            cases.append({**case, "at": [0, 0]})
    for case, found in zip(cases, ask("usage", cases), strict=True):
        counts = usage_counts(**{key: case[key] for key in keys})
        assert found["counts"] == counts.tolist()
        assert (found["most"], found["least"]) == (counts.max(), counts.min())


def test_channels(ask: Ask) -> None:
    rng = np.random.default_rng(4)
    cases = [p["state"] for p in PRESETS["channels"]]
    for _ in range(30):
        c, f, k, h = (int(v) for v in rng.integers((1, 1, 1, 3), (4, 4, 4, 6)))
        case = {"image": whole(rng, c, h, h + 1), "bias": whole(rng, f), "filter": 0, "at": [0, 0]}
        cases.append({**case, "kernels": rng.normal(size=(f, c, k, k)).tolist()})
    for case, found in zip(cases, ask("channels", cases), strict=True):
        x, w, b = (np.array(case[key], dtype=float) for key in ("image", "kernels", "bias"))
        close(found["output"], conv2d(x[None], w, b)[0])
        for f, c in np.ndindex(*w.shape[:2]):
            close(found["partial"][f][c], conv2d(maps(x[c]), maps(w[f, c]))[0, 0])
        assert found["parameters"] == conv2d_parameters(len(x), len(w), w.shape[2])


def test_backward(ask: Ask) -> None:
    rng = np.random.default_rng(5)
    cases = [p["state"] for p in PRESETS["backward"]]
    for _ in range(60):
        k = int(rng.integers(1, 4))
        case = {"stride": int(rng.integers(1, 4)), "padding": int(rng.integers(k))}
        sides = [int(n) for n in rng.integers(3, 7, 2)]
        outputs = [conv_output_size(n, k, **case) for n in sides]
        case.update(image=whole(rng, *sides), kernel=whole(rng, k, k), error=whole(rng, *outputs))
        cases.append({**case, "of": "image", "at": [0, 0]})
    for case, found in zip(cases, ask("backward", cases), strict=True):
        x, w, error = (maps(case[key]) for key in ("image", "kernel", "error"))
        how = {"stride": case["stride"], "padding": case["padding"]}
        close(found["output"], conv2d(x, w, **how)[0, 0])
        dx, dw, *_ = conv2d_backward(error, x, w, **how)
        close(found["dx"], dx[0, 0])
        close(found["dw"], dw[0, 0])
        close(found["again"], dx[0, 0])  # the same, as a correlation with the turned kernel
        close(found["db"], error.sum())


# The networks of the package that the calculator's examples stand for.
NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "LeNet-5, as taught today": models.LeNet5,
    "CIFAR-10 CNN": models.CIFARNet,
    "MLP 784-128-64-10": models.MLP,
    "MLP for CIFAR-10": lambda: models.MLP(mlp.CIFAR),
    "AlexNet": models.AlexNet,
    "VGG-11": models.vgg11,
    "VGG-16": models.vgg16,
    "VGG-19": models.vgg19,
    "GoogLeNet": lambda: models.GoogLeNet(aux_logits=False),
    "ResNet-18": models.resnet18,
    "ResNet-34": models.resnet34,
    "ResNet-50": models.resnet50,
    "ResNet-152": models.resnet152,
    "DenseNet-121": models.densenet121,
    "MobileNetV1": models.MobileNetV1,
    "MobileNetV2": models.MobileNetV2,
}


def fields(row: Any) -> list[dict[str, Any]]:
    return [dataclasses.asdict(f) for f in row.receptive_field]


def test_calculator_on_the_books_networks(ask: Ask) -> None:
    states = {p["title"]: p["state"] for p in PRESETS["calculator"]}
    found = dict(zip(states, ask("calculator", list(states.values())), strict=True))
    for title, build in NETWORKS.items():
        with torch.device("meta"):
            summary = summarize(build().eval(), tuple(states[title]["input"]))
        sums = [found[title][key] for key in ("parameters", "macs", "bytes")]
        assert sums == [summary.parameters, summary.macs, summary.activation_bytes], title
        assert found[title]["error"] == ""
        if summary.rows[-1].receptive_field:
            assert found[title]["rows"][-1]["field"] == fields(summary.rows[-1])
    assert found["LeNet-5 (1998)"]["parameters"] == count_parameters(models.LeNet5Original())
    assert set(states) - set(NETWORKS) == {  # whose counts are asserted here, or above
        "the 6×6 network", "MLP 13-8-6-1", "MLP 4-8-6-3", "LeNet-5 (1998)"
    }  # fmt: skip
    counts = [found[t]["parameters"] for t in ("the 6×6 network", "MLP 13-8-6-1", "MLP 4-8-6-3")]
    assert counts == [25, 173, 115]


def described(layer: dict[str, Any]) -> list[Any]:
    """Return a layer of the calculator as the package describes it."""
    if layer["kind"] == "dense":
        return ["Flatten", {"kind": "Linear", "out_features": layer["out"]}]
    if layer["kind"] == "max":
        how = {"kernel_size": layer["kernel"], **{k: layer[k] for k in ("stride", "padding")}}
        return [{"kind": "MaxPool2d", **how}]
    how = {key: layer[key] for key in ("stride", "padding", "dilation", "groups")}
    size = {"out_channels": layer["out"], "kernel_size": layer["kernel"]}
    bias = not layer["after"].startswith("bn")
    after = {"": [], "relu": ["ReLU"], "bn": ["n"], "bnrelu": ["n", "ReLU"]}[layer["after"]]
    norm = {"kind": "BatchNorm2d", "num_features": layer["out"]}
    tail = [norm if kind == "n" else kind for kind in after]
    return [{"kind": "Conv2d", **size, **how, "bias": bias}, *tail]


def network_of(rng: np.random.Generator) -> dict[str, Any]:
    """Return a calculator's state: random layers, of which some may not fit."""
    layers: list[dict[str, Any]] = []
    for _ in range(rng.integers(1, 6)):
        kernel = int(rng.integers(1, 6))
        window = {"kernel": kernel, "stride": int(rng.integers(1, 4))}
        if rng.integers(3) == 0:
            layers.append({"kind": "max", **window, "padding": int(rng.integers(kernel // 2 + 1))})
            continue
        how = {"padding": int(rng.integers(4)), "dilation": int(rng.integers(1, 3))}
        names = {
            "groups": int(rng.integers(1, 3)),
            "after": rng.choice(["", "relu", "bn", "bnrelu"]),
        }
        out = {"kind": "conv", "out": 2 * int(rng.integers(1, 9))}
        layers.append({**out, **window, **how, **names, "after": str(names["after"])})
    layers.append({"kind": "dense", "out": 7})
    return {"input": [2, *rng.integers(8, 40, 2).tolist()], "layers": layers, "chosen": 0}


def test_calculator_on_generated_networks(ask: Ask) -> None:
    rng = np.random.default_rng(6)
    cases = [network_of(rng) for _ in range(80)]
    fitted = 0
    for case, found in zip(cases, ask("calculator", cases), strict=True):
        description = [d for layer in case["layers"] for d in described(layer)]
        if found["error"]:
            with pytest.raises(ValueError, match=r"reach|window|small"):
                summarize(description, tuple(case["input"]))
            continue
        summary = summarize(description, tuple(case["input"]))
        assert found["parameters"] == summary.parameters
        assert found["macs"] == summary.macs
        assert found["bytes"] == summary.activation_bytes
        assert found["rows"][-1]["field"] == fields(summary.rows[-1])
        shapes = [list(row.output_shape) for row in summary.rows]
        assert all(row["shape"] in shapes for row in found["rows"])
        fitted += 1
    assert 20 < fitted < 80  # both kinds of case were met


def test_filters(ask: Ask) -> None:
    rng = np.random.default_rng(8)
    cases = []
    for preset in PRESETS["filters"]:
        height, width = (int(n) for n in rng.integers(9, 20, 2))
        pixels = rng.integers(0, 256, height * width).tolist()
        cases.append({**preset["state"], "pixels": pixels, "width": width})
    for case, found in zip(cases, ask("filters", cases), strict=True):
        x = np.array(case["pixels"], dtype=float).reshape(1, 1, -1, case["width"])
        w = maps(case["kernel"])
        close(found["output"], conv2d(x, w, padding=w.shape[-1] // 2).ravel())


def test_receptive(ask: Ask) -> None:
    rng = np.random.default_rng(9)
    cases = [p["state"] for p in PRESETS["receptive"]]
    names = ("kernel", "stride", "dilation")
    for _ in range(40):
        rows = rng.integers((1, 1, 1), (6, 4, 4), (int(rng.integers(1, 5)), 3)).tolist()
        layers = [dict(zip(names, row, strict=True)) for row in rows]
        cases.append({"length": 400, "layers": layers, "at": 0})
    for case, found in zip(cases, ask("receptive", cases), strict=True):
        kinds = [
            {"kind": "Conv2d", "out_channels": 1, "kernel_size": layer["kernel"], **layer}
            for layer in case["layers"]
        ]
        described = [{k: v for k, v in kind.items() if k != "kernel"} for kind in kinds]
        rows = summarize(described, (1, case["length"], case["length"])).rows
        for row, mine in zip(rows, found["rows"], strict=True):
            field = row.receptive_field[0] if row.receptive_field else None
            assert (field.size, field.jump) == (mine["size"], mine["jump"])
            assert row.output_shape[1] == mine["length"]


def test_normalization(ask: Ask) -> None:
    rng = np.random.default_rng(10)
    cases = [p["state"] for p in PRESETS["normalization"]]
    for _ in range(20):
        kind, groups = (
            str(rng.choice(["batch", "layer", "instance", "group"])),
            int(rng.choice([1, 2, 4])),
        )
        state = {"values": rng.normal(size=(3, 4, 2, 2)).tolist(), "kind": kind, "groups": groups}
        cases.append({**cases[0], **state})
    for case, found in zip(cases, ask("normalization", cases), strict=True):
        x = np.array(case["values"], dtype=float)
        close(found["normalized"], normalized(x, case["kind"], case["groups"]))


def trained() -> models.LeNet5:
    """Return the package's LeNet-5 with the weights that the page has."""
    network = models.LeNet5().double()
    with np.load(STYLES.parent / "lenet.npz") as file, torch.no_grad():
        for name, p in network.named_parameters():
            p.copy_(torch.tensor(file[name] * float(file[f"{name}.scale"])))
    return network


def test_trained_lenet(ask: Ask) -> None:
    """Against NumPy: every map, to far less than 1e-5."""
    rng = np.random.default_rng(11)
    drawn = [p["state"] for p in PRESETS["lenet"]]
    cases = [{**drawn[0], "pixels": rng.random((28, 28)).tolist()} for _ in range(4)]
    weights = {name: p.detach().numpy() for name, p in trained().named_parameters()}
    for found in ask("lenet", [*drawn, *cases]):
        first = relu(
            conv2d(maps(found["input"]), weights["features.0.weight"], weights["features.0.bias"])
        )
        pooled = max_pool2d(first, 2)
        second = relu(conv2d(pooled, weights["features.3.weight"], weights["features.3.bias"]))
        x = max_pool2d(second, 2)
        close(found["first"], first[0])
        close(found["second"], second[0])
        close(found["secondPooled"], x[0])
        x = x.reshape(1, -1)
        for layer in (1, 3, 5):
            x = linear(
                x, weights[f"classifier.{layer}.weight"], weights[f"classifier.{layer}.bias"]
            )
            x = x if layer == 5 else relu(x)
        close(found["logits"], x[0])
        close(found["probabilities"], softmax(x)[0])


def test_trained_lenet_reads_the_drawn_digits(ask: Ask) -> None:
    words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    digits = {p["title"].split()[-1]: p["state"] for p in PRESETS["lenet"]}
    found = ask("lenet", [digits[word] for word in words])
    assert [int(np.argmax(f["probabilities"])) for f in found] == list(range(10))


def network_cases() -> list[dict[str, Any]]:
    rng = np.random.default_rng(7)
    start = PRESETS["six-by-six"][0]["state"]
    made = [
        {
            "image": whole(rng, 6, 6),
            "kernel": whole(rng, 3, 3, most=3),
            "bias": int(rng.integers(-9, 10)),
            "weight": rng.normal(size=(3, 4)).tolist(),
            "biases": rng.normal(size=3).tolist(),
            "target": int(rng.integers(3)),
            "rate": 0.1,
        }
        for _ in range(30)
    ]
    return [start, *made]


def test_network_forwards_and_backwards(ask: Ask) -> None:
    cases = network_cases()
    for case, found in zip(cases, ask("six-by-six", cases), strict=True):
        x, w = maps(case["image"]), maps(case["kernel"])
        weight, biases = np.array(case["weight"]), np.array(case["biases"])
        y = conv2d(x, w, np.array([float(case["bias"])]))
        pooled = max_pool2d(relu(y), 2)
        logits = linear(pooled.reshape(1, -1), weight, biases)
        loss = SoftmaxCrossEntropy()
        close(found["loss"], loss(logits, np.array([case["target"]])))
        error = loss.backward()
        back = max_pool2d_backward((error @ weight).reshape(1, 1, 2, 2), relu(y), pooled, 2)
        before = back * (y > 0)
        gradients = conv2d_backward(before, x, w)
        for name, expected in {
            "features": y[0, 0],
            "rectified": relu(y)[0, 0],
            "pooled": pooled[0, 0],
            "logits": logits[0],
            "probabilities": softmax(logits)[0],
            "dLogits": error[0],
            "dWeight": error.T @ pooled.reshape(1, -1),
            "dRectified": back[0, 0],
            "dFeatures": before[0, 0],
            "dKernel": gradients[1][0, 0],
            "dBias": before.sum(),
            "newKernel": w[0, 0] - case["rate"] * gradients[1][0, 0],
        }.items():
            close(found[name], expected)


def test_examples_are_plain_numbers() -> None:
    """JSON knows neither arrays nor NaN; and 3.0 would be shown as 3.0 in Python only."""
    for presets in PRESETS.values():
        for preset in presets:
            assert plain(preset["state"]) == preset["state"]
