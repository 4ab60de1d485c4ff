"""Which layers hand the mask of their input on, when they say nothing of it themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras2sql.graph.core import Builder, Tensor
from keras2sql.read.spec import ModelSpec

# The layers of Keras 3.15 with `supports_masking` and the default `compute_mask`; any other
# layer ends the mask, unless its converter sets one.
KEEPS_MASK = frozenset(
    {
        "Activation",
        "ActivityRegularization",
        "AlphaDropout",
        "BatchNormalization",
        "Dense",
        "Dropout",
        "ELU",
        "GaussianDropout",
        "GaussianNoise",
        "GroupNormalization",
        "GroupQueryAttention",
        "Identity",
        "LayerNormalization",
        "LeakyReLU",
        "MultiHeadAttention",
        "Normalization",
        "PReLU",
        "ReLU",
        "Rescaling",
        "Softmax",
        "SpatialDropout1D",
        "SpatialDropout2D",
        "SpatialDropout3D",
        "ThresholdedReLU",
        "TimeDistributed",
        "UnitNormalization",
    }
)


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
    if mask is None or class_name not in KEEPS_MASK:
        return
    if keras < (3, 0) and class_name in _ENDED_MASK:
        return
    for out in outputs:
        if builder.mask(out) is None and out.shape[:1] == mask.shape[:1]:
            builder.masked(out, mask)
