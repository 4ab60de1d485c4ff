"""What comes of infinity where it is but a large number, and where a test keeps 0 away."""

from __future__ import annotations

import math
from dataclasses import replace

from keras2sql.graph import expr as ex
from keras2sql.graph.expr import Expr, call, where
from keras2sql.graph.ranges import arithmetic
from keras2sql.graph.ranges.arithmetic import Range

INFINITE = 1e100  # what infinity is to a database that has none


def of_infinity(fn: str, made: Expr, args: list[Expr], given: list[Range]) -> Expr:
    """NaN where it comes of infinities, which are but large numbers."""
    is_large = [call("ge", abs(arg), INFINITE) for arg in args]
    all_can_be = all(x.infinite for x in given)
    if fn in ("sin", "cos", "tan"):
        return where(is_large[0], math.nan, made)
    if fn in ("add", "sub") and all_can_be:
        cancel_out = call("eq", made, 0.0)
        return where(call("and", call("and", *is_large), cancel_out), math.nan, made)
    if fn == "div" and all_can_be:
        return where(call("and", *is_large), math.nan, made)
    if fn == "mul":
        for one, other in ((0, 1), (1, 0)):
            if given[one].infinite and given[other].zero:
                is_zero = call("eq", args[other], 0.0)
                made = where(call("and", is_large[one], is_zero), math.nan, made)
    return made


def choice(args: list[Expr], given: list[Range]) -> Range:
    """The range of ``where(test, a, b)``, in which the test may keep 0 away."""
    test, a, b = args
    _, first, second = given
    if not isinstance(test, ex.Call) or test.args[1:] != (ex.Const(0.0),):
        return arithmetic.hull([first, second])
    tested = test.args[0]  # which is compared with 0
    if tested == a and test.fn in ("gt", "lt", "ne"):
        first = replace(first, zero=False)
    if tested == a and test.fn == "gt":
        first = replace(first, low=max(first.low, 0.0))
    if tested == b and test.fn == "eq":
        second = replace(second, zero=False)
    return arithmetic.hull([first, second])
