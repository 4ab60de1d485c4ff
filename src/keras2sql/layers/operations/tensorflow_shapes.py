"""TensorFlow's functions that choose, join and reorder elements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras2sql.graph.core import Builder, Tensor
from keras2sql.layers.operations.operation import ACROSS, rank_of, tensor_of
from keras2sql.layers.operations.tensorflow import function, operate
from keras2sql.layers.registry import Refused


@function("concat")
def concat(graph: Builder, values: Any, axis: Any) -> Any:
    return operate(graph, "Concatenate", values, axis=axis)


@function("stack")
def stack(graph: Builder, values: Any, axis: Any = 0) -> Any:
    return operate(graph, "Stack", values, axis=axis)


@function("unstack")
def unstack(graph: Builder, value: Any, num: Any = None, axis: Any = 0) -> Any:
    return operate(graph, "Unstack", value, axis=axis)


@function("split")
def split(graph: Builder, value: Any, num_or_size_splits: Any, axis: Any = 0) -> Any:
    sizes = num_or_size_splits
    if isinstance(sizes, list | tuple):
        x, along = tensor_of(value), axis % rank_of(tensor_of(value))
        rest = (x.shape[along - 1] if along else 0) - sum(n for n in sizes if n != -1)
        sizes = np.cumsum([rest if n == -1 else n for n in sizes])[:-1].tolist()
    return operate(graph, "Split", value, indices_or_sections=sizes, axis=axis)


@function("expand_dims")
def expand_dims(graph: Builder, input: Any, axis: Any) -> Any:
    return operate(graph, "ExpandDims", input, axis=axis)


@function("squeeze")
def squeeze(graph: Builder, input: Any, axis: Any = None) -> Any:
    return operate(graph, "Squeeze", input, axis=axis)


@function("reshape")
def reshape(graph: Builder, tensor: Any, shape: Any) -> Any:
    if isinstance(shape, Tensor) or any(isinstance(n, Tensor) for n in shape):
        raise Refused("a shape computed from the row; write -1 for the batch")
    return operate(graph, "Reshape", tensor, newshape=shape)


@function("transpose")
def transpose(graph: Builder, a: Any, perm: Any = None) -> Any:
    return operate(graph, "Transpose", a, axes=perm)


@function("reverse")
def reverse(graph: Builder, tensor: Any, axis: Any) -> Any:
    return operate(graph, "Flip", tensor, axis=axis)


@function("roll")
def roll(graph: Builder, input: Any, shift: Any, axis: Any) -> Any:
    return operate(graph, "Roll", input, shift=shift, axis=axis)


@function("repeat")
def repeat(graph: Builder, input: Any, repeats: Any, axis: Any = None) -> Any:
    return operate(graph, "Repeat", input, repeats=repeats, axis=axis)


@function("tile")
def tile(graph: Builder, input: Any, multiples: Any) -> Any:
    return operate(graph, "Tile", input, repeats=multiples)


@function("pad")
def pad(
    graph: Builder, tensor: Any, paddings: Any, mode: str = "CONSTANT", constant_values: Any = 0
) -> Any:
    how = str(mode).lower()
    filler = {"constant_values": constant_values} if how == "constant" else {}
    return operate(graph, "Pad", tensor, pad_width=paddings, mode=how, **filler)


@function("gather")
def gather(graph: Builder, params: Any, indices: Any, axis: Any = 0, batch_dims: int = 0) -> Any:
    if batch_dims:
        raise Refused(f"batch_dims={batch_dims}")
    return operate(graph, "Take", params, indices, axis=axis)


@function("one_hot")
def one_hot(graph: Builder, indices: Any, depth: int, axis: int = -1, dtype: Any = None) -> Any:
    return operate(graph, "OneHot", indices, num_classes=depth, axis=axis)


@function("diag_part")
def diag_part(graph: Builder, input: Any, k: int = 0) -> Any:
    rank = rank_of(tensor_of(input))
    return operate(graph, "Diagonal", input, offset=k, axis1=rank - 2, axis2=rank - 1)


@function("band_part")
def band_part(graph: Builder, input: Any, num_lower: int, num_upper: int) -> Any:
    """-1 keeps the whole triangle."""
    if num_upper >= 0:
        input = operate(graph, "Tril", input, k=num_upper)
    return (
        operate(graph, "Copy", input)
        if num_lower < 0
        else operate(graph, "Triu", input, k=-num_lower)
    )


@function("getitem")
def getitem(graph: Builder, tensor: Any, slice_spec: Any) -> Any:
    listed = slice_spec if isinstance(slice_spec, list | tuple) else [slice_spec]
    return operate(graph, "GetItem", tensor, [_part(one) for one in listed])


def _part(spec: Any) -> Any:
    """An entry of a slice as Keras 2 writes it."""
    if isinstance(spec, Mapping) and set(spec) <= {"start", "stop", "step"}:
        ends = [spec.get(name) for name in ("start", "stop", "step")]
        if any(end is not None and not isinstance(end, int) for end in ends):
            raise Refused("a slice whose ends are computed from the row")
        return slice(*ends)
    if isinstance(spec, Mapping) and spec.get("class_name") == "__ellipsis__":
        return ...
    return spec


@function("slice")
def sliced(graph: Builder, input_: Any, begin: Any, size: Any) -> Any:
    """-1 as a size reaches to the end."""
    return _cut_out(
        graph,
        input_,
        begin,
        [None if n == -1 else first + n for first, n in zip(begin, size, strict=True)],
    )


@function("strided_slice")
def strided_slice(graph: Builder, input_: Any, begin: Any, end: Any, strides: Any = None) -> Any:
    """Its ends count rows of the batch, of which a table has any number."""
    raise Refused(f"its ends are rows of the batch, so that it reaches {ACROSS}; write x[:, a:b]")


def _cut_out(graph: Builder, x: Any, begin: Any, end: Any, strides: Any = None) -> Any:
    steps = strides or [None] * len(begin)
    parts = [slice(a, b, s) for a, b, s in zip(begin, end, steps, strict=True)]
    return operate(graph, "GetItem", x, parts)
