"""A graph becomes cells: one method per op, element by element.

Choosing elements (`Take`) is free here, a sum is written once, and what no output needs
is never reached.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any

import numpy as np

from keras2sql.dialects.base import Dialect
from keras2sql.errors import UnsupportedDialectError
from keras2sql.graph import ops
from keras2sql.graph.contraction import Contraction, contraction
from keras2sql.graph.core import Graph, Tensor
from keras2sql.graph.incomplete import Incomplete
from keras2sql.graph.probabilities import bounds
from keras2sql.graph.ranking import Top
from keras2sql.graph.totals import looked_up
from keras2sql.graph.trees import Trees
from keras2sql.lower import reductions
from keras2sql.lower.cells import Cell, CellArray, Cells
from keras2sql.lower.descents import Descent, descends
from keras2sql.lower.descents import walked as descended
from keras2sql.lower.lookups import Lookups
from keras2sql.lower.methods import method_of
from keras2sql.lower.packing import Packing
from keras2sql.lower.sizes import Sizes
from keras2sql.lower.trees import nested
from keras2sql.lower.walks import Grove, walked, walks


class Scalars:
    """All cells of a graph for one dialect.

    `outputs` holds the cell of each scalar output by name; `layers` the layers in the order
    of their steps, to which a cell's `group` points; `tables` what lookups join.  `ids` has
    the size of the table for each input element that is looked up as it is, `conditions` the
    cells that must hold where an id is computed: else the row has no prediction.  `packing`
    tells which linear maps read arrays; with `fast`, what the dialect calls slow is avoided.  The
    inputs among `arrays` come as arrays.  With tables `beside` the statement, the `descents` are
    forests that are walked down in them.  `carried` has the cells of every state, as a row finds
    it and as it leaves it.
    """

    def __init__(
        self,
        graph: Graph,
        dialect: Dialect,
        packing: Packing = Packing.NONE,
        fast: bool = False,
        arrays: Container[str] = (),
        beside: bool = False,
    ) -> None:
        self.packing = packing
        self._descends = beside and descends(dialect, graph)
        self._at_once = not graph.carried  # a recursion can't take sums over many ids in
        lengths = {t.layer: t.size for t in graph.inputs if t.layer in arrays}
        self.cells = Cells(dialect, fast, lengths)
        inputs = [before.op for before, _ in graph.carried]
        states = {op.name for op in inputs if isinstance(op, ops.Input)}
        most = math.inf if dialect.products is None else dialect.products.most
        self.sizes = Sizes(most, states)
        self.layers: list[str] = []
        lookups = Lookups(self.cells)
        self.tables = lookups.tables
        self.ids = lookups.ids
        self.conditions = lookups.conditions
        self.groves: list[Grove] = []
        self.descents: list[Descent] = []
        self._lookups = lookups
        self._values: dict[Tensor, CellArray] = {}
        self._groups: dict[Tensor, int] = {}
        for t in graph.tensors():
            self._enter(t)
            self._values[t] = method_of(METHODS, t, "columns")(self, t.op, t)
        self.carried = [
            (self._state(before), self._state(after)) for before, after in graph.carried
        ]
        self.outputs: dict[str, Cell] = {}
        for name, t in graph.outputs.items():
            self.outputs[name] = self.cells_of(t).reshape(-1)[0]

    def _enter(self, t: Tensor) -> None:
        """Open or go on with the group of the tensor's layer; groups never run backwards."""
        least = max((self._groups[i] for i in t.inputs), default=0)
        if t.constant is not None or isinstance(t.op, ops.Input):
            self._groups[t] = 0
            return
        group = self._last_group(t.layer)
        if group is None or group < least:
            self.layers.append(t.layer)
            group = len(self.layers)
        self._groups[t] = self.cells.group = group

    def _last_group(self, layer: str) -> int | None:
        """The last group of a layer, counted from 1."""
        for group in range(len(self.layers), 0, -1):
            if self.layers[group - 1] == layer:
                return group
        return None

    def cells_of(self, t: Tensor) -> CellArray:
        """The cells of a tensor of the graph, in its shape."""
        cells = self._values[t]
        if isinstance(cells, _LazyConstant):
            value = cells.value
            constants = map(self.cells.const, value.reshape(-1))
            cells = _array(value.shape, constants)
            self._values[t] = cells
        return cells

    def _state(self, t: Tensor) -> list[Cell]:
        if t not in self._values:  # nothing reads it
            assert isinstance(t.op, ops.Input)
            self._values[t] = self.input(t.op, t)
        return list(self._flat(t))

    def _flat(self, t: Tensor) -> CellArray:
        return self.cells_of(t).reshape(-1)

    # -- one method per op

    def input(self, op: ops.Input, t: Tensor) -> CellArray:
        truth = t.kind == "bool"
        cells = []
        for element in range(t.size):
            cells.append(self.cells.column(op.name, element, truth))
        return _array(t.shape, cells)

    def constant(self, op: ops.Constant, t: Tensor) -> CellArray:
        return _LazyConstant(op.value)  # type: ignore[return-value]

    def map(self, op: ops.Map, t: Tensor) -> CellArray:
        operands = []
        for operand in t.inputs:
            wide = np.broadcast_to(self.cells_of(operand), t.shape)
            operands.append(wide.reshape(-1))
        cells = []
        for args in zip(*operands, strict=True):
            cells.append(self.cells.expand(op.expr, args))
        return _array(t.shape, cells)

    def contract(self, op: ops.Contract, t: Tensor) -> CellArray:
        axes = contraction(t, swapped=t.inputs[0].constant is not None)
        bias = t.inputs[2] if len(t.inputs) == 3 else None
        fixed = np.zeros(t.shape)
        if bias is not None and bias.constant is not None:
            fixed = np.broadcast_to(bias.constant, t.shape).astype(np.float64)
        product = axes.as_result(self._products(axes, axes.as_grouped(fixed)))
        if bias is None or bias.constant is not None:
            return product
        added = np.broadcast_to(self.cells_of(bias), t.shape)
        pairs = zip(product.reshape(-1), added.reshape(-1), strict=True)
        sums = []
        for p, q in pairs:
            sums.append(self.cells.call("add", p, q))
        return _array(t.shape, sums)

    def _products(self, axes: Contraction, bias: ops.Array) -> CellArray:
        """What is contracted, plus a bias of numbers: all of shape (batch, rows, columns)."""
        vectors = axes.as_vectors(self.cells_of(axes.x), axes.left, axes.rows)
        if axes.y.constant is None:
            others = axes.as_vectors(self.cells_of(axes.y), axes.right, axes.columns)
            return self._sums_of_products(vectors, others, bias)
        weights = axes.y.constant.astype(np.float64)
        return self._weighted_sums(
            vectors, axes.as_vectors(weights, axes.right, axes.columns), bias
        )

    def _weighted_sums(self, vectors: CellArray, weights: ops.Array, bias: ops.Array) -> CellArray:
        """Each of the vectors, of shape (batch, rows, terms), times each of the weights, of shape
        (batch, columns, terms), of its batch."""
        result = np.empty(bias.shape, dtype=object)
        for b, i in np.ndindex(bias.shape[:2]):
            vector = vectors[b, i].tolist()
            packed = self._packable(vectors[b, i], weights[b])
            if packed is None:
                sums = self.cells.weighted_sums(bias[b, i], weights[b], vector)
            else:
                pairs = zip(bias[b, i], weights[b], strict=True)
                sums = [self.cells.dot(own_bias, row, packed) for own_bias, row in pairs]
            for j, cell in enumerate(sums):
                result[b, i, j] = cell
        return result

    def _sums_of_products(
        self, vectors: CellArray, others: CellArray, bias: ops.Array
    ) -> CellArray:
        """The same where what it is multiplied with is computed, too."""
        result = np.empty(bias.shape, dtype=object)
        ones = np.ones(vectors.shape[2])
        for b, i, j in np.ndindex(bias.shape):
            pairs = zip(vectors[b, i], others[b, j], strict=True)
            products = [self.cells.call("mul", p, q) for p, q in pairs]
            own_bias = float(bias[b, i, j])
            result[b, i, j] = self.cells.weighted(own_bias, ones, products)
        return result

    def _packable(self, row: CellArray, weights: ops.Array) -> Sequence[Cell] | None:
        """The cells for an array that is multiplied with each of `weights`; None where there
        should be none: short, of constants, or of what the dialect's arrays don't hold."""
        dialect = self.cells.dialect
        if not self.packing.holds(len(row), len(weights), dialect):
            return None
        if any(cell.fn == "const" for cell in row):
            return None
        return self.sizes.held(self.cells, row, weights)

    def take(self, op: ops.Take, t: Tensor) -> CellArray:
        source = self._flat(t.inputs[0])
        index = op.index.reshape(-1)
        chosen = source[index] if source.size else np.empty(t.size, dtype=object)
        chosen[index < 0] = self.cells.const(op.fill)
        return chosen.reshape(t.shape)

    def mirror(self, op: ops.Mirror, t: Tensor) -> CellArray:
        cells = []
        for cell in self._flat(t.inputs[0]):
            is_constant = cell.fn == "const"
            cells.append(cell if is_constant else self.cells.mirror(cell))
        return _array(t.shape, cells)

    def overall(self, op: ops.Overall, t: Tensor) -> CellArray:
        cells = []
        for cell in self._flat(t.inputs[0]):
            cells.append(self.cells.overall(op.how, cell))
        return _array(t.shape, cells)

    def pick(self, op: ops.Pick, t: Tensor) -> CellArray:
        (x,) = t.inputs
        steps = self.cells_of(x).reshape(x.shape[0], -1)
        cells = []
        for of_element in steps.T:
            cells.append(self.cells.pick(list(of_element)))
        return _array(t.shape, cells)

    def reduce(self, op: ops.Reduce, t: Tensor) -> CellArray:
        x = self.cells_of(t.inputs[0])
        kept = [axis for axis in range(x.ndim) if axis not in op.axes]
        turned = np.transpose(x, [*kept, *op.axes])
        rows = turned.reshape(max(t.size, 1), -1)
        at_once = self._at_once and looked_up(t) is not None
        cells = []
        for row in rows:
            reduced = reductions.reduced(self.cells, op.how, list(row), at_once)
            cells.append(reduced)
        return _array(t.shape, cells)

    def join(self, op: ops.Join, t: Tensor) -> CellArray:
        parts = [self.cells_of(part) for part in t.inputs]
        return np.concatenate(parts, axis=op.axis)

    def lookup(self, op: ops.Lookup, t: Tensor) -> CellArray:
        source, ids = t.inputs
        table = source.constant
        if table is None:
            raise UnsupportedDialectError(f"{t.layer}: a lookup needs a constant table")
        keys = self._flat(ids)
        low, high = bounds(ids)
        if low <= -1 or high >= len(table):
            self._lookups.guard(keys, len(table))
        rows = table.reshape(len(table), -1)
        cells: list[Cell] = []
        for key in keys:
            cells += self._lookups.row(source, rows, key)
        return _array(t.shape, cells)

    def find(self, op: ops.Find, t: Tensor) -> CellArray:
        keys, values = (i.constant for i in t.inputs[:2])
        if keys is None or values is None:
            raise UnsupportedDialectError(f"{t.layer}: keys and their values must be constants")
        cells = self._lookups.found(
            t.layer,
            keys=keys,
            values=values,
            otherwise=op.otherwise,
            wanted=self._flat(t.inputs[2]),
        )
        return _array(t.shape, cells)

    def trees(self, op: Trees, t: Tensor) -> CellArray:
        x = list(self._flat(t.inputs[0]))
        if self._descends:
            found, descent = descended(self.cells, t.layer, op.forest, x)
            self.descents.append(descent)
            return _array(t.shape, found)
        if not walks(self.cells.dialect, op.forest):
            return _array(t.shape, nested(self.cells, op.forest, x))
        found, groves = walked(self.cells, t.layer, op.forest, x)
        self.groves += groves
        return _array(t.shape, found)

    def top(self, op: Top, t: Tensor) -> CellArray:
        row = list(self._flat(t.inputs[0]))
        return _array(t.shape, reductions.top(self.cells, op.what, op.count, row))


class _LazyConstant:
    """A constant whose cells are made only if something asks for them: weights never are."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _array(shape: tuple[int, ...], cells: Iterable[Cell]) -> CellArray:
    """Cells in row-major order as an array of this shape."""
    out = np.empty(math.prod(shape), dtype=object)
    for i, cell in enumerate(cells):
        out[i] = cell
    return out.reshape(shape)


METHODS: dict[type[ops.Op], Callable[..., CellArray]] = {
    ops.Input: Scalars.input,
    Incomplete: Scalars.input,
    ops.Constant: Scalars.constant,
    ops.Map: Scalars.map,
    ops.Contract: Scalars.contract,
    ops.Take: Scalars.take,
    ops.Reduce: Scalars.reduce,
    ops.Join: Scalars.join,
    ops.Find: Scalars.find,
    ops.Lookup: Scalars.lookup,
    ops.Mirror: Scalars.mirror,
    ops.Overall: Scalars.overall,
    ops.Pick: Scalars.pick,
    Trees: Scalars.trees,
    Top: Scalars.top,
}
