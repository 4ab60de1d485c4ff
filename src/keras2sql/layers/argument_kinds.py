"""What values belong to the arguments of layers that `signatures` lists."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from keras2sql.layers.whole import names


def what_belongs(class_name: str, argument: str, value: Any) -> str:
    """What belongs where a layer of this class has a value that does not; "" where it does, or
    where anything may."""
    kind = KINDS.get((class_name, argument), KINDS.get(("", argument)))
    return "" if kind is None or kind[0](value) else kind[1]


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
KINDS: dict[tuple[str, str], Kind] = {
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
    ("BatchNormalization", "scale"): _FLAG,
    ("LayerNormalization", "scale"): _FLAG,
    ("GroupNormalization", "scale"): _FLAG,
}
"""By class and argument; without a class where all that have the argument take the same."""

# The arguments that make a result larger than the input without any weights to match.
ENLARGING = (
    "n",
    "size",
    "padding",
    "pool_size",
    "target_shape",
    "strides",
    "dilation_rate",
    "output_padding",
    "output_size",
    "num_tokens",
    "num_classes",
    "pad_width",
    "repeats",
    "output_sequence_length",
    "max_tokens",
    "num_bins",
    "depth",
    "num",
    "N",
    "M",
    "newshape",
    "shape",
    "kernel_size",
    "crop_size",
    "num_segments",
    "minlength",
    "sequence_length",
    "k",
)
# These lengthen nothing but what they encode.
ENCODING = ("num_bins", "max_tokens")
