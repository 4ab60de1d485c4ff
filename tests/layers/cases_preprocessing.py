"""Buckets and encodings of ids; crops; what image augmentation leaves alone at inference."""

from __future__ import annotations

from layers.case import Case, case, with_values

FIRST = {"data_format": "channels_first"}
BINS = [-1.0, 0.0, 0.5, 2.0]

CASES: list[Case] = [
    case("Discretization", (4,), bin_boundaries=BINS),
    with_values("ties", "Discretization", (4,), bin_boundaries=[0.0, 1.0, 2.0]),
    case("Discretization", (2, 2), bin_boundaries=[0.0]),
    case("Discretization", (3,), bin_boundaries=BINS, output_mode="one_hot"),
    case("Discretization", (1,), bin_boundaries=BINS, output_mode="one_hot"),
    case("Discretization", (3,), bin_boundaries=BINS, output_mode="multi_hot"),
    case("Discretization", (3, 2), bin_boundaries=BINS, output_mode="count"),
    with_values("ids4", "CategoryEncoding", (3,), num_tokens=4),
    with_values("ids6", "CategoryEncoding", (1,), num_tokens=4),
    with_values("ids4", "CategoryEncoding", (3,), num_tokens=4, output_mode="one_hot"),
    with_values("ids4", "CategoryEncoding", (1,), num_tokens=3, output_mode="one_hot"),
    with_values("ids4", "CategoryEncoding", (), num_tokens=4, output_mode="one_hot"),
    with_values("ids4", "CategoryEncoding", (2, 3), num_tokens=4, output_mode="count"),
    Case(
        "CategoryEncoding",
        ((3,), (3,)),
        {"num_tokens": 4, "output_mode": "count"},
        "ids4",
        keywords=("count_weights",),
    ),
    case("CenterCrop", (4, 5, 1), height=2, width=2),
    case("CenterCrop", (3, 4, 2), height=3, width=3),
    case("CenterCrop", (1, 4, 3), height=1, width=3, **FIRST),
    # The scales are those that float32, in which jax keeps them, holds exactly.
    case("Resizing", (4, 2, 1), height=2, width=4),
    case("Resizing", (4, 4, 1), height=2, width=1, antialias=True),
    case("Resizing", (2, 4, 1), height=4, width=2, interpolation="bicubic"),
    case("Resizing", (3, 4, 1), height=2, width=6, interpolation="nearest"),
    case("Resizing", (2, 2, 4), height=2, width=2, **FIRST),
    *(
        case(layer, (2, 3, 3), **config)
        for layer, config in {
            "AugMix": {},
            "CutMix": {},
            "Equalization": {},
            "MaxNumBoundingBoxes": {"max_number": 2},
            "MixUp": {},
            "RandAugment": {},
            "RandomBrightness": {"factor": 0.5},
            "RandomColorDegeneration": {"factor": 0.5},
            "RandomColorJitter": {},
            "RandomContrast": {"factor": 0.5},
            "RandomCrop": {"height": 2, "width": 2},
            "RandomElasticTransform": {},
            "RandomErasing": {},
            "RandomFlip": {},
            "RandomGaussianBlur": {},
            "RandomGrayscale": {},
            "RandomHue": {"factor": 0.5},
            "RandomInvert": {},
            "RandomPerspective": {},
            "RandomPosterization": {"factor": 4},
            "RandomRotation": {"factor": 0.5},
            "RandomSaturation": {"factor": 0.5},
            "RandomSharpness": {"factor": 0.5},
            "RandomShear": {"x_factor": 0.5},
            "RandomTranslation": {"height_factor": 0.5, "width_factor": 0.5},
            "RandomZoom": {"height_factor": 0.5},
            "Solarization": {},
        }.items()
    ),
]
