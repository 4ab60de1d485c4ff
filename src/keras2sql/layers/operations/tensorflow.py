"""TensorFlow's functions in functional models of Keras 2: TFOpLambda and SlicingOpLambda.

Each that has a twin in `keras.ops` is converted as that, under the names of TensorFlow's
arguments.  What the functions do is told by tests/data/tensorflow, files of the real thing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from keras2sql.graph.core import Builder, Tensor
from keras2sql.layers.operations import types
from keras2sql.layers.operations.operation import PREFIX, constant_of, tensor_of
from keras2sql.layers.registry import REGISTRY, Entry, Layer, Refused
from keras2sql.layers.whole import FLOAT, type_of

TF = "tf>"
# Where functions of these names are the ones meant here, and not others of text or sparse tensors.
_MODULES = frozenset({"", "math", "nn", "linalg", "__operators__", "keras.activations"})
_WITHOUT_MEANING = ("name", "output_type", "validate_indices", "conjugate", "batch_dims", "stable")

Convert = Callable[..., Any]
FUNCTIONS: dict[str, Convert] = {}


def key_of(function: Any) -> str:
    """The key of the registry for a function as a file names it, ``math.reduce_mean``."""
    module, _, name = str(function).removeprefix("compat.v1.").rpartition(".")
    known = module in _MODULES and name in FUNCTIONS
    return f"{TF}{name}" if known else f"{TF}{function}"


def operate(graph: Builder, target: str, *operands: Any, **options: Any) -> Any:
    """What the operation of `keras.ops` with this class makes of the operands."""
    key = PREFIX + target
    layer = Layer(key, graph.layer, graph.layer, options, keras=(2, 15))
    return types.converted(graph, layer, REGISTRY[key].convert, operands)


def _register(name: str, convert: Convert, parameters: Sequence[str]) -> None:
    def run(graph: Builder, layer: Layer, *args: Any) -> Any:
        if len(args) > len(parameters):
            raise Refused(f"{len(args)} arguments, where {len(parameters)} are known")
        given = {**dict(zip(parameters, args, strict=False)), **layer.call_kwargs}
        known = {k: v for k, v in given.items() if k in parameters}
        unknown = [
            f"{k}={v!r}"
            for k, v in given.items()
            if k not in parameters and k not in _WITHOUT_MEANING and v not in (None, False, 0)
        ]
        if unknown:
            raise Refused(f"its argument {', '.join(unknown)} is not supported")
        return convert(graph, **{k: v for k, v in known.items() if v is not None})

    FUNCTIONS[name] = convert
    REGISTRY[TF + name] = Entry(run, "")


def function(*names: str) -> Callable[[Convert], Convert]:
    """Register a converter for these functions; its parameters have the names of theirs."""

    def register(convert: Convert) -> Convert:
        code = convert.__code__
        parameters = code.co_varnames[1 : code.co_argcount]
        for name in names:
            _register(name, convert, parameters)
        return convert

    return register


# -- functions of one operand, and of two

_UNARY = {
    "abs": "Absolute", "acos": "Arccos", "acosh": "Arccosh", "asin": "Arcsin", "asinh": "Arcsinh",
    "atan": "Arctan", "atanh": "Arctanh", "ceil": "Ceil", "cos": "Cos", "cosh": "Cosh",
    "elu": "Elu", "erf": "Erf", "exp": "Exp", "expm1": "Expm1", "floor": "Floor",
    "identity": "Copy", "invert": "LogicalNot", "is_finite": "Isfinite",
    "is_inf": "Isinf", "is_nan": "Isnan", "log": "Log", "log1p": "Log1p",
    "log_sigmoid": "LogSigmoid", "logical_not": "LogicalNot", "neg": "Negative",
    "negative": "Negative", "ones_like": "OnesLike", "reciprocal": "Reciprocal", "relu": "Relu",
    "relu6": "Relu6", "round": "Round", "rsqrt": "Rsqrt", "selu": "Selu", "sigmoid": "Sigmoid",
    "sign": "Sign", "silu": "Silu", "sin": "Sin", "sinh": "Sinh", "softplus": "Softplus",
    "softsign": "Softsign", "sqrt": "Sqrt", "square": "Square", "stop_gradient": "StopGradient",
    "swish": "Silu", "tan": "Tan", "tanh": "Tanh", "zeros_like": "ZerosLike",
}  # fmt: skip
_BINARY = {
    "add": "Add", "and": "LogicalAnd", "div": "Divide", "divide": "Divide",
    "divide_no_nan": "DivideNoNan", "eq": "Equal", "equal": "Equal", "floor_div": "FloorDivide",
    "floordiv": "FloorDivide", "floormod": "Mod", "ge": "GreaterEqual", "greater": "Greater",
    "greater_equal": "GreaterEqual", "gt": "Greater", "le": "LessEqual", "less": "Less",
    "less_equal": "LessEqual", "logical_and": "LogicalAnd", "logical_or": "LogicalOr",
    "logical_xor": "LogicalXor", "lt": "Less", "maximum": "Maximum", "minimum": "Minimum",
    "mod": "Mod", "mul": "Multiply", "multiply": "Multiply",
    "ne": "NotEqual", "not_equal": "NotEqual", "or": "LogicalOr", "pow": "Power",
    "sub": "Subtract", "subtract": "Subtract", "truediv": "TrueDivide", "xor": "LogicalXor",
}  # fmt: skip
_SWAPPED = ("add", "sub", "mul", "truediv", "div", "floordiv", "mod", "pow", "and", "or", "xor")


def _of_one(target: str) -> Convert:
    def convert(graph: Builder, **operand: Any) -> Any:
        (x,) = operand.values()
        return operate(graph, target, x)

    return convert


def _of_two(target: str, turned: bool = False) -> Convert:
    def convert(graph: Builder, x: Any, y: Any) -> Any:
        return operate(graph, target, *((y, x) if turned else (x, y)))

    return convert


for _name, _target in _UNARY.items():
    # The operand goes by several names in TensorFlow, and always first.
    _register(_name, _of_one(_target), ("x",))
for _name, _target in _BINARY.items():
    _register(_name, _of_two(_target), ("x", "y"))
for _name in _SWAPPED:
    _register(f"r{_name}", _of_two(_BINARY[_name], turned=True), ("x", "y"))


@function("atan2")
def atan2(graph: Builder, y: Any, x: Any) -> Any:
    return operate(graph, "Arctan2", y, x)


@function("squared_difference")
def squared_difference(graph: Builder, x: Any, y: Any) -> Any:
    return operate(graph, "Square", operate(graph, "Subtract", x, y))


@function("add_n")
def add_n(graph: Builder, inputs: Any) -> Any:
    total = inputs[0] if isinstance(inputs, list | tuple) else inputs
    for one in inputs[1:] if isinstance(inputs, list | tuple) else ():
        total = operate(graph, "Add", total, one)
    return operate(graph, "Copy", total) if isinstance(total, Tensor) else total


@function("bias_add")
def bias_add(graph: Builder, value: Any, bias: Any, data_format: Any = None) -> Any:
    if data_format is not None and str(data_format).startswith("NC"):
        raise Refused(f"data_format={data_format!r}")
    return operate(graph, "Add", value, bias)


@function("clip_by_value")
def clip_by_value(graph: Builder, t: Any, clip_value_min: Any, clip_value_max: Any) -> Any:
    return operate(graph, "Clip", t, x_min=clip_value_min, x_max=clip_value_max)


@function("leaky_relu")
def leaky_relu(graph: Builder, features: Any, alpha: float = 0.2) -> Any:
    return operate(graph, "LeakyRelu", features, negative_slope=float(alpha))


@function("gelu")
def gelu(graph: Builder, features: Any, approximate: bool = False) -> Any:
    return operate(graph, "Gelu", features, approximate=bool(approximate))


@function("softmax")
def softmax(graph: Builder, logits: Any, axis: int = -1) -> Any:
    return operate(graph, "Softmax", logits, axis=axis)


@function("log_softmax")
def log_softmax(graph: Builder, logits: Any, axis: int = -1) -> Any:
    return operate(graph, "LogSoftmax", logits, axis=axis)


@function("where")
def where(graph: Builder, condition: Any, x: Any = None, y: Any = None) -> Any:
    return operate(graph, "Where", condition, x, y)


@function("cast", "to_float")
def cast(graph: Builder, x: Any, dtype: Any = "float32") -> Any:
    return operate(graph, "Cast", x, dtype=str(dtype))


@function("cumsum")
def cumsum(graph: Builder, x: Any, axis: int = 0) -> Any:
    return operate(graph, "Cumsum", x, axis=axis)


# -- reductions

_REDUCTIONS = {
    "reduce_all": "All", "reduce_any": "Any", "reduce_logsumexp": "Logsumexp",
    "reduce_max": "Max", "reduce_mean": "Mean", "reduce_min": "Min", "reduce_prod": "Prod",
    "reduce_std": "Std", "reduce_sum": "Sum", "reduce_variance": "Var",
}  # fmt: skip


def _reduction(target: str) -> Convert:
    def convert(graph: Builder, input_tensor: Any, axis: Any = None, keepdims: bool = False) -> Any:
        x = tensor_of(input_tensor)
        if target == "Mean" and type_of(graph, x) != FLOAT:
            raise Refused("a mean of whole numbers, which TensorFlow cuts; cast them first")
        return operate(graph, target, x, axis=axis, keepdims=bool(keepdims))

    return convert


for _name, _target in _REDUCTIONS.items():
    _register(_name, _reduction(_target), ("input_tensor", "axis", "keepdims"))


@function("argmax")
def argmax(graph: Builder, input: Any, axis: Any = 0) -> Any:
    return operate(graph, "Argmax", input, axis=axis)


@function("argmin")
def argmin(graph: Builder, input: Any, axis: Any = 0) -> Any:
    return operate(graph, "Argmin", input, axis=axis)


@function("norm")
def norm(
    graph: Builder, tensor: Any, ord: Any = "euclidean", axis: Any = None, keepdims: bool = False
) -> Any:
    listed = axis if isinstance(axis, list | tuple) else [axis]
    if len(listed) != 1:
        raise Refused("a norm over several axes")
    order = 2 if ord == "euclidean" else ord
    return operate(graph, "Norm", tensor, ord=order, axis=list(listed), keepdims=bool(keepdims))


@function("l2_normalize")
def l2_normalize(graph: Builder, x: Any, axis: Any = None, epsilon: float = 1e-12) -> Any:
    """Here epsilon is the least sum of squares, whose root is the least norm."""
    return operate(graph, "Normalize", x, axis=axis, order=2, epsilon=float(epsilon) ** 0.5)


@function("top_k")
def top_k(graph: Builder, input: Any, k: int = 1, sorted: bool = True) -> Any:
    return operate(graph, "TopK", input, k=k)


@function("sort")
def sort(graph: Builder, values: Any, axis: int = -1, direction: str = "ASCENDING") -> Any:
    if direction != "ASCENDING":
        raise Refused(f"direction={direction!r}")
    return operate(graph, "Sort", values, axis=axis)


# -- products


@function("matmul")
def matmul(
    graph: Builder, a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False
) -> Any:
    return operate(graph, "Matmul", _turned(graph, a, transpose_a), _turned(graph, b, transpose_b))


@function("rmatmul")
def rmatmul(graph: Builder, a: Any, b: Any) -> Any:
    return operate(graph, "Matmul", b, a)


def _turned(graph: Builder, x: Any, turn: bool) -> Any:
    if not turn:
        return x
    return (
        operate(graph, "Swapaxes", x, axis1=-1, axis2=-2)
        if isinstance(x, Tensor)
        else (np.swapaxes(constant_of(x), -1, -2))
    )


@function("tensordot")
def tensordot(graph: Builder, a: Any, b: Any, axes: Any) -> Any:
    return operate(graph, "Tensordot", a, b, axes=axes)
