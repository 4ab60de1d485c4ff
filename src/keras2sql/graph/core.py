"""Tensors, the graph that they form, and the builder that layers write into."""

from __future__ import annotations

import math
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.graph import expr as ex
from keras2sql.graph import ops
from keras2sql.graph.about import NOTHING, About
from keras2sql.graph.budget import Budget
from keras2sql.graph.notes import CUT, Notes
from keras2sql.graph.ops import Array, Shape, ShapeError
from keras2sql.graph.order import topological
from keras2sql.graph.trees import Forest, Trees

ArrayLike = npt.ArrayLike


@dataclass(frozen=True, eq=False)
class Tensor:
    """The result of an op on other tensors: a node of the graph.  Equal only to itself.

    `shape` leaves the batch axis out; `kind` is "float", "int", "bool" or "str"; `layer`
    is the path of the layer that made it, and names the steps of the SQL.
    """

    op: ops.Op
    inputs: tuple[Tensor, ...]
    shape: Shape
    kind: str
    layer: str

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def constant(self) -> Array | None:
        """The value, if it is known without any input."""
        return self.op.value if isinstance(self.op, ops.Constant) else None

    def __repr__(self) -> str:
        return f"<{self.layer}: {type(self.op).__name__} {self.shape} {self.kind}>"


def tensor(op: ops.Op, inputs: Sequence[Tensor] = (), layer: str = "") -> Tensor:
    """Apply `op`; raises `ShapeError` where the operands do not fit."""
    shape = op.shape(*(t.shape for t in inputs))
    return Tensor(op, tuple(inputs), shape, op.kind(*(t.kind for t in inputs)), layer)


