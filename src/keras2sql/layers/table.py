"""Which layers of Keras are supported: what `keras2sql.layers()` shows."""

from __future__ import annotations

from keras2sql.layers import REGISTRY
from keras2sql.layers.names import LAYERS

_CODE = "holds program code, which is never executed"
_FINITE = "of buckets, looked-up ids or texts, and all else whose values are known beforehand"
_SIGNAL = "signal processing: not yet"
_TRAINING = "training only: the identity at inference"

# Why not: for a whole family, then for single layers.
_FAMILY_REASONS = {"code": _CODE, "image": "image processing: not yet"}
_REASONS = {
    "Lambda": _CODE,
    "MelSpectrogram": _SIGNAL,
    "STFTSpectrogram": _SIGNAL,
}

# What a supported layer leaves out, or does otherwise than its name says.
_NOTES = {
    "Activation": "all of Keras's own functions; none of a user's",
    "CenterCrop": "images at least as large as the crop",
    "Dense": "quantised: the weights alone",
    "Discretization": "with its boundaries known",
    "EinsumDense": "quantised: the weights alone, not int8",
    "HashedCrossing": _FINITE,
    "Hashing": _FINITE,
    "IntegerLookup": "with its vocabulary in the file; ids below 2^53",
    "Embedding": "an id outside the table gives no prediction",
    "MultiHeadAttention": "masks over one attention axis",
    "RandomCrop": "training only; of Keras 2: where the image has the size of the crop",
    "RNN": "over cells of Keras; no constants",
    "Resizing": "interpolation nearest, bilinear, bicubic; not keeping the aspect ratio",
    "StringLookup": "with its vocabulary in the file; one index for what is not in it",
    "TextVectorization": "ngrams are not; words of a text to ids, up to output_sequence_length",
    "SpectralNormalization": "training only; the wrapped layer at inference",
    "UpSampling2D": "interpolation nearest, bilinear, bicubic",
}


def supported() -> list[tuple[str, bool, str]]:
    """``(layer class, supported, note)`` for every layer of Keras, by name.

    The note of an unsupported layer is the reason.
    """
    return [(name, *_state(name, family)) for name, family in LAYERS]


def _state(name: str, family: str) -> tuple[bool, str]:
    if name in REGISTRY:
        training = family in ("image", "regularization")
        return True, _NOTES.get(name, _TRAINING if training else "")
    if name == "InputLayer":
        return True, "with a fixed shape"
    return False, _REASONS.get(name) or _FAMILY_REASONS.get(family, "not yet")
