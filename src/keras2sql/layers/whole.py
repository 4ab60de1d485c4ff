"""Layers on whole numbers and truth values: what of their results Keras keeps as such.

Keras casts floating point inputs to the type that a layer computes in, and leaves integers
and truth values as they are.  A few layers then cast their result back, and round or cut it
by that; some do not take integers at all; most answer with floating point numbers.  The graph
computes all numbers alike, and notes beside a tensor that Keras holds it as an integer.

The tables are those of Keras 3.15 on JAX, with which TensorFlow agrees wherever it takes
integers at all.  tests/layers/test_whole.py runs every layer against them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, call, where
from keras2sql.layers.registry import Layer, Refused

FLOAT, BOOL = "float", "bool"


def names(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


NARROW = ("int8", "uint8", "int16", "uint16")

# Results of the type of what they are given: a choice of elements, or the greatest of them ...
_CHOOSES = names(
    "ActivityRegularization AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D "
    "AlphaDropout Concatenate Cropping1D Cropping2D Cropping3D Dropout Equalization Flatten "
    "GaussianDropout GaussianNoise GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D "
    "Identity MaxNumBoundingBoxes MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum MixUp "
    "Permute RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop "
    "RandomGrayscale RandomHue RandomInvert RandomPosterization RandomSaturation RepeatVector "
    "Reshape SpatialDropout1D SpatialDropout2D SpatialDropout3D UpSampling1D UpSampling3D "
    "ZeroPadding1D ZeroPadding2D ZeroPadding3D"
)
# ... or computed from them.
_COMPUTES = names("Add Dot Multiply Subtract")
# Which hand on what a layer inside them gives.
_WRAPS = names("Pipeline TimeDistributed keras2sql>model")
_IDS = names("Discretization HashedCrossing Hashing")
_LOOKUPS = names("IntegerLookup StringLookup TextVectorization")
# These cast their ids themselves.
_TAKES_RAW = names("Embedding IntegerLookup ReversibleEmbedding") | _CHOOSES | _WRAPS

_NOT_OF_INTEGERS = names(
    "Conv1DTranspose Conv2DTranspose Conv3DTranspose DepthwiseConv1D DepthwiseConv2D "
    "SeparableConv1D SeparableConv2D UnitNormalization"
)
_NOT_OF_TRUTHS = names(
    "AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D "
    "AdditiveAttention Attention Average AveragePooling1D AveragePooling2D AveragePooling3D "
    "PReLU Softmax Subtract"
)
# Keras 2 differs: means are divided as integers, other layers cast to floats beforehand.
_CUT_BEFORE_3 = names(
    "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D SpectralNormalization"
)
_FUNCTIONS_OF_INTEGERS = {"linear", "relu", "hard_tanh"}
_NOT_FUNCTIONS_OF_INTEGERS = {"sigmoid", "silu", "swish", "glu"}
_NOT_FUNCTIONS_OF_TRUTHS = {"log_sigmoid", "log_softmax", "softmax"}


def type_of(graph: Builder, x: Any) -> str:
    """ "float", "bool", "str", or the name of the integer type in which Keras holds `x`."""
    if isinstance(x, Tensor):
        if x.kind in (BOOL, "str"):
            return x.kind
        return graph.integer(x) or ("int32" if x.kind == "int" else FLOAT)
    if isinstance(x, bool):
        return BOOL
    if isinstance(x, int):
        return "int32"
    kind = getattr(getattr(x, "dtype", None), "kind", "f")
    return {"b": BOOL, "i": "int32", "u": "int32", "O": "str", "U": "str"}.get(kind, FLOAT)


def common(types: Sequence[str]) -> str:
    """The type in which operands of these types meet."""
    if FLOAT in types or "str" in types or not types:
        return FLOAT
    integers = sorted({t for t in types if t != BOOL})
    return integers[0] if len(integers) == 1 else "int32" if integers else BOOL


def converted(
    graph: Builder, layer: Layer, convert: Callable[..., Any], operands: Sequence[Any]
) -> Any:
    """What the layer's converter makes of `operands`, of the type that Keras gives it."""
    # Before Keras 3, "dtype" was the type of a layer's input and weights.
    own = policy_of(layer.config) if layer.keras >= (3, 0) else FLOAT
    given = [_of_policy(graph, layer, x, own) for x in operands]
    numbers = [x for x in given if isinstance(x, Tensor) and x.kind != "str"]
    held = common([type_of(graph, x) for x in numbers]) if numbers else FLOAT
    if held != FLOAT:
        _refuse(layer, held)
    known = layer if held == FLOAT else _of_integers(layer)
    result = convert(graph, known, *(_fed(graph, layer, x) for x in given))
    if layer.class_name in _WRAPS:
        return result
    if isinstance(result, list | tuple):
        return [_typed(graph, layer, held, y, given) for y in result]
    return _typed(graph, layer, held, result, given)


