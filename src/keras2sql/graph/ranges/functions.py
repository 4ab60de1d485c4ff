"""Ranges of scalar functions, those of `graph.expr`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph.ranges.arithmetic import (
    TRUTH,
    Range,
    added,
    divided,
    hull,
    multiplied,
    negated,
    rounded,
)

_RISING = frozenset({"exp", "expm1", "tanh", "floor", "ceil", "trunc", "round"})
_BOUNDED: dict[str, tuple[float, float]] = {
    "sigmoid": (0.0, 1.0),
    "erf": (-1.0, 1.0),
    "erfc": (0.0, 2.0),
    "sin": (-1.0, 1.0),
    "cos": (-1.0, 1.0),
    "sign": (-1.0, 1.0),
    "asin": (-1.6, 1.6),
    "acos": (0.0, 3.2),
    "atan": (-1.6, 1.6),
    "atan2": (-3.2, 3.2),
}
# Numbers that are not 0 stay as far from it, but for half of them or so.
_NEAR = frozenset({"sin", "tan", "sinh", "tanh", "asin", "atan", "asinh", "atanh", "expm1"})
_TINY = 1e-18  # of what is the difference of two numbers near 1
_LEAST = {"sigmoid": 1e-100, "erfc": 1e-102, "atan2": 0.0, "sign": 1.0}
_LOGARITHM = 745.0
_LONGEST = 1e10  # more words than any text has


def called(fn: str, args: Sequence[Range]) -> Range:
    """The range of a scalar function of these."""
    rule = _RULES.get(fn)
    if rule is not None:
        return rule(*args)
    return rounded(_of_function(fn, args))


def _of_function(fn: str, args: Sequence[Range]) -> Range:
    if ex.FUNCTIONS[fn].kind == "bool":
        return TRUTH
    first = args[0]
    nan = any(a.nan for a in args)
    if fn in _BOUNDED:
        low, high = _BOUNDED[fn]
        least = first.least_size / 2 if fn in _NEAR else _LEAST.get(fn, _TINY)
        lost = fn in ("sin", "cos", "asin", "acos") and first.infinite
        return Range(low, high, least, nan=nan or lost)
    if fn in _RISING:
        return _rising(fn, first)
    if fn == "occurrences":
        return Range(0.0, _LONGEST, 1.0, nan=True, grain=1.0)
    return Range(infinite=True, nan=True)


def _rising(fn: str, x: Range) -> Range:
    compute = ex.FUNCTIONS[fn].compute
    with np.errstate(all="ignore"):
        low, high = (float(compute(np.asarray(end))) for end in (x.low, x.high))
    least = x.least_size / 2 if fn in _NEAR else 1.0
    if fn == "exp":
        least = low
    zero = fn != "exp" or low == 0
    overflows = fn in ("exp", "expm1") and math.isinf(high)
    infinite = overflows or (x.infinite and fn != "tanh")
    return Range(low, high, least, zero, infinite, x.nan).within(low, high)


def _absolute(x: Range) -> Range:
    low = max(0.0, x.low, -x.high)
    return Range(low, x.size, x.least_size, x.zero, x.infinite, x.nan, x.grain)


def _greatest(a: Range, b: Range) -> Range:
    return hull([a, b]).within(max(a.low, b.low), max(a.high, b.high))


def _smallest(a: Range, b: Range) -> Range:
    return negated(_greatest(negated(a), negated(b)))


def _root(x: Range) -> Range:
    low, high = math.sqrt(max(x.low, 0.0)), math.sqrt(max(x.high, 0.0))
    nan = x.nan or x.low < 0
    return rounded(Range(low, high, math.sqrt(x.least_size), x.zero, x.infinite, nan))


def _logarithm(x: Range) -> Range:
    nan, infinite = x.nan or x.low < 0, x.infinite or x.zero
    return rounded(Range(-_LOGARITHM, _LOGARITHM, _TINY, True, infinite, nan))


def _logarithm_of_more(x: Range) -> Range:
    nan, infinite = x.nan or x.low < -1, x.infinite or x.low <= -1
    low = math.log1p(x.low) if x.low > -1 else -_LOGARITHM
    high = math.log1p(x.high) if -1 < x.high < math.inf else _LOGARITHM
    return rounded(Range(low, high, min(_TINY, x.least_size / 2), True, infinite, nan))


def _power(x: Range, y: Range) -> Range:
    return Range(0.0, math.inf, 0.0, True, True, x.nan or y.nan)


def _remainder(x: Range, y: Range) -> Range:
    nan, grain = x.nan or y.nan or y.zero or x.infinite, min(x.grain, y.grain)
    return Range(-y.size, y.size, grain, True, False, nan, grain)


_RULES: dict[str, Callable[..., Range]] = {
    "add": added,
    "sub": lambda a, b: added(a, negated(b)),
    "mul": multiplied,
    "div": divided,
    "neg": negated,
    "abs": _absolute,
    "max": _greatest,
    "min": _smallest,
    "sqrt": _root,
    "ln": _logarithm,
    "log": _logarithm,
    "log1p": _logarithm_of_more,
    "pow": _power,
    "pow_in_range": _power,
    "mod": _remainder,
}
