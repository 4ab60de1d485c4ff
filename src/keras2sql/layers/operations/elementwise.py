"""Operations element by element: one table of scalar expressions for each kind of operand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from keras2sql.graph import expr as ex
from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import Expr, X, Y, call, exp, maximum, minimum, where
from keras2sql.graph.ops import ShapeError
from keras2sql.layers.operations import guards
from keras2sql.layers.operations.operation import (
    aligned,
    constant_of,
    number,
    numbers,
    operation,
    refuse,
    same,
    tensor_of,
    truth,
)
from keras2sql.layers.registry import Refused
from keras2sql.layers.whole import NARROW, is_integer, type_of

_INFINITE = call("eq", abs(X), math.inf)
_NAN = call("isnan", X)
_NOT_NAN = call("not", _NAN)
# Neither above nor below 0 is 0 or NaN, and each is its own sign.
_SIGN = where(X > 0.0, 1.0, where(X < 0.0, -1.0, X))
_MOD = call("mod", X, Y)
_TRUE = call("le", 0.0, 1.0)

refuse("its values are whatever memory holds", "EmptyLike")

# Of numbers; truth values count as 0 and 1.
NUMERIC: dict[str, Expr] = {
    "Abs": abs(X),
    "Absolute": abs(X),
    "Add": X + Y,
    "Angle": where(X < 0.0, math.pi, where(X >= 0.0, 0.0, X)),
    "Arccos": guards.within("acos", -1.0, 1.0),
    "Arccosh": guards.within("acosh", 1.0),
    "Arcsin": guards.within("asin", -1.0, 1.0),
    "Arcsinh": call("asinh", X),
    "Arctan": call("atan", X),
    "Arctan2": call("atan2", X, Y),
    "Arctanh": guards.arctanh(),
    "Cbrt": _SIGN * call("pow", guards.nonzero(abs(X)), 1 / 3),
    "Ceil": call("ceil", X),
    "Cos": call("cos", X),
    "Cosh": call("cosh", X),
    "Deg2rad": X * (math.pi / 180),
    "Divide": X / Y,
    "DivideNoNan": guards.divide(X, Y, 0.0),
    "Equal": call("eq", X, Y),
    "Erf": ex.erf(X),
    "Erfc": call("erfc", X),
    "Exp": exp(X),
    "Exp2": call("pow", 2.0, X),
    "Expm1": ex.expm1(X),
    "Fabs": abs(X),
    "Floor": call("floor", X),
    "FloorDivide": guards.whole_quotient(),
    "Fmax": where(_NAN, Y, where(call("isnan", Y), X, maximum(X, Y))),
    "Fmin": where(_NAN, Y, where(call("isnan", Y), X, minimum(X, Y))),
    "Fmod": guards.remainder(),
    "Greater": X > Y,
    "GreaterEqual": X >= Y,
    "Heaviside": where(X < 0.0, 0.0, where(X > 0.0, 1.0, where(call("eq", X, 0.0), Y, X))),
    "Hypot": guards.hypotenuse(),
    "Imag": where(_TRUE, 0.0, X),
    "Isfinite": call("and", _NOT_NAN, abs(X) < math.inf),
    "Isinf": call("and", _NOT_NAN, _INFINITE),
    "Isnan": _NAN,
    "Isneginf": call("and", _NOT_NAN, call("eq", X, -math.inf)),
    "Isposinf": call("and", _NOT_NAN, call("eq", X, math.inf)),
    "Isreal": _TRUE,
    "Ldexp": X * call("pow", 2.0, Y),
    "Less": X < Y,
    "LessEqual": X <= Y,
    # Of two that are the same, so that two infinite ones have no difference.
    "Logaddexp": where(
        call("eq", X, Y), X + math.log(2), maximum(X, Y) + ex.log1p(exp(-abs(X - Y)))
    ),
    "Logaddexp2": where(
        call("eq", X, Y),
        X + 1.0,
        maximum(X, Y) + ex.log1p(exp(-math.log(2) * abs(X - Y))) / math.log(2),
    ),
    "Maximum": maximum(X, Y),
    "Minimum": minimum(X, Y),
    "Mod": _MOD,
    "Multiply": X * Y,
    "Negative": -X,
    "NotEqual": call("ne", X, Y),
    "Rad2deg": X * (180 / math.pi),
    "Reciprocal": 1.0 / X,
    "Sign": _SIGN,
    "Signbit": X < 0.0,
    "Sin": call("sin", X),
    "Sinc": guards.divide(call("sin", math.pi * X), math.pi * X, 1.0),
    "Sinh": call("sinh", X),
    "Square": X * X,
    "Subtract": X - Y,
    "Tan": call("tan", X),
    "Tanh": ex.tanh(X),
    "TrueDivide": X / Y,
    "Trunc": call("trunc", X),
}

# Of truth values; numbers count as whether they differ from 0.
LOGICAL: dict[str, Expr] = {
    "LogicalAnd": call("and", X, Y),
    "LogicalNot": call("not", X),
    "LogicalOr": call("or", X, Y),
    "LogicalXor": call("ne", X, Y),
}

# What these become where all operands are truth values, as in numpy and JAX.
OF_TRUTHS: dict[str, Expr] = {
    "Add": call("or", X, Y),
    "BitwiseAnd": call("and", X, Y),
    "BitwiseInvert": call("not", X),
    "BitwiseNot": call("not", X),
    "BitwiseOr": call("or", X, Y),
    "BitwiseXor": call("ne", X, Y),
    "Maximum": call("or", X, Y),
    "Minimum": call("and", X, Y),
    "Multiply": call("and", X, Y),
}

# Domains to guard, unless the operands are known to keep to them.
GUARDED: dict[str, Callable[..., Tensor]] = {
    "Log": guards.logarithm,
    "Log1p": guards.log1p,
    "Log10": lambda graph, x: guards.logarithm(graph, x, 10.0),
    "Log2": lambda graph, x: guards.logarithm(graph, x, 2.0),
    "Power": guards.raised,
    "Rsqrt": guards.reciprocal_root,
    "Sqrt": guards.root,
}

# Real numbers, computed without gradients, are what these give back.
IDENTITIES = (
    "Array",
    "Conj",
    "Conjugate",
    "ConvertToTensor",
    "Copy",
    "Real",
    "StopGradient",
)


def _elementwise(name: str) -> Callable[..., Tensor]:
    def convert(graph: Builder, x1: Any, x2: Any = None) -> Tensor:
        xs = aligned(graph, x1) if x2 is None else aligned(graph, x1, x2)
        if name in OF_TRUTHS and all(x.kind == "bool" for x in xs):
            return graph.map(OF_TRUTHS[name], *xs)
        if name in LOGICAL:
            return graph.map(LOGICAL[name], *(truth(graph, x) for x in xs))
        xs = [number(graph, x) for x in xs]
        if name in GUARDED:
            return GUARDED[name](graph, *xs)
        if name not in NUMERIC:
            raise Refused("it works on the bits of whole numbers")
        return graph.map(NUMERIC[name], *xs)

    return convert


for _name in {**NUMERIC, **LOGICAL, **OF_TRUTHS, **GUARDED}:
    # Keras calls the operands x, x1 and x2, or x and y.
    operation(_name)(_elementwise(_name))


@operation(*IDENTITIES)
def identity(graph: Builder, x: Any) -> Tensor:
    return same(graph, tensor_of(x))


@operation("Cast")
def cast(graph: Builder, x: Any, dtype: Any = None) -> Tensor:
    """To whole numbers towards zero; those of a wider type wrap around in 8 and 16 bit."""
    (x,) = aligned(graph, x)
    name = str(dtype)
    if name.startswith("bool"):
        return same(graph, truth(graph, x))
    if is_integer(name):
        held = type_of(graph, x)
        x = x if x.kind == "int" else graph.map(call("trunc", X), number(graph, x))
        wraps = name in NARROW and is_integer(held) and held != name
        return graph.map(_wrapped(name), x) if wraps else x
    if name.startswith(("float", "bfloat")):
        return same(graph, number(graph, x))
    raise Refused(f"a cast to {name}")


@operation("SaturateCast")
def saturate_cast(graph: Builder, x: Any, dtype: Any = None) -> Tensor:
    """The same, of what the type holds nearest to each number."""
    if not is_integer(str(dtype)):
        return cast(graph, x, dtype)
    (x,) = aligned(graph, x)
    low, high = _ends(str(dtype))
    held = maximum(minimum(X, high), low)
    return graph.map(call("trunc", held), number(graph, x))


def _ends(name: str) -> tuple[float, float]:
    """The least and the greatest number of a type of integers."""
    bits = int(name.lstrip("uint"))
    if name.startswith("u"):
        return 0.0, 2.0**bits - 1
    return -(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1


def _wrapped(name: str) -> Expr:
    """A whole number as that many bits hold it."""
    low, high = _ends(name)
    count = high - low + 1
    return X - call("floor", (X - low) / count) * count


@operation("Where")
def choose(graph: Builder, condition: Any, x1: Any = None, x2: Any = None) -> Tensor:
    if x1 is None or x2 is None:
        raise Refused("where() of a condition alone: its size would depend on the row")
    test, x, y = aligned(graph, condition, x1, x2)
    if x.kind != y.kind:
        x, y = number(graph, x), number(graph, y)
    return graph.map(where(X, Y, ex.Z), truth(graph, test), x, y)


@operation("Select")
def select(graph: Builder, condlist: Any, choicelist: Any, default: Any = 0) -> Tensor:
    """The choice of the first condition that holds."""
    result = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        result = choose(graph, condition, choice, result)
    return tensor_of(result)


@operation("Clip")
def clip(graph: Builder, x: Any, x_min: Any = None, x_max: Any = None) -> Tensor:
    """Where the bounds cross, the upper one counts."""
    (y,) = numbers(graph, x)
    for bound, limited in ((x_min, maximum(X, Y)), (x_max, minimum(X, Y))):
        if bound is not None:
            y = graph.map(limited, *numbers(graph, y, bound))
    return same(graph, y)


@operation("Round")
def rounded(graph: Builder, x: Any, decimals: int = 0) -> Tensor:
    """Halves to the even neighbour."""
    factor = 10.0**decimals
    nearest = call("round", X) if decimals == 0 else call("round", X * factor) / factor
    return graph.map(nearest, *numbers(graph, x))


@operation("NanToNum")
def nan_to_num(
    graph: Builder, x: Any, nan: float = 0.0, posinf: Any = None, neginf: Any = None
) -> Tensor:
    """Infinities become the greatest number of double precision, unless told otherwise."""
    largest = 1.7976931348623157e308
    high = largest if posinf is None else float(posinf)
    low = -largest if neginf is None else float(neginf)
    known = where(call("eq", X, math.inf), high, where(call("eq", X, -math.inf), low, X))
    return graph.map(where(_NAN, float(nan), known), *numbers(graph, x))


@operation("Isclose")
def is_close(
    graph: Builder, x1: Any, x2: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False
) -> Tensor:
    near = float(constant_of(atol)) + float(constant_of(rtol)) * abs(Y)
    # An infinite number is close to itself alone.
    finite = call("and", abs(X) < math.inf, abs(Y) < math.inf)
    close = call("or", call("eq", X, Y), call("and", finite, abs(X - Y) <= near))
    return graph.map(close, *numbers(graph, x1, x2))


@operation("FullLike")
def full_like(graph: Builder, x: Any, fill_value: Any = 0.0) -> Tensor:
    return graph.map(where(_TRUE, Y, X), *numbers(graph, tensor_of(x), fill_value))


@operation("OnesLike")
def ones_like(graph: Builder, x: Any) -> Tensor:
    return full_like(graph, x, 1.0)


@operation("ZerosLike")
def zeros_like(graph: Builder, x: Any) -> Tensor:
    return full_like(graph, x, 0.0)


@operation("IsIn")
def is_in(graph: Builder, x1: Any, x2: Any, invert: bool = False) -> Tensor:
    """Whether each element is among some constants."""
    found = call("lt", 1.0, 0.0)
    for value in constant_of(x2).reshape(-1):
        found = call("or", found, call("eq", X, float(value)))
    return graph.map(call("not", found) if invert else found, *numbers(graph, tensor_of(x1)))


@operation("Digitize")
def digitize(graph: Builder, x: Any, bins: Any) -> Tensor:
    """How many of the ascending `bins` each element is not below."""
    return search_sorted(graph, bins, x, "right")


@operation("SearchSorted")
def search_sorted(graph: Builder, sorted_sequence: Any, values: Any, side: str = "left") -> Tensor:
    """How many of some ascending constants are below each value, or, to its right, equal it."""
    edges = constant_of(sorted_sequence)
    if edges.ndim != 1:
        raise ShapeError(f"a sorted sequence of shape {edges.shape}")
    count: Expr = ex.Const(0.0)
    for edge in edges:
        passed = X > float(edge) if side == "left" else X >= float(edge)
        count = count + where(passed, 1.0, 0.0)
    return graph.map(count, *numbers(graph, tensor_of(values)))
