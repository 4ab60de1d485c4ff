"""Whether a file is to blame for what went wrong at one of its layers, and why.

Configs and calls come from a file, and one that no check foresaw may make a converter stumble.
What it was given is looked at then, value by value; where nothing is wrong with that, the fault
is the converter's own.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

from keras2sql.errors import InternalError, Keras2SQLError, ModelFileError, one_line
from keras2sql.graph.core import Tensor
from keras2sql.graph.ops import ShapeError
from keras2sql.layers.registry import Layer
from keras2sql.layers.signatures import ARGUMENTS
from keras2sql.layers.whole import names


def explained(
    who: str,
    error: Exception,
    layer: Layer,
    convert: Callable[..., Any] | None = None,
    operands: Sequence[Any] = (),
) -> Keras2SQLError:
    """`error`, which a layer met, as one of its file or as one of keras2sql.

    `convert` and `operands` are its converter and what it was called on, where it was called.
    """
    wrong = str(error) if isinstance(error, ShapeError) else _why(error, layer, convert, operands)
    if not wrong:
        return InternalError(who, error)
    return ModelFileError(f"{who}: its configuration, weights and input do not fit: {wrong}")


def _why(
    error: Exception, layer: Layer, convert: Callable[..., Any] | None, operands: Sequence[Any]
) -> str:
    """What is wrong with what the file says of the layer; "" where nothing is seen to be."""
    if isinstance(error, KeyError) and (missing := _missing(layer, error)):
        return f"its configuration has no {missing}"
    if layer.class_name.partition(">")[0] in ("ops", "tf"):
        given = [*operands, *layer.call_kwargs.values(), *layer.config.values()]
        plain = all(isinstance(part, Tensor | None) for part in given)
        lacks = isinstance(error, TypeError) and "required positional argument" in str(error)
        return "" if plain and not lacks else f"{type(error).__name__}: {error}"
    called = _operands(convert, operands) if convert is not None else ()
    found = (*called, *_ranks(layer, operands), *_calls(layer), *_values(layer))
    return found[0] if found else ""


def raised_by(error: BaseException, package: str) -> bool:
    """Whether an error came out of a library, not of what called it."""
    trace: TracebackType | None = error.__traceback__
    last = ""
    while trace is not None:
        last, trace = trace.tb_frame.f_code.co_filename, trace.tb_next
    return package in last.replace("\\", "/").split("/")


_INSIDE = ("backward_layer", "cell", "forward_layer", "layer")


def _missing(layer: Layer, error: KeyError) -> str:
    """What the layer, or one inside it, has no argument of, which its converter asked for."""
    key = error.args[0] if error.args else None
    if not isinstance(key, str):
        return ""
    if key in _INSIDE and key not in layer.children:
        return "layer inside it"
    layers = [layer, *layer.children.values()]
    known = {name for one in layers for name in ARGUMENTS.get(one.class_name, "").split()}
    return key if key in known and any(key not in one.config for one in layers) else ""


def _operands(convert: Callable[..., Any], operands: Sequence[Any]) -> Iterator[str]:
    """What is wrong with that on which the layer is called."""
    try:
        inspect.signature(convert).bind(None, None, *operands)
    except TypeError:
        yield f"it is called on {len(operands)} tensors"
    if not operands:
        yield "it is called on nothing"
    for part in operands:
        if not isinstance(part, Tensor):
            yield f"it is called on {_shown(part)}, which is no tensor"
        elif not part.shape:
            yield "it is called on a single number"


_OF_SEQUENCES = names("Bidirectional GRU LSTM RNN SimpleRNN TimeDistributed")


def _ranks(layer: Layer, operands: Sequence[Any]) -> Iterator[str]:
    """Sequences that are none."""
    first = operands[0] if operands else None
    if layer.class_name in _OF_SEQUENCES and isinstance(first, Tensor) and len(first.shape) < 2:
        yield f"it takes sequences, not inputs of shape {first.shape}"


def _calls(layer: Layer) -> Iterator[str]:
    """What is wrong with the other arguments of its call."""
    for key, value in layer.call_kwargs.items():
        parts = value if isinstance(value, list | tuple) else [value]
        if not all(isinstance(part, Tensor | bool | None) for part in parts):
            yield f"it is called with {key}={_shown(value)}"


def _values(layer: Layer) -> Iterator[str]:
    """What is wrong with the values of its config, and of those of the layers inside it."""
    for key, value in layer.config.items():
        kind = _KINDS.get((layer.class_name, key), _KINDS.get(("", key)))
        if kind is not None and not kind[0](value):
            yield f"{key}={_shown(value)}, where {kind[1]} belongs"
    for child in layer.children.values():
        yield from (f"inside it {child.name}: {said}" for said in _values(child))


def _shown(value: Any) -> str:
    return one_line(repr(value), 60)


# -- the kinds of values


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 31


def _is_size(value: Any) -> bool:
    return _is_count(value) and value > 0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_flag(value: Any) -> bool:
    return value is None or value in (0, 1)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _each(check: Callable[[Any], bool], depth: int = 1) -> Callable[[Any], bool]:
    """That of one value or of a list of them."""

    def of_all(value: Any, left: int = depth) -> bool:
        if isinstance(value, list | tuple) and left:
            return bool(value) and all(of_all(part, left - 1) for part in value)
        return check(value)

    return of_all


def _or_none(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or check(value)


def _is_list_of_plain(value: Any) -> bool:
    plain = str | int | float | bytes
    return isinstance(value, str | Mapping) or (
        isinstance(value, list | tuple) and all(isinstance(part, plain) for part in value)
    )


def _is_list_of_integers(value: Any) -> bool:
    if isinstance(value, str | Mapping):
        return True  # a file of its own, or an array
    try:
        return all(isinstance(int(part), int) for part in value)
    except (TypeError, ValueError, OverflowError):
        return False


def _is_pair(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_integer, value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


_POOLS = ("Average", "Max")
Kind = tuple[Callable[[Any], bool], str]
_COUNT: Kind = (_is_size, "a whole number above 0")
_OPEN: Kind = (_or_none(_is_size), "a whole number above 0 or nothing")
_COUNTS: Kind = (_each(_is_size), "a whole number above 0 or one for each axis")
_STRIDES: Kind = (_or_none(_COUNTS[0]), _COUNTS[1])
_SALT: Kind = (_or_none(lambda v: _is_integer(v) or _is_pair(v)), "a whole number or two")
_FLAG: Kind = (_is_flag, "true or false")
_NUMBER: Kind = (_is_number, "a number")
_OPEN_NUMBER: Kind = (_or_none(_is_number), "a number or nothing")
_TEXT: Kind = (_or_none(_is_text), "a word")
_AXES: Kind = (_or_none(_each(_is_integer)), "a whole number or a list of them")
_LIST: Kind = (
    lambda v: isinstance(v, list | tuple) and all(map(_is_integer, v)),
    "a list of whole numbers",
)
_PAIRS: Kind = (_each(_is_count, depth=2), "a whole number, or a pair for each axis")
_NUMBERS: Kind = (_or_none(_each(_is_number, depth=8)), "a number or an array")
_TOKENS: Kind = (_or_none(_is_list_of_plain), "a list of tokens")
_TOKEN: Kind = (_or_none(lambda v: isinstance(v, str | int | float)), "a token")

_BY_KIND: list[tuple[Kind, str]] = [
    (_COUNT, "depth_multiplier features filters groups head_dim height input_dim key_dim n"),
    (_COUNT, "ngrams num_heads num_key_value_heads num_query_heads output_dim"),
    (_COUNT, "units width"),
    (_OPEN, "max_tokens num_bins num_tokens output_sequence_length sliding_window value_dim"),
    (_OPEN, "vocabulary_size"),
    (_COUNTS, "dilation_rate kernel_size output_size pool_size size strides"),
    (_FLAG, "antialias causal center crop_to_aspect_ratio go_backwards invert keepdims mask_zero"),
    (_FLAG, "normalize pad_to_aspect_ratio pad_to_max_tokens renorm reset_after"),
    (_FLAG, "return_sequences return_state sparse stateful tie_weights time_major unroll"),
    (_FLAG, "use_bias use_gate use_scale zero_output_for_mask"),
    (_NUMBER, "epsilon theta"),
    (_OPEN_NUMBER, "alpha logit_soft_cap mask_value max_value negative_slope threshold"),
    (_TEXT, "data_format equation fill_mode interpolation merge_mode oov_method output_mode"),
    (_TEXT, "padding score_mode"),
    (_AXES, "attention_axes axes axis output_shape shared_axes"),
    (_LIST, "dims target_shape"),
    (_PAIRS, "cropping"),
    (_NUMBERS, "bin_boundaries"),
    (_TOKENS, "vocabulary"),
    (_TOKEN, "mask_token oov_token"),
]
_KINDS: dict[tuple[str, str], Kind] = {
    **{("", name): kind for kind, listed in _BY_KIND for name in names(listed)},
    **{(f"ZeroPadding{rank}D", "padding"): _PAIRS for rank in (1, 2, 3)},
    ("", "num_oov_indices"): (_is_count, "a whole number"),
    ("", "output_padding"): (_or_none(_each(_is_count)), "a whole number or one for each axis"),
    ("IntegerLookup", "vocabulary"): (_or_none(_is_list_of_integers), "a list of whole numbers"),
    ("Hashing", "mask_value"): _TOKEN,
    ("", "salt"): _SALT,
    ("Hashing", "num_bins"): _COUNT,
    ("HashedCrossing", "num_bins"): _COUNT,
    ("Dot", "axes"): (lambda v: _is_integer(v) or _is_pair(v), "a whole number or two"),
    ("IntegerLookup", "mask_token"): _OPEN_NUMBER,
    ("IntegerLookup", "oov_token"): _OPEN_NUMBER,
    **{(f"{kind}Pooling{rank}D", "strides"): _STRIDES for kind in _POOLS for rank in (1, 2, 3)},
    ("Resizing", "scale"): _FLAG,
    ("BatchNormalization", "scale"): _FLAG,
    ("LayerNormalization", "scale"): _FLAG,
    ("GroupNormalization", "scale"): _FLAG,
}
