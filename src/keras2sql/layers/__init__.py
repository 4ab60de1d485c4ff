"""Converters: one small function per Keras layer.  Importing this registers all of them."""

from keras2sql.layers import (
    activations,
    convolution,
    core,
    merging,
    normalization,
    pooling,
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
    "convolution",
    "core",
    "merging",
    "normalization",
    "pooling",
    "regularization",
    "reshaping",
]
