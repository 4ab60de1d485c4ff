"""Operations on whole numbers and truth values: which of their results Keras keeps as such.

See `keras2sql.layers.whole` for the layers.  The tables are those of `keras.ops` 3.15 on JAX,
with which TensorFlow agrees wherever it takes such operands; where the two give different
numbers, the operation is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, call
from keras2sql.layers.registry import Layer, Refused
from keras2sql.layers.whole import BOOL, FLOAT, NARROW, common, is_integer, names, type_of

_PREFIX = "ops>"

# A choice among the elements of the operands.
_CHOOSE = names(
    "Append Array ArraySplit Concatenate Conj Conjugate ConvertToTensor Copy DepthToSpace Diagonal "
    "Dsplit Dstack ExpandDims Flip Fliplr GetItem Hsplit Hstack Moveaxis Pad Real Repeat Reshape "
    "Roll Rot90 SpaceToDepth Split Squeeze Stack StopGradient Swapaxes Take TakeAlongAxis Tile "
    "Transpose Tril Triu Unstack"
)
# Computed from the operands, and of their type; where these are truth values, too ...
_KEEP = names(
    "Abs Absolute AdaptiveMaxPool Add Amax Amin Clip Cross Diff Dot Einsum Fmax Fmin FullLike "
    "Imag Inner LayerNorm Matmul Max MaxPool Maximum Min Minimum Multiply NanToNum Nanmax Nanmin "
    "OnesLike RMSNorm Sort Tensordot Trunc Where ZerosLike"
)
# ... or counted.
_COUNT = names(
    "Cumprod Cumsum FloorDivide Fmod HardTanh Mod Nanprod Nansum Negative Power Prod Ptp Relu "
    "Round Sign Square Subtract Sum Trace"
)
_INDICES = names("Argmax Argmin Argsort CountNonzero Digitize SearchSorted")
_CAST_BACK = names("FullLike LayerNorm RMSNorm")

_NOT_OF_INTEGERS = names("DepthwiseConv DotProductAttention Erf Glu Normalize Rsqrt Sigmoid Silu")
_NOT_OF_TRUTHS = names(
    "AdaptiveAveragePool AveragePool Cross LogSigmoid LogSoftmax Negative Ptp Round Sign Softmax "
    "Subtract"
)
_DIFFER = names("BatchNorm Moments")
_WRAPPING = names(
    "Abs Absolute Add Cross Cumprod Cumsum Diff Dot Einsum Inner Matmul Multiply Negative Power "
    "Square Subtract Tensordot"
)
# Options that are operands.
_NUMBERS = ("x_min", "x_max")


def converted(
    graph: Builder, layer: Layer, convert: Callable[..., Any], operands: Sequence[Any]
) -> Any:
    """What the operation's converter makes of `operands`, of the type that Keras gives it."""
    if not layer.class_name.startswith(_PREFIX):
        return convert(graph, layer, *operands)  # made of operations, which come here
    name = layer.class_name.removeprefix(_PREFIX)
    everything = [*operands, *layer.call_kwargs.values()]
    held = common([type_of(graph, x) for x in _which(name, layer, everything)])
    of_tensors = common([type_of(graph, x) for x in _leaves(everything) if isinstance(x, Tensor)])
    if of_tensors != FLOAT:
        _refuse(name, layer, held if held in (BOOL, FLOAT) else of_tensors, everything)
    fed = operands if name in _CHOOSE else _cut(graph, operands)
    result = convert(graph, layer, *fed)
    raw = name in _CHOOSE and any(
        isinstance(x, Tensor) and graph.is_raw(x) for x in _leaves(operands)
    )
    if isinstance(result, list | tuple):
        return [
            _noted(graph, name, y, _result(name, layer, held, number), raw)
            for number, y in enumerate(result)
        ]
    return _noted(graph, name, result, _result(name, layer, held, 0), raw)


def _leaves(tree: Any) -> Iterator[Any]:
    if isinstance(tree, Mapping):
        tree = list(tree.values())
    if isinstance(tree, list | tuple):
        for part in tree:
            yield from _leaves(part)
    elif tree is not None:
        yield tree


def _which(name: str, layer: Layer, everything: Sequence[Any]) -> list[Any]:
    """The operands that the type of the result follows."""
    if name == "Where":
        return list(_leaves(everything[1:]))
    # Indices, sections and the like are no operands; a constant operand comes first or second.
    alone = name in ("Take", "TakeAlongAxis", "GetItem", "Split", "ArraySplit", "Hsplit", "Dsplit")
    if alone or name in _CHOOSE - {"Append", "Concatenate", "Stack", "Hstack", "Dstack"}:
        return list(_leaves(everything[:1]))
    return [
        *_leaves(everything),
        *(layer.config[k] for k in _NUMBERS if layer.config.get(k) is not None),
    ]


def _cut(graph: Builder, tree: Any) -> Any:
    if isinstance(tree, list | tuple):
        return type(tree)(_cut(graph, part) for part in tree)
    return graph.cut(tree) if isinstance(tree, Tensor) else tree


def _refuse(name: str, layer: Layer, held: str, operands: Sequence[Any]) -> None:
    by_root = name != "Normalize" or layer.config.get("order", 2) == 2
    negative = name == "Power" and held != FLOAT and not _counts_up(operands)
    if (name in _NOT_OF_INTEGERS and by_root) or (held == BOOL and name in _NOT_OF_TRUTHS):
        what = "truth values" if held == BOOL else "whole numbers"
        raise Refused(
            f"called on {what}, which not every backend of Keras computes; "
            "cast them to float32 first"
        )
    if held in NARROW and name in _WRAPPING:
        raise Refused(f"it computes in {held}, where large numbers wrap around; cast them first")
    if name in _DIFFER or negative:
        raise Refused(
            "called on whole numbers, of which the backends of Keras make different ones; "
            "cast them to float32 first"
        )


def _counts_up(operands: Sequence[Any]) -> bool:
    """Whether an exponent is known, and no negative number."""
    exponent = operands[1] if len(operands) > 1 else None
    return not isinstance(exponent, Tensor) and bool(np.all(np.asarray(exponent) >= 0))


def _result(name: str, layer: Layer, held: str, number: int) -> str:
    """The type of the result with this number."""
    asked = str(layer.config.get("dtype") or layer.call_kwargs.get("dtype") or "")
    if name in ("Cast", "SaturateCast", "OneHot"):
        return asked if is_integer(asked) else FLOAT
    if name in _INDICES or (name == "TopK" and number == 1):
        return "int32"
    if name in _CHOOSE | _KEEP or name == "TopK":
        return held
    if name in _COUNT:
        return "int32" if held == BOOL else held
    plain = layer.config.get("max_value") is None and not layer.config.get("negative_slope")
    if name == "ReLU" and plain:
        return "int32" if held == BOOL else held
    return FLOAT


def _noted(graph: Builder, name: str, y: Any, type_: str, raw: bool) -> Any:
    if not isinstance(y, Tensor) or y.kind in ("str", BOOL):
        return y
    if type_ == BOOL:
        return graph.map(call("ne", X, 0.0), y)
    if type_ != FLOAT:
        y = graph.map(call("trunc", X), y) if name in _CAST_BACK else y
        return graph.as_integer(y, type_, raw)
    return graph.map(X, y) if graph.integer(y) else y