def policy_of(config: Mapping[str, Any]) -> str:
    """The type that a layer computes in, by its config."""
    policy = config.get("dtype")
    if isinstance(policy, Mapping):
        inner = policy.get("config")
        policy = inner.get("name") if isinstance(inner, Mapping) else None
    return str(policy or FLOAT)


def is_integer(name: str) -> bool:
    return name.startswith(("int", "uint")) and "_from_" not in name


def taken_in(graph: Builder, x: Tensor, told: str) -> Tensor:
    """`x` as a model inside another takes it in: cast to the type of its own input."""
    held, mask = type_of(graph, x), graph.mask(x)
    if told == "bool":
        return x if held in (BOOL, "str") else graph.masked(graph.map(call("ne", X, 0.0), x), mask)
    if is_integer(told):
        if held == FLOAT:
            x = graph.map(call("trunc", X), x)
        elif held == BOOL:
            x = graph.map(where(X, 1.0, 0.0), x)
        return x if held in (told, "str") else graph.masked(graph.as_integer(x, told), mask)
    if not told.startswith(("float", "bfloat")) or held in (FLOAT, "str"):
        return x
    number = where(X, 1.0, 0.0) if held == BOOL else X
    return graph.masked(graph.map(number, graph.cut(x)), mask)


def _of_policy(graph: Builder, layer: Layer, x: Any, own: str) -> Any:
    """An input as Keras casts it for a layer that computes in integers."""
    plain = layer.class_name in _CHOOSES | _COMPUTES
    encodes = layer.class_name in _IDS | _LOOKUPS | {"CategoryEncoding"}
    if not is_integer(own) or encodes or not isinstance(x, Tensor):
        return x
    if not plain:
        raise Refused(f"it computes in {own}")
    if type_of(graph, x) != FLOAT:
        return x
    return graph.as_integer(graph.map(call("trunc", X), x), own)


def _fed(graph: Builder, layer: Layer, x: Any) -> Any:
    """An operand as numbers; those of an integer input without what is behind the point."""
    if not isinstance(x, Tensor):
        return x
    if x.kind == BOOL:
        mask = graph.mask(x)
        return graph.masked(graph.map(where(X, 1.0, 0.0), x), mask)
    return x if layer.class_name in _TAKES_RAW else graph.cut(x)


def _refuse(layer: Layer, held: str) -> None:
    name, config = layer.class_name, layer.config
    function = config.get("activation") if name == "Activation" else None
    older = layer.keras < (3, 0)
    refused = (
        name in _NOT_OF_INTEGERS - ({"UnitNormalization"} if older else set())
        or (older and held == BOOL and name.startswith("GlobalAverage"))
        or (older and name == "GroupNormalization")
        or (name == "Dot" and bool(config.get("normalize")))
        or function in _NOT_FUNCTIONS_OF_INTEGERS
    )
    bounded = name == "ReLU" and config.get("max_value") is not None
    if held == BOOL and not refused:
        refused = (
            name in _NOT_OF_TRUTHS
            or function in _NOT_FUNCTIONS_OF_TRUTHS
            or (bounded and bool(config.get("negative_slope")))
        )
    if refused:
        what = "truth values" if held == BOOL else "whole numbers"
        raise Refused(
            f"called on {what}, which not every backend of Keras computes; "
            "cast them to float32 first"
        )
    if held in NARROW and name in _COMPUTES:
        raise Refused(f"it computes in {held}, where large numbers wrap around")


