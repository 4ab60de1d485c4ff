"""Converters: one small function per Keras layer.  Importing this registers all of them."""

from keras2sql.layers import (
    activations,
    attention,
    convolution,
    core,
    images,
    merging,
    normalization,
    operations,
    pooling,
    preprocessing,
    recurrent,
    recurrent_cells,
    recurrent_conv,
    regularization,
    reshaping,
    wrappers,
)
from keras2sql.layers.registry import REGISTRY, Layer, Refused, converts

__all__ = [
    "REGISTRY",
    "Layer",
    "Refused",
    "activations",
    "attention",
    "converts",
    "convolution",
    "core",
    "images",
    "merging",
    "normalization",
    "operations",
    "pooling",
    "preprocessing",
    "recurrent",
    "recurrent_cells",
    "recurrent_conv",
    "regularization",
    "reshaping",
    "wrappers",
]
