"""The calculator's result: one row a layer, and the totals."""

from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from convnet._check import check_at_least
from convnet.shapes.field import Field, Number
from convnet.shapes.maps import Fields
from convnet.shapes.table import as_html, as_text


@dataclass(frozen=True)
class Row:
    """What one layer does to one sample.

    Attributes:
        index: place in the order of computation, from 0.
        name: where it stands in the network, such as ``"features.0"``.
        kind: what it is, such as ``"Conv2d"``.
        input_shapes: what it reads, without the batch axis; more than one where paths meet.
        output_shape: (C, H, W) or (features,).
        parameters: learned numbers.
        macs: multiply-adds of convolutions and dense layers.
        activation_bytes: memory of its output; 0 if that is only a view of its input.
        receptive_field: along height and width; None if the network's input is no image.
        dropped_rows: rows at the end of its input that no window reaches: what the stride's floor
            leaves over. Rows from the input's height on are padding.
        dropped_columns: likewise, columns.
    """

    index: int
    name: str
    kind: str
    input_shapes: tuple[tuple[int, ...], ...]
    output_shape: tuple[int, ...]
    parameters: int
    macs: int
    activation_bytes: int
    receptive_field: Fields | None
    dropped_rows: range
    dropped_columns: range

    def to_dict(self) -> dict[str, Any]:
        """Return the row as numbers, strings, lists and dictionaries: JSON."""
        return {
            "index": self.index,
            "name": self.name,
            "kind": self.kind,
            "input_shapes": [list(shape) for shape in self.input_shapes],
            "output_shape": list(self.output_shape),
            "parameters": self.parameters,
            "macs": self.macs,
            "activation_bytes": self.activation_bytes,
            "receptive_field": self.receptive_field and [_field(f) for f in self.receptive_field],
            "dropped_rows": list(self.dropped_rows),
            "dropped_columns": list(self.dropped_columns),
        }


@dataclass(frozen=True)
class Summary:
    """A network, layer by layer. ``print`` it, or let a notebook show it as a table.

    Attributes:
        input_shape: one sample, (C, H, W) or (features,).
        rows: one a layer, in the order of computation.
        unused: parameters of layers that did not compute, such as heads for training only.
    """

    input_shape: tuple[int, ...]
    rows: tuple[Row, ...]
    unused: int = 0

    @property
    def parameters(self) -> int:
        """Learned numbers of all layers that compute."""
        return sum(row.parameters for row in self.rows)

    @property
    def macs(self) -> int:
        """Multiply-adds for one sample."""
        return sum(row.macs for row in self.rows)

    @property
    def activation_bytes(self) -> int:
        """Memory of all outputs for one sample: what training keeps for the backward pass."""
        return sum(row.activation_bytes for row in self.rows)

    def __getitem__(self, layer: int | str) -> Row:
        """Return a row by its index or by its name; of equal names, the last."""
        if isinstance(layer, int):
            return self.rows[layer]
        for row in reversed(self.rows):
            if row.name == layer:
                return row
        names = ", ".join(row.name for row in self.rows)
        raise KeyError(f"there is no layer {layer!r}; pass one of {names}")

    def grouped(self, depth: int) -> "Summary":
        """Return a shorter table: neighbours that agree in the first parts of their names as one.

        Args:
            depth: parts of the dotted names to keep, at least 1.

        Returns:
            A table whose rows have the sums of their layers, the last one's output and field, and
            nothing unread, since that belongs to a single layer.

        Raises:
            ValueError: ``depth`` is below 1.
        """
        check_at_least("depth", depth, 1)
        groups = groupby(self.rows, key=lambda row: ".".join(row.name.split(".")[:depth]))
        merged = [_merged(name, list(rows)) for name, rows in groups]
        rows = tuple(replace(row, index=index) for index, row in enumerate(merged))
        return replace(self, rows=rows)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as numbers, strings, lists and dictionaries: JSON."""
        return {
            "input_shape": list(self.input_shape),
            "layers": [row.to_dict() for row in self.rows],
            "totals": {
                "parameters": self.parameters,
                "macs": self.macs,
                "activation_bytes": self.activation_bytes,
                "unused_parameters": self.unused,
            },
        }

    def __str__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)


def _merged(name: str, rows: list[Row]) -> Row:
    """Return one row for several layers that follow each other."""
    if len(rows) == 1:
        return rows[0]
    return replace(
        rows[-1],
        name=name,
        kind=f"{len(rows)} layers",
        input_shapes=rows[0].input_shapes,
        parameters=sum(row.parameters for row in rows),
        macs=sum(row.macs for row in rows),
        activation_bytes=sum(row.activation_bytes for row in rows),
        dropped_rows=range(0),
        dropped_columns=range(0),
    )


def _field(field: Field) -> dict[str, float]:
    return {
        "size": _json(field.size),
        "jump": _json(field.jump),
        "start": _json(field.start),
    }


def _json(number: Number) -> float:
    """JSON has no fractions."""
    return number if isinstance(number, int) else float(number)
