"""Products with constants of tensors in arrays: dense layers, convolutions, windows."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from keras2sql.graph.contraction import Contraction, contraction
from keras2sql.graph.core import Tensor
from keras2sql.graph.ops import Array
from keras2sql.lower.rows import arrays, elements
from keras2sql.lower.rows.arrays import MOVED, Picked, branched, shares, work
from keras2sql.lower.rows.body import Body, Vector
from keras2sql.lower.rows.taps import tapped
from keras2sql.sql.tree import Column, Product, Read, Relation, Select, Table, Union, aliased

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
        starts = (0, *self.ends[:-1])
        return [slice(start, end) for start, end in zip(starts, self.ends, strict=True)]

    @property
    def names(self) -> list[str]:
        if len(self.ends) == 1:
            return ["v"]
        return [f"v{k}" for k in range(len(self.ends))]


def product(body: Body, t: Tensor) -> str:
    """As `elements.product`, of arrays where that is known how."""
    vector = product_of(body, t)
    if vector is None:
        return elements.product(body, t)
    return body.unnested(t, vector)


def product_of(body: Body, t: Tensor) -> Vector | None:
    """A product with constants, without a bias."""
    axes = contraction(t, swapped=body.value(t.inputs[0]) is not None)
    weights = body.value(axes.y)
    if weights is None or axes.x.size < 2 or axes.alone or not axes.summed:
        return None
    if axes.batch:
        return _by_element(body, t, axes, weights)
    return _by_neuron(body, t, axes, weights)


def _in_order_of(out: str, letters: list[str]) -> list[str]:
    """Axes as the result has them."""
    return sorted(letters, key=out.index)


def _indices(axes: Contraction, *groups: list[str]) -> Array:
    """The flat index in `x` of what is multiplied, with an axis for each group of letters."""
    flat = np.arange(axes.x.size).reshape(axes.x.shape)
    order = [axes.left.index(letter) for letters in groups for letter in letters]
    shape = [axes.size(letters) for letters in groups]
    index: Array = flat.transpose(order).reshape(shape)
    return index


def _turned(axes: Contraction, weights: Array, *groups: list[str]) -> Array:
    """The weights of shape (size of the first group, ...)."""
    order = [axes.right.index(letter) for letters in groups for letter in letters]
    shape = [axes.size(letters) for letters in groups]
    turned: Array = np.transpose(weights, order).reshape(shape).astype(np.float64)
    return turned


# -- where elements have weights of their own


def _by_element(body: Body, t: Tensor, axes: Contraction, weights: Array) -> Vector | None:
    """As in a convolution of each channel by itself: sums of a few products for all elements of
    an array at once."""
    rows = _in_order_of(axes.out, axes.rows)
    own = _in_order_of(axes.out, axes.batch)
    neurons = _in_order_of(axes.out, axes.columns)
    if axes.size(neurons) > 1:
        return None
    rest = [letter for letter in axes.out if letter not in neurons]
    if rest != [*rows, *own]:
        return None
    index = _indices(axes, rows, axes.summed, own)
    turned = _turned(axes, weights, axes.summed, [*own, *neurons])
    return _by_terms(body, t, axes.x, index, turned)


def _by_terms(
    body: Body,
    t: Tensor,
    x: Tensor,
    index: Array,
    weights: Array,
) -> Vector | None:
    """Of `x` at an index of shape (arrays, terms, elements), with weights of shape (terms,
    elements)."""
    taps = tapped(body, t, x, index)
    if taps is None:
        return None
    columns = {f"w{k}": of_term[None] for k, of_term in enumerate(weights)}
    table = body.table(t.layer, (), **columns)
    terms = [f"{value} * w.w{k}[j]" for k, value in enumerate(taps.values)]
    text = body.lists.each.format("w.w0", "a, j", " + ".join(terms))
    source = Product(taps.source, aliased(table, "w"))
    select = body.select_arrays(
        source,
        r="x.r",
        p="m.p",
        v=text,
    )
    step = body.add(t, "linear", branched(select, len(index), MOVED * index.size))
    return Vector(step, len(index))


# -- where each neuron has a weight for each element


def _by_neuron(body: Body, t: Tensor, axes: Contraction, weights: Array) -> Vector | None:
    """An inner product of arrays for each neuron."""
    rows = _in_order_of(axes.out, axes.rows)
    neurons = _in_order_of(axes.out, axes.columns)
    if list(axes.out) != [*rows, *neurons]:
        return None
    index = _indices(axes, rows, axes.summed)
    turned = _turned(axes, weights, neurons, axes.summed)
    blocks = _blocks(body, t, arrays.picked_from(body, axes.x, index))
    parts = {f"w{k}": turned[:, span] for k, span in enumerate(blocks.spans)}
    table = body.table(
        t.layer,
        keys=("i",),
        i=np.arange(len(turned)),
        **parts,
    )
    # One array is shared among threads by its neurons, several are by themselves.
    spans = shares(len(turned), work(t)) if len(index) == 1 else []
    if len(spans) < 2 or len(turned) % len(spans):
        select = _products(body, t, blocks, table, "x.p")
        return Vector(body.add(t, "linear", select), len(index))
    selects = []
    for p, span in enumerate(spans):
        test = f"i >= {span.start} AND i < {span.stop}"
        selects.append(_products(body, t, blocks, table, str(p), test))
    return Vector(body.add(t, "linear", Union(tuple(selects))), len(spans))


def _products(
    body: Body,
    t: Tensor,
    blocks: _Blocks,
    table: Read | Table,
    p: str,
    where: str = "",
) -> Select:
    """The products of each row's array with those of a table of weights, or of the rows of it
    for which a test holds."""
    matrix = _matrix(body, t, table, len(blocks.ends), where)
    terms = []
    for k, name in enumerate(blocks.names):
        weights = body.lists.field.format("w", k + 1)
        terms.append(body.lists.inner.format(f"x.{name}", weights))
    text = body.lists.each.format("m.w", "w", " + ".join(terms))
    source = Product(Read(blocks.step, "x"), Read(matrix, "m"))
    return body.select_arrays(
        source,
        r="x.r",
        p=p,
        v=text,
    )


def _matrix(
    body: Body,
    t: Tensor,
    table: Read | Table,
    parts: int,
    where: str,
) -> str:
    """All rows of a table of weights as one array; the same step for the same rows."""
    if (table, where) not in body.matrices:
        names = ", ".join(f"w{k}" for k in range(parts))
        record = body.lists.record.format(names)
        columns = (Column("w", body.lists.collect.format(record, "i")),)
        select = Select(
            columns=columns,
            source=table,
            where=where,
        )
        step = body.add(t, "weights", select)
        body.matrices[table, where] = step
    return body.matrices[table, where]


# -- arrays in parts


def _blocks(body: Body, t: Tensor, picked: Picked) -> _Blocks:
    """A step with an array for each row of an index, in parts."""
    runs = _runs(body, picked)
    if runs is not None:
        return _of_runs(body, t, runs)
    step = arrays.rows_of(body, t, picked)
    width = picked.index.shape[1]
    if width < 2 * _BLOCK:
        return _Blocks(step, (width,))
    size = _BLOCK * math.ceil(width / (_BLOCK * _BLOCKS))
    ends = (*range(size, width, size), width)
    if len(ends) == 1:
        return _Blocks(step, ends)
    values = []
    for start, end in itertools.pairwise((0, *ends)):
        values.append(body.lists.part.format("x.v", start + 1, end))
    select = _select_parts(Read(step, "x"), "x.p", values)
    return _Blocks(body.add(t, "parts", select), ends)


def _select_parts(source: Relation, p: str, values: list[str]) -> Select:
    columns = [Column("r", "x.r"), Column("p", p)]
    columns += [Column(f"v{k}", value) for k, value in enumerate(values)]
    return Select(tuple(columns), source)


@dataclass(frozen=True)
class _Runs:
    """Whole arrays of a source that follow each other: `picked` has the numbers of the arrays, of
    shape (rows, runs), and each is of this `size`."""

    picked: Picked
    size: int


def _runs(body: Body, picked: Picked) -> _Runs | None:
    """Which arrays of the source follow each other in each row of an index; None where it is
    made of other numbers."""
    vector = body.vectors.get(picked.source)
    if vector is None or vector.count == 1:
        return None
    size = picked.source.size // vector.count
    rows, width = picked.index.shape
    if size < _RUN or width % size or width == size:
        return None
    index = picked.index.reshape(rows, -1, size)
    first = index[..., :1]
    neighbours = np.where(first < 0, -1, first + np.arange(size))
    if not np.array_equal(neighbours, index):
        return None
    begin_with_an_array = not (first % size)[first >= 0].any()
    if not begin_with_an_array or index.shape[1] > _RUNS:
        return None
    numbers = np.where(first < 0, -1, first // size)[..., 0]
    return _Runs(Picked(picked.source, numbers, picked.fill), size)


def _of_runs(body: Body, t: Tensor, runs: _Runs) -> _Blocks:
    """A step whose parts are whole arrays, found in an array of all of them."""
    picked, size = runs.picked, runs.size
    vector = body.vectors[picked.source]
    collected = body.lists.collect.format("x.v", "x.p")
    if (picked.index < 0).any():  # the fill is one more array, behind all others
        fill = body.listed([arrays.fill_of(body, picked, size)])
        collected = body.lists.append.format(collected, fill)
    step = arrays.together(body, t, vector.step, "0", collected, vector.count)
    position = np.where(picked.index < 0, vector.count, picked.index) + 1
    rows, count = position.shape
    columns = {f"b{k}": position[:, k] for k in range(count)}
    table = body.table(
        t.layer,
        keys=("p",),
        p=np.arange(rows),
        **columns,
    )
    source = Product(Read(step, "x"), aliased(table, "m"))
    select = _select_parts(source, "m.p", [f"x.v[m.{name}]" for name in columns])
    step = body.add(t, "parts", branched(select, rows, work(t)))
    return _Blocks(step, tuple(size * (k + 1) for k in range(count)))
