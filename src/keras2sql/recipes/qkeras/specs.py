"""Quantizers as configs hold them: an object of a class and its options, or a call as a text.

A text is taken apart, never evaluated: a name, and plain numbers, truth values and quoted words
in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keras2sql.layers.registry import Refused

# The options of each quantizer with their defaults, in the order of its arguments.
_NOISE = {"qnoise_factor": 1.0, "var_name": None, "use_ste": True, "use_variables": False}
_BITS = {
    "bits": 8,
    "integer": 0,
    "symmetric": 0,
    "keep_negative": True,
    "alpha": None,
    "use_stochastic_rounding": False,
    "scale_axis": None,
    **_NOISE,
}
_TERNARY = {"alpha": None, "threshold": None}
_PO2 = {"use_stochastic_rounding": False, "quadratic_approximation": False, "log2_rounding": "rnd"}
QUANTIZERS: dict[str, dict[str, Any]] = {
    "binary": {"use_01": False, "alpha": None, "use_stochastic_rounding": False},
    "quantized_bits": _BITS,
    "quantized_hswish": {
        **{k: v for k, v in _BITS.items() if k != "keep_negative"},
        "relu_shift": 3,
        "relu_upper_bound": 6,
    },
    "quantized_po2": {"bits": 8, "max_value": None, **_PO2, **_NOISE},
    "quantized_relu": {
        "bits": 8,
        "integer": 0,
        "use_sigmoid": 0,
        "negative_slope": 0.0,
        "use_stochastic_rounding": False,
        "relu_upper_bound": None,
        "is_quantized_clip": True,
        **_NOISE,
    },
    "quantized_relu_po2": {"bits": 8, "max_value": None, "negative_slope": 0, **_PO2, **_NOISE},
    "quantized_sigmoid": {
        "bits": 8,
        "symmetric": False,
        "use_real_sigmoid": False,
        "use_stochastic_rounding": False,
    },
    "quantized_tanh": {
        "bits": 8,
        "use_stochastic_rounding": False,
        "symmetric": False,
        "use_real_tanh": False,
    },
    "quantized_ulaw": {"bits": 8, "integer": 0, "symmetric": 0, "u": 255.0},
    "stochastic_binary": {"alpha": None, "temperature": 6.0, "use_real_sigmoid": True},
    "stochastic_ternary": {
        **_TERNARY,
        "temperature": 8.0,
        "use_real_sigmoid": True,
        "number_of_unrolls": 5,
    },
    "ternary": {**_TERNARY, "use_stochastic_rounding": False, "number_of_unrolls": 5},
}
_OF_OBJECTS = {"class_name", "config", "module", "registered_name", "shared_object_id"}
_OF_OBJECTS |= {"__passive_serialization__"}
_CALL = re.compile(r"(\w{1,40})(?:\((.{0,400})\))?")
_ARGUMENT = re.compile(
    r"""\s*(?:(?P<name>[a-z]\w*)\s*=\s*)?
    (?:(?P<truth>True|False)|(?P<whole>[-+]?\d{1,9})|(?P<word>'\w*'|"\w*")
       |(?P<number>[-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][-+]?\d{1,3})?))\s*""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Quantizer:
    """A quantizer: its class and all of its options."""

    name: str
    options: Mapping[str, Any]
    as_text: bool = False

    def count(self, name: str, least: int = 0, most: int = 64) -> int:
        """An option that has to be a whole number."""
        value = self.options[name]
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Refused(f"{self.name} with {name}={value!r}")
        return value

    def flag(self, name: str) -> bool:
        value = self.options[name]
        if value not in (0, 1):
            raise Refused(f"{self.name} with {name}={value!r}")
        return bool(value)

    def number(self, name: str) -> float | None:
        """An option that is a number or not set."""
        value = self.options[name]
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool) or value != value:
            raise Refused(f"{self.name} with {name}={value!r}")
        return float(value)


def quantizer_of(value: Any) -> Quantizer | None:
    """The quantizer that a config holds; None if it holds none, or something else.

    Raises `Refused` for one with options that it does not have.
    """
    if isinstance(value, Mapping):
        name, given = value.get("class_name"), value.get("config")
        if name not in QUANTIZERS and name != "bernoulli":
            return None
        if not isinstance(given, Mapping) or set(value) - _OF_OBJECTS:
            raise Refused(f"{name} is not written as QKeras writes it")
        return _filled(name, dict(given), as_text=False)
    if not isinstance(value, str):
        return None
    found = _CALL.fullmatch(value)
    name = found[1] if found else value.partition("(")[0]
    if name not in QUANTIZERS and name != "bernoulli":
        if "(" in value:
            raise Refused(f"the quantizer {value!r} is not known here")
        return None
    if found is None:
        raise Refused(f"{value!r} is no call of a quantizer")
    return _filled(name, _arguments(name, found[2] or "", value), as_text=True)


def _arguments(name: str, inside: str, whole: str) -> dict[str, Any]:
    """The arguments of a call, by the names of the options."""
    out: dict[str, Any] = {}
    order, named = list(QUANTIZERS.get(name, ())), False
    for place, part in enumerate(inside.split(",") if inside.strip() else ()):
        found = _ARGUMENT.fullmatch(part)
        if found is None:
            raise Refused(f"{part.strip()!r} in {whole!r} is no number, truth value or quoted word")
        if found["name"] is None and (named or place >= len(order)):
            raise Refused(f"{whole!r} has more arguments than {name}, or one without a name behind")
        named = found["name"] is not None
        key = found["name"] or order[place]
        if key in out:
            raise Refused(f"{whole!r} gives {key} twice")
        out[key] = _value(found)
    return out


def _value(found: re.Match[str]) -> Any:
    if found["truth"]:
        return found["truth"] == "True"
    if found["word"]:
        return found["word"][1:-1]
    return int(found["whole"]) if found["whole"] else float(found["number"])


def _filled(name: str, given: dict[str, Any], as_text: bool) -> Quantizer:
    if name == "bernoulli":
        raise Refused("the quantizer bernoulli draws random numbers, in predictions too")
    known = QUANTIZERS[name]
    if name == "quantized_hswish" and given.get("keep_negative") is True:
        del given["keep_negative"]  # which it writes, and does not take
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise Refused(f"{name} has no {', '.join(unknown)} in QKeras 0.9.0")
    return Quantizer(name, {**known, **given}, as_text)
