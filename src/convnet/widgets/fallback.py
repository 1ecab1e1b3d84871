"""What stands in for a widget where scripts are off, and in print: its numbers, as tables."""

from collections.abc import Callable
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

from convnet.layers import conv2d, linear, max_pool2d, relu, softmax

Array = npt.NDArray[Any]


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
    return f'<table class="cw-table {tone}"><caption>{escape(title)}</caption>{lines}</table>'


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


FALLBACKS: dict[str, Callable[[dict[str, Any]], str]] = {
    "convolution": _convolution,
    "six-by-six": _six_by_six,
}


def fallback(name: str, state: dict[str, Any]) -> str:
    """Return the static picture of widget ``name`` at ``state``, computed by the package."""
    return FALLBACKS[name](state)
