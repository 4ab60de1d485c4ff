"""Low-rank updates of weights, which `.h5` files keep beside the weights that they change.

The other forms hold their sum, as ``save_own_variables`` of the layers in
``keras/src/layers/core`` and ``convolutional`` writes it.
"""

from __future__ import annotations

import numpy as np

from keras2sql.errors import ModelFileError
from keras2sql.read.spec import LayerSpec
from keras2sql.read.weights import Named, variable_name

_PREFIX = "lora_"


def parts_of(main: str) -> tuple[str, str]:
    """The names of the two factors of the update of this variable."""
    return f"{_PREFIX}{main}_a", f"{_PREFIX}{main}_b"


def merged(spec: LayerSpec, named: Named) -> Named:
    """The weights of a layer, its update added to the one that it is of."""
    short = {variable_name(name): array for name, array in named}
    rest = [(n, array) for n, array in named if not variable_name(n).startswith(_PREFIX)]
    for at, (name, array) in enumerate(rest):
        a, b = (short.get(part) for part in parts_of(variable_name(name)))
        if a is None or b is None:
            continue
        factor = _factor(spec, bool(np.any(b)))
        if a.ndim != array.ndim or b.ndim != 2 or (*a.shape[:-1], b.shape[-1]) != array.shape:
            raise ModelFileError(f"{spec.name}: LoRA weights of the wrong shape")
        rest[at] = name, array + factor * np.matmul(a, b)
    return rest


def _factor(spec: LayerSpec, matters: bool) -> float:
    rank, alpha = spec.config.get("lora_rank"), spec.config.get("lora_alpha")
    if not isinstance(rank, int) or rank < 1:
        raise ModelFileError(  # as of attention, whose inner layers have them
            f"{spec.name} has LoRA weights and no lora_rank, so that Keras itself can't load it; "
            "save the model as .keras, which holds the sum"
        )
    alpha = rank if alpha is None else alpha
    # Only convolutions are told their alpha when Keras loads them from such a file.
    if matters and alpha != rank and not spec.class_name.startswith("Conv"):
        raise ModelFileError(
            f"{spec.name} has LoRA weights with lora_alpha={alpha} and rank {rank}, of which Keras "
            "forgets the first when it loads an .h5 file; save the model as .keras, which holds "
            "the sum"
        )
    return float(alpha) / rank
