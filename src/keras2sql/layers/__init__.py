"""Converters: one small function per Keras layer.  Importing this registers all of them."""

from keras2sql.layers import (
    activations,
    core,
    merging,
    normalization,
    regularization,
    reshaping,
)
from keras2sql.layers.registry import REGISTRY, Layer, Refused, converts

__all__ = [
    "REGISTRY",
    "Layer",
    "Refused",
    "activations",
    "converts",
    "core",
    "merging",
    "normalization",
    "regularization",
    "reshaping",
]
