"""Rows that hold an array each, where the engine computes on arrays by compiled functions.

The columns of such a step are `r`, the number of the source's row, `p`, which array of it,
and `v`, the array: neighbouring elements of a tensor in row-major order.  What has no form
here is done element by element.
"""

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
from keras2sql.lower.rows.elements import Elements
from keras2sql.lower.steps import schedule
from keras2sql.sql.tree import Column, Select, Union

Array = npt.NDArray[Any]

# More operands than this are collected into an array, fewer are terms of an expression.
_TERMS = 32
# Inner products of arrays of about 64 numbers are computed almost twice as fast as longer ones,
# but to cut off a part takes as long as the whole array is: so there are few of them.
_BLOCK, _BLOCKS = 64, 16
# Shorter runs of neighbours than this are gathered number by number, longer ones as arrays,
# of which so many are columns of a step.
_RUN, _RUNS = 16, 256
# So long may a function be that repeats what is shared in it.
_REPEATED = 1500
# Up to so many numbers picked out of arrays are one array, and so many arrays are joined.
_WHOLE, _JOINED = 1024, 8
# A step of so many multiply-adds per row of the source is written as several, which threads
# share: the rows of a small table, and all that comes of them, are one thread's else.  A
# number taken out of an array and put into another takes as long as so many multiply-adds.
_HEAVY, _BRANCHES, _MOVED = 4_000_000, 4, 10


@dataclass(frozen=True)
class Vector:
    """A step that holds a tensor in `count` arrays of one length."""

    step: str
    count: int


@dataclass(frozen=True)
class _Picked:
    """Elements of `source` by their flat index, -1 for `fill`."""

    source: Tensor
    index: Array
    fill: float


@dataclass(frozen=True)
class _Read:
    """What a function reads: a step of arrays, or a tensor; `bare`: without its bias."""

    shape: tuple[int, ...]
    step: Vector | None = None
    tensor: Tensor | None = None
    bare: bool = False


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


_Operand = tuple[str, str, bool]


