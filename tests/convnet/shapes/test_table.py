"""Can a summary be read: on a terminal, by a screen reader, by a web page?"""

import json
from html.parser import HTMLParser
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from torch import nn

from convnet import layers, network
from convnet.models import resnet18
from convnet.shapes import Summary, describe, summarize
from convnet.shapes.kinds import KINDS


def six_by_six() -> Summary:
    """Return the lectures' 6x6 network, with a column that its pooling leaves unread."""
    rng = np.random.default_rng(0)
    return summarize(
        network.Sequential(
            layers.Conv2d(1, 1, 3, rng=rng),
            layers.ReLU(),
            layers.MaxPool2d(2),
            layers.Flatten(),
            layers.Linear(4, 3, rng=rng),
        ),
        (1, 6, 7),
    )


def test_the_text_has_a_row_a_layer_and_the_totals() -> None:
    expected = """
        5 layers on an input of 1 x 6 x 7

        #  layer  kind          output  parameters  MACs  memory  field  jump  start  unread
        --------------------------------------------------------------------------------------
        0  0      Conv2d     1 x 4 x 5          10   180    80 B      3     1      0
        1  1      ReLU       1 x 4 x 5           0     0    80 B      3     1      0
        2  2      MaxPool2d  1 x 2 x 2           0     0    16 B      4     2      0  column 4
        3  3      Flatten            4           0     0     0 B      4     2      0
        4  4      Linear             3          15    12    12 B      6     4      0
        --------------------------------------------------------------------------------------
           total                                25   192   188 B
        """
    assert str(six_by_six()) == dedent(expected).strip("\n")


def test_numbers_that_differ_along_height_and_width_are_both_shown() -> None:
    conv = nn.Conv2d(1, 1, (1, 3), stride=(1, 2), padding=(0, 1))
    line = str(summarize(conv, (1, 5, 6))).splitlines()[-3]
    assert " ".join(line.split("B", 1)[1].split()) == "1 x 3 1 x 2 0 x -1 column 6 (padding)"
    line = str(summarize([{"kind": "MaxPool2d", "kernel_size": 4}], (1, 6, 7))).splitlines()[-3]
    assert line.endswith("  rows 4-5, columns 4-6")


def test_a_network_without_images_has_no_receptive_field() -> None:
    summary = summarize([{"kind": "Linear", "out_features": 8}], (13,))
    assert summary[0].receptive_field is None
    assert str(summary).splitlines()[-3].endswith("32 B")
    assert summary.to_dict()["layers"][0]["receptive_field"] is None


class Table(HTMLParser):
    """Collects the tags, with their attributes, and the text of cells."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: dict[str, list[str]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that it is the latest one that was opened."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note text under its tag."""
        self.text.setdefault(self.open[-1], []).append(data)


def test_the_html_table_can_be_followed_by_ear() -> None:
    table = Table(six_by_six()._repr_html_())
    assert table.open == []
    headers = [attrs.get("scope") for tag, attrs in table.tags if tag == "th"]
    assert headers == ["col"] * 11 + ["row"] * 6
    assert table.text["caption"][0].startswith("5 layers on an input of 1 x 6 x 7. For one sample.")
    region = next(attrs for tag, attrs in table.tags if tag == "div")
    # it may scroll: then a keyboard has to reach it, and it needs a name
    assert (region["tabindex"], region["role"]) == ("0", "region")
    assert region["aria-label"] == "Layers of the network"
    assert [tag for tag, _ in table.tags if tag in ("thead", "tbody", "tfoot")] == [
        "thead",
        "tbody",
        "tfoot",
    ]


def test_names_are_escaped() -> None:
    summary = summarize([{"kind": "ReLU", "name": "<script>alert(1)</script>"}], (1, 2, 2))
    assert summary[0].name == "<script>alert(1)</script>"
    assert "<script>" not in summary._repr_html_()


