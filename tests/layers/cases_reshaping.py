"""Flatten, Reshape, Permute, RepeatVector, cropping, padding, up-sampling."""

from __future__ import annotations

from layers.case import Case, case

CHANNELS_FIRST = {"data_format": "channels_first"}

CASES: list[Case] = [
    case("Flatten", (3,)),
    case("Flatten", (2, 3)),
    case("Flatten", (2, 2, 3), **CHANNELS_FIRST),
    case("Flatten", ()),
    case("Reshape", (6,), target_shape=[2, 3]),
    case("Reshape", (2, 3), target_shape=[3, -1]),
    case("Reshape", (2, 3), target_shape=[-1]),
    case("Reshape", (1, 3), target_shape=[3, 1, 1]),
    case("Permute", (2, 3), dims=[2, 1]),
    case("Permute", (2, 3, 2), dims=[3, 1, 2]),
    case("Permute", (3,), dims=[1]),
    case("RepeatVector", (3,), n=2),
    case("RepeatVector", (1,), n=1),
    case("RepeatVector", (2,), n=4),
    case("Cropping1D", (4, 2)),
    case("Cropping1D", (4, 2), cropping=[0, 2]),
    case("Cropping1D", (4, 2), cropping=0),
    case("Cropping2D", (3, 4, 2), cropping=1),
    case("Cropping2D", (3, 4, 1), cropping=[1, 0]),
    case("Cropping2D", (1, 3, 4), cropping=[[0, 1], [2, 1]], **CHANNELS_FIRST),
    case("Cropping3D", (3, 3, 3, 1), cropping=1),
    case("Cropping3D", (2, 2, 3, 2), cropping=[[1, 0], [0, 1], [1, 1]]),
    case("Cropping3D", (1, 2, 3, 2), cropping=[0, 1, 0], **CHANNELS_FIRST),
    case("ZeroPadding1D", (2, 2)),
    case("ZeroPadding1D", (2, 2), padding=[0, 3]),
    case("ZeroPadding1D", (2, 3), padding=[2, 1], **CHANNELS_FIRST),
    case("ZeroPadding2D", (2, 1, 2), padding=1),
    case("ZeroPadding2D", (2, 2, 1), padding=[1, 0]),
    case("ZeroPadding2D", (2, 1, 2), padding=[[0, 1], [2, 0]], **CHANNELS_FIRST),
    case("ZeroPadding3D", (1, 1, 2, 1), padding=1),
    case("ZeroPadding3D", (1, 2, 1, 2), padding=[[0, 1], [1, 0], [2, 0]]),
    case("ZeroPadding3D", (2, 1, 2, 1), padding=[1, 0, 2], **CHANNELS_FIRST),
    case("UpSampling1D", (2, 2)),
    case("UpSampling1D", (3, 1), size=3),
    case("UpSampling1D", (1, 2), size=1),
    case("UpSampling2D", (2, 2, 2)),
    case("UpSampling2D", (2, 1, 2), size=[1, 3]),
    case("UpSampling2D", (2, 2, 1), size=[3, 1], **CHANNELS_FIRST),
    case("UpSampling2D", (2, 3, 1), interpolation="bilinear"),
    case("UpSampling2D", (2, 2, 1), size=[2, 1], interpolation="bicubic"),
    case("UpSampling2D", (1, 2, 2), size=4, interpolation="bilinear", **CHANNELS_FIRST),
    case("UpSampling3D", (1, 2, 1, 2)),
    case("UpSampling3D", (1, 2, 1, 2), size=[2, 1, 3]),
    case("UpSampling3D", (2, 1, 2, 1), size=[1, 2, 3], **CHANNELS_FIRST),
]
