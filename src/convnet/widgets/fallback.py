"""What stands in for a widget where scripts are off, and in print: its numbers, as tables."""

from base64 import b64encode
from collections.abc import Callable
from html import escape
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet.layers import (
    avg_pool2d,
    conv2d,
    conv2d_backward,
    linear,
    max_pool2d,
    min_pool2d,
    normalize,
    relu,
    softmax,
)

Array = npt.NDArray[Any]
_PHOTOS = count(1)
_GREY = f'<feColorMatrix values="{"0.299 0.587 0.114 0 0 " * 3}0 0 0 1 0"/>'


def shown(value: float) -> str:
    """Return a number as the widgets write it: three decimals, a true minus sign.

    >>> shown(-0.25), shown(3.0), shown(6.8256e-08)
    ('−0.25', '3', '6.83e−8')
    """
    small = value != 0 and abs(value) < 0.001
    text = f"{value:.2e}".replace("e-0", "e-") if small else f"{value:.3f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def table(title: str, rows: Array, tone: str = "") -> str:
    """Return a table of numbers with its title, in the look of the widgets' grids."""
    lines = "".join(
        "<tr>" + "".join(f"<td>{shown(float(v))}</td>" for v in row) + "</tr>" for row in rows
    )
    name = escape(title)
    return (
        f'<div class="cw-stage"><div class="cw-title">{name}</div>'
        f'<table class="cw-table {tone}" aria-label="{name}">{lines}</table></div>'
    )


def _row(*parts: str) -> str:
    return f'<div class="cw-stages">{"".join(parts)}</div>'


def _maps(*rows: Any) -> list[Array]:
    """Return rows of numbers as maps of shape (1, 1, H, W)."""
    return [np.array(r, dtype=np.float64)[None, None] for r in rows]


def _convolution(s: dict[str, Any]) -> str:
    x, w = _maps(s["image"], s["kernel"])
    used = w[:, :, ::-1, ::-1] if s["flip"] else w
    y = conv2d(x, used, stride=s["stride"], padding=s["padding"], dilation=s["dilation"])
    said = f"Stride {s['stride']}, padding {s['padding']}, dilation {s['dilation']}."
    grids = (("Image", x, "cw-image"), ("Kernel", used, "cw-kernel"), ("Output", y, "cw-result"))
    return _row(*(table(t, a[0, 0], tone) for t, a, tone in grids)) + f"<p>{said}</p>"


def _six_by_six(s: dict[str, Any]) -> str:
    x, w = _maps(s["image"], s["kernel"])
    y = conv2d(x, w, np.array([s["bias"]], dtype=np.float64))
    pooled = max_pool2d(relu(y), 2)
    dense = (np.array(s[key], dtype=np.float64) for key in ("weight", "biases"))
    z = linear(pooled.reshape(1, -1), *dense)
    return _row(
        table("Image", x[0, 0], "cw-image"),
        table(f"Kernel; bias {shown(s['bias'])}", w[0, 0], "cw-kernel"),
        table("Feature map", y[0, 0], "cw-result"),
        table("After ReLU", relu(y)[0, 0], "cw-result"),
        table("Max-pooled", pooled[0, 0], "cw-result"),
        table("Logits", z.T, "cw-result"),
        table("Probabilities", softmax(z).T, "cw-result"),
    )


def _pooling(s: dict[str, Any]) -> str:
    (x,) = _maps(s["image"])
    kinds = {"max": max_pool2d, "avg": avg_pool2d, "min": min_pool2d}
    y = kinds[s["kind"]](x, s["window"], s["stride"])
    said = f"The {s['kind']} of each {s['window']} × {s['window']} window, stride {s['stride']}."
    grids = table("Image", x[0, 0], "cw-image") + table("Pooled", y[0, 0], "cw-result")
    return _row(grids) + f"<p>{said}</p>"


