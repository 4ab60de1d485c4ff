"""Layers that act in training alone."""

from __future__ import annotations

from layers.case import Case, case

CASES: list[Case] = [
    case("ActivityRegularization", (3,), l1=0.5, l2=0.1),
    case("AlphaDropout", (3,), rate=0.5),
    case("Dropout", (3,), rate=0.5),
    case("Dropout", (2, 3), rate=0.9, noise_shape=[None, 1, 3]),
    case("Dropout", (3,), rate=0.0),
    case("GaussianDropout", (3,), rate=0.5),
    case("GaussianNoise", (3,), stddev=0.5),
    case("SpatialDropout1D", (2, 3), rate=0.5),
    case("SpatialDropout2D", (2, 2, 3), rate=0.5),
    case("SpatialDropout3D", (2, 1, 2, 2), rate=0.5),
]
