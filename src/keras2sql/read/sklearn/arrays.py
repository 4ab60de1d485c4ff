"""What fitting left, as arrays of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.layers.foreign import Refused

Array = npt.NDArray[np.float64]


def floats(values: Any) -> Array:
    """The values in double precision; a sparse matrix of rows becomes a dense one."""
    if hasattr(values, "indptr"):
        return _dense(values)
    return np.asarray(values, dtype=np.float64)


def finite(values: Any, otherwise: str) -> Array:
    """The same; raises `Refused` with these words where one is infinite or NaN."""
    array = floats(values)
    if not np.isfinite(array).all():
        raise Refused(otherwise)
    return array


def _dense(matrix: Any) -> Array:
    if getattr(matrix, "format", "") != "csr":
        raise Refused("was fitted to a sparse matrix that is not one of rows (csr)")
    dense = np.zeros(matrix.shape)
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    np.add.at(dense, (rows, matrix.indices), matrix.data)
    return dense
