"""Which layers hand the mask of their input on, when they say nothing of it themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras2sql.graph.core import Builder, Tensor
from keras2sql.layers.registry import REGISTRY
from keras2sql.read.spec import ModelSpec


def takes_masks_off(model: ModelSpec) -> bool:
    """Whether it matters which of the layers that read a masked tensor runs first."""
    return any(spec.class_name == "MultiHeadAttention" for _, spec in model.leaves())


# Which ended a mask before Keras 3.
_ENDED_MASK = frozenset({"Identity", "Normalization", "Rescaling"})


def pass_mask_on(
    builder: Builder,
    class_name: str,
    keras: tuple[int, int],
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    given: Any = None,
) -> None:
    """Give `outputs` the mask of the first input, as Keras does after calling a layer; or the
    mask that the layer was called with, `given`."""
    mask = given if isinstance(given, Tensor) else builder.mask(inputs[0]) if inputs else None
    entry = REGISTRY.get(class_name)
    if mask is None or entry is None or not entry.keeps_mask:
        return
    if keras < (3, 0) and class_name in _ENDED_MASK:
        return
    for out in outputs:
        if builder.mask(out) is None and out.shape[:1] == mask.shape[:1]:
            builder.masked(out, mask)
