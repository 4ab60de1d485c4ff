"""Layers with several inputs."""

from __future__ import annotations

from layers.case import Case, case, with_values

ELEMENTWISE = ("Add", "Average", "Maximum", "Minimum", "Multiply")

CASES: list[Case] = [
    *(case(layer, (3,), (3,)) for layer in ELEMENTWISE),
    *(case(layer, (3,), (3,), (3,)) for layer in ELEMENTWISE),
    *(case(layer, (3,)) for layer in ELEMENTWISE),
    *(case(layer, (2, 3), (3,), (2, 1)) for layer in ELEMENTWISE),
    *(case(layer, (3,), (2, 2, 1)) for layer in ELEMENTWISE),
    *(Case(layer, ((2, 3), (2, 3)), masks=((2,), (2,))) for layer in ELEMENTWISE),
    *(Case(layer, ((2, 3), (2, 3)), masks=((2,), None)) for layer in ELEMENTWISE),
    *(Case(layer, ((2, 3),) * 3, masks=((2,), (2,), (2,))) for layer in ELEMENTWISE),
    *(Case(layer, ((2, 3),) * 3, masks=(None, (2,), (2,))) for layer in ELEMENTWISE),
    case("Subtract", (3,), (3,)),
    case("Subtract", (2, 3), (3,)),
    case("Subtract", (1,), (2, 2)),
    Case("Subtract", ((2, 3), (2, 3)), masks=((2,), (2,))),
    case("Concatenate", (3,), (2,)),
    case("Concatenate", (3,), (2,), (1,), axis=1),
    case("Concatenate", (2, 3), (2, 1)),
    case("Concatenate", (2, 3), (1, 3), axis=1),
    case("Concatenate", (2, 2, 1), (2, 3, 1), axis=-2),
    case("Concatenate", (3,)),
    Case("Concatenate", ((2, 3), (2, 2)), masks=((2,), (2,))),
    Case("Concatenate", ((2, 3), (1, 3)), {"axis": 1}, masks=((2,), None)),
    case("Dot", (3,), (3,), axes=1),
    case("Dot", (3,), (3,), axes=-1, normalize=True),
    with_values("ties", "Dot", (1,), (1,), axes=1, normalize=True),
    case("Dot", (2, 3), (3,), axes=[2, 1]),
    case("Dot", (3,), (2, 3), axes=[1, 2]),
    case("Dot", (2, 3), (4, 3), axes=2),
    case("Dot", (2, 3), (3, 4), axes=[2, 1]),
    case("Dot", (2, 3), (2, 4), axes=1, normalize=True),
    case("Dot", (2, 2, 3), (3, 2), axes=[-1, 1]),
    case("Dot", (2, 3), (2, 2, 3), axes=[-1, -1]),
]
