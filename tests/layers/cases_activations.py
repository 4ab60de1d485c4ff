"""All activation functions, in all the ways to name one, and the activation layers."""

from __future__ import annotations

from layers.case import Case, Inner, case, with_values

ELEMENTWISE = [
    "celu",
    "elu",
    "exponential",
    "gelu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
]
ALONG_AN_AXIS = ["glu", "log_softmax", "softmax", "sparsemax"]

CASES: list[Case] = [
    *(case("Activation", (6,), activation=name) for name in ELEMENTWISE + ALONG_AN_AXIS),
    # e to the power of 1000 is infinite in Keras too.
    *(
        with_values("wide", "Activation", (14,), activation=name)
        for name in ELEMENTWISE + ALONG_AN_AXIS
        if name != "exponential"
    ),
    *(case("Activation", (2, 4), activation=name) for name in ALONG_AN_AXIS),
    *(with_values("ties", "Activation", (2, 4), activation=name) for name in ALONG_AN_AXIS),
    case("Activation", (1,), activation="softmax"),
    case("Activation", (1,), activation="sparsemax"),
    case("Activation", (5,), activation=Inner("LeakyReLU", {"negative_slope": 0.1})),
    case("Activation", (5,), activation=Inner("ReLU", {"max_value": 1.0, "threshold": 0.5})),
    case("Activation", (2, 3), activation=Inner("Softmax", {"axis": 1})),
    with_values("wide", "ReLU", (14,)),
    with_values("wide", "ReLU", (14,), max_value=6.0),
    with_values("wide", "ReLU", (14,), max_value=0.0),
    with_values("wide", "ReLU", (14,), negative_slope=0.25),
    with_values("wide", "ReLU", (14,), threshold=0.5),
    with_values("wide", "ReLU", (14,), max_value=2.0, negative_slope=0.25),
    with_values("wide", "ReLU", (14,), max_value=6.0, threshold=3.0),
    with_values("wide", "ReLU", (14,), negative_slope=0.25, threshold=1.0),
    with_values("wide", "ReLU", (14,), max_value=6.0, negative_slope=0.25, threshold=1.0),
    with_values("wide", "LeakyReLU", (14,)),
    with_values("wide", "LeakyReLU", (14,), negative_slope=0.0),
    case("LeakyReLU", (2, 3), negative_slope=1.5),
    with_values("wide", "ELU", (14,)),
    with_values("wide", "ELU", (14,), alpha=0.3),
    case("ELU", (2, 3), alpha=-1.0),
    with_values("wide", "PReLU", (14,)),
    case("PReLU", (2, 3)),
    case("PReLU", (2, 3), shared_axes=[1]),
    case("PReLU", (2, 2, 3), shared_axes=[1, 2]),
    case("PReLU", (2, 2, 3), shared_axes=3),
    with_values("wide", "Softmax", (14,)),
    case("Softmax", (2, 3)),
    case("Softmax", (2, 3), axis=1),
    case("Softmax", (2, 3), axis=[1, 2]),
    case("Softmax", (2, 2, 3), axis=[-1, 1]),
    case("Softmax", (2, 3), axis=[-1]),
    Case("Softmax", ((4,),), masks=((4,),)),
    Case("Softmax", ((2, 3), (2, 3)), {"axis": 1}, "ties", keywords=("mask",)),
    with_values("wide", "ThresholdedReLU", (14,)),
    with_values("wide", "ThresholdedReLU", (14,), theta=3.0),
    case("ThresholdedReLU", (2, 3), theta=0.0),
]
