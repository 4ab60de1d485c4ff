"""The bias of a product: of its neurons, or a tensor like others."""

from __future__ import annotations

import numpy as np

from keras2sql.graph.contraction import contraction
from keras2sql.graph.core import Tensor


def has_own_bias(t: Tensor) -> bool:
    """Whether the bias of a product is a constant for each neuron, or there is none."""
    if len(t.inputs) < 3:
        return True
    bias = t.inputs[2]
    axes = contraction(t, swapped=t.inputs[0].constant is not None)
    if bias.constant is None or axes.y.constant is None or not np.isfinite(bias.constant).all():
        return False
    wide = (1,) * (len(t.shape) - len(bias.shape)) + bias.shape
    return all(size == 1 for c, size in zip(axes.out, wide, strict=True) if c in axes.rows)
