"""One function per op, on tensors that are nested lists, and which tensors have such a form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.lower.matrices.body import Body
from keras2sql.lower.matrices.functions import contracted, mapped
from keras2sql.lower.matrices.nested import Nested
from keras2sql.lower.matrices.products import is_product


def make(body: Body, t: Tensor) -> None:
    """Define the column of a tensor that `takes` knows, once what it reads is there."""
    if isinstance(t.op, ops.Map):
        body.columns[t] = mapped(body, t)
        return
    if isinstance(t.op, ops.Contract):
        body.columns[t] = contracted(body, t)
        return
    method = METHODS[type(t.op)]
    text, test = method(body, t.op, t)
    body.columns[t] = body.define(t, text, test=test)


def takes(t: Tensor) -> bool:
    """Whether a tensor that is no constant has a form here."""
    fits = _FITS.get(type(t.op))
    return fits is not None and t.kind != "str" and fits(t.op, t)


# -- sums and the like


def reduced(body: Body, op: ops.Reduce, t: Tensor) -> tuple[str, str]:
    """An aggregate of the elements along some axes."""
    (x,) = t.inputs
    rank = len(x.shape)
    kept = [axis for axis in range(rank) if axis not in op.axes]
    count = int(np.prod([x.shape[axis] for axis in op.axes]))
    at_the_end = list(op.axes) == list(range(len(kept), rank))
    inside = len(op.axes) if op.keepdims and at_the_end else 0

    def of_list(texts: list[str]) -> str:
        whole = body.matrices.aggregates[op.how].format(texts[0], count=count)
        return "[" * inside + whole + "]" * inside

    vectors = body.vectors(x, (*kept, *op.axes), len(kept))
    text = body.loops.over([Nested(vectors, tuple(x.shape[axis] for axis in kept))], of_list)
    if op.keepdims and not at_the_end:
        for axis in op.axes:
            text = body.loops.over([Nested(text, t.shape[:axis])], lambda texts: f"[{texts[0]}]")
    return text, ""


def _is_reduction(op: ops.Reduce, t: Tensor) -> bool:
    (x,) = t.inputs
    return (op.how, x.kind) in _AGGREGATES


_AGGREGATES = {("sum", "float"), ("mean", "float"), ("max", "float")}
_AGGREGATES |= {("any", "bool"), ("all", "bool")}


# -- choosing


def taken(body: Body, op: ops.Take, t: Tensor) -> tuple[str, str]:
    """Elements in other places."""
    (x,) = t.inputs
    flat = body.vectors(x, tuple(range(len(x.shape))), 0)
    if not x.shape:
        flat = f"[{flat}]"
    index = op.index
    if not t.shape:
        return f"{flat}[{int(index) + 1}]", ""
    if np.array_equal(index.reshape(-1), np.arange(x.size)):
        return (body.loops.parted(flat, t.shape) if len(t.shape) > 1 else flat), ""
    places = body.array(t, index + 1)

    def of_place(texts: list[str]) -> str:
        (place,) = texts
        text = f"{flat}[{place}]"
        if (index < 0).any():
            fill = body.writer.speller.value(op.fill)
            text = f"CASE WHEN {place} > 0 THEN {text} ELSE {fill} END"
        return text

    return body.loops.over([Nested(places, t.shape)], of_place), ""


def _is_choice(op: ops.Take, t: Tensor) -> bool:
    (x,) = t.inputs
    filled = bool((op.index < 0).any())
    return not filled or (x.kind == "float" and bool(t.shape))


def joined(body: Body, op: ops.Join, t: Tensor) -> tuple[str, str]:
    """The lists one behind the other."""
    operands = []
    for part in t.inputs:
        value = body.value(part)
        text = body.read(part) if value is None else body.array(part, value)
        operands.append(Nested(text, part.shape[: op.axis]))

    def of_lists(texts: list[str]) -> str:
        result, *others = texts
        for other in others:
            result = body.lists.append.format(result, other)
        return result

    return body.loops.over(operands, of_lists), ""


def _is_join(_: ops.Join, t: Tensor) -> bool:
    return len({part.kind for part in t.inputs}) == 1


# -- tables


def looked_up(body: Body, _: ops.Lookup, t: Tensor) -> tuple[str, str]:
    """Rows of a table by their number; a row of the source with a number that has none there has no
    prediction."""
    table, ids = t.inputs
    values = body.value(table)
    assert values is not None  # as `takes` tells
    array = body.array(t, values)
    text = body.read(ids)
    found = body.matrices.found
    rows = body.loops.over(
        [Nested(text, ids.shape)], lambda texts: found.format(array, place=texts[0])
    )
    if not ids.shape:
        return rows, f"{text} > -1 AND {text} < {len(values)}"
    flat = body.vectors(ids, tuple(range(len(ids.shape))), 0)
    aggregates = body.matrices.aggregates
    least, most = aggregates["min"].format(flat), aggregates["max"].format(flat)
    return rows, f"{least} > -1 AND {most} < {len(values)}"


def _is_table(_: ops.Lookup, t: Tensor) -> bool:
    table, ids = t.inputs
    known = table.constant
    if known is None or known.dtype.kind not in "fiu" or ids.kind == "str":
        return False
    return bool(np.isfinite(known).all())


def _is_function(_: ops.Map, t: Tensor) -> bool:
    return all(i.kind != "str" for i in t.inputs)


METHODS: dict[type[ops.Op], Callable[[Body, Any, Tensor], tuple[str, str]]] = {
    ops.Reduce: reduced,
    ops.Take: taken,
    ops.Join: joined,
    ops.Lookup: looked_up,
}
_FITS: dict[type[ops.Op], Callable[[Any, Tensor], bool]] = {
    ops.Map: _is_function,
    ops.Contract: is_product,
    ops.Reduce: _is_reduction,
    ops.Take: _is_choice,
    ops.Join: _is_join,
    ops.Lookup: _is_table,
}