def test_json_round_trip_of_a_numpy_network() -> None:
    """The description that a page sends gives what the network itself gives."""
    rng = np.random.default_rng(0)
    original = network.Sequential(
        layers.Conv2d(2, 4, (3, 1), stride=(1, 2), padding="valid", rng=rng),
        network.Residual(layers.BatchNorm2d(4), layers.Conv2d(4, 4, 1, bias=False, rng=rng)),
        network.Concatenate(None, layers.GroupNorm(2, 4), layers.InstanceNorm2d(4)),
        layers.DepthwiseSeparableConv2d(12, 2, 3, rng=rng),
        layers.ConvTranspose2d(2, 3, 2, stride=2, rng=rng),
        layers.LayerNorm((10, 4)),
        layers.AvgPool2d(2),
        layers.AdaptiveAvgPool2d((2, 1)),
        layers.GlobalAvgPool2d(),
        layers.Flatten(),
        layers.Dropout(rng=rng),
        layers.Linear(3, 2, bias=False, rng=rng),
        layers.Softmax(),
    )
    description = json.loads(json.dumps(describe(original)))
    mine, sent = summarize(original, (2, 9, 8)), summarize(description, (2, 9, 8))
    assert mine == sent
    assert mine.parameters == sum(a.size for a in network.named_parameters(original).values())
    result = original(np.zeros((1, 2, 9, 8), dtype=np.float32))
    assert mine[-1].output_shape == result.shape[1:]


def test_every_layer_of_the_package_has_a_kind() -> None:
    exported = [value for value in vars(layers).values() if isinstance(value, type)]
    names = {kind.__name__ for kind in exported if issubclass(kind, layers.Layer)}
    assert names - {"Layer", "DepthwiseSeparableConv2d"} <= KINDS.keys()  # two convolutions


def test_the_dictionary_is_json_and_complete() -> None:
    summary = six_by_six()
    data: dict[str, Any] = json.loads(json.dumps(summary.to_dict()))
    assert data["input_shape"] == [1, 6, 7]
    assert data["layers"][2] == {
        "index": 2,
        "name": "2",
        "kind": "MaxPool2d",
        "input_shapes": [[1, 4, 5]],
        "output_shape": [1, 2, 2],
        "parameters": 0,
        "macs": 0,
        "activation_bytes": 16,
        "receptive_field": [{"size": 4, "jump": 2, "start": 0}] * 2,
        "dropped_rows": [],
        "dropped_columns": [4],
    }
    assert data["totals"] == {
        "parameters": 25,
        "macs": 192,
        "activation_bytes": 188,
        "unused_parameters": 0,
    }


def test_a_jump_of_half_a_pixel_becomes_a_number_of_json() -> None:
    enlarged = {"kind": "ConvTranspose2d", "out_channels": 1, "kernel_size": 2, "stride": 2}
    row = summarize([enlarged], (1, 3, 3)).to_dict()["layers"][0]
    assert row["receptive_field"][0] == {"size": 1.5, "jump": 0.5, "start": -0.5}


def test_a_long_table_can_be_grouped_by_name() -> None:
    network = resnet18(width=0.25, small_images=True)
    whole = summarize(network, (3, 32, 32))
    short = whole.grouped(2)
    names = ["stem", "stage1", "stage2", "stage3", "stage4"]
    expected = [*(f"features.{name}" for name in names), "classifier.pool", "classifier.flatten"]
    assert [row.name for row in short.rows] == [*expected, "classifier.dense"]
    assert [row.index for row in short.rows] == list(range(8))
    assert (short.parameters, short.macs) == (whole.parameters, whole.macs)
    assert short.activation_bytes == whole.activation_bytes
    stage = short["features.stage2"]
    assert (stage.kind, stage.input_shapes, stage.output_shape) == (
        "16 layers",
        ((16, 32, 32),),
        (32, 16, 16),
    )
    assert stage.receptive_field == whole["features.stage2.1.relu"].receptive_field
    assert short.rows[-1].kind == "Linear"
    with pytest.raises(ValueError, match="depth is 0, but needs to be a whole number of at least"):
        whole.grouped(0)
