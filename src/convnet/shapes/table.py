"""A summary as text for ``print`` and as an HTML table for a page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convnet.shapes.field import Number
    from convnet.shapes.summary import Row, Summary

COLUMNS = (
    *("#", "layer", "kind", "output", "parameters", "MACs"),
    *("memory", "field", "jump", "start", "unread"),
)
LEFT = ("layer", "kind", "unread")
MEANING = (
    "For one sample. MACs: multiplications followed by an addition. Memory: bytes of the output. "
    "Field, jump, start: size of the receptive field on the network's input, distance between "
    "neighbours' fields, first pixel of the first. Unread: rows and columns at the end of the "
    "layer's input that no window reaches."
)


def cells(row: Row) -> tuple[str, ...]:
    """Return a row's entries as strings, in the order of ``COLUMNS``."""
    fields = row.receptive_field
    seen = (
        [[f.size for f in fields], [f.jump for f in fields], [f.start for f in fields]]
        if fields
        else [[], [], []]
    )
    return (
        str(row.index),
        row.name,
        row.kind,
        by(row.output_shape),
        f"{row.parameters:,}",
        f"{row.macs:,}",
        memory(row.activation_bytes),
        *(_along(numbers) for numbers in seen),
        _unread(row),
    )


def totals(summary: Summary) -> tuple[str, ...]:
    """Return the last row: sums where they mean something."""
    sums = (f"{summary.parameters:,}", f"{summary.macs:,}", memory(summary.activation_bytes))
    return ("", "total", "", "", *sums, "", "", "", "")


def title(summary: Summary) -> str:
    """Return one sentence that says what the table is about."""
    unused = f"; {summary.unused:,} parameters more are not used" if summary.unused else ""
    return f"{len(summary.rows)} layers on an input of {by(summary.input_shape)}{unused}"


def as_text(summary: Summary) -> str:
    """Return the table in columns of equal width, numbers to the right."""
    lines = [COLUMNS, *(cells(row) for row in summary.rows), totals(summary)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS))]
    text = [_aligned(line, widths) for line in lines]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    return "\n".join([title(summary), "", text[0], rule, *text[1:-1], rule, text[-1]])


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    parts = (
        cell.ljust(width) if name in LEFT else cell.rjust(width)
        for cell, width, name in zip(line, widths, COLUMNS, strict=True)
    )
    return "  ".join(parts).rstrip()


def as_html(summary: Summary) -> str:
    """Return a table that a screen reader can follow: caption, and a scope for every header."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in COLUMNS)
    body = "".join(f"<tr>{_html_cells(cells(row))}</tr>" for row in summary.rows)
    foot = _html_cells(totals(summary))
    return (
        '<div class="table-wrapper" tabindex="0" role="region" aria-label="Layers of the network">'
        f'<table class="network-shapes"><caption>{escape(title(summary))}. {escape(MEANING)}'
        f"</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
        f"<tfoot><tr>{foot}</tr></tfoot></table></div>"
    )


def _html_cells(line: Sequence[str]) -> str:
    """Return one line's cells; the layer's name is the header of its row."""
    return "".join(
        f'<th scope="row">{escape(cell)}</th>' if name == "layer" else f"<td>{escape(cell)}</td>"
        for name, cell in zip(COLUMNS, line, strict=True)
    )


def by(sizes: Sequence[Number]) -> str:
    """Return sizes as they are read aloud.

    >>> by((6, 24, 24))
    '6 x 24 x 24'
    """
    return " x ".join(str(size) for size in sizes)


def memory(count: int) -> str:
    """Return bytes in the unit that keeps them short.

    >>> memory(0), memory(200), memory(13_824), memory(3_211_264)
    ('0 B', '200 B', '13.5 KiB', '3.1 MiB')
    """
    if count < 1024:
        return f"{count} B"
    size, unit = count / 1024, "KiB"
    for larger in ("MiB", "GiB"):
        if size >= 1024:
            size, unit = size / 1024, larger
    return f"{size:.1f} {unit}"


def _along(numbers: Sequence[Number]) -> str:
    """Return one number if height and width agree, else both."""
    return str(numbers[0]) if len(set(numbers)) == 1 else by(numbers)


def _unread(row: Row) -> str:
    """Name the rows and columns that no window reads."""
    sizes = row.input_shapes[0][1:]
    parts = []
    for name, span, length in zip(
        ("row", "column"), (row.dropped_rows, row.dropped_columns), sizes, strict=False
    ):
        if span:
            numbers = str(span[0]) if len(span) == 1 else f"{span[0]}-{span[-1]}"
            plural = "" if len(span) == 1 else "s"
            padding = " (padding)" if span[0] >= length else ""
            parts.append(f"{name}{plural} {numbers}{padding}")
    return ", ".join(parts)
