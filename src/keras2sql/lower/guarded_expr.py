"""Guards inside of one scalar expression: see `guarded`.

An expression is rewritten together with the `Range` of its values, from its arguments upwards, so
that a guard is written only where a value can be what it guards against.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from keras2sql.dialects.base import Dialect
from keras2sql.graph import expr as ex
from keras2sql.graph.expr import Expr, call, where
from keras2sql.graph.ranges import arithmetic, functions
from keras2sql.graph.ranges.arithmetic import Range
from keras2sql.lower.identities import IDENTITIES
from keras2sql.lower.infinities import choice, of_infinity

LARGE = 1e150
"""Counts as infinite where a product might raise: far beyond 32 bit, and its square is in range."""
SMALL = 1e-100
"""What is smaller may count as 0 there."""
MOST = 1e305
"""The size up to which the result of an operation is surely in range."""
LEAST = 1e-320
"""The size down to which it is."""
GRAIN = 2.0**-332
"""What the numbers of a database whose numbers are held are multiples of."""

_FLUSH = 1e-84  # added and taken away again, it leaves multiples of that grain

# Functions that some dialects compose, of squares and quotients of their arguments.
_COMPOSED = {"tanh", "sinh", "cosh", "asinh", "acosh", "atanh", "log1p", "expm1", "erf", "erfc"}
_COMPOSED |= {"pow", "pow_in_range", "mod"}

_ORDERING = ("lt", "le", "gt", "ge")
_PERIODIC = ("sin", "cos", "tan")
_GROWING = ("exp", "pow", "pow_in_range", "sinh", "cosh", "expm1")


@dataclass(frozen=True)
class Guarded:
    """An expression, and the range of its values."""

    expr: Expr
    range: Range


def held(dialect: Dialect, e: Expr, x: Range, most: float) -> Guarded:
    """`e` of the range `x`, with what is larger than `most` infinite, or, where there is no
    infinity, that large."""
    has_infinity = dialect.arithmetic.has_infinity
    low = max(x.low, -most)
    high = min(x.high, most)
    within = replace(x, low=low, high=high, infinite=has_infinity)
    if has_infinity:
        return Guarded(where(abs(e) <= most, e, e * math.inf), within)
    clipped = ex.maximum(ex.minimum(e, most), -most)
    return Guarded(clipped, within)


def flushed(e: Expr, x: Range) -> Guarded:
    """`e` of the range `x`, with what is smaller than `SMALL` being 0."""
    rounded = e + _FLUSH - _FLUSH
    becomes_zero = x.least_size < SMALL
    return Guarded(
        rounded,
        replace(
            x,
            least_size=max(x.least_size, GRAIN),
            zero=x.zero or becomes_zero,
            grain=max(x.grain, GRAIN),
        ),
    )


def quotient(a: Expr, b: Expr, infinite: bool) -> Expr:
    """``a / b`` where `b` may be 0; `infinite`: whether there is infinity, that NaN comes of."""
    by_zero = call("eq", b, 0.0)
    if infinite:
        at_zero = a * math.inf
    else:
        below = where(call("lt", a, 0.0), -math.inf, math.nan)
        at_zero = where(call("gt", a, 0.0), math.inf, below)
    divisor = where(by_zero, 1.0, b)  # which a database may compute before it asks for 0
    return where(by_zero, at_zero, call("div", a, divisor))


class ExpressionGuards:
    """Guards expressions whose arguments have the ranges `operands`, by their position."""

    def __init__(self, dialect: Dialect, operands: Sequence[Range]) -> None:
        self.dialect = dialect
        self.operands = operands
        self.bounded = dialect.bounds is not None
        # By identity: one part may stand in many places of an expression.
        self._done: dict[int, Guarded] = {}

    def guarded(self, expr: Expr) -> Guarded:
        """The expression with its guards, and the range of its values."""
        if id(expr) not in self._done:
            self._done[id(expr)] = self._guarded(expr)
        return self._done[id(expr)]

    def _guarded(self, expr: Expr) -> Guarded:
        if isinstance(expr, ex.Arg):
            return Guarded(expr, self.operands[expr.index])
        if isinstance(expr, ex.Const):
            return Guarded(expr, arithmetic.constant(expr.value))
        assert isinstance(expr, ex.Call)
        args = [self.guarded(arg) for arg in expr.args]
        if expr.fn == "where":
            return _choice(expr, args)
        return self._call(expr, args)

    def _call(self, expr: ex.Call, operands: list[Guarded]) -> Guarded:
        """A function of guarded arguments, with the guards that it needs itself."""
        fn = expr.fn
        arithmetic = self.dialect.arithmetic
        if self.bounded:
            operands = self._in_range(fn, operands)
        args = [operand.expr for operand in operands]
        given = [operand.range for operand in operands]

        made = _same_or_new(expr, args)
        value = functions.called(fn, given)
        if fn == "mul" and args[0] == args[1]:  # a square
            value = value.within(0.0, math.inf)

        if fn == "div" and given[1].zero and not arithmetic.divides_by_zero:
            made = quotient(args[0], args[1], arithmetic.has_infinity)
        if not arithmetic.has_infinity and any(r.infinite for r in given):
            made = of_infinity(fn, made, args, given)
        if arithmetic.nan != "null" and any(r.nan for r in given):
            made = self._with_nan_in_order(fn, made, operands)
        if fn in arithmetic.undefined:
            made = _defined(fn, made, operands[0])
        elif arithmetic.nan != "null" and self._is_composed(fn):
            made = _of_numbers(made, operands)

        if self.bounded:
            value = _range_of_own(fn, value)
        return Guarded(made, value)

    def _is_composed(self, fn: str) -> bool:
        """Whether an identity stands in for the function, whose comparisons and whose own
        functions may make a number of NaN: it is spelled later, without guards."""
        return fn in IDENTITIES and (not self.dialect.has(fn) or fn in self.dialect.slow)

    def _with_nan_in_order(self, fn: str, made: Expr, operands: list[Guarded]) -> Expr:
        """Comparisons with NaN do not hold, and the least or greatest of it and a number is NaN."""
        order = self.dialect.arithmetic.nan
        tests = [call("isnan", operand.expr) for operand in operands if operand.range.nan]
        if fn in _ORDERING and order in ("greatest", "by sign"):
            for test in tests:
                made = call("and", call("not", test), made)
        if fn == "min" or (fn == "max" and order != "greatest"):
            for test in tests:
                made = where(test, math.nan, made)
        return made

    def _in_range(self, fn: str, operands: list[Guarded]) -> list[Guarded]:
        """The arguments, held where the result might leave the range of numbers."""
        if fn in _COMPOSED:
            return [self._in_range_of_squares(operand) for operand in operands]
        value = functions.called(fn, [operand.range for operand in operands])
        overflows = fn in ("add", "sub", "mul", "div") and not value.size <= MOST
        underflows = fn in ("mul", "div") and value.least_size < LEAST
        if fn == "div":  # a small divisor makes a large number, and the other way round
            overflows = underflows = overflows or underflows
        return [self._limited(operand, overflows, underflows) for operand in operands]

    def _in_range_of_squares(self, operand: Guarded) -> Guarded:
        """An argument whose square a composed function takes, or its reciprocal."""
        large = operand.range.size > LARGE
        small = operand.range.least_size < 1 / LARGE
        return self._limited(operand, large, small)

    def _limited(self, operand: Guarded, no_larger: bool, no_smaller: bool) -> Guarded:
        """An argument that is `LARGE` at most and, where it is not 0, `SMALL` at least, as asked
        for."""
        if no_larger and operand.range.size > LARGE:
            operand = held(self.dialect, operand.expr, operand.range, LARGE)
        if no_smaller and operand.range.least_size < SMALL:
            operand = flushed(operand.expr, operand.range)
        return operand


def _same_or_new(expr: ex.Call, args: Sequence[Expr]) -> Expr:
    """The call of these arguments: `expr` itself where no guard has changed one."""
    if tuple(args) == expr.args:
        return expr
    if expr.fn == "where":
        return where(*args)
    return call(expr.fn, *args)


def _choice(expr: ex.Call, operands: list[Guarded]) -> Guarded:
    args = [operand.expr for operand in operands]
    given = [operand.range for operand in operands]
    return Guarded(_same_or_new(expr, args), choice(args, given))


def _range_of_own(fn: str, value: Range) -> Range:
    """The range of what the dialect's own function gives, which is held."""
    if fn in ("exp", "sigmoid"):
        value = replace(value, least_size=GRAIN, zero=True, grain=GRAIN)
    if fn in ("pow", "pow_in_range"):
        value = replace(value, least_size=1 / LARGE, grain=1e-16 / LARGE)
    if fn in _GROWING:
        value = replace(value, infinite=False).within(-LARGE, LARGE)
    return value


def _defined(fn: str, made: Expr, operand: Guarded) -> Expr:
    """A function that loses NaN, or raises for infinity or a negative number."""
    arg, x = operand.expr, operand.range
    if fn in _PERIODIC:
        if not (x.infinite or x.nan):
            return made
        return where(abs(arg) < math.inf, made, math.nan)
    if fn == "sqrt":
        may_be_negative = x.low < 0
        if not may_be_negative:
            return made
        root = call("sqrt", ex.maximum(arg, 0.0))
        return where(call("lt", arg, 0.0), math.nan, root)
    return _of_numbers(made, [operand])


def _of_numbers(made: Expr, operands: Sequence[Guarded]) -> Expr:
    """`made`, and NaN where one of its operands is."""
    for operand in operands:
        if operand.range.nan:
            made = where(call("isnan", operand.expr), math.nan, made)
    return made
