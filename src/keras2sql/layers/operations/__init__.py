"""Raw `keras.ops` nodes of functional models.  Importing this registers all of them."""

from keras2sql.layers.operations import (
    elementwise,
    functions,
    indexing,
    linear,
    networks,
    reductions,
    running,
    shapes,
    tensorflow,
    tensorflow_shapes,
)

__all__ = [
    "elementwise",
    "functions",
    "indexing",
    "linear",
    "networks",
    "reductions",
    "running",
    "shapes",
    "tensorflow",
    "tensorflow_shapes",
]
