"""Pooling over windows, adaptive windows, and everything."""

from __future__ import annotations

from layers.case import Case, case

FIRST = {"data_format": "channels_first"}
KINDS = ("Average", "Max")

CASES: list[Case] = [
    *(case(f"{kind}Pooling1D", (4, 2), pool_size=2) for kind in KINDS),
    *(case(f"{kind}Pooling1D", (5, 2), pool_size=3, strides=1) for kind in KINDS),
    *(case(f"{kind}Pooling1D", (5, 1), pool_size=3, strides=2, padding="same") for kind in KINDS),
    *(case(f"{kind}Pooling1D", (5, 1), pool_size=2, strides=4, padding="same") for kind in KINDS),
    *(case(f"{kind}Pooling1D", (2, 5), pool_size=2, padding="same", **FIRST) for kind in KINDS),
    *(case(f"{kind}Pooling2D", (4, 4, 1), pool_size=2) for kind in KINDS),
    *(case(f"{kind}Pooling2D", (3, 4, 2), pool_size=[2, 3], strides=1) for kind in KINDS),
    *(case(f"{kind}Pooling2D", (3, 5, 2), pool_size=2, padding="same") for kind in KINDS),
    *(
        case(f"{kind}Pooling2D", (2, 3, 3), pool_size=2, strides=1, padding="same", **FIRST)
        for kind in KINDS
    ),
    *(case(f"{kind}Pooling3D", (2, 2, 4, 1), pool_size=2) for kind in KINDS),
    *(
        case(f"{kind}Pooling3D", (2, 3, 2, 2), pool_size=2, strides=[1, 2, 2], padding="same")
        for kind in KINDS
    ),
    *(case(f"{kind}Pooling3D", (1, 2, 3, 2), pool_size=[1, 2, 2], **FIRST) for kind in KINDS),
    *(case(f"Adaptive{kind}Pooling1D", (5, 2), output_size=3) for kind in KINDS),
    *(case(f"Adaptive{kind}Pooling1D", (4, 2), output_size=2) for kind in KINDS),
    *(case(f"Adaptive{kind}Pooling1D", (2, 7), output_size=3, **FIRST) for kind in KINDS),
    *(case(f"Adaptive{kind}Pooling2D", (5, 4, 1), output_size=[3, 2]) for kind in KINDS),
    *(case(f"Adaptive{kind}Pooling2D", (3, 3, 2), output_size=1) for kind in KINDS),
    *(case(f"Adaptive{kind}Pooling2D", (2, 3, 5), output_size=[2, 3], **FIRST) for kind in KINDS),
    *(case(f"Adaptive{kind}Pooling3D", (3, 2, 3, 1), output_size=[2, 1, 2]) for kind in KINDS),
    *(case(f"Adaptive{kind}Pooling3D", (2, 2, 2, 2), output_size=1) for kind in KINDS),
    *(case(f"Adaptive{kind}Pooling3D", (1, 3, 2, 3), output_size=2, **FIRST) for kind in KINDS),
    *(case(f"Global{kind}Pooling1D", (3, 2)) for kind in KINDS),
    *(case(f"Global{kind}Pooling1D", (3, 2), keepdims=True) for kind in KINDS),
    *(case(f"Global{kind}Pooling1D", (2, 3), **FIRST) for kind in KINDS),
    *(case(f"Global{kind}Pooling2D", (2, 3, 2)) for kind in KINDS),
    *(case(f"Global{kind}Pooling2D", (2, 3, 2), keepdims=True) for kind in KINDS),
    *(case(f"Global{kind}Pooling2D", (2, 2, 3), **FIRST) for kind in KINDS),
    *(case(f"Global{kind}Pooling3D", (2, 3, 1, 2)) for kind in KINDS),
    *(case(f"Global{kind}Pooling3D", (2, 1, 2, 2), keepdims=True) for kind in KINDS),
    *(case(f"Global{kind}Pooling3D", (2, 2, 1, 3), **FIRST) for kind in KINDS),
    Case("GlobalAveragePooling1D", ((6, 2),), masks=((6,),)),
    Case("GlobalAveragePooling1D", ((6, 2),), {"keepdims": True}, masks=((6,),)),
]
