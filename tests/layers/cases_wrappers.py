"""Layers that apply another layer; embeddings run backwards."""

from __future__ import annotations

from layers.case import Case, Inner, case, with_values

TABLE = {"input_dim": 4, "output_dim": 3}
BACKWARDS = {"reverse": True}

CASES: list[Case] = [
    case(
        "Pipeline", (3,), layers=[Inner("Rescaling", {"scale": 0.5}), Inner("Dense", {"units": 2})]
    ),
    case("Pipeline", (2, 3), layers=[Inner("Dense", {"units": 2}), Inner("Dense", {"units": 1})]),
    case(
        "Pipeline",
        (3, 3, 2),
        layers=[
            Inner("RandomFlip", {}),
            Inner("Cropping2D", {"cropping": 1}),
            Inner("Flatten", {}),
        ],
    ),
    case("TimeDistributed", (2, 3), layer=Inner("Dense", {"units": 2, "activation": "relu"})),
    case("TimeDistributed", (2, 4, 1), layer=Inner("Conv1D", {"filters": 2, "kernel_size": 2})),
    case("TimeDistributed", (3, 2, 2), layer=Inner("Flatten", {})),
    case("TimeDistributed", (2, 3), layer=Inner("BatchNormalization", {})),
    case("TimeDistributed", (2, 3), layer=Inner("Softmax", {"axis": 1})),
    with_values("ids4", "ReversibleEmbedding", (2,), **TABLE),
    with_values("ids4", "ReversibleEmbedding", (2,), **TABLE, tie_weights=False, mask_zero=True),
    Case("ReversibleEmbedding", ((2, 3),), TABLE, call=BACKWARDS),
    Case("ReversibleEmbedding", ((3,),), TABLE | {"tie_weights": False}, call=BACKWARDS),
    Case("ReversibleEmbedding", ((3,),), TABLE | {"logit_soft_cap": 2.0}, call=BACKWARDS),
]
