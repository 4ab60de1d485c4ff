"""What a quantizer computes, as one expression of its argument.

The formulas are those of ``qkeras/quantizers.py`` in predictions, where "stochastic" rounding
rounds to the nearest, and to the even one of two as near.  Its sigmoid is the hard one,
which `set_internal_sigmoid` can change and files do not tell.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from keras2sql.graph import expr as ex
from keras2sql.graph.expr import Expr, ExprLike, X, call, maximum, minimum, where
from keras2sql.layers.registry import Refused
from keras2sql.recipes.qkeras.specs import Quantizer

_EPSILON = 1e-7  # keras.backend.epsilon()
AUTO = ("auto", "auto_po2")


def _clip(x: ExprLike, low: float, high: float) -> Expr:
    return minimum(maximum(x, low), high)


def _round(x: Expr) -> Expr:
    return call("round", x)


def _sign(positive: float = 1.0, negative: float = -1.0) -> Expr:
    """Of 0 it is that of positive numbers."""
    return where(X >= 0.0, positive, negative)


def hard_sigmoid(x: Expr = X) -> Expr:
    """QKeras's own, by which a hard_sigmoid of its layers goes too."""
    return _clip(0.5 * x + 0.5, 0.0, 1.0)


def smooth_sigmoid() -> Expr:
    return _clip(0.1875 * X + 0.5, 0.0, 1.0)


# Functions of QKeras that are called by their names alone, before Keras's of the same name.
FUNCTIONS: dict[str, Callable[[], Expr]] = {
    "binary_sigmoid": lambda: _round(hard_sigmoid()),
    "binary_tanh": lambda: 2.0 * _round(hard_sigmoid()) - 1.0,
    "hard_sigmoid": hard_sigmoid,
    "hard_tanh": lambda: 2.0 * hard_sigmoid() - 1.0,
    "smooth_sigmoid": smooth_sigmoid,
    "smooth_tanh": lambda: 2.0 * smooth_sigmoid() - 1.0,
}


def expression(quantizer: Quantizer) -> Expr:
    """The quantizer's formula; refuses options that have none."""
    refuse_unusual(quantizer)
    options = quantizer.options
    if options.get("alpha") in AUTO:
        raise Refused(
            f"{quantizer.name} with alpha={options['alpha']!r} takes its scale from all rows of "
            "a batch, and SQL computes each row by itself; give it a number"
        )
    return _FORMULAS[quantizer.name](quantizer)


def refuse_unusual(quantizer: Quantizer) -> None:
    """What is refused whether the scale is given or found."""
    options = quantizer.options
    if options.get("qnoise_factor", 1.0) != 1.0:
        raise Refused(
            f"{quantizer.name} with qnoise_factor={options['qnoise_factor']!r}: it was saved "
            "before its training had quantised it wholly"
        )
    if options.get("scale_axis") is not None:
        raise Refused(f"{quantizer.name} with scale_axis={options['scale_axis']!r}")
    if quantizer.name == "binary" and quantizer.flag("use_stochastic_rounding"):
        raise Refused("binary with use_stochastic_rounding does not predict in QKeras either")


def _scale(quantizer: Quantizer) -> float:
    found = quantizer.number("alpha")
    return 1.0 if found is None else found


def _bits(q: Quantizer) -> Expr:
    keeps = q.flag("keep_negative") if "keep_negative" in q.options else True
    bits = q.count("bits", 1, 32) - keeps
    if bits == 0:
        return _scale(q) * _sign()
    size, whole = 2.0**bits, 2.0 ** q.count("integer")
    least = (-size + q.flag("symmetric")) if keeps else 0.0
    steps = _clip(_round(X * (size / whole)), least, size - 1.0)
    return _scale(q) * (steps * (whole / size))


def _hswish(q: Quantizer) -> Expr:
    shift, top = q.number("relu_shift"), q.number("relu_upper_bound")
    if shift is None or top is None or shift <= 0 or top <= 0:
        raise Refused(f"{q.name} with relu_shift={shift!r}, relu_upper_bound={top!r}")
    return ex.substitute(_bits(q), {0: X * _clip(X + shift, 0.0, top) / top})


def _relu(q: Quantizer) -> Expr:
    slope = q.number("negative_slope") or 0.0
    if slope < 0 or (slope and not math.log2(slope).is_integer()):
        raise Refused(f"{q.name} with negative_slope={slope!r}, which is no power of two")
    size, whole = 2.0 ** (q.count("bits", 1, 32) - (slope != 0)), 2.0 ** q.count("integer")
    top = 1.0 - 1.0 / size
    if q.flag("use_sigmoid"):
        steps = hard_sigmoid(X / whole) * size
        y = whole * _clip(2.0 * (_round(steps) / size) - 1.0, 0.0, top)
        below = 2.0 * (_round(steps * slope) / (slope * size or 1.0)) - 1.0
    else:
        steps = X * (size / whole)
        y = whole * _clip(_round(steps) / size, 0.0, top)
        below = _round(steps * slope) / (slope * size or 1.0)
    if slope:
        y = y + whole * slope * _clip(below, -1.0, 0.0)
    return _bounded(q, y, whole * top)


