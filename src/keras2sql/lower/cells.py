"""Cells: the scalars that the columns strategy computes, one per element of a tensor.

A cell is a constant, a source column, a weighted sum, a choice, a lookup, or a scalar
function of other cells.  `Cells` makes them, folds what is constant, and gives the same
function of the same cells back as one cell, so that each value is written once.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.dialects.base import Dialect
from keras2sql.errors import UnsupportedDialectError
from keras2sql.graph import expr as ex
from keras2sql.lower.identities import IDENTITIES, WITHOUT

CellArray = npt.NDArray[Any]


@dataclass(eq=False, slots=True)
class Cell:
    """One scalar.

    `fn` is "const" (`value`: a Python value), "threshold" (`value`: a number of 64 bit, to compare
    with), "column" (`value`: input name and element, None for the array of all), "sum" (`value`:
    bias and coefficients of `args`), "pack" (an array of its `args`), "dot" (`value`: bias and
    coefficients; `args`: the array, or several, one after the other), "case" (`args`: condition,
    result, ..., result otherwise), "lookup" (`value`: table and its column; `args`: the id),
    "total" (`value`: how, table and its column; `args`: the ids), "mirror" (of its argument, in the
    mirrored row), "overall" (`value`: how it is made; of its argument, in all rows of the
    sequence), "pick" (of its arguments, the one of the row's step), or a function of `graph.expr`.
    `group` is the position of the layer it belongs to, and `truth` tells whether it is a condition.
    """

    fn: str
    args: tuple[Cell, ...] = ()
    value: Any = None
    group: int = 0
    truth: bool = False

    @property
    def leaf(self) -> bool:
        return not self.args


@dataclass(eq=False)
class Table:
    """A constant table that lookups read: values of shape (ids, columns).

    Rows are known by their position, or by `keys`; a key that is not there gives `otherwise`.
    """

    name: str
    values: npt.NDArray[Any]
    keys: tuple[Any, ...] | None = None
    otherwise: float | str | None = None


_NEUTRAL = {"add": (0.0, True), "sub": (0.0, False), "mul": (1.0, True), "div": (1.0, False)}


@dataclass
class Cells:
    """Makes cells for one dialect.  `group` is set by the caller, layer by layer.

    With `fast`, what the dialect calls slow is replaced by its identity.  `arrays` has
    the inputs that come as arrays, and how many elements each has; `keys` the cells by which
    each table is looked up.
    """

    dialect: Dialect
    fast: bool = False
    arrays: Mapping[str, int] = field(default_factory=dict)
    group: int = 0
    keys: dict[Table, set[Cell]] = field(default_factory=dict)
    _calls: dict[tuple[Any, ...], Cell] = field(default_factory=dict)
    _consts: dict[tuple[Any, ...], Cell] = field(default_factory=dict)

    def const(self, value: Any) -> Cell:
        """A constant; numpy scalars become Python's."""
        plain = value.item() if isinstance(value, np.generic) else value
        key = (type(plain), repr(plain))
        if key not in self._consts:
            self._consts[key] = Cell("const", (), plain, truth=isinstance(plain, bool))
        return self._consts[key]

    def column(self, name: str, element: int, truth: bool = False) -> Cell:
        return Cell("column", (), (name, element), truth=truth)

    def intern(self, fn: str, args: Sequence[Cell], value: Any = None) -> Cell:
        """The cell for `fn` of `args`; made once."""
        key = (fn, value, *map(id, args))
        if key not in self._calls:
            self._calls[key] = Cell(fn, tuple(args), value, self.group, _is_condition(fn, args))
        return self._calls[key]

    def call(self, fn: str, *args: Cell) -> Cell:
        """A scalar function; constants are folded, and identities stand in where needed."""
        if all(a.fn == "const" for a in args):
            values = [np.asarray(a.value) for a in args]
            return self.const(np.asarray(ex.evaluate(_template(fn), values))[()])
        simpler = self._simplify(fn, args)
        if simpler is not None:
            return simpler
        slow = self.fast and fn in self.dialect.slow
        if (fn in INFIX or self.dialect.has(fn)) and not slow:
            return self.intern(fn, args)
        if fn not in IDENTITIES:
            raise UnsupportedDialectError(
                f"{self.dialect.title} has no function for '{fn}', and no identity replaces it"
            )
        identity = IDENTITIES[fn]
        if fn in WITHOUT and not self.dialect.has(WITHOUT[fn][0]):
            identity = WITHOUT[fn][1]
        return self.expand(identity, args)

    def expand(self, expr: ex.Expr, args: Sequence[Cell]) -> Cell:
        """The cell of a scalar expression of `args`."""
        return self._expanded(expr, args, {})

    def _expanded(self, expr: ex.Expr, args: Sequence[Cell], done: dict[int, Cell]) -> Cell:
        """`done` has the parts that are known: one may stand in many places."""
        if isinstance(expr, ex.Arg):
            return args[expr.index]
        if isinstance(expr, ex.Const):
            return self.const(expr.value)
        assert isinstance(expr, ex.Call)
        if id(expr) not in done:
            if expr.fn == "where":
                done[id(expr)] = self._chain(expr, args, done)
            else:
                inner = [self._expanded(a, args, done) for a in expr.args]
                done[id(expr)] = self.call(expr.fn, *inner)
        return done[id(expr)]

    def _chain(self, expr: ex.Expr, args: Sequence[Cell], done: dict[int, Cell]) -> Cell:
        """A chain of conditions, as one CASE.

        Only as far as one expression writes it: a value that others share stays a cell of
        its own, and its parts inside its own conditions.
        """
        branches: list[tuple[Cell, Cell]] = []
        while isinstance(expr, ex.Call) and expr.fn == "where":
            test = self._expanded(expr.args[0], args, done)
            if test.fn == "const":
                expr = expr.args[1 if test.value else 2]
            else:
                branches.append((test, self._expanded(expr.args[1], args, done)))
                expr = expr.args[2]
        otherwise = self._expanded(expr, args, done)
        while branches and branches[-1][1] is otherwise:
            branches.pop()
        return self.case(branches, otherwise) if branches else otherwise

    def _simplify(self, fn: str, args: Sequence[Cell]) -> Cell | None:
        if fn == "where":
            test, yes, no = args
            if test.fn == "const":
                return yes if test.value else no
            return yes if yes is no else self.intern("case", args)
        if fn == "abs" and args[0].fn in ("neg", "abs"):
            return self.call("abs", *args[0].args)
        if fn in _NEUTRAL:
            neutral, commutes = _NEUTRAL[fn]
            left, right = args
            if right.fn == "const" and right.value == neutral:
                return left
            if commutes and left.fn == "const" and left.value == neutral:
                return right
            if fn == "mul" and any(a.fn == "const" and a.value == 0 for a in args):
                return self.const(0.0)
            if fn == "mul" and right.fn == "const":
                return self.call(fn, right, left)
        return None

    def most(self, fn: str, args: Sequence[Cell]) -> Cell:
        """ "max" or "min" of any number of cells; duplicates are dropped."""
        distinct = list(dict.fromkeys(args))
        known = [a.value for a in distinct if a.fn == "const"]
        rest = [a for a in distinct if a.fn != "const"]
        if known:
            rest.append(self.const(max(known) if fn == "max" else min(known)))
        return rest[0] if len(rest) == 1 else self.intern(fn, rest)

    def every(self, fn: str, args: Sequence[Cell]) -> Cell:
        """ "and", "or" or "mul" of any number of cells, in balanced pairs."""
        if len(args) == 1:
            return args[0]
        half = (len(args) + 1) // 2
        return self.call(fn, self.every(fn, args[:half]), self.every(fn, args[half:]))

    def weighted(
        self, bias: float, weights: npt.NDArray[np.float64], cells: Sequence[Cell]
    ) -> Cell:
        """``bias + sum(weights * cells)`` without its zero weights; equal cells are merged."""
        used = np.flatnonzero(weights).tolist()
        chosen = [cells[k] for k in used]
        distinct = len(set(chosen)) == len(chosen) and "const" not in [c.fn for c in chosen]
        if distinct and len(chosen) > (0 if bias else 1):
            return self.intern("sum", chosen, (float(bias), tuple(weights[used].tolist())))
        terms: dict[int, float] = {}
        by_id: dict[int, Cell] = {}
        for k in used:
            cell, weight = cells[k], float(weights[k])
            if cell.fn == "const":
                bias += weight * float(cell.value)
            else:
                by_id[id(cell)] = cell
                terms[id(cell)] = terms.get(id(cell), 0.0) + weight
        kept = [(w, by_id[i]) for i, w in terms.items() if w != 0]
        if not kept:
            return self.const(bias)
        if len(kept) == 1 and bias == 0 and kept[0][0] == 1:
            return kept[0][1]
        coefficients = tuple(w for w, _ in kept)
        return self.intern("sum", [c for _, c in kept], (float(bias), coefficients))

    def dot(self, bias: float, weights: npt.NDArray[np.float64], cells: Sequence[Cell]) -> Cell:
        """``bias + sum(weights * cells)`` by the engine's own product of two arrays, or of
        several, where it is faster on short ones."""
        given = self._given(cells)
        longest = self.dialect.need(self.dialect.products, "products of arrays").part
        count = -(-len(cells) // longest) if longest and given is None else 1
        ends = [len(cells) * k // count for k in range(count + 1)]
        packs = [self.intern("pack", cells[a:b]) for a, b in itertools.pairwise(ends)]
        vectors = packs if given is None else [given]
        return self.intern("dot", vectors, (float(bias), tuple(weights.tolist())))

    def _given(self, cells: Sequence[Cell]) -> Cell | None:
        """The array in which these cells, in their order, come already."""
        first = cells[0]
        if first.fn != "column" or self.dialect.bounds is not None:
            return None
        name = first.value[0]
        if self.arrays.get(name, 0) != len(cells) or any(c.fn != "column" for c in cells):
            return None
        if [cell.value for cell in cells] != [(name, i) for i in range(len(cells))]:
            return None
        return self.whole(name)

    def whole(self, name: str) -> Cell:
        """The array that an input comes as."""
        return self.intern("column", (), (name, None))

    def case(self, branches: Sequence[tuple[Cell, Cell]], otherwise: Cell) -> Cell:
        """The result of the first branch whose condition holds."""
        flat = [cell for branch in branches for cell in branch]
        return self.intern("case", [*flat, otherwise])

    def mirror(self, cell: Cell) -> Cell:
        return cell.args[0] if cell.fn == "mirror" else self.intern("mirror", [cell])

    def overall(self, how: str, cell: Cell) -> Cell:
        """See `ops.Overall`; or whether "all" rows hold a condition."""
        same = cell.fn == "const" and how in ("max", "min", "mean", "all")
        return cell if same else self.intern("overall", [cell], how)

    def pick(self, steps: Sequence[Cell]) -> Cell:
        """The cell of the row's step; where all are one, that."""
        return steps[0] if len(set(steps)) == 1 else self.intern("pick", steps)

    def lookup(self, table: Table, column: int, key: Cell) -> Cell:
        self.keys.setdefault(table, set()).add(key)
        return self.intern("lookup", (key,), (table, column))


def _is_condition(fn: str, args: Sequence[Cell]) -> bool:
    if fn == "case":
        return args[1].truth
    if fn in ("mirror", "overall", "pick", "max", "min"):
        return args[0].truth
    return fn in ex.FUNCTIONS and ex.FUNCTIONS[fn].kind == "bool"


INFIX = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "div": "/",
    "neg": "-",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "eq": "=",
    "ne": "<>",
    "and": "AND",
    "or": "OR",
    "not": "NOT",
}


def _template(fn: str) -> ex.Expr:
    return ex.Call(fn, tuple(ex.Arg(i) for i in range(ex.FUNCTIONS[fn].arity)))


_PARTS = ("max", "min", "sum", "exp", "ln", "sqrt", "lookup", "tanh", "trunc", "pack", "total")


def part_of(cell: Cell) -> str:
    """What a column holds, for its name."""
    if cell.fn == "dot" or (cell.fn == "sum" and (cell.value[0] or set(cell.value[1]) != {1.0})):
        return "linear"
    if cell.fn == "div" and cell.args[0].fn == "sum" and cell.args[1].fn == "const":
        return "mean"
    return cell.fn if cell.fn in _PARTS else "part"


def is_number(cell: Cell) -> bool:
    """Whether a cell is neither a text nor a truth value, nor an array, by what makes it."""
    if cell.fn == "const":
        return not isinstance(cell.value, str | bool)
    if cell.fn == "case":
        return all(map(is_number, (*cell.args[1::2], cell.args[-1])))
    text = cell.fn in ex.FUNCTIONS and ex.FUNCTIONS[cell.fn].kind == "str"
    return cell.fn != "pack" and not cell.truth and not text
