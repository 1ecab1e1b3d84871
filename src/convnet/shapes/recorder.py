"""Layers become rows, in the order in which they compute."""

from dataclasses import dataclass, field, replace

from convnet.shapes.maps import Maps
from convnet.shapes.operations import Effect, Operation
from convnet.shapes.summary import Row, Summary


@dataclass
class Recorder:
    """Applies operations one after another and keeps a row for each.

    Attributes:
        itemsize: bytes a number.
        rows: what has been recorded.
    """

    itemsize: int
    rows: list[Row] = field(default_factory=list)

    def add(
        self,
        name: str,
        kind: str,
        operation: Operation,
        inputs: tuple[Maps, ...],
        parameters: int | None = None,
        joined: bool = False,
    ) -> Maps:
        """Apply an operation, add its row, and return what flows on.

        Args:
            name: where the layer stands, as in ``named_layers`` or ``named_modules``.
            kind: what it is, as a reader would call it.
            operation: what it does.
            inputs: what it reads.
            parameters: learned numbers that it really has; default those of the operation.
            joined: whether it is a further part of the latest row's layer.

        Raises:
            ValueError: the inputs do not fit; the message says which layer, what it got, what it
                needs and what to do.
        """
        try:
            effect = operation.apply(*inputs)
        except ValueError as error:
            shapes = " and ".join(str(maps.shape) for maps in inputs)
            raise ValueError(
                f"layer {len(self.rows)} ({name or 'the network'}, {kind}) got an input of shape "
                f"{shapes}: {error}"
            ) from error
        if parameters is not None:
            effect = replace(effect, parameters=parameters)
        row = self._row(name, kind, inputs, effect)
        self.rows.append(_joined(self.rows.pop(), row) if joined else row)
        return effect.output

    def _row(self, name: str, kind: str, inputs: tuple[Maps, ...], effect: Effect) -> Row:
        output = effect.output
        return Row(
            index=len(self.rows),
            name=name,
            kind=kind,
            input_shapes=tuple(maps.shape for maps in inputs),
            output_shape=output.shape,
            parameters=effect.parameters,
            macs=effect.macs,
            activation_bytes=0 if effect.view else output.numbers * self.itemsize,
            receptive_field=output.fields,
            dropped_rows=effect.dropped[0],
            dropped_columns=effect.dropped[1],
        )

    def summary(self, input_shape: tuple[int, ...], unused: int = 0) -> Summary:
        """Return all rows as one table."""
        return Summary(input_shape, tuple(self.rows), unused)


def _joined(first: Row, then: Row) -> Row:
    """Return the row of a layer that computes in two steps."""
    return replace(
        then,
        index=first.index,
        input_shapes=first.input_shapes,
        parameters=first.parameters + then.parameters,
        macs=first.macs + then.macs,
        dropped_rows=first.dropped_rows or then.dropped_rows,
        dropped_columns=first.dropped_columns or then.dropped_columns,
    )
