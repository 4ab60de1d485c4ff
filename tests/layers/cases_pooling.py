"""Pooling over windows, adaptive windows, and everything."""

from __future__ import annotations

from layers.case import Case, case

FIRST = {"data_format": "channels_first"}
WINDOW_1D = ("AveragePooling1D", "MaxPooling1D")
WINDOW_2D = ("AveragePooling2D", "MaxPooling2D")
WINDOW_3D = ("AveragePooling3D", "MaxPooling3D")
ADAPTIVE_1D = ("AdaptiveAveragePooling1D", "AdaptiveMaxPooling1D")
ADAPTIVE_2D = ("AdaptiveAveragePooling2D", "AdaptiveMaxPooling2D")
ADAPTIVE_3D = ("AdaptiveAveragePooling3D", "AdaptiveMaxPooling3D")
GLOBAL_1D = ("GlobalAveragePooling1D", "GlobalMaxPooling1D")
GLOBAL_2D = ("GlobalAveragePooling2D", "GlobalMaxPooling2D")
GLOBAL_3D = ("GlobalAveragePooling3D", "GlobalMaxPooling3D")

CASES: list[Case] = [
    *(case(name, (4, 2), pool_size=2) for name in WINDOW_1D),
    *(case(name, (5, 2), pool_size=3, strides=1) for name in WINDOW_1D),
    *(case(name, (5, 1), pool_size=3, strides=2, padding="same") for name in WINDOW_1D),
    *(case(name, (5, 1), pool_size=2, strides=4, padding="same") for name in WINDOW_1D),
    *(case(name, (2, 5), pool_size=2, padding="same", **FIRST) for name in WINDOW_1D),
    *(case(name, (4, 4, 1), pool_size=2) for name in WINDOW_2D),
    *(case(name, (3, 4, 2), pool_size=[2, 3], strides=1) for name in WINDOW_2D),
    *(case(name, (3, 5, 2), pool_size=2, padding="same") for name in WINDOW_2D),
    *(case(name, (2, 3, 3), pool_size=2, strides=1, padding="same", **FIRST) for name in WINDOW_2D),
    *(case(name, (2, 2, 4, 1), pool_size=2) for name in WINDOW_3D),
    *(
        case(name, (2, 3, 2, 2), pool_size=2, strides=[1, 2, 2], padding="same")
        for name in WINDOW_3D
    ),
    *(case(name, (1, 2, 3, 2), pool_size=[1, 2, 2], **FIRST) for name in WINDOW_3D),
    *(case(name, (5, 2), output_size=3) for name in ADAPTIVE_1D),
    *(case(name, (4, 2), output_size=2) for name in ADAPTIVE_1D),
    *(case(name, (2, 7), output_size=3, **FIRST) for name in ADAPTIVE_1D),
    *(case(name, (5, 4, 1), output_size=[3, 2]) for name in ADAPTIVE_2D),
    *(case(name, (3, 3, 2), output_size=1) for name in ADAPTIVE_2D),
    *(case(name, (2, 3, 5), output_size=[2, 3], **FIRST) for name in ADAPTIVE_2D),
    *(case(name, (3, 2, 3, 1), output_size=[2, 1, 2]) for name in ADAPTIVE_3D),
    *(case(name, (2, 2, 2, 2), output_size=1) for name in ADAPTIVE_3D),
    *(case(name, (1, 3, 2, 3), output_size=2, **FIRST) for name in ADAPTIVE_3D),
    *(case(name, (3, 2)) for name in GLOBAL_1D),
    *(case(name, (3, 2), keepdims=True) for name in GLOBAL_1D),
    *(case(name, (2, 3), **FIRST) for name in GLOBAL_1D),
    *(case(name, (2, 3, 2)) for name in GLOBAL_2D),
    *(case(name, (2, 3, 2), keepdims=True) for name in GLOBAL_2D),
    *(case(name, (2, 2, 3), **FIRST) for name in GLOBAL_2D),
    *(case(name, (2, 3, 1, 2)) for name in GLOBAL_3D),
    *(case(name, (2, 1, 2, 2), keepdims=True) for name in GLOBAL_3D),
    *(case(name, (2, 2, 1, 3), **FIRST) for name in GLOBAL_3D),
    Case("GlobalAveragePooling1D", ((6, 2),), masks=((6,),)),
    Case("GlobalAveragePooling1D", ((6, 2), (6,)), values="ties", keywords=("mask",)),
    Case("GlobalAveragePooling1D", ((6, 2),), {"keepdims": True}, masks=((6,),)),
]
