"""The greatest elements of a vector as one op."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keras2sql.graph import ops
from keras2sql.graph.ops import Array, Shape, ShapeError


@dataclass(frozen=True)
class Top(ops.Op):
    """The `count` greatest elements of a vector, (size,) -> (count,), the greatest first and of
    equals the first: their ``values``, or their ``places``; or ``marks``, (size,) -> (size,), 1 for
    each of them and 0 for all others."""

    what: str
    count: int

    def shape(self, *shapes: Shape) -> Shape:
        if len(shapes[0]) != 1 or not 0 < self.count <= shapes[0][0]:
            raise ShapeError(f"the {self.count} greatest elements of a tensor of shape {shapes[0]}")
        return shapes[0] if self.what == "marks" else (self.count,)

    def kind(self, *kinds: str) -> str:
        return {"places": "int", "marks": "float"}.get(self.what, kinds[0])

    def __call__(self, *arrays: Array) -> Array:
        (x,) = arrays
        places = np.argsort(-x, axis=1, kind="stable")[:, : self.count]
        if self.what == "places":
            return places
        if self.what == "values":
            return np.take_along_axis(x, places, axis=1)
        marks = np.zeros(x.shape)
        np.put_along_axis(marks, places, 1.0, axis=1)
        return marks
