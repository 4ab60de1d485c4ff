"""Weights that Keras has quantised, as the numbers that it computes with.

The schemes are those of ``keras/src/layers/core/{dense,einsum_dense,embedding}.py`` and of
``keras/src/quantizers/quantizers.py`` (`unpack_int4`, `dequantize_with_sz_map`).  Schemes that
round the inputs too are refused: in them the last digit of a float32 decides which step of
127 (or of the 8-bit floats) an input falls on, and no database computes that digit alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras2sql.graph.ops import Array, ShapeError
from keras2sql.layers.common import float64
from keras2sql.layers.registry import Layer, Refused

_MODES = ("int8", "int4", "float8", "gptq", "awq")
_ADVICE = "convert the model before `quantize`"
_NIBBLE = 0x0F


@dataclass(frozen=True)
class Scheme:
    """How the weights of a layer are kept: `block` inputs share a scale, or all (-1).

    `bits` are those of one weight; `inputs` says that these are rounded too.
    """

    mode: str
    bits: int
    block: int
    inputs: bool

    @property
    def grouped(self) -> bool:
        """Whether there are zero points, and groups of inputs."""
        return self.mode in ("gptq", "awq") or self.block > 0


def scheme_of(config: Mapping[str, Any]) -> Scheme | None:
    """The scheme of a layer; None where its weights are as they were trained."""
    name = _policy(config.get("dtype"))
    parts = name.split("_from_")[0].split("/")
    mode = parts[0]
    if "_from_" not in name or mode not in _MODES:
        return None
    numbers = [int(part) for part in parts[1:] if re.fullmatch(r"-?\d{1,9}", part)]
    bits = {"int8": 8, "float8": 8}.get(mode, 4)
    if mode in ("gptq", "awq"):
        bits = numbers[0] if len(numbers) == 2 else bits
    return Scheme(mode, bits, numbers[-1] if numbers else -1, _rounds_inputs(mode, config))


def _policy(policy: Any) -> str:
    """``int4/128_from_float32``, which newer files write as an object."""
    if not isinstance(policy, Mapping):
        return str(policy)
    inner = policy.get("config")
    about = inner if isinstance(inner, Mapping) else {}
    if str(policy.get("class_name")) == "DTypePolicy" or "mode" not in about:
        return str(about.get("name"))
    return f"{about['mode']}_from_{about.get('source_name')}"


def _rounds_inputs(mode: str, config: Mapping[str, Any]) -> bool:
    told = config.get("quantization_config")
    inner = told.get("config") if isinstance(told, Mapping) else None
    if not isinstance(inner, Mapping):
        return mode in ("int8", "float8")
    return mode == "float8" or inner.get("activation_quantizer") is not None


def problem(class_name: str, config: Mapping[str, Any]) -> str:
    """Why a quantised layer can't be converted; empty where it can."""
    scheme = scheme_of(config)
    if scheme is None:
        return ""
    looked_up = class_name == "Embedding"
    if scheme.inputs and not looked_up:
        steps = "8-bit floats" if scheme.mode == "float8" else "whole numbers up to 127"
        return (
            f"quantised ({scheme.mode}), its inputs too: in float32 they are rounded to {steps}, "
            f"where the last digit decides; quantise the weights alone, or {_ADVICE}"
        )
    supported = {"Dense": _MODES, "EinsumDense": ("int4", "gptq", "awq"), "Embedding": _MODES}
    if scheme.mode not in supported.get(class_name, ()) or scheme.bits not in (2, 3, 4, 8):
        return f"quantised ({scheme.mode}), which is not read in this class; {_ADVICE}"
    return ""


def refuse_incomplete(config: Mapping[str, Any], arrays: Sequence[Array], expected: int) -> None:
    """Raise `Refused` for what Keras 3.15 does not save of quantised layers, nor loads again.

    Attention, whose inner layers are quantised one by one, does not say so in its config; of
    calibrated weights the zero points are left out.
    """
    scheme = scheme_of(config)
    whole = any(a.dtype.kind in "iu" and a.ndim for a in arrays)
    # A scale and the history of it, for each thing that is rounded to 8-bit floats.
    scales = sum(a.ndim == 0 for a in arrays)
    rounded = 0 < scales and len(arrays) == expected + 2 * scales
    if scheme is None and (whole or rounded):
        raise Refused(
            "its weights are quantised, and the file does not say how, so that Keras itself can't "
            f"load it; {_ADVICE}"
        )
    if scheme is not None and scheme.mode in ("gptq", "awq") and len(arrays) == expected - 1:
        raise Refused(
            f"quantised ({scheme.mode}), and the file lacks the zero points, so that Keras itself "
            f"can't load it; {_ADVICE}"
        )


