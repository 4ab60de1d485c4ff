"""Layers that act in training alone."""

from __future__ import annotations

from layers.case import Case, case

CASES: list[Case] = [
    case("ActivityRegularization", (3,), l1=0.5, l2=0.1),
    case("ActivityRegularization", (2, 3), l1=0.0, l2=1.0),
    case("ActivityRegularization", (1,), l1=0.3),
    case("AlphaDropout", (3,), rate=0.5),
    case("AlphaDropout", (2, 3), rate=0.9, noise_shape=[None, 1, 3]),
    case("AlphaDropout", (3,), rate=0.0),
    case("Dropout", (3,), rate=0.5),
    case("Dropout", (2, 3), rate=0.9, noise_shape=[None, 1, 3]),
    case("Dropout", (3,), rate=0.0),
    case("GaussianDropout", (3,), rate=0.5),
    case("GaussianDropout", (2, 3), rate=0.9),
    case("GaussianDropout", (3,), rate=0.0),
    case("GaussianNoise", (3,), stddev=0.5),
    case("GaussianNoise", (2, 3), stddev=1.0),
    case("GaussianNoise", (3,), stddev=0.0),
    case("SpatialDropout1D", (2, 3), rate=0.5),
    case("SpatialDropout1D", (1, 2), rate=0.9),
    case("SpatialDropout1D", (2, 3), rate=0.0),
    case("SpatialDropout2D", (2, 2, 3), rate=0.5),
    case("SpatialDropout2D", (2, 2, 3), rate=0.5, data_format="channels_first"),
    case("SpatialDropout2D", (1, 2, 1), rate=0.0),
    case("SpatialDropout3D", (2, 1, 2, 2), rate=0.5),
    case("SpatialDropout3D", (2, 1, 2, 2), rate=0.5, data_format="channels_first"),
    case("SpatialDropout3D", (1, 1, 2, 1), rate=0.0),
]
