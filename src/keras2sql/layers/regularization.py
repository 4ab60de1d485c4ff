"""Layers that act in training alone: at inference each is the identity."""

from __future__ import annotations

from keras2sql.graph.core import Builder, Tensor
from keras2sql.layers.registry import Layer, converts


@converts(
    "ActivityRegularization",
    "AlphaDropout",
    "Dropout",
    "GaussianDropout",
    "GaussianNoise",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
)
def training_only(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    return x