@dataclass(frozen=True, eq=False)
class Graph:
    """Named outputs and the inputs that they are computed from.

    `carried` pairs an input that is no feature, a state, with the tensor that it holds in
    the next row.  It is zero in the first row; rows then have an order, and a graph without
    such states has none.  `about` says in a few words what the layers are.
    """

    inputs: tuple[Tensor, ...]
    outputs: Mapping[str, Tensor]
    carried: tuple[tuple[Tensor, Tensor], ...] = ()
    about: About = NOTHING

    def tensors(self) -> Sequence[Tensor]:
        """All tensors, operands before their users; always in the same order."""
        return self._ordered

    @cached_property
    def _ordered(self) -> tuple[Tensor, ...]:
        carried = (after for _, after in self.carried)
        return tuple(topological([*self.outputs.values(), *carried]))

    def returning(self, outputs: Mapping[str, Tensor]) -> Graph:
        """The same inputs and states, with other outputs."""
        return replace(self, outputs=outputs)

    def evaluate(
        self, feeds: Mapping[str, ArrayLike], dtype: npt.DTypeLike = np.float64
    ) -> dict[str, Array]:
        """The outputs for a batch: input name -> array of shape (batch, *shape).

        Floating point numbers are computed in `dtype`; texts are objects.  With carried
        states the rows are one sequence and come one after the other.
        """
        number = np.dtype(dtype)
        values = self._fed(feeds, number)
        rows = max((len(v) for v in values.values()), default=1)
        for run in self.runs():
            self._compute(values, self.tensors(), number)
            loop = [t for t in topological(after for _, after in run) if t not in values]
            found: dict[Tensor, list[Array]] = {before: [] for before, _ in run}
            states = {before: np.zeros((1, *before.shape), number) for before, _ in run}
            for row in range(rows):
                one = {t: v[row : row + 1] if len(v) > 1 else v for t, v in values.items()}
                one |= states
                for before, state in states.items():
                    found[before].append(state)
                self._compute(one, loop, number)
                states = {before: one[after] for before, after in run}
            values |= {before: np.concatenate(listed) for before, listed in found.items()}
        return self._results(values, rows, number)

    def runs(self) -> list[list[tuple[Tensor, Tensor]]]:
        """The carried states, in the runs through the rows that compute them one after the other.

        A state that reads a `Mirror` or an `Overall` of others has to wait until these are known of
        all rows.
        """
        beside: dict[Tensor, set[Tensor]] = {before: {before} for before, _ in self.carried}
        mirrored: dict[Tensor, set[Tensor]] = {before: set() for before, _ in self.carried}
        for t in self.tensors():
            if t in beside:
                continue
            here = set().union(*(beside[i] for i in t.inputs))
            there = set().union(*(mirrored[i] for i in t.inputs))
            turned = isinstance(t.op, ops.Mirror | ops.Overall)
            beside[t], mirrored[t] = (set(), here | there) if turned else (here, there)
        level = dict.fromkeys((before for before, _ in self.carried), 0)
        for _ in range(len(level) + 1):
            found = {
                before: max(
                    [0, *(level[s] for s in beside[after])]
                    + [level[s] + 1 for s in mirrored[after]]
                )
                for before, after in self.carried
            }
            if found == level:
                numbers = sorted(set(level.values()))
                return [[pair for pair in self.carried if level[pair[0]] == n] for n in numbers]
            level = found
        raise ShapeError("a state is computed from what comes behind it")

    def _fed(self, feeds: Mapping[str, ArrayLike], number: np.dtype[Any]) -> dict[Tensor, Array]:
        values: dict[Tensor, Array] = {}
        for t in self.inputs:
            assert isinstance(t.op, ops.Input)
            given = np.asarray(feeds[t.op.name])
            values[t] = given.astype(object if t.kind == "str" else number)
            if given.shape[1:] != t.shape:
                raise ShapeError(f"input {t.op.name} is (batch, *{t.shape}), not {given.shape}")
        return values

    def _compute(
        self, values: dict[Tensor, Array], tensors: Sequence[Tensor], number: np.dtype[Any]
    ) -> None:
        """Add the values of these tensors, so far as those of their operands are there."""
        for t in tensors:
            fed = t in values or isinstance(t.op, ops.Input)
            if not fed and all(i in values for i in t.inputs):
                value = t.op(*(values[i] for i in t.inputs))
                values[t] = value.astype(number) if value.dtype.kind == "f" else value

    def _results(
        self, values: dict[Tensor, Array], rows: int, number: np.dtype[Any]
    ) -> dict[str, Array]:
        self._compute(values, self.tensors(), number)
        found = {name: values[t] for name, t in self.outputs.items()}
        # A `Pick` makes several rows of one.
        rows = max([rows, *(len(v) for v in found.values())])
        return {
            name: np.broadcast_to(v, (rows, *self.outputs[name].shape)) for name, v in found.items()
        }

    def rewrite(self, rule: Callable[[Tensor, Tensor], Tensor]) -> Graph:
        """A graph in which `rule` has had its say on every tensor, operands first.

        The rule sees a tensor with its operands already rewritten, and the tensor as it
        was.  Inputs stay.
        """
        done = {t: t for t in (*self.inputs, *(before for before, _ in self.carried))}
        for t in self.tensors():
            if t in done:
                continue
            operands = tuple(done[i] for i in t.inputs)
            moved = t if operands == t.inputs else tensor(t.op, operands, t.layer)
            done[t] = rule(moved, t)
        carried = tuple((before, done[after]) for before, after in self.carried)
        return replace(self, outputs={n: done[t] for n, t in self.outputs.items()}, carried=carried)

    def check(self) -> None:
        """Raise `ShapeError` unless every tensor's shape follows from its operands."""
        for t in self.tensors():
            found = t.op.shape(*(i.shape for i in t.inputs))
            if found != t.shape:
                raise ShapeError(f"{t!r} should have the shape {found}")

    def multiply_adds(self) -> int:
        """Multiply-adds per row: one for each weight that each element of a result meets."""
        return sum(t.op.work(*(i.shape for i in t.inputs)) for t in self.tensors())


