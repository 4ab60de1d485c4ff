"""What comes of infinity where it is but a large number, and where a test keeps 0 away."""

from __future__ import annotations

import math
from dataclasses import replace

from keras2sql.graph import expr as ex
from keras2sql.graph import ranges
from keras2sql.graph.expr import Expr, call, where
from keras2sql.graph.ranges import Range

INFINITE = 1e100  # what infinity is to a database that has none


def of_infinity(fn: str, made: Expr, args: list[Expr], given: list[Range]) -> Expr:
    """NaN where it comes of infinities, which are but large numbers."""
    large = [call("ge", abs(a), INFINITE) for a in args]
    if fn in ("sin", "cos", "tan"):
        return where(large[0], math.nan, made)
    if fn in ("add", "sub") and all(r.infinite for r in given):
        opposite = call("eq", made, 0.0)
        return where(call("and", call("and", *large), opposite), math.nan, made)
    if fn == "div" and all(r.infinite for r in given):
        return where(call("and", *large), math.nan, made)
    if fn == "mul":
        for i, j in ((0, 1), (1, 0)):
            if given[i].infinite and given[j].zero:
                nothing = call("and", large[i], call("eq", args[j], 0.0))
                made = where(nothing, math.nan, made)
    return made


def choice(args: list[Expr], given: list[Range]) -> Range:
    """The range of ``where(test, a, b)``, in which the test may keep 0 away."""
    test, a, b = args
    first, second = given[1:]
    if isinstance(test, ex.Call) and test.args[1:] == (ex.Const(0.0),):
        if test.fn in ("gt", "lt", "ne") and test.args[0] == a:
            first = replace(first, zero=False)
        if test.fn == "gt" and test.args[0] == a:
            first = replace(first, low=max(first.low, 0.0))
        if test.fn == "eq" and test.args[0] == b:
            second = replace(second, zero=False)
    return ranges.hull([first, second])
