"""Products with constants of tensors in arrays: dense layers, convolutions, windows."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.graph.contraction import Contraction, contraction
from keras2sql.graph.core import Tensor
from keras2sql.lower.rows import arrays, elements
from keras2sql.lower.rows.arrays import MOVED, Picked, branched, shares, work
from keras2sql.lower.rows.body import Body, Vector
from keras2sql.sql.tree import Column, Product, Read, Relation, Select, Table, Union, aliased

Array = npt.NDArray[Any]

# More operands than this are collected into an array, fewer are terms of an expression.
_TERMS = 32
# Inner products of arrays of about 64 numbers are computed almost twice as fast as longer ones,
# but to cut off a part takes as long as the whole array is: so there are few of them.
_BLOCK, _BLOCKS = 64, 16
# Shorter runs of neighbours than this are gathered number by number, longer ones as arrays,
# of which so many are columns of a step.
_RUN, _RUNS = 16, 256


@dataclass(frozen=True)
class _Blocks:
    """A step whose columns v0, v1, ... are parts of an array; `ends` has where each stops.
    A single part is the column v."""

    step: str
    ends: tuple[int, ...]

    @property
    def spans(self) -> list[slice]:
        return [slice(a, b) for a, b in itertools.pairwise((0, *self.ends))]

    @property
    def names(self) -> list[str]:
        return [f"v{k}" for k in range(len(self.ends))] if len(self.ends) > 1 else ["v"]


def product_of(body: Body, t: Tensor) -> Vector | None:
    """A product with constants, without a bias."""
    axes = contraction(t, swapped=body.value(t.inputs[0]) is not None)
    weights = body.value(axes.y)
    if weights is None or axes.x.size < 2 or axes.alone or not axes.summed:
        return None
    if axes.batch:
        return _by_element(body, t, axes, weights)
    return _by_neuron(body, t, axes, weights)


def _by_element(body: Body, t: Tensor, axes: Contraction, weights: Array) -> Vector | None:
    """Where elements have weights of their own, as in a convolution of each channel by
    itself: sums of a few products for all of them at once."""
    out, sizes = list(axes.out), axes.sizes
    rows, own, neurons = (
        sorted(letters, key=out.index) for letters in (axes.rows, axes.batch, axes.columns)
    )
    several = [c for c in neurons if sizes[c] > 1]
    in_order = [c for c in out if c not in neurons] == [*rows, *own]
    if several or not in_order:
        return None
    index = _indices(axes, rows, axes.summed, own)
    order = [axes.right.index(c) for c in (*axes.summed, *own, *neurons)]
    turned = np.transpose(weights, order)
    return _by_terms(body, t, axes.x, index, turned.reshape(index.shape[1:]))


def _by_neuron(body: Body, t: Tensor, axes: Contraction, weights: Array) -> Vector | None:
    """Where each neuron has a weight for each element: an inner product for each, of arrays."""
    out, summed = list(axes.out), axes.summed
    rows, neurons = (sorted(letters, key=out.index) for letters in (axes.rows, axes.columns))
    if out != [*rows, *neurons]:
        return None
    index = _indices(axes, rows, summed)
    turned = np.transpose(weights, [axes.right.index(c) for c in (*neurons, *summed)])
    turned = turned.reshape(axes.size(neurons), axes.size(summed)).astype(np.float64)
    blocks = _blocks(body, t, arrays.picked_from(body, axes.x, index))
    parts = {f"w{k}": turned[:, span] for k, span in enumerate(blocks.spans)}
    table = body.table(t.layer, ("i",), i=np.arange(len(turned)), **parts)
    # One place is shared among threads by its neurons, several are by themselves.
    spans = shares(len(turned), work(t)) if len(index) == 1 else []
    if len(spans) < 2 or len(turned) % len(spans):
        select = _products(body, t, blocks, table, "x.p")
        return Vector(body.add(t, "linear", select), len(index))
    tests = [f"i >= {span.start} AND i < {span.stop}" for span in spans]
    products = [_products(body, t, blocks, table, str(p), test) for p, test in enumerate(tests)]
    return Vector(body.add(t, "linear", Union(tuple(products))), len(spans))


def _indices(axes: Contraction, *groups: list[str]) -> Array:
    """The flat index of each element of the vectors, with an axis for each group of letters."""
    flat = np.arange(axes.x.size).reshape(axes.x.shape)
    order = [axes.left.index(c) for letters in groups for c in letters]
    index: Array = flat.transpose(order).reshape([axes.size(letters) for letters in groups])
    return index


def _products(
    body: Body, t: Tensor, blocks: _Blocks, table: Read | Table, p: str, where: str = ""
) -> Select:
    """The products of each row's array with those of a table of weights."""
    matrix = _matrix(body, t, table, len(blocks.ends), where)
    field, inner = body.lists.field, body.lists.inner
    terms = [
        inner.format(f"x.{name}", field.format("w", k + 1)) for k, name in enumerate(blocks.names)
    ]
    text = body.lists.each.format("m.w", "w", " + ".join(terms))
    source = Product(Read(blocks.step, "x"), Read(matrix, "m"))
    return body.select_arrays(source, "x.r", p, text)


