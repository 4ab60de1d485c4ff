"""What stands in for a scalar function that a dialect does not spell.

Each identity is accurate to a few units in the last place over the whole range, small
arguments included, and neither overflows nor raises where the function itself is finite,
not even in a part that the CASE around it leaves out: parts may be computed before it.
"""

from __future__ import annotations

import math

from keras2sql.graph import expr as ex
from keras2sql.graph.expr import Expr, X, Y, call, exp, maximum, minimum, where

# By tools/fit_erf.py: in powers of u, lowest first.
ERF_POLYNOMIAL = (
    -0.5014367259211941,
    0.5153126870212842,
    0.005570761974861326,
    -0.021523642465411375,
    0.0004935317206162211,
    0.0020287640450708526,
    -0.0003302199972833441,
    -0.00019494556456968944,
    8.147013121134481e-05,
    9.023229752243822e-06,
    -1.36012055653271e-05,
    2.117562533281115e-06,
    1.4091650871645508e-06,
    -6.942854367610564e-07,
    -8.427007899189324e-09,
    1.040409296875347e-07,
    -2.8580502513456496e-08,
    -7.559853861426372e-09,
    5.528882835949396e-09,
    2.7450226804702058e-11,
    -4.408545494154179e-10,
)


def _tail() -> Expr:
    """``erfc(|x|) = t exp(-x^2 + P(u))`` with t = 2 / (2 + |x|) and u = (t - 0.625) / 0.375.

    P is the Chebyshev fit of log(erfc(x) / t) + x^2, written as a plain polynomial; the
    largest error of erf is 5e-16.
    """
    # Beyond 6 erf is 1 to the last bit; the bound keeps the square small.
    size = minimum(abs(X), 6.0)
    t = 2.0 / (2.0 + size)
    u = (t - 0.625) / 0.375
    p: Expr = ex.Const(ERF_POLYNOMIAL[-1])
    for coefficient in reversed(ERF_POLYNOMIAL[:-1]):
        p = p * u + coefficient
    return t * exp(p - size * size)


_TAIL = _tail()
_NO_DIVISOR = call("eq", Y, 0.0)
_IN_RANGE = abs(Y * call("ln", X)) < 340.0


def _tanh() -> Expr:
    """Lambert's continued fraction where 1 - 2 / (exp(2x) + 1) would lose digits.

    Its last two levels are one division, so that the square is written four times at most.
    """
    square = X * X
    level: Expr = 18.0 - 1089.0 / (99.0 + square)
    for odd in (5.0, 3.0, 1.0):
        level = odd + square / level
    return where(abs(X) < 0.3, X / level, 1.0 - 2.0 / (exp(2.0 * X) + 1.0))


def _sinh() -> Expr:
    """Its series near 0, where the difference of two numbers near 1 would lose digits."""
    square = X * X
    series: Expr = 1.0 + square / 110.0
    for product in (72.0, 42.0, 20.0, 6.0):
        series = 1.0 + square / product * series
    return where(abs(X) < 0.3, X * series, 0.5 * (exp(X) - exp(-X)))


def _log1p(x: Expr) -> Expr:
    """``ln(w) x / (w - 1)`` with w = 1 + x as rounded: the quotient takes the rounding back
    (after W. Kahan)."""
    w = 1.0 + x
    same = call("eq", w, 1.0)
    return where(same, x, call("ln", w) * (x / where(same, 1.0, w - 1.0)))


def _odd(of_size: Expr) -> Expr:
    """An odd function, from what it is for ``abs(X)``."""
    return where(X < 0.0, -of_size, of_size)


def _asinh() -> Expr:
    size = minimum(abs(X), 1e100)  # whose square is in range
    square = size * size
    return _odd(_log1p(size + square / (1.0 + call("sqrt", 1.0 + square))))


def _acosh() -> Expr:
    above = minimum(X - 1.0, 1e100)
    return _log1p(above + call("sqrt", above * (above + 2.0)))


IDENTITIES: dict[str, Expr] = {
    # Where numbers are held: 1e100 for all that is larger, and 0 for what is smaller than 1e-100.
    "exp": call("exp_in_range", minimum(X, 230.0)) + 1e-84 - 1e-84,
    "exp_in_range": call("exp_in_bounds", maximum(X, -690.0)),
    "sigmoid": 1.0 / (1.0 + exp(-X)),
    "erf": where(call("ge", X, 0.0), 1.0 - _TAIL, _TAIL - 1.0),
    "erfc": where(call("ge", X, 0.0), _TAIL, 2.0 - _TAIL),
    # ln() of zero is an error in some engines and NULL in others.
    "log": where(X > 0.0, call("ln", X), where(call("eq", X, 0.0), -math.inf, math.nan)),
    "log1p": 2.0 * call("atanh", X / (X + 2.0)),
    "expm1": call("tanh", 0.5 * X) * (exp(X) + 1.0),
    "tanh": _tanh(),
    "sinh": _sinh(),
    "asinh": _asinh(),
    "acosh": _acosh(),
    "atanh": 0.5 * _odd(_log1p(2.0 * abs(X) / (1.0 - abs(X)))),
    "cosh": 0.5 * (exp(X) + exp(-X)),
    "sign": where(X > 0.0, 1.0, where(X < 0.0, -1.0, 0.0)),
    "max": where(call("ge", X, Y), X, Y),
    "min": where(call("le", X, Y), X, Y),
    "mod": where(_NO_DIVISOR, math.nan, X - call("floor", X / where(_NO_DIVISOR, 1.0, Y)) * Y),
    "pow": where(
        _IN_RANGE, call("pow_in_range", X, where(_IN_RANGE, Y, 0.0)), exp(Y * call("ln", X))
    ),
    "isnan": call("not", call("le", X, math.inf)),
    # Where there is neither, round() is the database's own.
    "floor": call("round", X) - where(call("round", X) > X, 1.0, 0.0),
    "ceil": -call("floor", -X),
    "trunc": where(X < 0.0, call("ceil", X), call("floor", X)),
    "round": where(
        call("eq", abs(X - call("trunc", X)), 0.5),
        2.0 * call("trunc", (X + call("sign", X) * 0.5) * 0.5),
        call("floor", X + 0.5),
    ),
}

# The same where a database lacks the function that the identity is made of.
WITHOUT: dict[str, tuple[str, Expr]] = {
    "log1p": ("atanh", _log1p(X)),
    # exp() is held there to what is no small number beside the largest: their product is not 0.
    "sigmoid": ("exp", 1.0 / (1.0 + call("exp_in_range", minimum(-X, 345.0))) + 1e-84 - 1e-84),
}