def _bounded(q: Quantizer, y: Expr, greatest: float) -> Expr:
    """Below relu_upper_bound, which counts without is_quantized_clip alone."""
    bound = q.number("relu_upper_bound")
    if not bound or bound >= greatest:
        return y
    if not q.as_text:
        raise Refused(
            f"{q.name} with relu_upper_bound={bound}, which QKeras heeds without "
            "is_quantized_clip alone, and that it does not save"
        )
    return y if q.flag("is_quantized_clip") else minimum(y, bound)


def _tanh(q: Quantizer) -> Expr:
    size = 2.0 ** (q.count("bits", 1, 32) - 1)
    p = ex.tanh(X) if q.flag("use_real_tanh") else 2.0 * hard_sigmoid() - 1.0
    least = -1.0 + q.flag("symmetric") / size
    return _clip(_round(p * size) / size, least, 1.0 - 1.0 / size)


def _sigmoid(q: Quantizer) -> Expr:
    size = 2.0 ** q.count("bits", 1, 32)
    p = ex.sigmoid(X) if q.flag("use_real_sigmoid") else hard_sigmoid()
    return _clip(_round(p * size) / size, q.flag("symmetric") / size, 1.0 - 1.0 / size)


def _ulaw(q: Quantizer) -> Expr:
    size, whole = 2.0 ** (q.count("bits", 1, 32) - 1), 2.0 ** q.count("integer")
    u = q.number("u")
    if u is None or u <= 0:
        raise Refused(f"{q.name} with u={u!r}")
    rounded = 2.0 * (_round(hard_sigmoid(X / whole) * size) / size) - 1.0
    law = call("sign", rounded) * ex.log1p(u * abs(rounded)) / math.log1p(u)
    return whole * _clip(law, -1.0 + q.flag("symmetric") / size, 1.0 - 1.0 / size)


def _binary(q: Quantizer) -> Expr:
    zero = q.name == "binary" and q.flag("use_01")
    return _scale(q) * _sign(negative=0.0 if zero else -1.0)


def _ternary(q: Quantizer) -> Expr:
    if q.name == "ternary" and q.flag("use_stochastic_rounding"):
        raise Refused("ternary with use_stochastic_rounding and no alpha='auto'")
    threshold = q.number("threshold")
    wide = abs(X) >= (0.33 if threshold is None else threshold)
    return _scale(q) * where(wide, call("sign", X), 0.0)


def _exponent(q: Quantizer, x: Expr, least: int, most: int) -> Expr:
    """The rounded logarithm of a number that is not negative, within bounds."""
    if q.options["log2_rounding"] != "rnd":
        raise Refused(f"{q.name} with log2_rounding={q.options['log2_rounding']!r}")
    top = q.number("max_value")
    inside = maximum(x, _EPSILON)
    inside = inside if top is None else minimum(inside, top)
    log2 = call("ln", inside) / math.log(2.0)
    if q.flag("quadratic_approximation"):
        rounded = 2.0 * _clip(_round(0.5 * log2), least, most)
    else:
        rounded = _clip(_round(log2), least, most)
    return where(x < _EPSILON, float(least), rounded)


def _exponents(q: Quantizer, bits: int) -> tuple[int, int]:
    top = q.number("max_value")
    if top is not None and top <= 0:
        raise Refused(f"{q.name} with max_value={top!r}")
    bits -= top is None or top > 1
    if bits < 0:
        raise Refused(f"{q.name} with bits={q.options['bits']!r}")
    most = 2**bits - 1
    return -(2**bits), 2 * (most // 2) if q.flag("quadratic_approximation") else most


def _po2(q: Quantizer) -> Expr:
    exponent = _exponent(q, abs(X), *_exponents(q, q.count("bits", 1, 8) - 1))
    return _sign() * ex.power(2.0, exponent)


def _relu_po2(q: Quantizer) -> Expr:
    slope = q.number("negative_slope") or 0.0
    if slope < 0 or (slope and not math.log2(slope).is_integer()):
        raise Refused(f"{q.name} with negative_slope={slope!r}, which is no power of two")
    bounds = _exponents(q, q.count("bits", 1, 8))
    above = ex.power(2.0, _exponent(q, maximum(X, 0.0), *bounds))
    if not slope:
        return above
    below = ex.power(2.0, _exponent(q, maximum(-X, 0.0) * slope, *bounds))
    return where(X >= 0.0, above, -below)


_FORMULAS: dict[str, Callable[[Quantizer], Expr]] = {
    "binary": _binary,
    "quantized_bits": _bits,
    "quantized_hswish": _hswish,
    "quantized_po2": _po2,
    "quantized_relu": _relu,
    "quantized_relu_po2": _relu_po2,
    "quantized_sigmoid": _sigmoid,
    "quantized_tanh": _tanh,
    "quantized_ulaw": _ulaw,
    "stochastic_binary": _binary,
    "stochastic_ternary": _ternary,
    "ternary": _ternary,
}