def _matrix(body: Body, t: Tensor, table: Read | Table, parts: int, where: str) -> str:
    """All rows of a table of weights as one array; the same step for the same rows."""
    if (table, where) not in body.matrices:
        record = body.lists.record.format(", ".join(f"w{k}" for k in range(parts)))
        columns = (Column("w", body.lists.collect.format(record, "i")),)
        step = body.add(t, "weights", Select(columns, table, where=where))
        body.matrices[table, where] = step
    return body.matrices[table, where]


def _blocks(body: Body, t: Tensor, picked: Picked) -> _Blocks:
    """A step with an array for each row of an index, in parts."""
    runs = _runs(body, picked)
    if runs is not None:
        return _of_runs(body, t, *runs)
    step, width = arrays.rows_of(body, t, picked), picked.index.shape[1]
    size = width if width < 2 * _BLOCK else _BLOCK * -(-width // (_BLOCK * _BLOCKS))
    ends = (*range(size, width, size), width)
    if len(ends) == 1:
        return _Blocks(step, ends)
    spans = itertools.pairwise((0, *ends))
    values = [body.lists.part.format("x.v", a + 1, b) for a, b in spans]
    parts = _parted(body, Read(step, "x"), "x.p", values)
    return _Blocks(body.add(t, "parts", parts), ends)


def _parted(body: Body, source: Relation, p: str, values: list[str]) -> Select:
    columns = [Column("r", "x.r"), Column("p", p)]
    columns += [Column(f"v{k}", value) for k, value in enumerate(values)]
    return Select(tuple(columns), source)


def _runs(body: Body, picked: Picked) -> tuple[Picked, int] | None:
    """Which arrays of the source follow each other in each row of an index, as an index of
    arrays, and their size; None where it is made of other numbers."""
    known = body.vectors.get(picked.source)
    size = 0 if known is None else picked.source.size // known.count
    places, width = picked.index.shape
    if known is None or known.count == 1 or size < _RUN or width % size or width == size:
        return None
    index = picked.index.reshape(places, -1, size)
    first = index[..., :1]
    if not np.array_equal(np.where(first < 0, -1, first + np.arange(size)), index):
        return None
    if (first % size)[first >= 0].any() or index.shape[1] > _RUNS:
        return None
    arrays = np.where(first < 0, -1, first // size)[..., 0]
    return Picked(picked.source, arrays, picked.fill), size


def _of_runs(body: Body, t: Tensor, picked: Picked, size: int) -> _Blocks:
    known = body.vectors[picked.source]
    collected = body.lists.collect.format("x.v", "x.p")
    if (picked.index < 0).any():
        array = body.dialect.need(body.dialect.arrays, "arrays").listed
        fill = array.format(arrays.fill_of(body, picked, size))
        collected = body.lists.append.format(collected, fill)
    step = arrays.together(body, t, known.step, "0", collected, known.count)
    at = np.where(picked.index < 0, known.count, picked.index) + 1
    columns = {f"b{k}": at[:, k] for k in range(at.shape[1])}
    table = body.table(t.layer, ("p",), p=np.arange(len(at)), **columns)
    source = Product(Read(step, "x"), aliased(table, "m"))
    ends = tuple(range(size, size * at.shape[1] + 1, size))
    parts = _parted(body, source, "m.p", [f"x.v[m.{name}]" for name in columns])
    return _Blocks(body.add(t, "parts", branched(parts, len(at), work(t))), ends)


def _by_terms(body: Body, t: Tensor, x: Tensor, index: Array, weights: Array) -> Vector | None:
    """Sums of a few products, for all elements of an array at once."""
    place = tapped(body, t, x, index)
    if place is None:
        return None
    source, values, _ = place
    columns = {f"w{k}": row[None] for k, row in enumerate(weights.astype(np.float64))}
    table = body.table(t.layer, (), **columns)
    terms = [f"{v} * w.w{k}[j]" for k, v in enumerate(values)]
    text = body.lists.each.format("w.w0", "a, j", " + ".join(terms))
    source = Product(source, aliased(table, "w"))
    select = body.select_arrays(source, "x.r", "m.p", text)
    step = body.add(t, "linear", branched(select, len(index), MOVED * index.size))
    return Vector(step, len(index))


def tapped(
    body: Body, t: Tensor, x: Tensor, index: Array
) -> tuple[Relation, list[str], int] | None:
    """Where the neighbours in `index` of shape (p, k, elements) begin: the source, and for
    each k its value at j; None if they are no neighbours or too many."""
    picked = arrays.picked_from(body, x, index)
    first = picked.index[..., :1]
    run = np.where(first < 0, -1, first + np.arange(index.shape[2]))
    if index.shape[1] > _TERMS or not np.array_equal(run, picked.index):
        return None
    starts = Picked(picked.source, picked.index[..., 0], picked.fill)
    step, begin = arrays.filled(body, t, starts, index.shape[2])
    columns = {f"b{k}": begin[:, k] - 1 for k in range(index.shape[1])}
    table = body.table(t.layer, ("p",), p=np.arange(len(begin)), **columns)
    values = [f"x.v[m.b{k} + j]" for k in range(index.shape[1])]
    return Product(Read(step, "x"), aliased(table, "m")), values, index.shape[2]


def product(body: Body, t: Tensor) -> str:
    """As `elements.product`, of arrays where that is known how."""
    found = product_of(body, t)
    return elements.product(body, t) if found is None else body.unnested(t, found)