def refuse_quantized(layer: Layer) -> None:
    """Raise `Refused` for a quantised layer of a class that is not read so."""
    if reason := problem(layer.class_name, layer.config):
        raise Refused(reason)


def weights_of(name: str, bias: str = "") -> Any:
    """The variables of a layer whose main one is `name`, as its scheme has them saved."""

    def declared(config: Mapping[str, Any]) -> str:
        scheme = scheme_of(config)
        if scheme is None:
            return f"{name} {bias}"
        if scheme.mode in ("gptq", "awq"):
            scales = "awq_scales " if scheme.mode == "awq" else ""
            return f"{bias} {name} {name}_scale {name}_zero {scales}g_idx"
        grouped = f"{name}_zero g_idx" if scheme.grouped else ""
        return f"{name} {bias} {name}_scale {grouped}"

    return declared


def kernel_of(layer: Layer, name: str, shape: Sequence[int]) -> Array:
    """The matrix `name`, (inputs, outputs), or one of more axes, as numbers."""
    scheme = scheme_of(layer.config)
    found = layer.weight(name, shape if scheme is None else None)
    assert found is not None, f"{layer.class_name} declares no variable {name}"
    if scheme is None:
        return found
    refuse_quantized(layer)
    scale = _needed(layer, f"{name}_scale")
    turned = scheme.mode in ("gptq", "awq")
    columns = scale.shape[0] if turned else scale.shape[-1]
    if scheme.bits == 4:
        found = unpacked(found, columns, 0 if turned else -1, signed=not turned)
    found = float64(found)
    if turned:
        found, scale = found.T, scale.T
    if scheme.grouped:
        zero = _needed(layer, f"{name}_zero")
        groups = _groups(layer, scale.shape[0])
        numbers = (found - (zero.T if turned else zero)[groups]) * scale[groups]
    else:
        numbers = found / scale
    if scheme.mode == "awq":
        numbers = numbers / _needed(layer, "awq_scales")[:, None]
    return _shaped(numbers, shape)


def embeddings_of(layer: Layer, name: str, shape: tuple[int, int]) -> Array:
    """The table `name`, (ids, outputs), as numbers: each id has scales of its own."""
    scheme = scheme_of(layer.config)
    found = layer.weight(name, shape if scheme is None else None)
    assert found is not None, f"{layer.class_name} declares no variable {name}"
    if scheme is None:
        return found
    scale = _needed(layer, f"{name}_scale")
    if scheme.bits == 4:
        found = unpacked(found, shape[1], -1, signed=True)
    found = float64(found)
    if not scheme.grouped:
        return _shaped(found / scale[:, None], shape)
    groups = _groups(layer, scale.shape[1])
    zero = _needed(layer, f"{name}_zero")
    return _shaped((found - zero[:, groups]) * scale[:, groups], shape)


def unpacked(packed: Array, size: int, axis: int, signed: bool) -> Array:
    """The 4-bit numbers of an array that holds two in each byte, the lower four bits first."""
    if packed.dtype.itemsize != 1 or packed.shape[axis] != (size + 1) // 2:
        raise ShapeError(f"packed weights of shape {packed.shape}, where {size} are wanted")
    raw = np.moveaxis(packed, axis, -1).view(np.uint8).astype(np.int64)
    both = np.stack([raw & _NIBBLE, raw >> 4], -1).reshape(*raw.shape[:-1], -1)[..., :size]
    return np.moveaxis((both ^ 8) - 8 if signed else both, -1, axis)


def _groups(layer: Layer, count: int) -> Array:
    """The group of each input."""
    groups = _needed(layer, "g_idx").astype(np.int64)
    if groups.size and not 0 <= groups.min() <= groups.max() < count:
        raise ShapeError(f"its inputs are in groups beyond the {count} that have scales")
    return groups


def _needed(layer: Layer, name: str) -> Array:
    found = layer.weight(name)
    assert found is not None, f"{layer.class_name} declares no variable {name}"
    return found


def _shaped(numbers: Array, shape: Sequence[int]) -> Array:
    wanted = tuple(shape)
    if -1 in wanted or numbers.size != np.prod(wanted, dtype=np.int64):
        raise ShapeError(f"weights of shape {numbers.shape}, where {wanted} is wanted")
    return np.asarray(numbers, dtype=np.float64).reshape(wanted)