def usage_counts(side: int, window: int, stride: int, padding: int, dilation: int) -> Array:
    """Return how many windows read each pixel: the image's gradient where kernel and error are 1.

    >>> usage_counts(side=4, window=3, stride=1, padding=0, dilation=1)[0].tolist()
    [1.0, 2.0, 2.0, 1.0]
    """
    x, w = np.zeros((1, 1, side, side)), np.ones((1, 1, window, window))
    error = np.ones_like(conv2d(x, w, None, stride, padding, dilation))
    counts: Array = conv2d_backward(error, x, w, stride, padding, dilation)[0][0, 0]
    return counts


def _usage(s: dict[str, Any]) -> str:
    counts = usage_counts(**{key: s[key] for key in s if key != "at"})
    said = ", ".join(f"{key} {s[key]}" for key in ("stride", "padding", "dilation"))
    text = f"<p>Kernel side {s['window']}, {said}.</p>"
    return _row(table("How often each pixel is read", counts)) + text


def _channels(s: dict[str, Any]) -> str:
    x = np.array(s["image"], dtype=np.float64)[None]
    w, b = (np.array(s[key], dtype=np.float64) for key in ("kernels", "bias"))
    y = conv2d(x, w, b)
    inputs = [table(f"Channel {c + 1}", rows, "cw-image") for c, rows in enumerate(x[0])]
    slices = [
        table(f"Filter {f + 1}, slice {c + 1}", rows, "cw-kernel")
        for f, kernel in enumerate(w)
        for c, rows in enumerate(kernel)
    ]
    outputs = [
        table(f"Output {f + 1}; bias {shown(b[f])}", rows, "cw-result")
        for f, rows in enumerate(y[0])
    ]
    return _row(*inputs) + _row(*slices) + _row(*outputs)


def _backward(s: dict[str, Any]) -> str:
    x, w, error = _maps(s["image"], s["kernel"], s["error"])
    how = {"stride": s["stride"], "padding": s["padding"]}
    dx, dw, *_ = conv2d_backward(error, x, w, **how)
    given = (("Image", x, "cw-image"), ("Kernel", w, "cw-kernel"), ("Error", error, "cw-image"))
    found = (("Gradient of the kernel", dw), ("Gradient of the image", dx))
    grids = [table(t, a[0, 0], tone) for t, a, tone in given]
    return _row(*grids, *(table(t, a[0, 0], "cw-result") for t, a in found))


LAYERS = {
    "conv": "Convolution",
    "max": "Max-pooling",
    "avg": "Average pooling",
    "adaptive": "Average to a size",
    "dense": "Dense",
    "relu": "ReLU",
    "norm": "Batch norm",
}


def _calculator(s: dict[str, Any]) -> str:
    layers = "".join(f"<li>{escape(_layer(layer))}</li>" for layer in s["layers"])
    return f"<p>Input {' × '.join(map(str, s['input']))}.</p><ol>{layers}</ol>"


def _layer(layer: dict[str, Any]) -> str:
    """Return a layer in words: its kind, then what is set."""
    told = [f"{key} {value}" for key, value in layer.items() if key != "kind" and value != ""]
    return ", ".join([LAYERS.get(layer["kind"], layer["kind"]), *told])


def _filters(s: dict[str, Any]) -> str:
    kernel = np.array(s["kernel"], dtype=np.float64)
    photo = b64encode((Path(__file__).parent / "coffee.jpg").read_bytes()).decode("ascii")
    name = f"cw-photo-{next(_PHOTOS)}"
    area = 'x="0" y="0" width="1" height="1" color-interpolation-filters="sRGB"'
    pictures = (
        '<svg viewBox="0 0 490 160" width="490" role="img" aria-label="A cup of coffee in grey; and'
        f' what the kernel makes of it"><filter id="{name}-grey" {area}>{_GREY}</filter>'
        f'<filter id="{name}-result" {area}>{_GREY}{_convolved(kernel, s["greys"])}</filter>'
        f'<defs><image id="{name}" href="data:image/jpeg;base64,{photo}" width="240" height="160"/>'
        f'</defs><use href="#{name}" filter="url(#{name}-grey)"/>'
        f'<use href="#{name}" x="250" filter="url(#{name}-result)"/></svg>'
    )
    return _row(pictures, table("Kernel", kernel, "cw-kernel"))


