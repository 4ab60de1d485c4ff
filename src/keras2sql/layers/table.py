"""Which layers of Keras are supported: what `keras2sql.layers()` shows."""

from __future__ import annotations

from keras2sql.layers import REGISTRY
from keras2sql.layers.names import LAYERS

_CODE = "holds program code, which is never executed"
_SIGNAL = "signal processing: not yet"
_TRAINING = "training only: the identity at inference"

# Why not: for a whole family, then for single layers.
_FAMILY_REASONS = {"code": _CODE, "image": "image processing: not yet"}
_REASONS = {
    "Lambda": _CODE,
    "MelSpectrogram": _SIGNAL,
    "STFTSpectrogram": _SIGNAL,
}


def supported() -> list[tuple[str, bool, str]]:
    """``(layer class, supported, note)`` for every layer of Keras, by name.

    The note of an unsupported layer is the reason.
    """
    return [(name, *_state(name, family)) for name, family in LAYERS]


def _state(name: str, family: str) -> tuple[bool, str]:
    if name in REGISTRY:
        training = family in ("image", "regularization")
        return True, REGISTRY[name].note or (_TRAINING if training else "")
    if name == "InputLayer":
        return True, "with a fixed shape"
    return False, _REASONS.get(name) or _FAMILY_REASONS.get(family, "not yet")
