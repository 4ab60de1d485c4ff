"""Tensors in arrays: a row of a step holds one, for engines that compute on arrays by compiled
functions.

The columns of such a step are `r`, the number of the source's row, `p`, which array of it,
and `v`, the array: neighbouring elements of a tensor in row-major order.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.lower.rows.elements import Elements
from keras2sql.sql.tree import (
    Column,
    Join,
    Product,
    Read,
    Relation,
    Select,
    Union,
    Unnested,
    aliased,
)

Array = npt.NDArray[Any]

# A step of so many multiply-adds per row of the source is written as several, which threads
# share: the rows of a small table, and all that comes of them, are one thread's else.
_HEAVY, _BRANCHES = 4_000_000, 4
# A number taken out of an array and put into another counts as so many multiply-adds.
MOVED = 10


@dataclass(frozen=True)
class Vector:
    """A step that holds a tensor in `count` arrays of one length."""

    step: str
    count: int


@dataclass(frozen=True)
class Picked:
    """Elements of `source` by their flat index, -1 for `fill`."""

    source: Tensor
    index: Array
    fill: float


class Arrays(Elements):
    """As `Elements`, with `vectors` that hold a tensor in arrays."""

    def __init__(self, *of: Any) -> None:
        super().__init__(*of)
        self.vectors: dict[Tensor, Vector] = {}
        self._split: dict[tuple[Tensor, int], Vector] = {}
        rows = self.dialect.need(self.dialect.rows, "rows")
        self.lists = self.dialect.need(rows.lists, "lists")

    def _kept(self, t: Tensor, shared: bool) -> bool:
        """Never: DuckDB keeps what is read twice by itself, and takes 13 s to plan 212 steps that
        are told to be kept, where it takes 1 s for the same ones that are not."""
        return False

    def made(self, t: Tensor) -> bool:
        return t in self.steps or t in self.vectors

    def step_of(self, t: Tensor) -> str:
        if not self.made(t):
            self.make(t)
        if t not in self.steps:
            self.steps[t] = self._unnested(t, self.vectors[t])
        return self.steps[t]

    def _unnested(self, t: Tensor, known: Vector) -> str:
        size = t.size // known.count
        place = "e.n - 1" if known.count == 1 else f"x.p * {size} + e.n - 1"
        source = Product(Read(known.step, "x"), Unnested("x.v"))
        return self.add(t, "elements", self.rows(source, "x.r", place, "e.v"))

    def whole(self, t: Tensor, array: str) -> None:
        select = self._arrays(self.source, f"n.{self.r}", "0", array, where=self.valid)
        self.vectors[t] = Vector(self.add(t, "array", select), 1)

    def beside(self, t: Tensor, places: dict[str, int]) -> tuple[str, list[str]]:
        if not self.made(t):
            self.make(t)
        if t not in self.vectors:
            return super().beside(t, places)
        side = self.vector_of(t, 1).step
        spelled = self.dialect.quote(side)
        return side, [f"{spelled}.v[{place + 1}]" for place in places.values()]

    def vector_of(self, t: Tensor, count: int) -> Vector:
        """`t` in so many arrays."""
        if not self.made(t):
            self.make(t)
        known = self.vectors.get(t)
        if known is not None and known.count == count:
            return known
        if (t, count) not in self._split:
            self._split[t, count] = Vector(self._resplit(t, known, count), count)
        return self._split[t, count]

    def _resplit(self, t: Tensor, known: Vector | None, count: int) -> str:
        if known is not None and known.count > 1 and count > 1:
            known = self.vector_of(t, 1)
        if known is None:
            size, collected = t.size // count, self.lists.collect.format("x.v", "x.i")
            p = "0" if count == 1 else self.dialect.numbers.quotient.format("x.i", size)
            return self._together(t, self.step_of(t), p, collected, size)
        if count == 1:
            joined = self.lists.join.format("x.v", "x.p")
            return self._together(t, known.step, "0", joined, known.count)
        index = np.arange(t.size).reshape(count, -1)
        return self._gathered(t, Picked(t, index, 0.0))

    def _together(self, t: Tensor, step: str, p: str, v: str, parts: int) -> str:
        """Rows of a step put into one array v each, of so many `parts`: rows without a
        prediction lack some, and products raise for a short array."""
        group = (1,) if p == "0" else (1, 2)
        select = self._arrays(Read(step, "x"), "x.r", p, v)
        having = f"{self.dialect.own('count(x.v)')} = {parts}"
        return self.add(t, "array", replace(select, group=group, having=having))

    def _arrays(
        self, source: Relation, r: str, p: str, v: str, *joins: Join, where: str = ""
    ) -> Select:
        return Select((Column("r", r), Column("p", p), Column("v", v)), source, joins, where)

    # -- elements picked from a tensor

    @staticmethod
    def _same_order(t: Tensor) -> bool:
        assert isinstance(t.op, ops.Take)
        flat = t.op.index.reshape(-1)
        return t.size == t.inputs[0].size and np.array_equal(flat, np.arange(t.size))

    def _picked(self, t: Tensor, index: Array) -> Picked:
        """Elements of `t`, read behind the choices that it is made of and nothing else has."""
        fill = 0.0
        while isinstance(t.op, ops.Take) and not self.made(t):
            inner = t.op.index.reshape(-1)
            if (inner < 0).any():
                if (index < 0).any():
                    break
                fill = t.op.fill
            index = np.where(index < 0, -1, inner[index])
            (t,) = t.inputs
        return Picked(t, index, fill)

    def _filled(self, t: Tensor, picked: Picked, times: int) -> tuple[str, Array]:
        """The whole source as one array, behind it the fill `times` over, and the index there,
        counted from 1."""
        step, index = self.vector_of(picked.source, 1).step, picked.index
        if (index < 0).any():
            longer = self.lists.append.format("x.v", self._fill(picked, times))
            select = self._arrays(Read(step, "x"), "x.r", "0", longer)
            step = self.add(t, "padded", select)
        return step, np.where(index < 0, picked.source.size, index) + 1

    def _fill(self, picked: Picked, times: int) -> str:
        return self.lists.fill.format(self.number(picked.fill), times, type=self.writer.type)

    def _gathered(self, t: Tensor, picked: Picked) -> str:
        step, index = self._filled(t, picked, 1)
        table = self.table(t.layer, ("p",), p=np.arange(len(index)), idx=index)
        text = self.lists.gather.format("x.v", "m.idx")
        source = Product(Read(step, "x"), aliased(table, "m"))
        select = self._arrays(source, "x.r", "m.p", text)
        spread = branched(select, len(index), max(work(t), MOVED * index.size))
        return self.add(t, "picked", spread)

    def _rows_of(self, t: Tensor, picked: Picked) -> str:
        """A step with an array for each row of an index."""
        flat = np.arange(picked.source.size)
        if picked.index.size == flat.size and np.array_equal(picked.index.reshape(-1), flat):
            return self.vector_of(picked.source, len(picked.index)).step
        return self._gathered(t, picked)


def work(t: Tensor) -> int:
    """The multiply-adds of `t` per row."""
    return t.op.work(*(i.shape for i in t.inputs))


def shares(count: int, work: int) -> list[slice]:
    """Parts of `count` places for threads to share, if it is worth it."""
    parts = _BRANCHES if work >= _HEAVY and count >= _BRANCHES else 1
    ends = [count * k // parts for k in range(parts + 1)]
    return [slice(a, b) for a, b in itertools.pairwise(ends)]


def branched(select: Select, count: int, work: int) -> Select | Union:
    """A select from a table m of `count` places, or the union of several from a part of it."""
    spans = shares(count, work)
    if len(spans) == 1:
        return select
    tests = [f"m.p >= {span.start} AND m.p < {span.stop}" for span in spans]
    return Union(tuple(replace(select, where=test) for test in tests))
