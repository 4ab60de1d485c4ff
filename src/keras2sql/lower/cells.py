"""Cells: the scalars that the columns strategy computes, one per element of a tensor.

A cell is a constant, a source column, a weighted sum, a choice, a lookup, or a scalar
function of other cells.  `Cells` makes them, folds what is constant, and gives the same
function of the same cells back as one cell, so that each value is written once.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.dialects.base import Dialect
from keras2sql.dialects.common import TEXTS
from keras2sql.errors import UnsupportedDialectError
from keras2sql.graph import expr as ex
from keras2sql.lower.features import no_texts
from keras2sql.lower.identities import IDENTITIES, WITHOUT
from keras2sql.lower.infix import COMPARING, INFIX

CellArray = npt.NDArray[Any]
Numbers = npt.NDArray[np.float64]


@dataclass(eq=False, slots=True)
class Cell:
    """One scalar.

    `fn` is "const" (`value`: a Python value), "threshold" (`value`: a number of 64 bit, to compare
    with), "column" (`value`: input name and element, None for the array of all), "sum" (`value`:
    bias and coefficients of `args`), "pack" (an array of its `args`), "dot" (`value`: bias and
    coefficients; `args`: the array, or several, one after the other), "case" (`args`: condition,
    result, ..., result otherwise), "lookup" (`value`: table and its column; `args`: the id),
    "total" (`value`: how, table and its column; `args`: the ids), "mirror" (of its argument, in the
    mirrored row), "walk" (the nodes of the trees `value` that its array comes to), "leaves"
    (`value`: these and the output; what they give, summed up), "descent" (`value`: trees in tables
    and the output; of the features that they test, what the leaves give),
    "overall" (`value`: how it is made; of its argument, in all rows of the
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

    @property
    def tests(self) -> tuple[Cell, ...]:
        """The conditions of a "case", branch after branch."""
        return self.args[:-1:2]

    @property
    def results(self) -> tuple[Cell, ...]:
        """What a "case" gives, branch after branch, and at last what it gives otherwise."""
        return (*self.args[1:-1:2], self.args[-1])


@dataclass(eq=False)
class Table:
    """A constant table that lookups read: values of shape (ids, columns).

    Rows are known by their position, or by `keys`; a key that is not there gives `otherwise`.
    """

    name: str
    values: npt.NDArray[Any]
    keys: tuple[Any, ...] | None = None
    otherwise: float | str | None = None


@dataclass(frozen=True)
class _Neutral:
    """The number that changes nothing as the second operand, or, if it `commutes`, as either."""

    number: float
    commutes: bool


_NEUTRAL = {
    "add": _Neutral(0.0, commutes=True),
    "sub": _Neutral(0.0, commutes=False),
    "mul": _Neutral(1.0, commutes=True),
    "div": _Neutral(1.0, commutes=False),
}


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
        if all(arg.fn == "const" for arg in args):
            return self._folded(fn, args)
        if fn in COMPARING and self.dialect.arithmetic.signed_zero:
            args = tuple(map(self._without_sign, args))
        simpler = self._simplify(fn, args)
        if simpler is not None:
            return simpler
        has_it = fn in INFIX or self.dialect.has(fn)
        is_slow = self.fast and fn in self.dialect.slow
        if has_it and not is_slow:
            return self.intern(fn, args)
        if fn in ("max", "min") and not has_it:
            return self._chosen(fn, *args)
        return self.expand(self._identity(fn), args)

    def _without_sign(self, arg: Cell) -> Cell:
        """What is compared, with 0 for -0."""
        if arg.fn == "const" or arg.truth:
            return arg
        return self.intern("add", (arg, self.const(0.0)))

    def _folded(self, fn: str, args: Sequence[Cell]) -> Cell:
        """The function of constants, as numpy computes it."""
        function = ex.FUNCTIONS[fn]
        template = ex.Call(fn, tuple(ex.Arg(i) for i in range(function.arity)))
        values = [np.asarray(arg.value) for arg in args]
        result = np.asarray(ex.evaluate(template, values))
        return self.const(result[()])

    def _identity(self, fn: str) -> ex.Expr:
        """What stands in for a function that the dialect lacks; raises
        `UnsupportedDialectError`."""
        of_texts = fn in TEXTS or ex.FUNCTIONS[fn].kind == "str"
        if of_texts and not self.dialect.casts.text:
            raise no_texts(self.dialect)
        if fn not in IDENTITIES:
            raise UnsupportedDialectError(
                f"{self.dialect.title} has no function for '{fn}', and no identity replaces it"
            )
        if fn in WITHOUT:
            needed, instead = WITHOUT[fn]
            if not self.dialect.has(needed):
                return instead
        return IDENTITIES[fn]

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
            condition, yes, no = expr.args
            test = self._expanded(condition, args, done)
            if test.fn == "const":
                expr = yes if test.value else no
                continue
            branches.append((test, self._expanded(yes, args, done)))
            expr = no
        otherwise = self._expanded(expr, args, done)
        while branches:
            _, result = branches[-1]
            if result is not otherwise:
                return self.case(branches, otherwise)
            branches.pop()
        return otherwise

    def _simplify(self, fn: str, args: Sequence[Cell]) -> Cell | None:
        """A simpler cell for the function of these, if there is one."""
        if fn == "where":
            return self._choice(*args)
        if fn == "abs" and args[0].fn in ("neg", "abs"):
            return self.call("abs", *args[0].args)
        if fn in _NEUTRAL:
            return self._arithmetic(fn, *args)
        return None

    def _choice(self, test: Cell, yes: Cell, no: Cell) -> Cell:
        if test.fn == "const":
            return yes if test.value else no
        if yes is no:
            return yes
        return self.intern("case", (test, yes, no))

    def _arithmetic(self, fn: str, left: Cell, right: Cell) -> Cell | None:
        """A sum, product, ... with a constant in it, if that makes it simpler."""
        rule = _NEUTRAL[fn]
        if right.fn == "const" and right.value == rule.number:
            return left
        if rule.commutes and left.fn == "const" and left.value == rule.number:
            return right
        if fn != "mul":
            return None
        for factor in (left, right):
            if factor.fn == "const" and factor.value == 0:
                return self.const(0.0)
        if right.fn == "const":  # constants are written first
            return self.call("mul", right, left)
        return None

    def most(self, fn: str, args: Sequence[Cell]) -> Cell:
        """ "max" or "min" of any number of cells; duplicates are dropped."""
        distinct = list(dict.fromkeys(args))
        numbers = [arg.value for arg in distinct if arg.fn == "const"]
        rest = [arg for arg in distinct if arg.fn != "const"]
        if numbers:
            rest.append(self.const(max(numbers) if fn == "max" else min(numbers)))
        if len(rest) == 1:
            return rest[0]
        if self.dialect.has(fn):
            return self.intern(fn, rest)
        while len(rest) > 1:  # in balanced pairs
            pairs = [rest[start : start + 2] for start in range(0, len(rest), 2)]
            rest = [self._chosen(fn, *pair) if len(pair) == 2 else pair[0] for pair in pairs]
        return rest[0]

    def _chosen(self, fn: str, a: Cell, b: Cell) -> Cell:
        """The "max" or "min" of two where the database has no function for it; NaN if one is."""
        if a.fn == "const":
            a, b = b, a
        if b.fn == "const":
            beyond = self.call("lt" if fn == "max" else "gt", a, b)
            return self.case([(beyond, b)], a)
        first = self.call("ge" if fn == "max" else "le", a, b)
        second = self.call("lt" if fn == "max" else "gt", a, b)
        return self.case([(first, a), (second, b)], self.const(math.nan))

    def every(self, fn: str, args: Sequence[Cell]) -> Cell:
        """ "and", "or" or "mul" of any number of cells, in balanced pairs."""
        if len(args) == 1:
            return args[0]
        half = (len(args) + 1) // 2
        first = self.every(fn, args[:half])
        second = self.every(fn, args[half:])
        return self.call(fn, first, second)

    def weighted(self, bias: float, weights: Numbers, cells: Sequence[Cell]) -> Cell:
        """``bias + sum(weights * cells)`` without its zero weights; equal cells are merged."""
        (made,) = self.weighted_sums(np.array([bias]), weights[np.newaxis], cells)
        return made

    def weighted_sums(self, biases: Numbers, weights: Numbers, cells: Sequence[Cell]) -> list[Cell]:
        """The same for each bias and its row of weights."""
        are_plain = len(set(cells)) == len(cells) and "const" not in [cell.fn for cell in cells]
        made = []
        for bias, row in zip(biases.tolist(), weights.tolist(), strict=True):
            used = cells
            if 0.0 in row:
                used = [cell for cell, weight in zip(cells, row, strict=True) if weight != 0]
                row = [weight for weight in row if weight != 0]
            is_sum = len(used) > 1 or (len(used) == 1 and bool(bias))
            if are_plain and is_sum:
                made.append(self.intern("sum", used, (bias, tuple(row))))
            else:
                made.append(self._merged(bias, row, used))
        return made

    def _merged(self, bias: float, weights: Sequence[float], cells: Sequence[Cell]) -> Cell:
        """The sum of cells some of which are equal, or constants."""
        weight_of: dict[Cell, float] = {}
        for weight, cell in zip(weights, cells, strict=True):
            if cell.fn == "const":
                bias += weight * float(cell.value)
            else:
                weight_of[cell] = weight_of.get(cell, 0.0) + weight
        return self._sum(bias, weight_of)

    def _sum(self, bias: float, weight_of: Mapping[Cell, float]) -> Cell:
        """The sum of cells that are all different and no constants."""
        kept = {cell: weight for cell, weight in weight_of.items() if weight != 0}
        if not kept:
            return self.const(bias)
        cells = list(kept)
        weights = tuple(kept.values())
        if len(kept) == 1 and weights[0] == 1 and bias == 0:
            return cells[0]
        return self.intern("sum", cells, (float(bias), weights))

    def dot(self, bias: float, weights: Numbers, cells: Sequence[Cell]) -> Cell:
        """``bias + sum(weights * cells)`` by the engine's own product of two arrays, or of
        several, where it is faster on short ones."""
        value = (float(bias), tuple(weights.tolist()))
        array = self._array_of(cells)
        if array is not None:
            return self.intern("dot", [array], value)
        longest = self.dialect.need(self.dialect.products, "products of arrays").part
        count = math.ceil(len(cells) / longest) if longest else 1
        ends = [len(cells) * part // count for part in range(count + 1)]
        packs = []
        for start, end in itertools.pairwise(ends):
            packs.append(self.intern("pack", cells[start:end]))
        return self.intern("dot", packs, value)

    def _array_of(self, cells: Sequence[Cell]) -> Cell | None:
        """The array in which these cells, in their order, come already."""
        first = cells[0]
        if first.fn != "column" or self.dialect.bounds is not None:
            return None
        name, _ = first.value
        if self.arrays.get(name, 0) != len(cells):
            return None
        for element, cell in enumerate(cells):
            if cell.fn != "column" or cell.value != (name, element):
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
        """What the mirrored row has; mirrored twice it is the row itself."""
        if cell.fn == "mirror":
            return cell.args[0]
        return self.intern("mirror", [cell])

    def overall(self, how: str, cell: Cell) -> Cell:
        """See `ops.Overall`; or whether "all" rows hold a condition."""
        if cell.fn == "const" and how in ("max", "min", "mean", "all"):
            return cell
        return self.intern("overall", [cell], how)

    def pick(self, steps: Sequence[Cell]) -> Cell:
        """The cell of the row's step; where all are one, that."""
        if len(set(steps)) == 1:
            return steps[0]
        return self.intern("pick", steps)

    def lookup(self, table: Table, column: int, key: Cell) -> Cell:
        """What the row of this key has in a column of a table."""
        self.keys.setdefault(table, set()).add(key)
        return self.intern("lookup", (key,), (table, column))


def _is_condition(fn: str, args: Sequence[Cell]) -> bool:
    if fn == "case":
        return args[1].truth
    if fn in ("mirror", "overall", "pick", "max", "min"):
        return args[0].truth
    return fn in ex.FUNCTIONS and ex.FUNCTIONS[fn].kind == "bool"
