"""Sizes and counts that follow from a network's description, before any number is computed.

:func:`summarize` is the calculator for whole networks; the functions of
:mod:`convnet.shapes.arithmetic` are its formulas, one layer at a time.
"""

from convnet.shapes.arithmetic import (
    conv2d_parameters,
    conv_output_size,
    dropped_rows,
    linear_parameters,
    receptive_field,
)
from convnet.shapes.calculator import summarize
from convnet.shapes.field import Field
from convnet.shapes.from_layers import describe
from convnet.shapes.summary import Row, Summary

__all__ = [
    "Field",
    "Row",
    "Summary",
    "conv2d_parameters",
    "conv_output_size",
    "describe",
    "dropped_rows",
    "linear_parameters",
    "receptive_field",
    "summarize",
]