def _convolved(kernel: Array, greys: str) -> str:
    """Return an SVG filter's convolution; it turns the kernel, so it gets it turned."""
    gain, bias = (0.5, 0.5) if greys == "signed" else (1.0, 0.0)
    numbers = " ".join(f"{gain * v:g}" for v in kernel[::-1, ::-1].ravel())
    return (
        f'<feConvolveMatrix order="{len(kernel)}" kernelMatrix="{numbers}" divisor="1"'
        f' bias="{bias}" edgeMode="none" preserveAlpha="true"/>'
    )


def _receptive(s: dict[str, Any]) -> str:
    size, jump = 1, 1
    lines = []
    for n, layer in enumerate(s["layers"], start=1):
        size += layer["dilation"] * (layer["kernel"] - 1) * jump
        jump *= layer["stride"]
        told = ", ".join(f"{key} {value}" for key, value in layer.items())
        lines.append(f"<li>Layer {n} ({told}): sees {size} pixels, jumps by {jump}.</li>")
    return f"<ul>{''.join(lines)}</ul>"


def _normalization(s: dict[str, Any]) -> str:
    x = np.array(s["values"], dtype=np.float64)  # (N, C, H, W)
    z = normalized(x, s["kind"], s["groups"])
    rows = [
        f"<p>The first image, {title}:</p>"
        + _row(*(table(f"Channel {c + 1}", rows) for c, rows in enumerate(maps)))
        for title, maps in (("before", x[0]), (f"after {s['kind']} norm", z[0]))
    ]
    return "".join(rows)


def normalized(x: Array, kind: str, groups: int) -> Array:
    """Return maps (N, C, H, W) normalized as ``kind`` says: "batch", "layer", "instance", "group".

    >>> x = np.arange(8.0).reshape(2, 1, 2, 2)
    >>> normalized(x, "batch", 1).mean().round(6) == 0
    np.True_
    """
    axes = {"batch": (0, 2, 3), "layer": (1, 2, 3), "instance": (2, 3)}
    if kind in axes:
        return normalize(x, axes[kind])[0]
    grouped = x.reshape(len(x), groups, -1)  # (N, groups, C/groups H W)
    return normalize(grouped, (2,))[0].reshape(x.shape)


def _lenet(s: dict[str, Any]) -> str:
    lines = "".join(
        f'<polyline points="{" ".join(f"{x},{y}" for x, y in line)}" fill="none" stroke="#fff"'
        ' stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/>'
        for line in s["strokes"]
    )
    return (
        '<svg viewBox="0 0 28 28" width="112" role="img" aria-label="A digit, drawn by hand">'
        f'<rect width="28" height="28"/>{lines}</svg>'
        "<p>LeNet-5: 28 × 28, 6 maps of 24 × 24, pooled 12 × 12, 16 maps of 8 × 8, pooled 4 × 4,"
        " dense 120, 84, 10.</p>"
    )


FALLBACKS: dict[str, Callable[[dict[str, Any]], str]] = {
    "convolution": _convolution,
    "pooling": _pooling,
    "usage": _usage,
    "channels": _channels,
    "six-by-six": _six_by_six,
    "calculator": _calculator,
    "backward": _backward,
    "filters": _filters,
    "receptive": _receptive,
    "normalization": _normalization,
    "lenet": _lenet,
}


def fallback(name: str, state: dict[str, Any]) -> str:
    """Return the static picture of widget ``name`` at ``state``, computed by the package."""
    return FALLBACKS[name](state)
