"""A graph in the form that a database computes without an error, and without a wrong NULL.

Keras gives infinity or NaN for ``x / 0`` and for numbers that grow beyond all bounds.  Some
databases raise an error, which takes the predictions of all other rows with it, some give
NULL, some take NaN for the greatest of numbers.  What can meet such a case, by the ranges of
its operands, is written around it here, once for all strategies; everything else stays.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from keras2sql.dialects.base import Dialect
from keras2sql.graph import expr as ex
from keras2sql.graph import ops, ranges
from keras2sql.graph.core import Builder, Graph, Tensor, tensor
from keras2sql.graph.expr import Expr, X, Y, call, where
from keras2sql.graph.incomplete import may_miss
from keras2sql.graph.ranges import Range
from keras2sql.graph.simplify import unrolled
from keras2sql.graph.trees import Trees
from keras2sql.lower import decisions
from keras2sql.lower.infinities import choice, of_infinity

LARGE = 1e150
"""Counts as infinite where a product might raise: far beyond 32 bit, and its square is in range."""
SMALL = 1e-100
"""What is smaller may count as 0 there."""
_MOST, _LEAST = 1e305, 1e-320
_GRAIN = 2.0**-332
_FLUSH = 1e-84  # added and taken away again, it leaves multiples of that grain
_TINY = 1e-190  # weights that move nothing, whatever they are multiplied with

# Functions that some dialects compose, of squares and quotients of their arguments.
_COMPOSED = {"tanh", "sinh", "cosh", "asinh", "acosh", "atanh", "log1p", "expm1", "erf", "erfc"}
_COMPOSED |= {"pow", "pow_in_range", "mod"}


def guarded(
    graph: Graph,
    dialect: Dialect,
    computed: Collection[Tensor] = (),
    handed: Collection[str] = (),
) -> Graph:
    """`graph` unrolled, with guards where `dialect` needs them.

    Inputs that are `computed` by another graph can be NaN, other than features; outputs that
    are `handed` to one are held as features are.
    """
    found = _Guards(unrolled(graph), dialect, computed)
    return found.graph.returning(
        {name: found.state(t) if name in handed else t for name, t in found.graph.outputs.items()}
    )


def guarded_rows(graph: Graph, dialect: Dialect) -> tuple[Graph, frozenset[Tensor]]:
    """The same, and its tensors of which some elements may be NaN, and so NULL in databases
    whose aggregates leave these out."""
    found = _Guards(unrolled(graph), dialect)
    nans = (
        [t for t, known in found.known.items() if known.nan]
        if dialect.arithmetic.nan == "null"
        else []
    )
    return found.graph, frozenset(nans)


def quotient(a: Expr, b: Expr, infinite: bool) -> Expr:
    """``a / b`` where `b` may be 0; `infinite`: whether there is infinity, that NaN comes of."""
    nothing = call("eq", b, 0.0)
    lower = where(call("lt", a, 0.0), -math.inf, math.nan)
    at_zero = a * math.inf if infinite else where(call("gt", a, 0.0), math.inf, lower)
    return where(nothing, at_zero, call("div", a, where(nothing, 1.0, b)))


class _Guards:
    def __init__(self, graph: Graph, dialect: Dialect, computed: Collection[Tensor] = ()) -> None:
        self.dialect, self.computed = dialect, computed
        self.bounds, self.bounded = dialect.bounds, dialect.bounds is not None
        self.known: dict[Tensor, Range] = {}
        fed = {t: self._fed(t) for t in (*graph.inputs, *(b for b, _ in graph.carried))}
        while True:
            self.known = dict(fed)
            found = graph.rewrite(self._rule)
            carried = tuple((before, self.state(after)) for before, after in found.carried)
            told = {before: self._carried(before, after) for before, after in carried}
            if told == {before: fed[before] for before in told}:
                break
            fed |= told
        self.graph = Graph(found.inputs, found.outputs, carried)

    def _fed(self, t: Tensor) -> Range:
        found = Range(nan=may_miss(t) and t.kind == "float")
        if self.bounds is not None and t.kind != "str":
            most = self.bounds.most
            found = replace(found, low=-most, high=most, least_size=_GRAIN, grain=_GRAIN)
        if t in self.computed and t.kind == "float":
            return replace(found, infinite=not self.bounded, nan=True)
        return found

    def _carried(self, before: Tensor, after: Tensor) -> Range:
        """The range of a state, which can be infinite or NaN if it can be so in the next row."""
        known, told = self.known[before], self.known[after]
        infinite, nan = known.infinite or told.infinite, known.nan or told.nan
        return replace(known, infinite=infinite, nan=nan)

    def state(self, after: Tensor) -> Tensor:
        """A state as the next row, or another graph, finds it: it may grow by what is added in
        each row, but not by factors."""
        x = self.known[after]
        if self.bounds is None or after.kind != "float" or after.constant is not None:
            return after
        most = self.bounds.most
        if x.size > most * 1.001:
            expr, found = _held(self.dialect, X, x, most)
            after = self._applied(expr, after, found)
        return self._no_smaller(after)

    def _rule(self, t: Tensor, original: Tensor) -> Tensor:
        operands = [self.known[i] for i in t.inputs]
        if isinstance(t.op, ops.Map):
            return self._map(t, operands, original)
        if isinstance(t.op, ops.Lookup):
            t = self._labelled(t)
        if isinstance(t.op, Trees):
            return self._trees(t, t.op)
        if self.bounded and isinstance(t.op, ops.Contract):
            t = self._contraction(t)
        if isinstance(t.op, ops.Reduce):
            t = self._reduction(t)
        if isinstance(t.op, ops.Overall):
            t = self._overall(t)
        if t not in self.known:
            operands = [self.known[i] for i in t.inputs]
            self.known[t] = ranges.of_tensor(_behind(original, t), operands)
        return t

    # -- tensors

    def _map(self, t: Tensor, operands: Sequence[Range], original: Tensor | None = None) -> Tensor:
        assert isinstance(t.op, ops.Map)
        expr, found = _Expression(self.dialect, operands).safe(t.op.expr)
        if expr is not t.op.expr:
            t = tensor(ops.Map(expr), t.inputs, t.layer)
        if original is not None and ranges.below_the_greatest(original):
            found = found.within(0.0, 1.0)
        self.known[t] = found
        return t

    def _applied(self, expr: Expr, t: Tensor, found: Range) -> Tensor:
        made = tensor(ops.Map(expr), (t,), t.layer)
        self.known[made] = found
        return made

    def _no_larger(self, t: Tensor) -> Tensor:
        x = self.known[t]
        if x.size <= LARGE:
            return t
        if t.constant is not None:
            return self._constant(t, np.clip(t.constant, -LARGE, LARGE))
        expr, found = _held(self.dialect, X, x, LARGE)
        return self._applied(expr, t, found)

    def _no_smaller(self, t: Tensor, least: float = SMALL) -> Tensor:
        x = self.known[t]
        if x.least_size >= least:
            return t
        if t.constant is not None:
            return self._constant(t, np.where(np.abs(t.constant) < _TINY, 0.0, t.constant))
        return self._applied(_flushed(X), t, _flushed_range(x))

    def _constant(self, t: Tensor, value: ops.Array) -> Tensor:
        made = tensor(ops.Constant(value), (), t.layer)
        self.known[made] = ranges.constant(value)
        return made

    def _contraction(self, t: Tensor) -> Tensor:
        count = ranges.terms(t)
        x, y, *bias = t.inputs
        product = ranges.multiplied(self.known[x], self.known[y])
        if product.size * count > _MOST:
            x, y = self._no_larger(x), self._no_larger(y)
        if product.least_size < _LEAST:
            x, y = self._no_smaller(x), self._no_smaller(y)
        return tensor(t.op, (x, y, *bias), t.layer) if (x, y) != t.inputs[:2] else t

    def _reduction(self, t: Tensor) -> Tensor:
        assert isinstance(t.op, ops.Reduce)
        (x,) = t.inputs
        found, how = self.known[x], t.op.how
        if how == "prod" and self.bounded and x.constant is None:
            return self._product(t)
        if how in ("sum", "mean") and self.bounded and found.size * ranges.terms(t) > _MOST:
            return tensor(t.op, (self._no_larger(x),), t.layer)
        if found.nan and self._loses_nan(how):
            whole = tensor(t.op, (x,), t.layer)
            self.known[whole] = ranges.of_tensor(t, [found])
            return self._where_any(x, t.op.axes, t.op.keepdims, whole)
        return t

    def _trees(self, t: Tensor, op: Trees) -> Tensor:
        """Without tests for NaN where there is none; NaN where trees do not know where it goes."""
        (x,) = t.inputs
        if not self.known[x].nan:
            t = tensor(Trees(op.forest.complete()), (x,), t.layer)
        found = ranges.of_tensor(t, [self.known[x]])
        self.known[t] = replace(found, nan=False)
        return self._where_any(x, (0,), False, t) if found.nan else t

    def _overall(self, t: Tensor) -> Tensor:
        """Of all rows: held, and NaN where any is."""
        assert isinstance(t.op, ops.Overall)
        (x,) = t.inputs
        if t.op.how in ("sum", "mean") and self.bounded:
            x = self._no_larger(x)
        whole = tensor(t.op, (x,), t.layer)
        self.known[whole] = ranges.of_tensor(whole, [self.known[x]])
        lost = self.dialect.arithmetic.nan == "null" or self._loses_nan(t.op.how)
        if not (self.known[x].nan and lost):
            return whole
        tests = self._applied(where(call("isnan", X), 1.0, 0.0), x, ranges.TRUTH)
        found = tensor(ops.Overall("max"), (tests,), t.layer)
        self.known[found] = ranges.TRUTH
        return self._unless(self._applied(X > 0.0, found, ranges.TRUTH), whole, math.nan)

    def _loses_nan(self, how: str) -> bool:
        """Whether the sum or the greatest of numbers and a NaN is one of the numbers."""
        if self.dialect.arithmetic.nan == "null":
            return False  # aggregates of rows lose it, which see to it themselves
        return how == "min" or (how == "max" and self.dialect.arithmetic.nan != "greatest")

    def _where_any(self, x: Tensor, axes: tuple[int, ...], keepdims: bool, whole: Tensor) -> Tensor:
        """`whole`, and NaN where any of `x` along these axes is."""
        tests = self._applied(call("isnan", X), x, ranges.TRUTH)
        found = tensor(ops.Reduce("any", axes, keepdims), (tests,), whole.layer)
        return self._unless(found, whole, math.nan)

    def _unless(self, test: Tensor, t: Tensor, instead: float) -> Tensor:
        self.known[test] = ranges.TRUTH
        made = tensor(ops.Map(where(Y, instead, X)), (t, test), t.layer)
        self.known[made] = ranges.hull([self.known[t], ranges.constant(instead)])
        return made

    def _labelled(self, t: Tensor) -> Tensor:
        """A label is that of a number: where the probabilities are NaN there is none."""
        x = decisions.probabilities(t)
        # Where numbers are not held, those of any model may grow until they are infinite.
        if x is None or (self.bounded and not self.known[x].nan):
            return t
        made = decisions.decided(t, x)
        self.known[made] = Range()
        return made

    def _product(self, t: Tensor) -> Tensor:
        """Pair by pair, where a product of all might raise."""
        assert isinstance(t.op, ops.Reduce)
        (x,) = t.inputs
        whole = ranges.of_tensor(t, [self.known[x]])
        if whole.size <= _MOST and whole.least_size >= _LEAST:
            return t
        axes, g = t.op.axes, Builder()
        kept = [a for a in range(len(x.shape)) if a not in axes]
        places = np.transpose(g.positions(x), [*axes, *kept]).reshape(ranges.terms(t), *t.shape)
        factors = [tensor(ops.Take(index), (x,), t.layer) for index in places]
        self.known |= dict.fromkeys(factors, self.known[x])
        while len(factors) > 1:
            pairs = zip(factors[::2], factors[1::2], strict=False)
            multiplied = [
                self._map(tensor(ops.Map(X * Y), pair, t.layer), [self.known[f] for f in pair])
                for pair in pairs
            ]
            factors = multiplied + factors[len(factors) // 2 * 2 :]
        return factors[0]


def _behind(original: Tensor, t: Tensor) -> Tensor:
    """The tensor whose surroundings tell its range: as it was, if its op is the same."""
    return original if original.op == t.op else t


def _held(dialect: Dialect, e: Expr, x: Range, most: float) -> tuple[Expr, Range]:
    """`e` with what is larger than `most` infinite, or, where there is no infinity, that large."""
    found = replace(
        x, low=max(x.low, -most), high=min(x.high, most), infinite=dialect.arithmetic.has_infinity
    )
    if dialect.arithmetic.has_infinity:
        return where(abs(e) <= most, e, e * math.inf), found
    return ex.maximum(ex.minimum(e, most), -most), found


def _flushed(e: Expr) -> Expr:
    """`e` with what is smaller than 1e-100 being 0."""
    return e + _FLUSH - _FLUSH


def _flushed_range(x: Range) -> Range:
    zero = x.zero or x.least_size < SMALL
    least, grain = max(x.least_size, _GRAIN), max(x.grain, _GRAIN)
    return replace(x, least_size=least, zero=zero, grain=grain)


class _Expression:
    """Guards inside of one expression of operands in these ranges."""

    def __init__(self, dialect: Dialect, operands: Sequence[Range]) -> None:
        self.dialect, self.operands = dialect, operands
        self.bounded = dialect.bounds is not None
        self._done: dict[int, tuple[Expr, Range]] = {}

    def safe(self, expr: Expr) -> tuple[Expr, Range]:
        """The expression with its guards, and the range of its values."""
        if id(expr) not in self._done:
            self._done[id(expr)] = self._safe(expr)
        return self._done[id(expr)]

    def _safe(self, expr: Expr) -> tuple[Expr, Range]:
        if isinstance(expr, ex.Arg):
            return expr, self.operands[expr.index]
        if isinstance(expr, ex.Const):
            return expr, ranges.constant(expr.value)
        assert isinstance(expr, ex.Call)
        found = [self.safe(a) for a in expr.args]
        args, given = [e for e, _ in found], [r for _, r in found]
        if expr.fn == "where":
            same = tuple(args) == expr.args
            return (expr if same else where(*args)), choice(args, given)
        if self.bounded:
            args, given = self._in_range(expr.fn, args, given)
        made = expr if tuple(args) == expr.args else call(expr.fn, *args)
        value = ranges.called(expr.fn, given)
        if expr.fn == "mul" and args[0] == args[1]:
            value = value.within(0.0, math.inf)
        if expr.fn == "div" and given[1].zero and not self.dialect.arithmetic.divides_by_zero:
            made = quotient(args[0], args[1], self.dialect.arithmetic.has_infinity)
        if not self.dialect.arithmetic.has_infinity and any(r.infinite for r in given):
            made = of_infinity(expr.fn, made, args, given)
        if self.dialect.arithmetic.nan != "null" and any(r.nan for r in given):
            made = self._ordered(expr.fn, made, args, given)
        if expr.fn in self.dialect.arithmetic.undefined:
            made = self._defined(expr.fn, made, args[0], given[0])
        return made, self._bounded(expr.fn, value) if self.bounded else value

    def _ordered(self, fn: str, made: Expr, args: list[Expr], given: list[Range]) -> Expr:
        """Comparisons with NaN do not hold, and the least or greatest of it and a number is NaN."""
        order = self.dialect.arithmetic.nan
        nans = [call("isnan", a) for a, r in zip(args, given, strict=True) if r.nan]
        if fn in ("lt", "le", "gt", "ge") and order in ("greatest", "by sign"):
            for test in nans:
                made = call("and", call("not", test), made)
        if fn == "min" or (fn == "max" and order != "greatest"):
            for test in nans:
                made = where(test, math.nan, made)
        return made

    def _in_range(
        self, fn: str, args: list[Expr], given: list[Range]
    ) -> tuple[list[Expr], list[Range]]:
        """The arguments, held where the result might leave the range of numbers."""
        if fn in _COMPOSED:
            large = [r.size > LARGE for r in given]
            small = [r.least_size < 1 / LARGE for r in given]
        else:
            value = ranges.called(fn, given)
            over = fn in ("add", "sub", "mul", "div") and not value.size <= _MOST
            under = fn in ("mul", "div") and value.least_size < _LEAST
            large = [over or (under and fn == "div")] * len(args)
            small = [under or (over and fn == "div")] * len(args)
        held = list(zip(args, given, strict=True))
        for i, (e, r) in enumerate(held):
            if large[i] and r.size > LARGE:
                e, r = _held(self.dialect, e, r, LARGE)
            if small[i] and r.least_size < SMALL:
                e, r = _flushed(e), _flushed_range(r)
            held[i] = e, r
        return [e for e, _ in held], [r for _, r in held]

    def _bounded(self, fn: str, value: Range) -> Range:
        """What the dialect's own function gives, which is held."""
        if fn in ("exp", "sigmoid"):
            value = replace(value, least_size=_GRAIN, zero=True, grain=_GRAIN)
        if fn in ("pow", "pow_in_range"):
            value = replace(value, least_size=1 / LARGE, grain=1e-16 / LARGE)
        if fn in ("exp", "pow", "pow_in_range", "sinh", "cosh", "expm1"):
            value = replace(value, infinite=False).within(-LARGE, LARGE)
        return value

    def _defined(self, fn: str, made: Expr, arg: Expr, x: Range) -> Expr:
        """A function that loses NaN, or raises for infinity or a negative number."""
        if fn in ("sin", "cos", "tan"):
            return where(abs(arg) < math.inf, made, math.nan) if x.infinite or x.nan else made
        if fn == "sqrt":
            held = call("sqrt", ex.maximum(arg, 0.0))
            return where(call("lt", arg, 0.0), math.nan, held) if x.low < 0 else made
        return where(call("isnan", arg), math.nan, made) if x.nan else made
