"""One method per op, on tensors whose elements are rows: row of the source, index, value.

Joins bring operands together, groups sum them up.  The columns of a step are `r`, the number
of the source's row, `i`, the row-major index of the element, and `v`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.graph import ops
from keras2sql.graph.contraction import contraction
from keras2sql.graph.core import Tensor
from keras2sql.graph.trees import Trees
from keras2sql.lower.cells import Cell, Cells
from keras2sql.lower.columns import Writer
from keras2sql.lower.methods import method_of
from keras2sql.lower.rows import lookups, places, trees
from keras2sql.lower.rows.constants import Constants
from keras2sql.lower.rows.split import Split
from keras2sql.lower.steps import schedule
from keras2sql.sql.names import Names
from keras2sql.sql.tree import (
    INNER,
    Column,
    Join,
    Product,
    Read,
    Relation,
    Select,
    Table,
    Union,
    Unnested,
    aliased,
)

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class _Leaf:
    """What an expression reads: a step, or a table that no input moves, its shape, and whether its
    values are truth values."""

    rows: Read | Table
    shape: tuple[int, ...]
    moving: bool
    truth: bool = False

    @property
    def size(self) -> int:
        return math.prod(self.shape)


class Elements:
    """Writes the steps of the body of a graph behind those of `writer`.

    `numbered` is the step with the source's rows, `r` their number in it.  `conditions` are
    steps with the `r` of the rows that have a prediction as far as a lookup can tell.
    """

    def __init__(
        self, writer: Writer, parts: Split, constants: Constants, numbered: str, r: str
    ) -> None:
        self.writer, self.dialect = writer, writer.dialect
        self.uses, self.inner = parts.body, parts.inner
        self.table, self.exact = constants.table, constants.exact
        self.nans = parts.nans
        quote = self.dialect.quote
        self.r = quote(r)
        self.source = Read(numbered, "n")
        self.valid = writer.holds(writer.valid, "n")
        self.cells = Cells(self.dialect)
        self.conditions: list[str] = []
        self.steps: dict[Tensor, str] = {}
        self._values: dict[Tensor, Array | None] = {}

    def step_of(self, t: Tensor) -> str:
        """The step that holds the elements of `t`."""
        if t not in self.steps:
            self.make(t)
        return self.steps[t]

    def made(self, t: Tensor) -> bool:
        return t in self.steps

    def make(self, t: Tensor) -> None:
        """Write the steps of `t`, once what it reads is there."""
        value = self.value(t)
        if value is not None:
            self.steps[t] = self._everywhere(t, value)
        else:
            self.steps[t] = method_of(METHODS, t, "rows")(self, t.op, t)

    def whole(self, t: Tensor, array: str) -> None:
        """`t` from an array of all its elements, a column of the source's rows."""
        source = Product(self.source, Unnested(array))
        value = "e.v" if t.kind == "str" else self.dialect.held("e.v")
        select = self.rows(source, f"n.{self.r}", "e.n - 1", value, where=self.valid)
        self.steps[t] = self.add(t, "elements", select, shared=True)

    def beside(self, t: Tensor, places: dict[str, int]) -> tuple[str, list[str]]:
        """A step with a row for each row of the source, and what it has at `places` of `t`,
        which are found by the name of a column."""
        picked = [Column("r", "r")]
        for name, place in places.items():
            truth = t.kind == "bool"
            value = f"CASE WHEN {self._holds('v')} THEN 1 ELSE 0 END" if truth else "v"
            text = self.dialect.own(f"max(CASE i WHEN {place} THEN {value} END)")
            picked.append(Column(name, f"{text} = 1" if truth else text, truth))
        select = Select(tuple(picked), Read(self.step_of(t)), group=(1,))
        side, quote = self.add(t, "columns", select), self.dialect.quote
        return side, [f"{quote(side)}.{quote(name)}" for name in places]

    def value(self, t: Tensor) -> Array | None:
        """The value of a tensor that reads no input, of its shape."""
        if t not in self._values:
            read = [self.value(i) for i in t.inputs]
            found: Array | None = None
            if not isinstance(t.op, ops.Input) and all(v is not None for v in read):
                batch = [v[None] for v in read if v is not None]
                found = np.broadcast_to(t.op(*batch), (1, *t.shape)).reshape(t.shape)
            self._values[t] = found
        return self._values[t]

    # -- steps and tables

    def add(self, t: Tensor, part: str, select: Select | Union, shared: bool = False) -> str:
        """A step of the layer of `t`; its name."""
        base = Names.plain(t.layer.rsplit("/", 1)[-1], "layer")
        shared = self._kept(t, shared)
        wish = f"{base}_{part}" if part else base
        first = select.selects[0] if isinstance(select, Union) else select
        self.writer.add(wish, (t.layer,), list(first.columns), select, 1, shared)
        return self.writer.last

    def _kept(self, t: Tensor, shared: bool) -> bool:
        """Whether a step of `t` is told to be computed once."""
        return shared or self.uses.get(t, 1) > 1

    def vector(self, t: Tensor, values: Array) -> Read | Table:
        """A table of the elements of an array, by their place."""
        return self.table(t.layer, ("i",), i=np.arange(values.size), v=values.reshape(-1))

    def _everywhere(self, t: Tensor, value: Array) -> str:
        source = Product(self.source, aliased(self.vector(t, value), "c"))
        return self.add(t, "", self.rows(source, f"n.{self.r}", "c.i", "c.v", where=self.valid))

    def rows(
        self,
        source: Relation,
        r: str,
        i: str,
        v: str,
        *joins: Join,
        where: str = "",
        group: tuple[int, ...] = (),
        truth: bool = False,
    ) -> Select:
        """A select of elements: the source's row, the place and the value of each."""
        columns = (Column("r", r), Column("i", i), Column("v", v, truth))
        return Select(columns, source, joins, where, group)

    def _holds(self, column: str) -> str:
        """A spelled column of truth values as a condition."""
        return self.dialect.grammar.test.format(column)

    def _index(self, place: str, shape: places.Shape, factors: list[int]) -> str:
        return places.index(place, shape, factors, self.dialect)

    def number(self, value: float) -> str:
        return self.dialect.typed(float(value), self.writer.precision)

    # -- one method per op

    def map(self, op: ops.Op, t: Tensor) -> str:
        """The expression of `t`, and of the tensors inside of it, over joined operands."""
        leaves: dict[Cell, _Leaf] = {}
        cell = self._expanded(t, leaves)
        driver = next((c for c, f in leaves.items() if f.moving and f.size == t.size), None)
        names: dict[Cell, str] = {}
        if driver is None:
            span = self.table(t.layer, ("i",), i=np.arange(t.size))
            source: Relation = Product(self.source, aliased(span, "s"))
            r, place = f"n.{self.r}", "s.i"
        else:
            names[driver] = self._holds("a.v") if driver.truth else "a.v"
            source, r, place = aliased(leaves[driver].rows, "a"), "a.r", "a.i"
        joins: list[Join] = []
        for leaf, read in leaves.items():
            if leaf is not driver:
                alias = f"b{len(joins)}"
                at = self._index(place, t.shape, places.spread(read.shape, t.shape))
                same = (f"{alias}.r = {r}",) if read.moving else ()
                on = (*same, f"{alias}.i = {at}")
                joins.append(Join(INNER, aliased(read.rows, alias), on))
                names[leaf] = self._holds(f"{alias}.v") if leaf.truth else f"{alias}.v"
        where = self.valid if driver is None else ""
        return self._computed(t, cell, names, source, (r, place), joins, where)

    def _expanded(self, t: Tensor, leaves: dict[Cell, _Leaf]) -> Cell:
        """An element of `t` as a function of elements of other tensors, the `leaves`."""
        if isinstance(t.op, ops.Map):
            return self.cells.expand(t.op.expr, [self._cell(i, leaves) for i in t.inputs])
        product = self._leaf(_Leaf(Read(self._product(t)), t.shape, moving=True), leaves)
        return self.cells.call("add", product, self._cell(t.inputs[2], leaves))

    def _cell(self, t: Tensor, leaves: dict[Cell, _Leaf]) -> Cell:
        value = self.value(t)
        if value is not None and value.size == 1:
            return self.cells.const(value.reshape(-1)[0])
        truth = t.kind == "bool"
        if value is not None:
            rows = self.vector(t, value)
            return self._leaf(_Leaf(rows, t.shape, moving=False, truth=truth), leaves)
        if t in self.inner:
            return self._expanded(t, leaves)
        rows = Read(self.step_of(t))
        return self._leaf(_Leaf(rows, t.shape, moving=True, truth=truth), leaves)

    def _leaf(self, read: _Leaf, leaves: dict[Cell, _Leaf]) -> Cell:
        known = next((cell for cell, other in leaves.items() if other == read), None)
        if known is None:
            known = self.cells.column(f"{read.rows} {read.shape}", 0, read.truth)
            leaves[known] = read
        return known

    def _computed(
        self,
        t: Tensor,
        cell: Cell,
        names: dict[Cell, str],
        source: Relation,
        heads: tuple[str, str],
        joins: list[Join],
        where: str,
    ) -> str:
        """Steps for an expression: what it reads twice is a column of its own before."""
        quote, writer = self.dialect.quote, self.writer
        plan = schedule([cell], self.dialect.limits, given=set(names))
        for number, stage in enumerate(plan.stages):
            live = [c for c in names if plan.last_use.get(c, -1) > number]
            free = iter(range(10_000))
            fresh = {c: f"x{next(free)}" for c in (*live, *stage.cells)}
            columns = [Column("r", heads[0]), Column("i", heads[1])]
            columns += [Column(fresh[c], names[c], c.truth) for c in live]
            columns += [
                Column(fresh[c], writer.spelled(c, _without(names, c)), c.truth)
                for c in stage.cells
            ]
            part = Select(tuple(columns), source, tuple(joins), where)
            source = Read(self.add(t, "part", part))
            names = {
                c: self._holds(quote(name)) if c.truth else quote(name) for c, name in fresh.items()
            }
            heads, joins, where = ("r", "i"), [], ""
        text = writer.spelled(cell, names)
        select = self.rows(source, *heads, text, *joins, where=where, truth=cell.truth)
        return self.add(t, "", select)

    def take(self, op: ops.Take, t: Tensor) -> str:
        (x,), flat = t.inputs, op.index.reshape(-1)
        step = self.step_of(x)
        if t.size == x.size and np.array_equal(flat, np.arange(t.size)):
            return step
        length = places.blocks(op.index)
        firsts = flat[::length]
        held = np.flatnonzero(firsts >= 0)
        selects = []
        if len(held):
            table = self.table(t.layer, ("k",), k=firsts[held] // length, i=held * length)
            place = "x.i" if length == 1 else self.dialect.numbers.quotient.format("x.i", length)
            i = "m.i" if length == 1 else f"m.i + x.i % {length}"
            join = Join(INNER, aliased(table, "m"), (f"m.k = {place}",))
            selects.append(self.rows(Read(step, "x"), "x.r", i, "x.v", join))
        if len(held) < len(firsts):
            table = self.table(t.layer, ("i",), i=np.flatnonzero(flat < 0))
            fill = (
                self.dialect.constant(bool(op.fill)) if t.kind == "bool" else self.number(op.fill)
            )
            source = Product(self.source, aliased(table, "m"))
            selects.append(self.rows(source, f"n.{self.r}", "m.i", fill, where=self.valid))
        return self.add(t, "", selects[0] if len(selects) == 1 else Union(tuple(selects)))

    def contract(self, op: ops.Contract, t: Tensor) -> str:
        return self.map(op, t) if len(t.inputs) == 3 else self._product(t)

    def _product(self, t: Tensor) -> str:
        """The product of a contraction, without its bias."""
        made = contraction(t, swapped=self.value(t.inputs[0]) is not None)
        x, y, left, right, out = made.x, made.y, made.left, made.right, made.out
        common = [c for c in left if c in right]
        # Of a letter that only one operand has and the result lacks, the sum comes by itself.
        strides = places.strides([made.sizes[c] for c in common])
        keys = dict(zip(common, strides, strict=True))
        target = dict(zip(out, places.strides(t.shape), strict=True))
        mine = {c: target.get(c, 0) for c in left}
        other = {c: 0 if c in left else target.get(c, 0) for c in right}
        source = self._keyed(t, x, [keys.get(c, 0) for c in left], list(mine.values()))
        value = self.value(y)
        if value is None:
            keyed = self._keyed(t, y, [keys.get(c, 0) for c in right], list(other.values()))
            join = Join(INNER, Read(keyed, "w"), ("w.r = x.r", "w.k = x.k"))
        else:
            at = np.indices(value.shape).reshape(value.ndim, -1)
            k, i = (
                np.tensordot([f.get(c, 0) for c in right], at, 1).astype(int) for f in (keys, other)
            )
            side = self.table(t.layer, ("k", "i"), k=k, i=i, v=value.reshape(-1))
            join = Join(INNER, aliased(side, "w"), ("w.k = x.k",))
        total = self._aggregate("sum", "x.v * w.v", x, y)
        x_rows = Read(source, "x")
        grouped = self.rows(x_rows, "x.r", "x.i + w.i", total, join, group=(1, 2))
        return self.add(t, "linear" if len(t.inputs) == 3 else "", grouped)

    def _aggregate(self, function: str, value: str, *read: Tensor, by: str = "") -> str:
        """What is computed of many rows, divided by a number; NULL where one is, if that can be."""
        own = self.dialect.own
        text = own(f"{function}({value})") + (f" / {by}" if by else "")
        if not any(t in self.nans for t in read):
            return text
        return f"CASE WHEN {own(f'count({value})')} = {own('count(*)')} THEN {text} END"

    def _keyed(self, t: Tensor, x: Tensor, keys: list[int], target: list[int]) -> str:
        """`x` with the key that it is joined by, and its share of the result's index."""
        columns = (
            Column("r", "r"),
            Column("k", self._index("i", x.shape, keys)),
            Column("i", self._index("i", x.shape, target)),
            Column("v", "v"),
        )
        return self.add(t, "operand", Select(columns, Read(self.step_of(x))))

    def reduce(self, op: ops.Reduce, t: Tensor) -> str:
        (x,) = t.inputs
        kept = [1 if a in op.axes else n for a, n in enumerate(x.shape)]
        place = self._index("x.i", x.shape, places.spread(kept, x.shape))
        gone = [n if a in op.axes else 1 for a, n in enumerate(x.shape)]
        inside = self._index("x.i", x.shape, places.spread(gone, x.shape))
        source, group = Read(self.step_of(x), "x"), (1, 2)
        own = self.dialect.own
        if op.how == "argmax":
            largest = self.rows(source, "x.r", place, own("max(x.v)"), group=group)
            top = self.add(t, "max", largest)
            on = ("m.r = x.r", f"m.i = {place}", "m.v = x.v")
            join = Join(INNER, Read(top, "m"), on)
            type_ = self.dialect.types["double"]
            first = f"CAST({own('min')}({inside}) AS {type_})"
            return self.add(t, "", self.rows(source, "x.r", place, first, join, group=group))
        if op.how in ("any", "all"):
            how = own("max" if op.how == "any" else "min")
            text = f"{how}(CASE WHEN {self._holds('x.v')} THEN 1 ELSE 0 END) = 1"
        elif op.how == "prod":
            each = own("max(CASE {} WHEN {} THEN x.v END)")
            text = " * ".join(each.format(inside, k) for k in range(math.prod(gone)))
        elif op.how == "mean":
            # In PostgreSQL avg() sums up squares, too, which may overflow.
            text = self._aggregate("sum", "x.v", x, by=self.number(math.prod(gone)))
        else:
            text = self._aggregate(op.how, "x.v", x)
        truth = op.how in ("any", "all")
        return self.add(t, "", self.rows(source, "x.r", place, text, group=group, truth=truth))

    def join(self, op: ops.Join, t: Tensor) -> str:
        selects, start, steps = [], 0, places.strides(t.shape)
        for part in t.inputs:
            place = self._index("x.i", part.shape, steps)
            offset = start * steps[op.axis]
            i = f"{place} + {offset}" if offset else place
            selects.append(self.rows(Read(self.step_of(part), "x"), "x.r", i, "x.v"))
            start += part.shape[op.axis]
        return self.add(t, "", selects[0] if len(selects) == 1 else Union(tuple(selects)))


def _without(names: dict[Cell, str], cell: Cell) -> dict[Cell, str]:
    return {c: name for c, name in names.items() if c is not cell}


METHODS: dict[type[ops.Op], Callable[..., str]] = {
    ops.Map: Elements.map,
    ops.Take: Elements.take,
    ops.Contract: Elements.contract,
    ops.Reduce: Elements.reduce,
    ops.Join: Elements.join,
    ops.Lookup: lookups.lookup,
    ops.Find: lookups.find,
    Trees: trees.walk,
}
