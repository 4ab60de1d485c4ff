"""Weights after their quantizer, in the single precision in which QKeras computes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.errors import ModelFileError
from keras2sql.graph import expr as ex
from keras2sql.graph.ops import Array
from keras2sql.layers.registry import Layer, Refused
from keras2sql.recipes.qkeras.functions import AUTO, expression, refuse_unusual
from keras2sql.recipes.qkeras.specs import Quantizer, quantizer_of

Single = npt.NDArray[np.float32]


def single(value: Any) -> Single:
    return np.asarray(value, dtype=np.float32)


_EPSILON = np.float32(1e-7)
# Without an alpha, kernels take a scale of their own.
_SCALED = ("binary", "quantized_bits", "stochastic_binary", "stochastic_ternary", "ternary")


def quantized(layer: Layer, option: str, weights: Array, is_kernel: bool = False) -> Array:
    """`weights` after the quantizer that the layer's config holds under `option`."""
    given = layer.config.get(option)
    if given is None:
        return weights
    quantizer = quantizer_of(given)
    if quantizer is None:
        raise Refused(f"{option}={given!r} is no quantizer of QKeras 0.9.0")
    options = quantizer.options
    if is_kernel and quantizer.name in _SCALED and options["alpha"] is None:
        quantizer = replace(quantizer, options={**options, "alpha": "auto_po2"})
    held = single(weights)
    if quantizer.options.get("alpha") not in AUTO:
        return single(ex.evaluate(expression(quantizer), [held]))
    if layer.config.get("data_format") == "channels_first":
        raise Refused(f"{option} with an automatic scale, where channels come first")
    if not held.size:
        raise ModelFileError(f"{layer.path}: there are no weights for its {option}")
    if held.ndim == 0:
        raise Refused(f"{option} with an automatic scale for a single number")
    with np.errstate(all="ignore"):
        found = _automatic(quantizer, held)
    if not np.isfinite(found).all():
        raise Refused(f"{option} makes numbers of the weights that are not finite")
    return found


def _automatic(quantizer: Quantizer, x: Single) -> Single:
    """With a scale for each output channel, the last axis, that fits the weights best."""
    options = quantizer.options
    refuse_unusual(quantizer)
    if quantizer.name == "quantized_bits":
        return _bits(quantizer, x)
    if quantizer.name.endswith("binary"):
        zero = quantizer.name == "binary" and quantizer.flag("use_01")
        sign = np.where(x >= 0, np.float32(1), np.float32(0 if zero else -1))
        return single(_scale(options["alpha"], x, sign) * sign)
    if options["threshold"] is not None:
        raise Refused(f"{quantizer.name} with a threshold and an automatic scale")
    return _ternary(quantizer, x)


def _axes(x: Single) -> tuple[int, ...] | None:
    return tuple(range(x.ndim - 1)) if x.ndim > 1 else None


def _scale(alpha: Any, x: Single, q: Single) -> Single:
    """The factor of `q` that comes nearest to `x`; for a vector, one for each element."""
    axes = _axes(x)
    xq, qq = x * q, q * q
    if axes is not None:
        xq, qq = xq.mean(axis=axes, keepdims=True), qq.mean(axis=axes, keepdims=True)
    found = xq / (qq + _EPSILON)
    return _power_of_two(found) if alpha == "auto_po2" else single(found)


def _power_of_two(scale: Single) -> Single:
    log2 = np.log(scale + _EPSILON) / np.float32(np.log(2.0))
    return single(np.power(np.float32(2.0), np.rint(log2)))


def _bits(quantizer: Quantizer, x: Single) -> Single:
    bits, alpha = quantizer.count("bits", 2, 32), quantizer.options["alpha"]
    size = np.float32(2.0 ** (bits - quantizer.flag("keep_negative")))
    whole = np.float32(2.0 ** quantizer.count("integer"))
    x = x / whole
    most = np.float32(2 ** (bits - 1) - 1)
    greatest = np.abs(x).max(axis=_axes(x), keepdims=True)
    scale = greatest * np.float32(2) / (most * np.float32(2))

    def nearest(scale: Single) -> Single:
        steps = np.floor(np.abs(x) / scale + np.float32(0.5))
        return single(np.sign(x) * np.where(steps < most, steps, most))

    if alpha == "auto":
        z = nearest(scale)
    else:
        scale = _power_of_two(scale)
        for _ in range(5):
            z = nearest(scale)
            scale = _scale(alpha, x, z)
    return single((scale * size) * (whole * z / size))


def _ternary(quantizer: Quantizer, x: Single) -> Single:
    alpha = quantizer.options["alpha"]
    scale = np.float32(2) * np.abs(x).max(axis=_axes(x), keepdims=True) / np.float32(3)
    if alpha == "auto_po2":
        scale = _power_of_two(scale)
    q = np.zeros_like(x)
    for _ in range(quantizer.count("number_of_unrolls", 1, 100)):
        rounded = scale * np.rint(x / scale)
        q = np.where(np.abs(rounded) >= scale / np.float32(2), np.sign(x), np.float32(0))
        scale = _scale(alpha, x, q)
    return single(scale * q)
