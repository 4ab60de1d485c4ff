"""Functions that are not defined everywhere, in the form that no database trips over.

Keras gives infinity or NaN outside of a function's domain.  Databases raise an error
there (PostgreSQL), give NULL (SQLite) or the same.  So the argument is tested first, and
held inside: what several expressions share is computed in a step before the test.
Neither is done where the argument is known not to leave the domain: a constant that holds
no zero, or a tensor whose `bounds` say so, as below a softmax or a layer normalisation.
"""

from __future__ import annotations

import math

from keras2sql.graph import expr as ex
from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import Expr, ExprLike, X, Y, call, maximum, minimum, sqrt, where
from keras2sql.graph.functions import log1p_anywhere
from keras2sql.graph.probabilities import bounds


def nonzero(b: ExprLike) -> Expr:
    """`b`, and 1 in place of 0."""
    return where(call("eq", b, 0.0), 1.0, b)


def divide(a: ExprLike, b: ExprLike, at_zero: ExprLike) -> Expr:
    """``a / b``; `at_zero` for a divisor 0.  The infinity and NaN of a plain quotient need none
    of this: lowering guards it where it has to."""
    return where(call("eq", b, 0.0), at_zero, call("div", a, nonzero(b)))


def square_root(a: ExprLike) -> Expr:
    return where(call("lt", a, 0.0), math.nan, sqrt(maximum(a, 0.0)))


def inverse_root(a: ExprLike) -> Expr:
    """``1 / sqrt(a)``."""
    inside = call("gt", a, 0.0)
    outside = where(call("eq", a, 0.0), math.inf, math.nan)
    return where(inside, 1.0 / sqrt(where(inside, a, 1.0)), outside)


def within(fn: str, least: float, most: float = math.inf) -> Expr:
    """A function of X, and NaN outside of these bounds."""
    held = maximum(X, least) if most == math.inf else minimum(maximum(X, least), most)
    return where(call("eq", X, held), call(fn, held), math.nan)


def arctanh() -> Expr:
    inside = call("lt", abs(X), 1.0)
    ends = where(call("eq", X, 1.0), math.inf, where(call("eq", X, -1.0), -math.inf, math.nan))
    return where(inside, call("atanh", where(inside, X, 0.0)), ends)


def power() -> Expr:
    """``X ** Y`` for any two numbers; `pow` alone takes a positive base.

    Tests of an exponent that is a constant fall away when cells are made.
    """
    size = call("pow", nonzero(abs(X)), Y)
    at_zero = where(Y > 0.0, 0.0, where(Y < 0.0, math.inf, where(call("eq", Y, 0.0), 1.0, Y)))
    half = 0.5 * Y
    sign = where(call("eq", half, call("floor", half)), 1.0, -1.0)
    root = where(call("eq", X, -math.inf), size, math.nan)
    negative = where(call("eq", Y, call("floor", Y)), sign * size, root)
    return where(X > 0.0, size, where(call("eq", X, 0.0), at_zero, negative))


def whole_quotient() -> Expr:
    """``X // Y``, the greatest whole number that is not above the quotient.

    Of a finite number by an infinite one it is 0 or -1, by their signs.
    """
    other_sign = call("or", call("and", X < 0.0, Y > 0.0), call("and", X > 0.0, Y < 0.0))
    by_infinity = where(abs(X) < math.inf, where(other_sign, -1.0, 0.0), math.nan)
    remains = where(call("eq", Y, 0.0), 0.0, call("mod", X, Y))
    quotient = call("floor", (X - remains) / Y + 0.5)
    return where(call("eq", abs(Y), math.inf), by_infinity, quotient)


def remainder() -> Expr:
    """C's ``fmod(X, Y)``, of the sign of X; of a number below Y in size, the number itself."""
    rest = call("mod", abs(X), abs(Y))
    return where(abs(X) < abs(Y), X, where(X < 0.0, -rest, rest))


def hypotenuse() -> Expr:
    """``sqrt(X * X + Y * Y)`` without these squares, which are infinite sooner than the root."""
    longer, shorter = maximum(abs(X), abs(Y)), minimum(abs(X), abs(Y))
    share = shorter / nonzero(longer)
    finite = longer * sqrt(1.0 + share * share)
    one_infinite = call("or", call("eq", abs(X), math.inf), call("eq", abs(Y), math.inf))
    return where(one_infinite, math.inf, finite)


_MOST_FACTORS = 3  # a product of so many features overflows nowhere


def raised(graph: Builder, x: Tensor, y: Tensor) -> Tensor:
    """``x ** y``; by multiplication where y is a small whole number."""
    exponent = y.constant
    if exponent is not None and exponent.size == 1:
        n = float(exponent.reshape(-1)[0])
        if n in range(1, _MOST_FACTORS + 1) and len(y.shape) <= len(x.shape):
            product: Expr = X
            for _ in range(int(n) - 1):
                product = product * X
            return graph.map(product, x)
        if n == 0.5 and len(y.shape) <= len(x.shape):
            return root(graph, x)
    if bounds(x)[0] > 0:
        return graph.map(call("pow", X, Y), x, y)
    return graph.map(power(), x, y)


# -- the shorter form where the operand allows it


def root(graph: Builder, x: Tensor) -> Tensor:
    return graph.map(sqrt(X) if bounds(x)[0] >= 0 else square_root(X), x)


def log1p(graph: Builder, x: Tensor) -> Tensor:
    return graph.map(log1p_anywhere(above=bounds(x)[0] > -1), x)


def reciprocal_root(graph: Builder, x: Tensor) -> Tensor:
    return graph.map(1.0 / sqrt(X) if bounds(x)[0] > 0 else inverse_root(X), x)


def logarithm(graph: Builder, x: Tensor, base: float = math.e) -> Tensor:
    known = call("ln", X) if bounds(x)[0] > 0 else ex.log(X)
    return graph.map(known if base == math.e else known * (1 / math.log(base)), x)
