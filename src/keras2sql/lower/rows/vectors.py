"""What is computed on arrays as a whole; what has no form here is done element by element."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.lower.cells import Cell
from keras2sql.lower.rows.arrays import MOVED, Picked, Vector, branched
from keras2sql.lower.rows.products import Products
from keras2sql.lower.steps import schedule
from keras2sql.sql.tree import CROSS, INNER, Join, Product, Read, Relation, Table, Union, aliased

Array = npt.NDArray[Any]

# So long may a function be that repeats what is shared in it.
_REPEATED = 1500
# Up to so many numbers picked out of arrays are one array, and so many arrays are joined.
_WHOLE, _JOINED = 1024, 8


@dataclass(frozen=True)
class _Read:
    """What a function reads: a step of arrays, or a tensor; `bare`: without its bias."""

    shape: tuple[int, ...]
    step: Vector | None = None
    tensor: Tensor | None = None
    bare: bool = False


@dataclass(frozen=True)
class _Operand:
    """What a function reads of an operand at element j of array p: `text`, and how the relation
    that has it is joined, where {0} stands for the relation's name.  One of `full` size has an
    array for each that is computed, so that the function may go along it."""

    text: str
    relation: Read | Table
    on: tuple[str, ...] = ()
    full: bool = False

    def joined(self, alias: str) -> Join:
        """The join, with the relation called so."""
        kind = INNER if self.on else CROSS
        return Join(kind, aliased(self.relation, alias), tuple(c.format(alias) for c in self.on))


_SAME = ("{0}.r = x.r", "{0}.p = x.p")


class Vectors(Products):
    """As `Elements`, with arrays of many elements in a row where that is known how."""

    def make(self, t: Tensor) -> None:
        if isinstance(t.op, ops.Take) and self._same_order(t):
            (x,) = t.inputs
            if not self.made(x):
                self.make(x)
            if x in self.vectors:
                self.vectors[t] = self.vectors[x]
                return
        found = None
        if self.value(t) is None and t.kind == "float" and type(t.op) in METHODS:
            found = METHODS[type(t.op)](self, t)
        if found is None:
            super().make(t)
        else:
            self.vectors[t] = found

    def _contracted(self, t: Tensor) -> Vector | None:
        if len(t.inputs) == 3:
            return self._mapped(t)
        return self._product_of(t)

    def _reduced(self, t: Tensor) -> Vector | None:
        """Of neighbours, such as the channels of a pool's windows."""
        assert isinstance(t.op, ops.Reduce)
        (x,) = t.inputs
        kept = [a for a in range(len(x.shape)) if a not in t.op.axes]
        if t.op.how not in ("max", "min", "sum", "mean") or not kept:
            return None
        last = kept[-1]
        if x.shape[last] < 2 or t.size == x.shape[last]:
            return None
        order = [*kept[:-1], *t.op.axes, last]
        flat = np.arange(x.size).reshape(x.shape).transpose(order)
        width = math.prod(x.shape[a] for a in t.op.axes)
        place = self._tapped(t, x, flat.reshape(-1, width, x.shape[last]))
        if place is None:
            return None
        source, values, size = place
        if t.op.how in ("max", "min"):
            text = self.dialect.call(t.op.how, values)
        else:
            text = " + ".join(values)
            if t.op.how == "mean":
                text = f"({text}) / {self.number(width)}"
        span = self.table(t.layer, (), c=np.arange(size)[None])
        text = self.lists.each.format("c.c", "a, j", text)
        source = Product(source, aliased(span, "c"))
        select = branched(self._arrays(source, "x.r", "m.p", text), t.size // size, MOVED * x.size)
        return Vector(self.add(t, "", select), t.size // size)

    def _joined(self, t: Tensor) -> Vector | None:
        """Arrays one behind the other."""
        assert isinstance(t.op, ops.Join)
        outer = math.prod(t.shape[: t.op.axis])
        if not any(i in self.vectors for i in t.inputs) or any(i.kind != "float" for i in t.inputs):
            return None
        if outer == 1 and len({i.size for i in t.inputs}) == 1:
            steps = [self.vector_of(i, 1).step for i in t.inputs]
            selects = [
                self._arrays(Read(step, "x"), "x.r", str(p), "x.v") for p, step in enumerate(steps)
            ]
            return Vector(self.add(t, "", Union(tuple(selects))), len(steps))
        if len(t.inputs) > _JOINED:
            return None
        first, *others = [self.vector_of(i, outer).step for i in t.inputs]
        text, joins = "x.v", list[Join]()
        for n, step in enumerate(others):
            text = self.lists.append.format(text, f"b{n}.v")
            on = (f"b{n}.r = x.r", f"b{n}.p = x.p")
            joins.append(Join(INNER, Read(step, f"b{n}"), on))
        select = self._arrays(Read(first, "x"), "x.r", "x.p", text, *joins)
        return Vector(self.add(t, "", select), outer)

    def _mapped(self, t: Tensor) -> Vector | None:
        """A function of arrays of one length, element by element."""
        leaves: dict[Cell, _Read] = {}
        cell = self._function(t, leaves)
        counts = (self._count(read, t) for read in leaves.values())
        taken = (self._taken(read, t) for read in leaves.values())
        count = next((c for c in itertools.chain(counts, taken) if c), 0)
        if not count:
            return None
        source: Relation | None = None
        aliases, names = dict[_Operand, str](), dict[Cell, str]()
        for leaf, read in leaves.items():
            found = self._operand(t, read, count)
            if found is None:
                return None
            if found.full and source is None:
                source, names[leaf] = aliased(found.relation, "x"), "e"
                continue
            alias = aliases.setdefault(replace(found, text=""), f"b{len(aliases)}")
            names[leaf] = found.text.format(alias)
        assert source is not None  # `count` arrays are those of an operand of full size
        joins = [operand.joined(alias) for operand, alias in aliases.items()]
        spelled = self.writer.spelled(cell, names)
        if len(spelled) > _REPEATED and schedule([cell], self.dialect.limits, set(leaves)).stages:
            return None  # what several parts share would stand in each
        each = self.lists.each.format("x.v", "e, j", spelled)
        return Vector(self.add(t, "", self._arrays(source, "x.r", "x.p", each, *joins)), count)

    def _function(self, t: Tensor, leaves: dict[Cell, _Read]) -> Cell:
        if isinstance(t.op, ops.Map):
            return self.cells.expand(t.op.expr, [self._part(i, leaves) for i in t.inputs])
        product = self._product_of(t)
        read = _Read(t.shape, step=product) if product else _Read(t.shape, tensor=t, bare=True)
        return self.cells.call("add", self._read(read, leaves), self._part(t.inputs[2], leaves))

    def _part(self, t: Tensor, leaves: dict[Cell, _Read]) -> Cell:
        value = self.value(t)
        if value is not None and value.size == 1:
            return self.cells.const(value.reshape(-1)[0])
        if t in self.inner:
            return self._function(t, leaves)
        if isinstance(t.op, ops.Take) and not self.made(t) and self._same_order(t):
            self.make(t)  # another shape of the same arrays
        return self._read(_Read(t.shape, tensor=t), leaves)

    def _read(self, read: _Read, leaves: dict[Cell, _Read]) -> Cell:
        known = next((cell for cell, other in leaves.items() if other == read), None)
        if known is None:
            known = self.cells.column(f"operand {len(leaves)}", 0)
            leaves[known] = read
        return known

    def _count(self, read: _Read, t: Tensor) -> int:
        """In how many arrays an operand of the size of `t` is held; 0 if in none."""
        known = read.step or (self.vectors.get(read.tensor) if read.tensor else None)
        return known.count if known is not None and read.shape == t.shape else 0

    def _taken(self, read: _Read, t: Tensor) -> int:
        """The same for what is picked out of arrays, which is done now."""
        u = read.tensor
        if u is None or not isinstance(u.op, ops.Take) or self.made(u) or u.shape != t.shape:
            return 0
        count = 1 if u.size <= _WHOLE else u.size // u.shape[-1]
        picked = self._picked(u, np.arange(u.size).reshape(count, -1))
        if u.kind != "float" or picked.source not in self.vectors:
            return 0
        self.vectors[u] = Vector(self._gathered(u, picked), count)
        return count

    def _single(self, picked: Picked) -> _Operand | None:
        """The same element for all."""
        place = int(picked.index[0, 0])
        if picked.source in self.vectors or place < 0:
            return None
        rows = Read(self.step_of(picked.source))
        return _Operand("{0}.v", rows, ("{0}.r = x.r", f"{{0}}.i = {place}"))

    def _evenly(self, u: Tensor, at: Array) -> _Operand | None:
        """What `u` takes out of arrays at `at`, where it lies there at even distances."""
        if not isinstance(u.op, ops.Take) or self.made(u):
            return None
        picked = self._picked(u, at)
        index, (count, size) = picked.index, at.shape
        first = int(index[0, 0])
        steps = {
            "x.p": int(index[1, 0]) - first if count > 1 else 0,
            "j": int(index[0, 1]) - first if size > 1 else 0,
        }
        even = first + steps["x.p"] * np.arange(count)[:, None] + steps["j"] * np.arange(size)
        if picked.source not in self.vectors or index.min() < 0 or (index != even).any():
            return None
        terms = [v if by == 1 else f"{by} * {v}" for v, by in steps.items() if by]
        place = first + 1 - steps["j"]  # j begins at 1, as do the places in an array
        text = " + ".join([*terms, *([str(place)] if place or not terms else [])])
        step = self.vector_of(picked.source, 1).step
        return _Operand(f"{{0}}.v[{text}]", Read(step), ("{0}.r = x.r",))

    def _operand(self, t: Tensor, read: _Read, count: int) -> _Operand | None:
        """How an operand is read where the result is in `count` arrays; None if it can't be."""
        if read.step is not None:
            return self._full(read.step) if read.step.count == count else None
        u, size = read.tensor, t.size // count
        if u is None or read.bare:
            return None
        at = np.broadcast_to(np.arange(u.size).reshape(u.shape), t.shape).reshape(count, size)
        value = self.value(u)
        if value is None and (at == at[0, 0]).all():
            single = self._single(self._picked(u, at[:1, :1]))
            if single is not None:
                return single
        if u.kind != "float":
            return None
        if value is not None:
            values = value.reshape(-1).astype(np.float64)[at]
            if (values == values[:1]).all():
                table = self.table(t.layer, (), v=values[:1])
                return _Operand("{0}.v[j]", table)
            table = self.table(t.layer, ("p",), p=np.arange(count), v=values)
            return _Operand("{0}.v[j]", table, ("{0}.p = x.p",))
        evenly = self._evenly(u, at)
        if evenly is not None:
            return evenly
        if at.size == u.size:
            return self._full(self.vector_of(u, count))
        if (at == np.arange(size)).all():
            step = self.vector_of(u, 1).step
            return _Operand("{0}.v[j]", Read(step), ("{0}.r = x.r",))
        if (at == np.arange(count)[:, None]).all():
            return _Operand("{0}.v", Read(self.step_of(u)), ("{0}.r = x.r", "{0}.i = x.p"))
        return None

    @staticmethod
    def _full(vector: Vector) -> _Operand:
        return _Operand("{0}.v[j]", Read(vector.step), _SAME, full=True)


METHODS: dict[type[ops.Op], Callable[[Vectors, Tensor], Vector | None]] = {
    ops.Map: Vectors._mapped,
    ops.Contract: Vectors._contracted,
    ops.Reduce: Vectors._reduced,
    ops.Join: Vectors._joined,
}
