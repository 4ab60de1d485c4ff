"""Products with constants of tensors in arrays: dense layers, convolutions, windows."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.graph.contraction import Contraction, contraction
from keras2sql.graph.core import Tensor
from keras2sql.lower.rows.arrays import MOVED, Arrays, Picked, Vector, branched, shares, work
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


class Products(Arrays):
    """As `Arrays`, with products."""

    def __init__(self, *of: Any) -> None:
        super().__init__(*of)
        self._matrices: dict[tuple[Read | Table, str], str] = {}

    def _product_of(self, t: Tensor) -> Vector | None:
        """A product with constants, without a bias."""
        axes = contraction(t, swapped=self.value(t.inputs[0]) is not None)
        weights = self.value(axes.y)
        if weights is None or axes.x.size < 2 or axes.alone or not axes.summed:
            return None
        if axes.batch:
            return self._by_element(t, axes, weights)
        return self._by_neuron(t, axes, weights)

    def _by_element(self, t: Tensor, axes: Contraction, weights: Array) -> Vector | None:
        """Where elements have weights of their own, as in a convolution of each channel by
        itself: sums of a few products for all of them at once."""
        out, sizes = list(axes.out), axes.sizes
        rows, elements, neurons = (
            sorted(letters, key=out.index) for letters in (axes.rows, axes.batch, axes.columns)
        )
        several = [c for c in neurons if sizes[c] > 1]
        in_order = [c for c in out if c not in neurons] == [*rows, *elements]
        if several or not in_order:
            return None
        index = self._indices(axes, rows, axes.summed, elements)
        order = [axes.right.index(c) for c in (*axes.summed, *elements, *neurons)]
        turned = np.transpose(weights, order)
        return self._by_terms(t, axes.x, index, turned.reshape(index.shape[1:]))

    def _by_neuron(self, t: Tensor, axes: Contraction, weights: Array) -> Vector | None:
        """Where each neuron has a weight for each element: an inner product for each, of arrays."""
        out, summed = list(axes.out), axes.summed
        rows, neurons = (sorted(letters, key=out.index) for letters in (axes.rows, axes.columns))
        if out != [*rows, *neurons]:
            return None
        index = self._indices(axes, rows, summed)
        turned = np.transpose(weights, [axes.right.index(c) for c in (*neurons, *summed)])
        turned = turned.reshape(axes.size(neurons), axes.size(summed)).astype(np.float64)
        blocks = self._blocks(t, self._picked(axes.x, index))
        parts = {f"w{k}": turned[:, span] for k, span in enumerate(blocks.spans)}
        table = self.table(t.layer, ("i",), i=np.arange(len(turned)), **parts)
        # One place is shared among threads by its neurons, several are by themselves.
        spans = shares(len(turned), work(t)) if len(index) == 1 else []
        if len(spans) < 2 or len(turned) % len(spans):
            select = self._products(t, blocks, table, "x.p")
            return Vector(self.add(t, "linear", select), len(index))
        tests = [f"i >= {span.start} AND i < {span.stop}" for span in spans]
        products = [self._products(t, blocks, table, str(p), test) for p, test in enumerate(tests)]
        return Vector(self.add(t, "linear", Union(tuple(products))), len(spans))

    @staticmethod
    def _indices(axes: Contraction, *groups: list[str]) -> Array:
        """The flat index of each element of the vectors, with an axis for each group of letters."""
        flat = np.arange(axes.x.size).reshape(axes.x.shape)
        order = [axes.left.index(c) for letters in groups for c in letters]
        index: Array = flat.transpose(order).reshape([axes.size(letters) for letters in groups])
        return index

    def _products(
        self, t: Tensor, blocks: _Blocks, table: Read | Table, p: str, where: str = ""
    ) -> Select:
        """The products of each row's array with those of a table of weights."""
        matrix = self._matrix(t, table, len(blocks.ends), where)
        field, inner = self.lists.field, self.lists.inner
        terms = [
            inner.format(f"x.{name}", field.format("w", k + 1))
            for k, name in enumerate(blocks.names)
        ]
        text = self.lists.each.format("m.w", "w", " + ".join(terms))
        source = Product(Read(blocks.step, "x"), Read(matrix, "m"))
        return self._arrays(source, "x.r", p, text)

    def _matrix(self, t: Tensor, table: Read | Table, parts: int, where: str) -> str:
        """All rows of a table of weights as one array; the same step for the same rows."""
        if (table, where) not in self._matrices:
            record = self.lists.record.format(", ".join(f"w{k}" for k in range(parts)))
            columns = (Column("w", self.lists.collect.format(record, "i")),)
            step = self.add(t, "weights", Select(columns, table, where=where))
            self._matrices[table, where] = step
        return self._matrices[table, where]

    def _blocks(self, t: Tensor, picked: Picked) -> _Blocks:
        """A step with an array for each row of an index, in parts."""
        runs = self._runs(picked)
        if runs is not None:
            return self._of_runs(t, *runs)
        step, width = self._rows_of(t, picked), picked.index.shape[1]
        size = width if width < 2 * _BLOCK else _BLOCK * -(-width // (_BLOCK * _BLOCKS))
        ends = (*range(size, width, size), width)
        if len(ends) == 1:
            return _Blocks(step, ends)
        spans = itertools.pairwise((0, *ends))
        values = [self.lists.part.format("x.v", a + 1, b) for a, b in spans]
        parts = self._parted(Read(step, "x"), "x.p", values)
        return _Blocks(self.add(t, "parts", parts), ends)

    def _parted(self, source: Relation, p: str, values: list[str]) -> Select:
        columns = [Column("r", "x.r"), Column("p", p)]
        columns += [Column(f"v{k}", value) for k, value in enumerate(values)]
        return Select(tuple(columns), source)

    def _runs(self, picked: Picked) -> tuple[Picked, int] | None:
        """Which arrays of the source follow each other in each row of an index, as an index of
        arrays, and their size; None where it is made of other numbers."""
        known = self.vectors.get(picked.source)
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

    def _of_runs(self, t: Tensor, picked: Picked, size: int) -> _Blocks:
        known = self.vectors[picked.source]
        collected = self.lists.collect.format("x.v", "x.p")
        if (picked.index < 0).any():
            array = self.dialect.need(self.dialect.arrays, "arrays").listed
            fill = array.format(self._fill(picked, size))
            collected = self.lists.append.format(collected, fill)
        step = self._together(t, known.step, "0", collected, known.count)
        at = np.where(picked.index < 0, known.count, picked.index) + 1
        columns = {f"b{k}": at[:, k] for k in range(at.shape[1])}
        table = self.table(t.layer, ("p",), p=np.arange(len(at)), **columns)
        source = Product(Read(step, "x"), aliased(table, "m"))
        ends = tuple(range(size, size * at.shape[1] + 1, size))
        parts = self._parted(source, "m.p", [f"x.v[m.{name}]" for name in columns])
        return _Blocks(self.add(t, "parts", branched(parts, len(at), work(t))), ends)

    def _by_terms(self, t: Tensor, x: Tensor, index: Array, weights: Array) -> Vector | None:
        """Sums of a few products, for all elements of an array at once."""
        place = self._tapped(t, x, index)
        if place is None:
            return None
        source, values, _ = place
        columns = {f"w{k}": row[None] for k, row in enumerate(weights.astype(np.float64))}
        table = self.table(t.layer, (), **columns)
        terms = [f"{v} * w.w{k}[j]" for k, v in enumerate(values)]
        text = self.lists.each.format("w.w0", "a, j", " + ".join(terms))
        source = Product(source, aliased(table, "w"))
        select = self._arrays(source, "x.r", "m.p", text)
        step = self.add(t, "linear", branched(select, len(index), MOVED * index.size))
        return Vector(step, len(index))

    def _tapped(self, t: Tensor, x: Tensor, index: Array) -> tuple[Relation, list[str], int] | None:
        """Where the neighbours in `index` of shape (p, k, elements) begin: the source, and for
        each k its value at j; None if they are no neighbours or too many."""
        picked = self._picked(x, index)
        first = picked.index[..., :1]
        run = np.where(first < 0, -1, first + np.arange(index.shape[2]))
        if index.shape[1] > _TERMS or not np.array_equal(run, picked.index):
            return None
        starts = Picked(picked.source, picked.index[..., 0], picked.fill)
        step, begin = self._filled(t, starts, index.shape[2])
        columns = {f"b{k}": begin[:, k] - 1 for k in range(index.shape[1])}
        table = self.table(t.layer, ("p",), p=np.arange(len(begin)), **columns)
        values = [f"x.v[m.b{k} + j]" for k in range(index.shape[1])]
        return Product(Read(step, "x"), aliased(table, "m")), values, index.shape[2]

    def _product(self, t: Tensor) -> str:
        product = self._product_of(t)
        if product is None:
            return super()._product(t)
        return self._unnested(t, product)
