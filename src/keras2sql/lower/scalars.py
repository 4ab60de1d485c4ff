"""A graph becomes cells: one method per op, element by element.

Choosing elements (`Take`) is free here, a sum is written once, and what no output needs
is never reached.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Container, Sequence
from typing import Any

import numpy as np

from keras2sql.dialects.base import Dialect
from keras2sql.errors import UnsupportedDialectError
from keras2sql.graph import ops
from keras2sql.graph.contraction import contraction
from keras2sql.graph.core import Graph, Tensor
from keras2sql.graph.incomplete import Incomplete
from keras2sql.graph.probabilities import bounds
from keras2sql.graph.totals import looked_up
from keras2sql.graph.trees import Trees
from keras2sql.lower.cells import Cell, CellArray, Cells, Table
from keras2sql.lower.methods import method_of
from keras2sql.lower.packing import Packing
from keras2sql.lower.sizes import Sizes
from keras2sql.lower.totals import total
from keras2sql.lower.trees import nested

# A lookup in a table of up to this many rows is written as a CASE, else as a join.
CASE_ROWS = 8
# The same for keys: the first that fits is taken, and a join costs more to read.
CASE_KEYS = 24


class Scalars:
    """All cells of a graph for one dialect.

    `outputs` holds the cell of each scalar output by name; `layers` the layers in the order
    of their steps, to which a cell's `group` points; `tables` what lookups join.  `ids` has
    the size of the table for each input element that is looked up as it is, `conditions` the
    cells that must hold where an id is computed: else the row has no prediction.  `packing`
    tells which linear maps read arrays; with `fast`, what the dialect calls slow is avoided.  The
    inputs among `arrays` come as arrays.
    """

    def __init__(
        self,
        graph: Graph,
        dialect: Dialect,
        packing: Packing = Packing.NONE,
        fast: bool = False,
        arrays: Container[str] = (),
    ) -> None:
        self.packing = packing
        self._totals = not graph.carried  # which a recursion can't take in
        lengths = {t.layer: t.size for t in graph.inputs if t.layer in arrays}
        self.cells = Cells(dialect, fast, lengths)
        states = {t.op.name for t, _ in graph.carried if isinstance(t.op, ops.Input)}
        most = math.inf if dialect.products is None else dialect.products.most
        self.sizes = Sizes(most, states)
        self.layers: list[str] = []
        self.tables: list[Table] = []
        self.ids: dict[tuple[str, int], int] = {}
        self.conditions: list[Cell] = []
        self._values: dict[Tensor, CellArray] = {}
        self._groups: dict[Tensor, int] = {}
        self._table_of: dict[Tensor, Table] = {}
        for t in graph.tensors():
            self._enter(t)
            self._values[t] = method_of(METHODS, t, "columns")(self, t.op, t)
        # The cells of every state, as the row finds it and as it leaves it.
        self.carried = [(self._flat(before), self._flat(after)) for before, after in graph.carried]
        self.outputs: dict[str, Cell] = {
            name: self.cells_of(t).reshape(-1)[0] for name, t in graph.outputs.items()
        }

    def _enter(self, t: Tensor) -> None:
        """Open or go on with the group of the tensor's layer; groups never run backwards."""
        least = max((self._groups[i] for i in t.inputs), default=0)
        if t.constant is not None or isinstance(t.op, ops.Input):
            self._groups[t] = 0
            return
        found = [g for g, name in enumerate(self.layers) if name == t.layer and g + 1 >= least]
        if found:
            group = found[-1] + 1
        else:
            self.layers.append(t.layer)
            group = len(self.layers)
        self._groups[t] = self.cells.group = group

    # -- one method per op

    def input(self, op: ops.Input, t: Tensor) -> CellArray:
        truth = t.kind == "bool"
        return _array(t.shape, (self.cells.column(op.name, i, truth) for i in range(t.size)))

    def constant(self, op: ops.Constant, t: Tensor) -> CellArray:
        return _LazyConstant(op.value)  # type: ignore[return-value]

    def map(self, op: ops.Map, t: Tensor) -> CellArray:
        operands = [np.broadcast_to(self.cells_of(i), t.shape).reshape(-1) for i in t.inputs]
        expand = self.cells.expand
        return _array(t.shape, (expand(op.expr, args) for args in zip(*operands, strict=True)))

    def contract(self, op: ops.Contract, t: Tensor) -> CellArray:
        axes = contraction(t, swapped=t.inputs[0].constant is not None)
        vectors = axes.as_vectors(self.cells_of(axes.x), axes.left, axes.rows)
        bias = t.inputs[2] if len(t.inputs) > 2 else None
        fixed = np.zeros(t.shape)
        if bias is not None and bias.constant is not None:
            fixed = np.broadcast_to(bias.constant, t.shape).astype(np.float64)
        if axes.y.constant is not None:
            weights = axes.as_vectors(axes.y.constant.astype(np.float64), axes.right, axes.columns)
            sums = self._weighted_sums(vectors, weights, axes.as_grouped(fixed))
        else:
            others = axes.as_vectors(self.cells_of(axes.y), axes.right, axes.columns)
            sums = self._sums_of_products(vectors, others, axes.as_grouped(fixed))
        found = axes.as_result(sums)
        if bias is None or bias.constant is not None:
            return found
        added = np.broadcast_to(self.cells_of(bias), t.shape)
        both = zip(found.reshape(-1), added.reshape(-1), strict=True)
        return _array(t.shape, (self.cells.call("add", p, q) for p, q in both))

    def _weighted_sums(self, vectors: CellArray, weights: Any, bias: Any) -> CellArray:
        """Each vector times each row of constants, by their batch."""
        result = np.empty(bias.shape, dtype=object)
        for b, i in np.ndindex(bias.shape[:2]):
            vector: Sequence[Cell] = vectors[b, i]
            packed = self._packable(vectors[b, i], weights[b])
            product = self.cells.weighted
            if packed is not None:
                vector, product = packed, self.cells.dot
            for j, row in enumerate(weights[b]):
                result[b, i, j] = product(float(bias[b, i, j]), row, vector)
        return result

    def _sums_of_products(self, vectors: CellArray, others: CellArray, bias: Any) -> CellArray:
        """The same for rows of what is computed, too."""
        result = np.empty(bias.shape, dtype=object)
        ones = np.ones(vectors.shape[2])
        for b, i, j in np.ndindex(bias.shape):
            pairs = zip(vectors[b, i], others[b, j], strict=True)
            products = [self.cells.call("mul", p, q) for p, q in pairs]
            result[b, i, j] = self.cells.weighted(float(bias[b, i, j]), ones, products)
        return result

    def _packable(self, row: CellArray, weights: Any) -> Sequence[Cell] | None:
        """The cells for an array that is multiplied with each of `weights`; None where there
        should be none: short, of constants, or of what the dialect's arrays don't hold."""
        if not self.packing.holds(len(row), len(weights), self.cells.dialect):
            return None
        if any(c.fn == "const" for c in row):
            return None
        return self.sizes.held(self.cells, row, weights)

    def take(self, op: ops.Take, t: Tensor) -> CellArray:
        flat = self.cells_of(t.inputs[0]).reshape(-1)
        chosen = flat[op.index.reshape(-1)] if flat.size else np.empty(t.size, dtype=object)
        chosen[op.index.reshape(-1) < 0] = self.cells.const(op.fill)
        return chosen.reshape(t.shape)

    def mirror(self, op: ops.Mirror, t: Tensor) -> CellArray:
        cells = self.cells_of(t.inputs[0]).reshape(-1)
        return _array(t.shape, (c if c.fn == "const" else self.cells.mirror(c) for c in cells))

    def overall(self, op: ops.Overall, t: Tensor) -> CellArray:
        cells = self.cells_of(t.inputs[0]).reshape(-1)
        return _array(t.shape, (self.cells.overall(op.how, c) for c in cells))

    def pick(self, op: ops.Pick, t: Tensor) -> CellArray:
        steps = self.cells_of(t.inputs[0]).reshape(t.inputs[0].shape[0], -1)
        return _array(t.shape, (self.cells.pick(list(one)) for one in steps.T))

    def reduce(self, op: ops.Reduce, t: Tensor) -> CellArray:
        x = self.cells_of(t.inputs[0])
        kept = [a for a in range(x.ndim) if a not in op.axes]
        rows = np.transpose(x, [*kept, *op.axes]).reshape(max(t.size, 1), -1)
        totals = self._totals and looked_up(t) is not None
        return _array(t.shape, (self._reduced(op.how, list(row), totals) for row in rows))

    def _reduced(self, how: str, row: list[Cell], totals: bool) -> Cell:
        found = total(self.cells, "sum" if how == "mean" else how, row) if totals else None
        if found is None:
            return _REDUCTIONS[how](self.cells, row)
        count = self.cells.const(float(len(row)))
        return self.cells.call("div", found, count) if how == "mean" else found

    def join(self, op: ops.Join, t: Tensor) -> CellArray:
        return np.concatenate([self.cells_of(i) for i in t.inputs], axis=op.axis)

    def lookup(self, op: ops.Lookup, t: Tensor) -> CellArray:
        table = t.inputs[0].constant
        if table is None:
            raise UnsupportedDialectError(f"{t.layer}: a lookup needs a constant table")
        ids = self.cells_of(t.inputs[1]).reshape(-1)
        low, high = bounds(t.inputs[1])
        if low <= -1 or high >= len(table):
            self._guard(ids, len(table))
        rows = table.reshape(len(table), -1)
        found = [self._row(t.inputs[0], rows, key) for key in ids]
        return _array(t.shape, itertools.chain.from_iterable(found))

    def find(self, op: ops.Find, t: Tensor) -> CellArray:
        keys, values = (i.constant for i in t.inputs[:2])
        if keys is None or values is None:
            raise UnsupportedDialectError(f"{t.layer}: keys and their values must be constants")
        ids = self.cells_of(t.inputs[2])
        if op.otherwise is None and keys.size == 1:
            # The value goes into what is computed of it whatever the row is, which an array that
            # holds NULL would not.
            self.conditions += [
                self.cells.call("eq", x, self.cells.const(keys[0])) for x in ids.flat
            ]
            return _array(t.shape, [self.cells.const(values[0])] * ids.size)
        table = Table(t.layer, values.reshape(-1, 1), tuple(keys.tolist()), op.otherwise)
        found = _array(t.shape, (self._found(table, x) for x in ids.flat))
        if op.otherwise is None and values.size:
            self.conditions += [self.cells.call("eq", x, x) for x in found.flat]
        return found

    def trees(self, op: Trees, t: Tensor) -> CellArray:
        cells = list(self.cells_of(t.inputs[0]).reshape(-1))
        return _array(t.shape, nested(self.cells, op.forest, cells))

    def _found(self, table: Table, key: Cell) -> Cell:
        cells = self.cells
        known = dict(zip(table.keys or (), table.values[:, 0].tolist(), strict=True))
        rest = cells.const(table.otherwise)
        if key.fn == "const":
            return cells.const(known.get(key.value, table.otherwise))
        results = (*key.args[1:-1:2], key.args[-1]) if key.fn == "case" else ()
        if results and all(c.fn == "const" for c in results):
            # A choice among known keys is a choice among their values.
            mapped = [cells.const(known.get(c.value, table.otherwise)) for c in results]
            return cells.case(list(zip(key.args[0:-1:2], mapped, strict=False)), mapped[-1])
        if len(known) <= CASE_KEYS:
            tests = [cells.call("eq", key, cells.const(k)) for k in known]
            return cells.case(list(zip(tests, map(cells.const, known.values()), strict=True)), rest)
        if not any(table is other for other in self.tables):
            self.tables.append(table)
        return cells.lookup(table, 0, key)

    def _guard(self, keys: CellArray, rows: int) -> None:
        """Ids that the table does not hold: the row has no prediction."""
        cells = self.cells
        for key in keys:
            if key.fn == "column":
                self.ids[key.value] = min(rows, self.ids.get(key.value, rows))
            else:
                outside = (("gt", -1.0), ("lt", float(rows)))
                self.conditions += [cells.call(fn, key, cells.const(end)) for fn, end in outside]

    def _row(self, source: Tensor, rows: Any, key: Cell) -> list[Cell]:
        cells = self.cells
        nothing = cells.const(None)

        def at(k: Any) -> list[Cell]:
            held = k is not None and -1 < k < len(rows)
            return [cells.const(v) if held else nothing for v in rows[int(k) if held else 0]]

        if key.fn == "const":
            return at(key.value)
        if key.fn == "case" and all(c.fn == "const" for c in (*key.args[1::2], key.args[-1])):
            # A choice among known ids is a choice among their rows.
            results = [at(c.value) for c in (*key.args[1:-1:2], key.args[-1])]
            choices = key.args[0:-1:2]
            return [
                cells.case(list(zip(choices, column[:-1], strict=True)), column[-1])
                for column in zip(*results, strict=True)
            ]
        whole = cells.call("trunc", key) if key.fn != "argmax" else key
        if len(rows) <= CASE_ROWS:
            tests = [cells.call("eq", whole, cells.const(float(k))) for k in range(len(rows))]
            return [
                cells.case(
                    [(test, cells.const(v)) for test, v in zip(tests, column, strict=True)],
                    nothing,
                )
                for column in rows.T
            ]
        if source not in self._table_of:
            self._table_of[source] = Table(source.layer, rows)
            self.tables.append(self._table_of[source])
        return [cells.lookup(self._table_of[source], j, whole) for j in range(rows.shape[1])]

    def _flat(self, t: Tensor) -> list[Cell]:
        if t not in self._values:  # a state that nothing reads
            assert isinstance(t.op, ops.Input)
            self._values[t] = self.input(t.op, t)
        return list(self.cells_of(t).reshape(-1))

    def cells_of(self, t: Tensor) -> CellArray:
        """The cells of a tensor of the graph, in its shape."""
        value = self._values[t]
        if isinstance(value, _LazyConstant):
            plain = value.value
            value = _array(plain.shape, (self.cells.const(v) for v in plain.reshape(-1)))
            self._values[t] = value
        return value


