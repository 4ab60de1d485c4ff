"""The weights that an architecture has, in the order in which Keras lists them."""

from __future__ import annotations

from dataclasses import dataclass

from keras2sql.layers.quantization import scheme_of
from keras2sql.layers.registry import REGISTRY, Layer
from keras2sql.read.lora import parts_of
from keras2sql.read.order import listed_layers
from keras2sql.read.spec import LayerSpec

# What training leaves alone, whatever is asked for.
_STATISTICS = ("mean", "variance", "count", "renorm_mean", "renorm_stddev", "vector_u")
_NEVER_TRAINED = frozenset((*_STATISTICS, "moving_mean", "moving_variance", "moving_stddev"))

# Their weights are those of layers inside, which are not told that they are frozen.
_ATTENTION = frozenset({"MultiHeadAttention", "GroupQueryAttention"})


@dataclass(frozen=True)
class Slot:
    """The place of one array: `position` in the order of the layer's converter."""

    layer: LayerSpec
    name: str
    position: int
    trained: bool


def slots_of(spec: LayerSpec) -> list[Slot] | None:
    """Of a layer and all inside it; None where one is of a class that no converter knows."""
    if spec.model is not None:
        return _joined([slots_of(layer) for layer in listed_layers(spec.model)])
    if spec.is_input or spec.is_operation:
        return []
    own = _own_slots(spec)
    inside = _joined([slots_of(child) for child in spec.children.values()])
    if own is None or inside is None:
        return None
    if spec.class_name == "SpectralNormalization":  # has the kernel inside for its own too
        return [*inside[:1], *own, *inside[1:]]
    return [*own, *inside]


def _joined(parts: list[list[Slot] | None]) -> list[Slot] | None:
    known = [part for part in parts if part is not None]
    return [slot for part in known for slot in part] if len(known) == len(parts) else None


def _own_slots(spec: LayerSpec) -> list[Slot] | None:
    if spec.key not in REGISTRY:
        return None
    attention = spec.class_name in _ATTENTION
    trained = attention or bool(spec.config.get("trainable", True))
    names = Layer(spec.key, spec.name, spec.name, spec.config).weight_names()
    frozen = set(_NEVER_TRAINED)
    if names and scheme_of(spec.config) is not None:
        frozen.update(n for n in names if n != "bias")
    if names and spec.config.get("lora_rank"):  # an update learns in place of the first
        frozen.add(names[0])
        names = [*names, *parts_of(names[0])]
    slots = [Slot(spec, n, i, trained and n not in frozen) for i, n in enumerate(names)]
    if scheme_of(spec.config) is not None:  # they are made as what is never trained
        slots.sort(key=lambda slot: slot.name in frozen)
    if not attention:
        return slots
    # The gate is made behind the key, and comes last in every other form.
    gate = [slot for slot in slots if slot.name.startswith("gate")]
    first = [slot for slot in slots if slot.name.startswith(("query", "key"))]
    return [*first, *gate, *(slot for slot in slots if slot not in gate and slot not in first)]
