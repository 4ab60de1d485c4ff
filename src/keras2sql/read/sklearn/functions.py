"""FunctionTransformer: functions of numpy that are known by their names; none is executed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import Expr, X
from keras2sql.graph.functions import log1p_anywhere
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, vector
from keras2sql.read.sklearn.registry import PASSED, inverts, transforms

_SAME_NAME = ["exp", "expm1", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh"]
_SAME_NAME += ["floor", "ceil", "trunc", "sign"]

UFUNCS: dict[str, Expr] = {
    **{name: ex.call(name, X) for name in _SAME_NAME},
    "absolute": abs(X),
    "fabs": abs(X),
    "negative": -X,
    "positive": X,
    "square": X * X,
    "reciprocal": 1.0 / X,
    "rint": ex.call("round", X),
    "log1p": log1p_anywhere(),
    "log2": ex.log(X) / math.log(2.0),
    "log10": ex.log(X) / math.log(10.0),
    "exp2": ex.exp(X * math.log(2.0)),
    "arcsin": ex.call("asin", X),
    "arccos": ex.call("acos", X),
    "arctan": ex.call("atan", X),
    "arcsinh": ex.call("asinh", X),
    "arccosh": ex.call("acosh", X),
    "arctanh": ex.call("atanh", X),
    "deg2rad": X * (math.pi / 180.0),
    "radians": X * (math.pi / 180.0),
    "rad2deg": X * (180.0 / math.pi),
    "degrees": X * (180.0 / math.pi),
}


# Those that give a number for every number.
_TOTAL = {"absolute", "fabs", "negative", "positive", "rint", "floor", "ceil", "trunc", "sign"}
_TOTAL |= {"sin", "cos", "tanh", "arctan", "arcsinh", "deg2rad", "radians"}


@transforms(
    "sklearn.FunctionTransformer",
    table=True,
    gaps=PASSED,
    note="functions of numpy of one argument, and none",
)
def function_transformer(graph: TableBuilder, model: Any, columns: Columns) -> Columns:
    """The function of each element; where it gives no number, or infinity, scikit-learn refuses
    the row behind it."""
    if model.func is None:
        return columns
    y = _applied(graph, model.func, getattr(model, "kw_args", None), graph.numbers(columns))
    total = model.func.__name__ in _TOTAL
    return vector(y, columns.names, columns.gaps if total else range(len(columns)))


def _applied(graph: TableBuilder, function: Any, arguments: Any, x: Tensor) -> Tensor:
    if function is None:
        return x
    name = getattr(function, "__name__", type(function).__name__)
    if arguments:
        raise Refused(f"the function {name} has arguments of its own")
    if not isinstance(function, np.ufunc) or function is not getattr(np, name, None):
        raise Refused(f"the function {name} is Python code, which is never executed")
    if name not in UFUNCS:
        raise Refused(f"the function {name}; known are {', '.join(sorted(UFUNCS))}")
    return graph.map(UFUNCS[name], x)


@inverts("sklearn.FunctionTransformer")
def function_transformer_back(graph: TableBuilder, model: Any, y: Tensor) -> Tensor:
    """The inverse function of each element; `y` itself where there is none."""
    return _applied(graph, model.inverse_func, getattr(model, "inv_kw_args", None), y)