def _of_integers(layer: Layer) -> Layer:
    """The layer with the options that Keras casts to the type of its input."""
    bound = layer.config.get("max_value") if layer.class_name == "ReLU" else None
    if bound is None:
        return layer
    return replace(layer, config={**layer.config, "max_value": float(int(bound))})


def _typed(graph: Builder, layer: Layer, held: str, y: Any, given: Sequence[Any]) -> Any:
    """A result as Keras would cast it, with its type noted."""
    if not isinstance(y, Tensor) or y.kind == "str":
        return y
    name, mask = layer.class_name, graph.mask(y)
    if held != FLOAT and layer.keras < (3, 0):
        if name in _CUT_BEFORE_3 or (name == "ReLU" and held != BOOL):
            y = _cast(graph, y, held)
    elif held != FLOAT:
        if name in ("LayerNormalization", "GroupNormalization"):
            return graph.masked(_cast(graph, y, held), mask)
        if name in ("RMSNormalization", "SpectralNormalization"):
            y = _cast(graph, y, held)
        elif name in ("Resizing", "UpSampling2D") and _interpolates(layer):
            y = _cast(graph, y, held) if held == BOOL else graph.map(call("round", X), y)
    # Only what a layer chooses from is as it came in; a lookup's ids are whole numbers.
    as_it_came = given if name in _CHOOSES else ()
    return graph.masked(_noted(graph, y, result_type(layer, held), as_it_came), mask)


def _cast(graph: Builder, y: Tensor, held: str) -> Tensor:
    """`y` cast to a type and back to a number."""
    return graph.map(where(call("ne", X, 0.0), 1.0, 0.0) if held == BOOL else call("trunc", X), y)


def _noted(graph: Builder, y: Tensor, type_: str, given: Sequence[Any]) -> Tensor:
    if type_ == BOOL:
        return y if y.kind == BOOL else graph.map(call("ne", X, 0.0), y)
    if type_ != FLOAT:
        raw = any(isinstance(x, Tensor) and graph.is_raw(x) for x in given) and y.kind != BOOL
        return graph.as_integer(y, type_, raw)
    # A layer may hand on what it was given, which stays an integer to others.
    return graph.map(X, y) if graph.integer(y) else y


def _interpolates(layer: Layer) -> bool:
    default = "bilinear" if layer.class_name == "Resizing" else "nearest"
    return str(layer.config.get("interpolation", default)).lower() != "nearest"


def result_type(layer: Layer, held: str) -> str:
    """The type of a layer's result, for inputs that meet in the type `held`."""
    name, config = layer.class_name, layer.config
    own = policy_of(config)
    if name in _IDS | _LOOKUPS:
        default = "int" if name != "Hashing" else config.get("output_mode", "int")
        whole = config.get("output_mode", default) == "int"
        return "int32" if whole else own if is_integer(own) and name in _IDS else FLOAT
    if name == "CategoryEncoding":
        return own if is_integer(own) else FLOAT
    if held == FLOAT:
        return FLOAT
    if name in _CHOOSES | _COMPUTES or name in ("RMSNormalization", "SpectralNormalization"):
        return held
    older = layer.keras < (3, 0)
    if older and name in _CUT_BEFORE_3 | {"ReLU"}:
        return held
    if older and (name == "Resizing" or (name == "UpSampling2D" and _interpolates(layer))):
        return FLOAT
    if name in ("Resizing", "UpSampling2D"):
        return held
    counted = "int32" if held == BOOL else held
    if name == "Masking":
        return counted
    if name == "ReLU":
        plain = not config.get("negative_slope") and config.get("max_value") != 6
        return counted if plain else FLOAT
    if name == "Activation" and config.get("activation", "linear") in _FUNCTIONS_OF_INTEGERS:
        return held if config.get("activation") == "linear" else counted
    return FLOAT
