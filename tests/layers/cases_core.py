"""Dense, EinsumDense, Embedding, Masking, Identity."""

from __future__ import annotations

from layers.case import Case, case, with_values

CASES: list[Case] = [
    case("Identity", (3,)),
    case("Identity", (2, 3)),
    with_values("wide", "Identity", (4,)),
    case("Dense", (4,), units=3),
    case("Dense", (4,), units=1, use_bias=False),
    case("Dense", (4,), units=3, activation="relu"),
    case("Dense", (4,), units=3, activation="softmax"),
    case("Dense", (4,), units=4, activation="glu"),
    case("Dense", (2, 3), units=2, activation="tanh"),
    case("Dense", (2, 1, 3), units=2),
    case("Dense", (1,), units=1),
    with_values("wide", "Dense", (4,), units=3, activation="sigmoid"),
    case("EinsumDense", (4,), equation="ab,bc->ac", output_shape=3, bias_axes="c"),
    case("EinsumDense", (2, 3), equation="abc,cd->abd", output_shape=(2, 4), bias_axes="d"),
    case("EinsumDense", (2, 3), equation="abc,cd->abd", output_shape=(2, 4), bias_axes="bd"),
    case("EinsumDense", (2, 3), equation="abc,cd->adb", output_shape=(4, 2), bias_axes="d"),
    case("EinsumDense", (2, 3), equation="abc,bde->acde", output_shape=(3, 2, 2)),
    case("EinsumDense", (2, 3), equation="abc,bcd->ad", output_shape=4, activation="relu"),
    case("EinsumDense", (2, 3), equation="abc,bc->abc", output_shape=(2, 3), bias_axes="bc"),
    case("EinsumDense", (2, 3), equation="abc,cd->ad", output_shape=4, bias_axes="d"),
    case("EinsumDense", (2, 3), equation="...x,xy->...y", output_shape=4, bias_axes="y"),
    case("EinsumDense", (2, 2, 3), equation="...x,xyz->...yz", output_shape=(2, 2), bias_axes="z"),
    case("EinsumDense", (3, 2, 2), equation="ab...,bc->ac...", output_shape=4, bias_axes="c"),
    case("EinsumDense", (3,), equation="ab...,bc->ac...", output_shape=4, bias_axes="c"),
    case("EinsumDense", (2, 3), equation="aBC,CD->aBD", output_shape=(2, 4), bias_axes="D"),
    with_values("ids5", "Embedding", (3,), input_dim=5, output_dim=2),
    with_values("ids5", "Embedding", (1,), input_dim=5, output_dim=1),
    with_values("ids5", "Embedding", (2, 2), input_dim=5, output_dim=3),
    with_values("ids3", "Embedding", (4,), input_dim=3, output_dim=2, mask_zero=True),
    with_values("ids5", "Embedding", (), input_dim=5, output_dim=2),
    with_values("ties", "Masking", (4, 2)),
    with_values("ties", "Masking", (4, 1), mask_value=1.0),
    case("Masking", (3, 2), mask_value=-1.0),
]