class Vectors(Elements):
    """As `Elements`, with arrays of many elements in a row where that is known how."""

    def __init__(self, *of: Any) -> None:
        super().__init__(*of)
        self.vectors: dict[Tensor, Vector] = {}
        self._split: dict[tuple[Tensor, int], Vector] = {}
        self._matrices: dict[tuple[str, str], str] = {}
        self.lists = self.dialect.lists

    def _kept(self, t: Tensor, shared: bool) -> bool:
        """Never: DuckDB keeps what is read twice by itself, and takes 7 s to plan 160 steps that
        are told to be kept, where it takes 0.9 s for the same ones that are not."""
        return False

    def made(self, t: Tensor) -> bool:
        return t in self.steps or t in self.vectors

    def make(self, t: Tensor) -> None:
        if isinstance(t.op, ops.Take) and self._same_order(t):
            (x,) = t.inputs
            if x not in self.vectors and x not in self.steps:
                self.make(x)
            if x in self.vectors:
                self.vectors[t] = self.vectors[x]
                return
        found = None
        if self.value(t) is None and t.kind == "float" and type(t.op) in _OPS:
            found = _OPS[type(t.op)](self, t)
        if found is None:
            super().make(t)
        else:
            self.vectors[t] = found

    def step_of(self, t: Tensor) -> str:
        if t not in self.steps and t not in self.vectors:
            self.make(t)
        if t not in self.steps:
            self.steps[t] = self._unnested(t, self.vectors[t])
        return self.steps[t]

    def _unnested(self, t: Tensor, known: Vector) -> str:
        size = t.size // known.count
        place = "e.n - 1" if known.count == 1 else f"x.p * {size} + e.n - 1"
        source = f"{known.step} AS x {self.dialect.unnest.format('x.v')}"
        return self.add(t, "elements", self._rows(source, "x.r", place, "e.v"))

    def whole(self, t: Tensor, array: str) -> None:
        select = self._arrays(self.source, f"n.{self.r}", "0", array, where=self.valid)
        self.vectors[t] = Vector(self.add(t, "array", select), 1)

    def beside(self, t: Tensor, places: dict[str, int]) -> tuple[str, list[str]]:
        if not self.made(t):
            self.make(t)
        if t not in self.vectors:
            return super().beside(t, places)
        side = self.vector_of(t, 1).step
        return side, [f"{side}.v[{place + 1}]" for place in places.values()]

    def vector_of(self, t: Tensor, count: int) -> Vector:
        """`t` in so many arrays."""
        if t not in self.steps and t not in self.vectors:
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
            size, collected = t.size // count, self.lists["collect"].format("x.v", "x.i")
            p = "0" if count == 1 else self.dialect.whole_quotient.format("x.i", size)
            # Rows without a prediction lack elements, and products raise for a short array.
            group = "GROUP BY 1" if count == 1 else "GROUP BY 1, 2"
            group += f" HAVING count(x.v) = {size}"
            select = self._arrays(f"{self.step_of(t)} AS x", "x.r", p, collected, group)
            return self.add(t, "arrays", select)
        if count == 1:
            joined = self.lists["join"].format("x.v", "x.p")
            group = f"GROUP BY 1 HAVING count(x.v) = {known.count}"
            select = self._arrays(f"{known.step} AS x", "x.r", "0", joined, group)
            return self.add(t, "array", select)
        index = np.arange(t.size).reshape(count, -1)
        return self._gathered(t, _Picked(t, index, 0.0))

    def _arrays(self, source: str, r: str, p: str, v: str, *joins: str, where: str = "") -> Select:
        return Select((Column("r", r), Column("p", p), Column("v", v)), source, joins, where)

    # -- elements picked from a tensor

    @staticmethod
    def _same_order(t: Tensor) -> bool:
        assert isinstance(t.op, ops.Take)
        flat = t.op.index.reshape(-1)
        return t.size == t.inputs[0].size and np.array_equal(flat, np.arange(t.size))

    def _picked(self, t: Tensor, index: Array) -> _Picked:
        """Elements of `t`, read behind the choices that it is made of and nothing else has."""
        fill = 0.0
        while isinstance(t.op, ops.Take) and t not in self.vectors and t not in self.steps:
            inner = t.op.index.reshape(-1)
            if (inner < 0).any():
                if (index < 0).any():
                    break
                fill = t.op.fill
            index = np.where(index < 0, -1, inner[index])
            (t,) = t.inputs
        return _Picked(t, index, fill)

    def _filled(self, t: Tensor, picked: _Picked, times: int) -> tuple[str, Array]:
        """The whole source as one array, behind it the fill `times` over, and the index there,
        counted from 1."""
        step, index = self.vector_of(picked.source, 1).step, picked.index
        if (index < 0).any():
            fill = self.lists["fill"].format(self.number(picked.fill), times, type=self.writer.type)
            longer = self.lists["append"].format("x.v", fill)
            select = self._arrays(f"{step} AS x", "x.r", "0", longer)
            step = self.add(t, "padded", select)
        return step, np.where(index < 0, picked.source.size, index) + 1

    def _gathered(self, t: Tensor, picked: _Picked) -> str:
        step, index = self._filled(t, picked, 1)
        table = self.table(t.layer, ("p",), p=np.arange(len(index)), idx=index)
        text = self.lists["gather"].format("x.v", "m.idx")
        source = f"{step} AS x CROSS JOIN {table} AS m"
        select = self._arrays(source, "x.r", "m.p", text)
        work = max(_work(t), _MOVED * index.size)
        return self.add(t, "picked", _branched(select, len(index), work))

    def _rows_of(self, t: Tensor, picked: _Picked) -> str:
        """A step with an array for each row of an index."""
        flat = np.arange(picked.source.size)
        if picked.index.size == flat.size and np.array_equal(picked.index.reshape(-1), flat):
            return self.vector_of(picked.source, len(picked.index)).step
        return self._gathered(t, picked)

    # -- ops

    def _contracted(self, t: Tensor) -> Vector | None:
        if len(t.inputs) == 3:
            return self._mapped(t)
        return self._product_of(t)

    def _product_of(self, t: Tensor) -> Vector | None:
        """A product with constants, without a bias."""
        assert isinstance(t.op, ops.Contract)
        left, right, out = t.op.terms()
        x, y = t.inputs[:2]
        if self.value(x) is not None:
            x, y, left, right = y, x, right, left
        weights = self.value(y)
        if weights is None or x.size < 2:
            return None
        summed = [c for c in right if c in left and c not in out]
        if any(c not in out and c not in summed for c in left + right) or not summed:
            return None
        sizes = dict(zip(left + right, (*x.shape, *y.shape), strict=True))
        places = [c for c in out if c in left and c not in right]
        both = [c for c in out if c in left and c in right]
        neurons = [c for c in out if c in right and c not in left]
        flat = np.arange(x.size).reshape(x.shape)
        if both:
            own = [c for c in neurons if sizes[c] > 1]
            if own or [c for c in out if c not in neurons] != [*places, *both]:
                return None
            order = [left.index(c) for c in (*places, *summed, *both)]
            index = flat.transpose(order).reshape(
                _size(sizes, places), _size(sizes, summed), _size(sizes, both)
            )
            turned = np.transpose(weights, [right.index(c) for c in (*summed, *both, *neurons)])
            return self._by_terms(t, x, index, turned.reshape(index.shape[1:]))
        if list(out) != [*places, *neurons]:
            return None
        order = [left.index(c) for c in (*places, *summed)]
        index = flat.transpose(order).reshape(_size(sizes, places), _size(sizes, summed))
        turned = np.transpose(weights, [right.index(c) for c in (*neurons, *summed)])
        turned = turned.reshape(_size(sizes, neurons), _size(sizes, summed)).astype(np.float64)
        blocks = self._blocks(t, self._picked(x, index))
        table = self.table(
            t.layer,
            ("i",),
            i=np.arange(len(turned)),
            **{f"w{k}": turned[:, span] for k, span in enumerate(blocks.spans)},
        )
        # One place is shared among threads by its neurons, several are by themselves.
        spans = _shares(len(turned), _work(t) if len(index) == 1 else 0)
        if len(turned) % len(spans):
            spans = [slice(0, len(turned))]
        products = [self._products(t, blocks, table, span, spans) for span in spans]
        made = products[0] if len(products) == 1 else Union(tuple(products))
        return Vector(self.add(t, "linear", made), len(index) * len(spans))

    def _products(
        self, t: Tensor, blocks: _Blocks, table: str, span: slice, spans: list[slice]
    ) -> Select:
        """The products of each row's array with those of a span of a table of weights."""
        where = f"i >= {span.start} AND i < {span.stop}" if len(spans) > 1 else ""
        matrix = self._matrix(t, table, len(blocks.ends), where)
        field, inner = self.lists["field"], self.lists["inner"]
        terms = [
            inner.format(f"x.{name}", field.format("w", k + 1))
            for k, name in enumerate(blocks.names)
        ]
        text = self.lists["each"].format("m.w", "w", " + ".join(terms))
        source = f"{blocks.step} AS x CROSS JOIN {matrix} AS m"
        p = str(spans.index(span)) if len(spans) > 1 else "x.p"
        return self._arrays(source, "x.r", p, text)

    def _matrix(self, t: Tensor, table: str, parts: int, where: str) -> str:
        """All rows of a table of weights as one array; the same step for the same rows."""
        if (table, where) not in self._matrices:
            record = self.lists["record"].format(", ".join(f"w{k}" for k in range(parts)))
            columns = (Column("w", self.lists["collect"].format(record, "i")),)
            step = self.add(t, "weights", Select(columns, table, where=where))
            self._matrices[table, where] = step
        return self._matrices[table, where]

    def _blocks(self, t: Tensor, picked: _Picked) -> _Blocks:
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
        values = [self.lists["part"].format("x.v", a + 1, b) for a, b in spans]
        parts = self._parted(f"{step} AS x", "x.p", values)
        return _Blocks(self.add(t, "parts", parts), ends)

    def _parted(self, source: str, p: str, values: list[str]) -> Select:
        columns = [Column("r", "x.r"), Column("p", p)]
        columns += [Column(f"v{k}", value) for k, value in enumerate(values)]
        return Select(tuple(columns), source)

    def _runs(self, picked: _Picked) -> tuple[_Picked, int] | None:
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
        return _Picked(picked.source, arrays, picked.fill), size

    def _of_runs(self, t: Tensor, picked: _Picked, size: int) -> _Blocks:
        known = self.vectors[picked.source]
        collected = self.lists["collect"].format("x.v", "x.p")
        if (picked.index < 0).any():
            fill = self.lists["fill"].format(self.number(picked.fill), size, type=self.writer.type)
            collected = self.lists["append"].format(collected, self.dialect.listed.format(fill))
        group = f"GROUP BY 1 HAVING count(x.v) = {known.count}"
        select = self._arrays(f"{known.step} AS x", "x.r", "0", collected, group)
        step = self.add(t, "arrays", select)
        at = np.where(picked.index < 0, known.count, picked.index) + 1
        columns = {f"b{k}": at[:, k] for k in range(at.shape[1])}
        table = self.table(t.layer, ("p",), p=np.arange(len(at)), **columns)
        source = f"{step} AS x CROSS JOIN {table} AS m"
        ends = tuple(range(size, size * at.shape[1] + 1, size))
        parts = self._parted(source, "m.p", [f"x.v[m.{name}]" for name in columns])
        return _Blocks(self.add(t, "parts", _branched(parts, len(at), _work(t))), ends)

    def _by_terms(self, t: Tensor, x: Tensor, index: Array, weights: Array) -> Vector | None:
        """Sums of a few products, for all elements of an array at once."""
        place = self._tapped(t, x, index)
        if place is None:
            return None
        source, values, _ = place
        columns = {f"w{k}": row[None] for k, row in enumerate(weights.astype(np.float64))}
        table = self.table(t.layer, (), **columns)
        terms = [f"{v} * w.w{k}[j]" for k, v in enumerate(values)]
        text = self.lists["each"].format("w.w0", "a, j", " + ".join(terms))
        source += f" CROSS JOIN {table} AS w"
        select = self._arrays(source, "x.r", "m.p", text)
        step = self.add(t, "linear", _branched(select, len(index), _MOVED * index.size))
        return Vector(step, len(index))

    def _tapped(self, t: Tensor, x: Tensor, index: Array) -> tuple[str, list[str], int] | None:
        """Where the neighbours in `index` of shape (p, k, elements) begin: the source, and for
        each k its value at j; None if they are no neighbours or too many."""
        picked = self._picked(x, index)
        first = picked.index[..., :1]
        run = np.where(first < 0, -1, first + np.arange(index.shape[2]))
        if index.shape[1] > _TERMS or not np.array_equal(run, picked.index):
            return None
        starts = _Picked(picked.source, picked.index[..., 0], picked.fill)
        step, begin = self._filled(t, starts, index.shape[2])
        columns = {f"b{k}": begin[:, k] - 1 for k in range(index.shape[1])}
        table = self.table(t.layer, ("p",), p=np.arange(len(begin)), **columns)
        values = [f"x.v[m.b{k} + j]" for k in range(index.shape[1])]
        return f"{step} AS x CROSS JOIN {table} AS m", values, index.shape[2]

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
        text = self.lists["each"].format("c.c", "a, j", text)
        source += f" CROSS JOIN {span} AS c"
        select = _branched(
            self._arrays(source, "x.r", "m.p", text), t.size // size, _MOVED * x.size
        )
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
                self._arrays(f"{step} AS x", "x.r", str(p), "x.v") for p, step in enumerate(steps)
            ]
            return Vector(self.add(t, "", Union(tuple(selects))), len(steps))
        if len(t.inputs) > _JOINED:
            return None
        first, *others = [self.vector_of(i, outer).step for i in t.inputs]
        text, joins = "x.v", list[str]()
        for n, step in enumerate(others):
            text = self.lists["append"].format(text, f"b{n}.v")
            joins.append(f"JOIN {step} AS b{n} ON b{n}.r = x.r AND b{n}.p = x.p")
        select = self._arrays(f"{first} AS x", "x.r", "x.p", text, *joins)
        return Vector(self.add(t, "", select), outer)

    def _mapped(self, t: Tensor) -> Vector | None:
        """A function of arrays of one length, element by element."""
        leaves: dict[Cell, _Read] = {}
        cell = self._function(t, leaves)
        counts = (self._count(read, t) for read in leaves.values())
        taken = (self._taken(read, t) for read in leaves.values())
        count = next((c for c in itertools.chain(counts, taken) if c), 0)
        staged = schedule([cell], self.dialect.limits, given=set(leaves)).stages
        if not count:
            return None
        source, joins, names = "", dict[str, str](), dict[Cell, str]()
        for leaf, read in leaves.items():
            found = self._operand(t, read, count)
            if found is None:
                return None
            text, join, full = found
            if full and not source:
                source, names[leaf] = f"{text} AS x", "e"
                continue
            if full:
                join, text = f"JOIN {text} AS {{0}} ON {join}", "{0}.v[j]"
            alias = joins.setdefault(join, f"b{len(joins)}")
            names[leaf] = text.format(alias)
        texts = [join.format(alias) for join, alias in joins.items()]
        spelled = self.writer.spelled(cell, names)
        if staged and len(spelled) > _REPEATED:  # what several parts share stands in each
            return None
        each = self.lists["each"].format("x.v", "e, j", spelled)
        return Vector(self.add(t, "", self._arrays(source, "x.r", "x.p", each, *texts)), count)

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

    def _single(self, picked: _Picked) -> _Operand | None:
        """The same element for all."""
        place = int(picked.index[0, 0])
        if picked.source in self.vectors or place < 0:
            return None
        step = self.step_of(picked.source)
        return "{0}.v", f"JOIN {step} AS {{0}} ON {{0}}.r = x.r AND {{0}}.i = {place}", False

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
        return f"{{0}}.v[{text}]", f"JOIN {step} AS {{0}} ON {{0}}.r = x.r", False

    def _operand(self, t: Tensor, read: _Read, count: int) -> _Operand | None:
        """What is read of an operand at element j of array p, and the join that brings it; of
        one of full size the step and the condition, and True.  {0} is the operand's name."""
        same = "{0}.r = x.r AND {0}.p = x.p"
        if read.step is not None:
            return (read.step.step, same, True) if read.step.count == count else None
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
                return "{0}.v[j]", f"CROSS JOIN {table} AS {{0}}", False
            table = self.table(t.layer, ("p",), p=np.arange(count), v=values)
            return "{0}.v[j]", f"JOIN {table} AS {{0}} ON {{0}}.p = x.p", False
        evenly = self._evenly(u, at)
        if evenly is not None:
            return evenly
        if at.size == u.size:
            return self.vector_of(u, count).step, same, True
        if (at == np.arange(size)).all():
            step = self.vector_of(u, 1).step
            return "{0}.v[j]", f"JOIN {step} AS {{0}} ON {{0}}.r = x.r", False
        if (at == np.arange(count)[:, None]).all():
            same = "{0}.r = x.r AND {0}.i = x.p"
            return "{0}.v", f"JOIN {self.step_of(u)} AS {{0}} ON {same}", False
        return None

    def _product(self, t: Tensor) -> str:
        product = self._product_of(t)
        if product is None:
            return super()._product(t)
        return self._unnested(t, product)


def _work(t: Tensor) -> int:
    return t.op.work(*(i.shape for i in t.inputs))


def _shares(count: int, work: int) -> list[slice]:
    """Parts of `count` places for threads to share, if it is worth it."""
    parts = _BRANCHES if work >= _HEAVY and count >= _BRANCHES else 1
    ends = [count * k // parts for k in range(parts + 1)]
    return [slice(a, b) for a, b in itertools.pairwise(ends)]


def _branched(select: Select, count: int, work: int) -> Select | Union:
    """A select from a table m of `count` places, or the union of several from a part of it."""
    spans = _shares(count, work)
    if len(spans) == 1:
        return select
    tests = [f"m.p >= {span.start} AND m.p < {span.stop}" for span in spans]
    return Union(tuple(replace(select, where=test) for test in tests))


def _size(sizes: dict[str, int], letters: list[str]) -> int:
    return math.prod(sizes[c] for c in letters)


_OPS: dict[type[ops.Op], Callable[[Vectors, Tensor], Vector | None]] = {
    ops.Map: Vectors._mapped,
    ops.Contract: Vectors._contracted,
    ops.Reduce: Vectors._reduced,
    ops.Join: Vectors._joined,
}
