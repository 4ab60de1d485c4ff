"""The values of tensors that no row of the source moves."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.graph import ops
from keras2sql.graph.core import Tensor

Array = npt.NDArray[Any]


class Values:
    """Computes them, each once."""

    def __init__(self) -> None:
        self._known: dict[Tensor, Array | None] = {}

    def of(self, t: Tensor) -> Array | None:
        """The value of a tensor that reads no input, of its shape; None of any other."""
        if t not in self._known:
            self._known[t] = self._computed(t)
        return self._known[t]

    def _computed(self, t: Tensor) -> Array | None:
        if isinstance(t.op, ops.Input):
            return None
        batches = []
        for operand in t.inputs:
            value = self.of(operand)
            if value is None:
                return None
            batches.append(value[None])
        result = np.broadcast_to(t.op(*batches), (1, *t.shape))
        return result.reshape(t.shape)