def _positions(x: Tensor) -> npt.NDArray[np.intp]:
    return np.arange(x.size, dtype=np.intp).reshape(x.shape)


class Builder(Notes):
    """Writes tensors; layers and heads use nothing else.

    Each method checks shapes at once and raises `ShapeError`.  Operands may be tensors,
    arrays or numbers.  Axes count without the batch; negative ones from the end.
    """

    def __init__(self, streaming: bool = False, budget: Budget | None = None) -> None:
        """With `streaming`, recurrent layers see one step and keep their states for the next;
        `budget` is what a graph may take that a file asks for."""
        super().__init__()
        self.streaming = streaming
        self.layer = ""
        self.budget = budget
        self._whole: dict[Tensor, Tensor] = {}
        self._carried: list[tuple[Tensor, Tensor]] = []
        self._states = 0

    @contextmanager
    def at(self, layer: str) -> Iterator[None]:
        """Attribute the tensors made inside to the layer with this path."""
        before, self.layer = self.layer, layer
        try:
            yield
        finally:
            self.layer = before

    # -- operands

    def input(self, name: str, shape: Shape, kind: str = "float") -> Tensor:
        return tensor(ops.Input(name, tuple(shape), kind), (), name)

    def constant(self, value: ArrayLike | Tensor) -> Tensor:
        """A constant tensor; a tensor passes through."""
        if isinstance(value, Tensor):
            return value
        array = np.asarray(value)
        if self.budget is not None:
            self.budget.keep(self.layer, array.shape)
            plain = str | int | float | np.generic
            if array.dtype.kind == "O" and not all(isinstance(v, plain) for v in array.flat):
                raise ShapeError("a constant that is neither a number nor a text")
        return tensor(ops.Constant(array), (), self.layer)

    def zeros(self, shape: Shape) -> Tensor:
        """A constant of this shape, all 0."""
        self.room(*shape)
        return self.constant(np.zeros(shape))

    def _make(self, op: ops.Op, *operands: ArrayLike | Tensor) -> Tensor:
        made = tensor(op, [self.constant(o) for o in operands], self.layer)
        if self.budget is not None:
            self.budget.tensor(self.layer, made.shape)
        return made

    def room(self, *sizes: int) -> None:
        """To be called before making an array of sizes that a config asks for, or that multiply.

        Raises `ModelFileError` where that is more than any honest model takes.
        """
        if self.budget is not None:
            self.budget.room(self.layer, *sizes)

    # -- the ops

    def map(self, expr: ex.Expr, *operands: ArrayLike | Tensor) -> Tensor:
        """`expr` for each element; ``Arg(i)`` is that of the i-th operand."""
        return self._make(ops.Map(expr), *operands)

    def contract(
        self,
        x: Tensor,
        y: ArrayLike | Tensor,
        bias: ArrayLike | Tensor | None = None,
        equation: str | None = None,
    ) -> Tensor:
        """einsum of `x` and `y`, plus `bias`.

        Without an equation, over the last axis of `x` and the first of `y`.
        """
        kernel = self.constant(y)
        if equation is None:
            free = iter(string.ascii_lowercase)
            left = [next(free) for _ in x.shape]
            right = [left[-1], *(next(free) for _ in kernel.shape[1:])]
            equation = f"{''.join(left)},{''.join(right)}->{''.join(left[:-1] + right[1:])}"
        operands = (x, kernel) if bias is None else (x, kernel, bias)
        return self._make(ops.Contract(equation), *operands)

    def take(self, x: Tensor, index: ArrayLike | ops.Places, fill: float = 0.0) -> Tensor:
        """The elements of `x` (flattened, row-major) with these indices; -1 gives `fill`."""
        if isinstance(index, ops.Places):
            return self._make(ops.Take(index, fill), x)
        array = np.asarray(index, dtype=np.intp)
        if self.budget is not None:
            self.budget.keep(self.layer, array.shape)
        return self._make(ops.Take(array, fill), x)

    def reduce(
        self, how: str, x: Tensor, axes: int | Sequence[int], keepdims: bool = False
    ) -> Tensor:
        """See `ops.Reduce`."""
        listed = (axes,) if isinstance(axes, int) else tuple(axes)
        rank = len(x.shape)
        return self._make(ops.Reduce(how, tuple(sorted(a % rank for a in listed)), keepdims), x)

    def join(self, parts: Sequence[ArrayLike | Tensor], axis: int) -> Tensor:
        """Concatenate along `axis`."""
        tensors = [self.constant(p) for p in parts]
        return self._make(ops.Join(axis % len(tensors[0].shape)), *tensors)

    def lookup(self, table: ArrayLike | Tensor, ids: Tensor) -> Tensor:
        """Rows of a constant table by id."""
        return self._make(ops.Lookup(), table, ids)

    def find(
        self,
        keys: ArrayLike | Tensor,
        values: ArrayLike | Tensor,
        x: Tensor,
        otherwise: float | str | None = None,
    ) -> Tensor:
        """See `ops.Find`."""
        return self._make(ops.Find(otherwise), keys, values, x)

    def trees(self, x: Tensor, forest: Forest) -> Tensor:
        """See `trees.Trees`."""
        return self._make(Trees(forest), x)

    # -- choices of elements, by name

    def positions(self, x: Tensor) -> npt.NDArray[np.intp]:
        """The index of each element of `x`, in its shape: cut and turn it, then `take`."""
        self.room(*x.shape)
        return _positions(x)

    def places(self, x: Tensor) -> ops.Places:
        """The same, made when it is read."""
        return ops.Places(x.shape, lambda: _positions(x))

    def reshape(self, x: Tensor, shape: Sequence[int]) -> Tensor:
        """`x` in another shape; one axis may be -1."""
        given = tuple(shape)
        rest = -math.prod(given) if given.count(-1) == 1 else 0
        full = tuple(x.size // rest if n == -1 and rest > 0 else n for n in given)
        if any(n < 0 for n in full) or math.prod(full) != x.size:
            raise ShapeError(f"{x.shape} can't take the shape {given}")
        return self.take(x, self.places(x).turned(full, lambda index: index.reshape(full)))

    def transpose(self, x: Tensor, axes: Sequence[int]) -> Tensor:
        """`x` with its axes in this order."""
        if sorted(axes) != list(range(len(x.shape))):
            raise ShapeError(f"axes {tuple(axes)} of a tensor of shape {x.shape}")
        shape = tuple(x.shape[a] for a in axes)
        return self.take(x, self.places(x).turned(shape, lambda index: np.transpose(index, axes)))

    # -- the rows of one sequence

    def mirrored(self, x: Tensor) -> Tensor:
        """See `ops.Mirror`; twice is not at all."""
        if x.constant is not None:
            return x
        return x.inputs[0] if isinstance(x.op, ops.Mirror) else self._make(ops.Mirror(), x)

    def state(self, shape: Shape, name: str) -> Tensor:
        """A state: zero in the first row, then what `carry` was given for the row before; `name`
        is what the formulas of the layer call it."""
        self._states += 1
        return self.input(f"{self.layer}/{name}_{self._states}", shape)

    def carry(self, before: Tensor, after: Tensor) -> None:
        """Let the state `before` hold `after` in the next row."""
        self._carried.append((before, after))

    def graph(self, inputs: Sequence[Tensor], outputs: Mapping[str, Tensor]) -> Graph:
        """The graph of what was written, with the states that were carried."""
        return Graph(tuple(inputs), dict(outputs), tuple(self._carried), About(self.described))

    def cut(self, x: Tensor) -> Tensor:
        """`x` without what is behind the point, if it is a raw integer."""
        if not self.is_raw(x):
            return x
        if x not in self._whole:
            whole = self.masked(self.map(CUT, x), self.mask(x))
            self._whole[x] = self.as_integer(whole, self.integer(x))
        return self._whole[x]
