"""Scalar expressions: what a `Map` computes for each element.

An expression is an immutable tree of arguments, constants and calls of the functions
in `FUNCTIONS`.  It is evaluated by numpy here and spelled by a dialect elsewhere;
neither knows the other.  Python operators build it::

    X = Arg(0)
    softplus = maximum(X, 0) + log1p(exp(-abs(X)))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from keras2sql.graph import texts

Scalar = float | int | bool | str
Array = npt.NDArray[Any]


class Function(NamedTuple):
    """A scalar function: how many arguments, how numpy computes it, what it returns."""

    arity: int
    compute: Callable[..., Array]
    kind: str = "float"  # "float", "int", "bool" or "str"; "same" as its last argument


def _sigmoid(x: Array) -> Array:
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))


def _erf_series(x: Array) -> Array:
    """Exact to the last bit by the C library; numpy itself has no erf."""
    import math

    return np.asarray(np.vectorize(math.erf, otypes=[np.float64])(x), dtype=np.float64)


def _erfc_series(x: Array) -> Array:
    import math

    return np.asarray(np.vectorize(math.erfc, otypes=[np.float64])(x), dtype=np.float64)


def _round_half_even(x: Array) -> Array:
    return np.asarray(np.rint(x))


FUNCTIONS: dict[str, Function] = {
    "add": Function(2, np.add),
    "sub": Function(2, np.subtract),
    "mul": Function(2, np.multiply),
    "div": Function(2, np.divide),
    "neg": Function(1, np.negative),
    "abs": Function(1, np.abs),
    "max": Function(2, np.maximum),
    "min": Function(2, np.minimum),
    # In SQL "pow" takes a positive base; "pow_in_range" a result that is a number, besides, and so
    # does "exp_in_range"; "exp_in_bounds" one that is not 0, either.
    "pow": Function(2, np.power),
    "pow_in_range": Function(2, np.power),
    "mod": Function(2, np.mod),
    "exp": Function(1, np.exp),
    "exp_in_range": Function(1, np.exp),
    "exp_in_bounds": Function(1, np.exp),
    "expm1": Function(1, np.expm1),
    "log": Function(1, np.log),
    # "ln" is the logarithm of a number known to be positive: it goes unguarded into SQL.
    "ln": Function(1, np.log),
    "log1p": Function(1, np.log1p),
    "sqrt": Function(1, np.sqrt),
    "sin": Function(1, np.sin),
    "cos": Function(1, np.cos),
    "tan": Function(1, np.tan),
    "asin": Function(1, np.arcsin),
    "acos": Function(1, np.arccos),
    "atan": Function(1, np.arctan),
    "atan2": Function(2, np.arctan2),
    "sinh": Function(1, np.sinh),
    "cosh": Function(1, np.cosh),
    "tanh": Function(1, np.tanh),
    "asinh": Function(1, np.arcsinh),
    "acosh": Function(1, np.arccosh),
    "atanh": Function(1, np.arctanh),
    "erf": Function(1, _erf_series),
    "erfc": Function(1, _erfc_series),
    "sigmoid": Function(1, _sigmoid),
    "floor": Function(1, np.floor),
    "ceil": Function(1, np.ceil),
    "trunc": Function(1, np.trunc),
    "round": Function(1, _round_half_even),
    "sign": Function(1, np.sign),
    "lt": Function(2, np.less, "bool"),
    "le": Function(2, np.less_equal, "bool"),
    "gt": Function(2, np.greater, "bool"),
    "ge": Function(2, np.greater_equal, "bool"),
    "eq": Function(2, np.equal, "bool"),
    "ne": Function(2, np.not_equal, "bool"),
    "and": Function(2, np.logical_and, "bool"),
    "or": Function(2, np.logical_or, "bool"),
    "not": Function(1, np.logical_not, "bool"),
    "isnan": Function(1, np.isnan, "bool"),
    "where": Function(3, np.where, "same"),
    "absent": Function(1, texts.absent, "bool"),
    # Of texts: lower case and punctuation are those of ASCII; "spaced" makes all white space
    # blanks and leaves out what leads; words are what blanks part.
    "lower": Function(1, texts.lower, "str"),
    "strip_punctuation": Function(1, texts.strip_punctuation, "str"),
    "spaced": Function(1, texts.spaced, "str"),
    "first_word": Function(1, texts.first_word, "str"),
    "after_word": Function(1, texts.after_word, "str"),
    "character": Function(2, texts.character, "str"),
    # As Python has letters and words, all of Unicode's: "words" puts a blank on both sides of
    # each word, "without_words" takes away what is like a pattern, "occurrences" counts a text
    # that is there beside the same less its last character.
    "lower_unicode": Function(1, texts.lower_unicode, "str"),
    "words": Function(1, texts.words, "str"),
    "replace": Function(3, texts.replace, "str"),
    "without_words": Function(2, texts.without_words, "str"),
    "occurrences": Function(3, texts.occurrences),
}


class Expr:
    """A scalar expression; the operators build larger ones."""

    __slots__ = ()

    def __add__(self, other: ExprLike) -> Expr:
        return call("add", self, other)

    def __radd__(self, other: ExprLike) -> Expr:
        return call("add", other, self)

    def __sub__(self, other: ExprLike) -> Expr:
        return call("sub", self, other)

    def __rsub__(self, other: ExprLike) -> Expr:
        return call("sub", other, self)

    def __mul__(self, other: ExprLike) -> Expr:
        return call("mul", self, other)

    def __rmul__(self, other: ExprLike) -> Expr:
        return call("mul", other, self)

    def __truediv__(self, other: ExprLike) -> Expr:
        return call("div", self, other)

    def __rtruediv__(self, other: ExprLike) -> Expr:
        return call("div", other, self)

    def __neg__(self) -> Expr:
        return call("neg", self)

    def __abs__(self) -> Expr:
        return call("abs", self)

    def __lt__(self, other: ExprLike) -> Expr:
        return call("lt", self, other)

    def __le__(self, other: ExprLike) -> Expr:
        return call("le", self, other)

    def __gt__(self, other: ExprLike) -> Expr:
        return call("gt", self, other)

    def __ge__(self, other: ExprLike) -> Expr:
        return call("ge", self, other)


@dataclass(frozen=True, slots=True)
class Arg(Expr):
    """The element of the operand with this index."""

    index: int


@dataclass(frozen=True, slots=True)
class Const(Expr):
    """A number, a truth value or a text; None is no value."""

    value: Scalar | None


@dataclass(frozen=True, slots=True)
class Call(Expr):
    """A function of `FUNCTIONS` applied to expressions."""

    fn: str
    args: tuple[Expr, ...]


ExprLike = Expr | Scalar
X, Y, Z = Arg(0), Arg(1), Arg(2)


def as_expr(value: ExprLike) -> Expr:
    """A constant for a plain Python or numpy scalar; an expression stays itself."""
    if isinstance(value, Expr):
        return value
    return Const(value.item() if isinstance(value, np.generic) else value)


def call(fn: str, *args: ExprLike) -> Expr:
    """``fn(*args)``; the number of arguments is checked."""
    if len(args) != FUNCTIONS[fn].arity:
        raise TypeError(f"{fn} takes {FUNCTIONS[fn].arity} arguments, not {len(args)}")
    return Call(fn, tuple(as_expr(a) for a in args))


def maximum(a: ExprLike, b: ExprLike) -> Expr:
    return call("max", a, b)


def minimum(a: ExprLike, b: ExprLike) -> Expr:
    return call("min", a, b)


def exp(a: ExprLike) -> Expr:
    return call("exp", a)


def expm1(a: ExprLike) -> Expr:
    return call("expm1", a)


def log(a: ExprLike) -> Expr:
    return call("log", a)


def log1p(a: ExprLike) -> Expr:
    return call("log1p", a)


def sqrt(a: ExprLike) -> Expr:
    return call("sqrt", a)


def tanh(a: ExprLike) -> Expr:
    return call("tanh", a)


def sigmoid(a: ExprLike) -> Expr:
    return call("sigmoid", a)


def erf(a: ExprLike) -> Expr:
    return call("erf", a)


def power(a: ExprLike, b: ExprLike) -> Expr:
    return call("pow", a, b)


def where(condition: ExprLike, a: ExprLike, b: ExprLike) -> Expr:
    return call("where", condition, a, b)


def evaluate(expr: Expr, operands: Sequence[Any]) -> Any:
    """The value of `expr` by numpy; operands broadcast.  Overflow is silent, as in Keras."""
    memo: dict[int, Any] = {}

    def value(e: Expr) -> Any:
        if id(e) in memo:
            return memo[id(e)]
        if isinstance(e, Arg):
            out = operands[e.index]
        elif isinstance(e, Const):
            out = e.value
        else:
            assert isinstance(e, Call)
            out = FUNCTIONS[e.fn].compute(*(value(a) for a in e.args))
        memo[id(e)] = out
        return out

    with np.errstate(all="ignore"):
        return value(expr)


def arguments(expr: Expr) -> set[int]:
    """The indices of the operands that `expr` reads."""
    if isinstance(expr, Arg):
        return {expr.index}
    if isinstance(expr, Call):
        return set().union(*(arguments(a) for a in expr.args))
    return set()


def substitute(expr: Expr, by: Mapping[int, Expr]) -> Expr:
    """`expr` with each argument replaced by what `by` holds for its index."""
    if isinstance(expr, Arg):
        return by.get(expr.index, expr)
    if isinstance(expr, Call):
        return Call(expr.fn, tuple(substitute(a, by) for a in expr.args))
    return expr


def kind(expr: Expr, operands: Sequence[str]) -> str:
    """The kind of the value ("float", "int", "bool", "str"), from those of the operands."""
    if isinstance(expr, Arg):
        return operands[expr.index]
    if isinstance(expr, Const):
        return {bool: "bool", str: "str", int: "int"}.get(type(expr.value), "float")
    assert isinstance(expr, Call)
    returns = FUNCTIONS[expr.fn].kind
    return kind(expr.args[-1], operands) if returns == "same" else returns


def affine(expr: Expr, index: int) -> tuple[Expr, Expr] | None:
    """``(a, b)`` with ``expr == a * Arg(index) + b`` and neither reading that argument.

    None where `expr` is not affine in it (or not visibly so).
    """
    if index not in arguments(expr):
        return Const(0.0), expr
    if isinstance(expr, Arg):
        return Const(1.0), Const(0.0)
    assert isinstance(expr, Call)
    if expr.fn == "neg":
        inner = affine(expr.args[0], index)
        return inner and (-inner[0], -inner[1])
    if expr.fn in ("add", "sub"):
        left, right = affine(expr.args[0], index), affine(expr.args[1], index)
        if left is None or right is None:
            return None
        return call(expr.fn, left[0], right[0]), call(expr.fn, left[1], right[1])
    if expr.fn in ("mul", "div"):
        a, b = expr.args
        if index not in arguments(b):
            inner = affine(a, index)
            return inner and (call(expr.fn, inner[0], b), call(expr.fn, inner[1], b))
        if expr.fn == "mul" and index not in arguments(a):
            inner = affine(b, index)
            return inner and (a * inner[0], a * inner[1])
    return None


def rises(expr: Expr) -> bool:
    """Whether `expr`, of one argument, never falls as that rises.

    False where that is not visible.
    """
    if not isinstance(expr, Call):
        return True
    if expr.fn in ("max", "min", "add", "tanh", "sigmoid", "exp", "expm1", "floor", "ceil"):
        return all(rises(a) for a in expr.args)
    if expr.fn in ("sub", "mul", "div"):
        a, b = expr.args
        if expr.fn == "mul" and isinstance(a, Const):
            a, b = b, a
        if not isinstance(b, Const) or b.value is None or isinstance(b.value, str):
            return False
        return (expr.fn == "sub" or b.value > 0) and rises(a)
    return False