class _LazyConstant:
    """A constant whose cells are made only if something asks for them: weights never are."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _array(shape: tuple[int, ...], cells: Any) -> CellArray:
    out = np.empty(math.prod(shape), dtype=object)
    for i, cell in enumerate(cells):
        out[i] = cell
    return out.reshape(shape)


def _argmax(cells: Cells, row: list[Cell]) -> Cell:
    if len(row) == 1:
        return cells.const(0)
    if len(row) == 2:
        first = cells.call("ge", row[0], row[1])
        return cells.case([(first, cells.const(0))], cells.const(1))
    top = cells.most("max", row)
    branches = [(cells.call("eq", cell, top), cells.const(i)) for i, cell in enumerate(row[:-1])]
    return cells.case(branches, cells.const(len(row) - 1))


_REDUCTIONS: dict[str, Callable[[Cells, list[Cell]], Cell]] = {
    "sum": lambda cells, row: cells.weighted(0.0, np.ones(len(row)), row),
    "mean": lambda cells, row: cells.call(
        "div", cells.weighted(0.0, np.ones(len(row)), row), cells.const(float(len(row)))
    ),
    "prod": lambda cells, row: cells.every("mul", row),
    "max": lambda cells, row: cells.most("max", row),
    "min": lambda cells, row: cells.most("min", row),
    "any": lambda cells, row: cells.every("or", row),
    "all": lambda cells, row: cells.every("and", row),
    "argmax": _argmax,
}

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
}
