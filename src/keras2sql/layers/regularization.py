"""Layers that act in training alone: at inference each is the identity."""

from __future__ import annotations

from keras2sql.graph.core import Builder, Tensor
from keras2sql.layers.common import channels_first
from keras2sql.layers.registry import Layer, Refused, converts


@converts(
    "ActivityRegularization",
    "AlphaDropout",
    "Dropout",
    "GaussianDropout",
    "GaussianNoise",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    keeps_mask=True,
)
def training_only(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    return x


@converts(
    "AugMix",
    "CutMix",
    "MaxNumBoundingBoxes",
    "MixUp",
    "RandAugment",
    "RandomBrightness",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomContrast",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomGrayscale",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
)
def augmentation(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """Random changes to images, in training."""
    return x


@converts("Equalization", "Solarization")
def training_only_in_keras3(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """Not random, and yet skipped outside of training by Keras 3.15."""
    return x


@converts(
    "RandomCrop",
    note="training only; of Keras 2: where the image has the size of the crop",
)
def random_crop(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """Nothing at inference; in Keras 2 a resized crop from the centre."""
    sizes = x.shape[1:] if channels_first(layer) else x.shape[:2]
    wanted = (layer.config.get("height"), layer.config.get("width"))
    if layer.keras[0] < 3 and tuple(sizes[:2]) != wanted:
        raise Refused("Keras 2 crops and resizes at inference too; Keras 3 does not")
    return x
