"""Layers of texts and ids run on TensorFlow alone: their cases are shipped models, see
tools/make_text_models.py, with what they answered there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "data" / "text_models"
ANSWERS: dict[str, Any] = json.loads((FOLDER / "answers.json").read_text(encoding="utf-8"))

# By layer, the models that show what it does.
SHIPPED = {
    layer: tuple(name for name in ANSWERS if name.split("_")[0] == layer)
    for layer in (
        "HashedCrossing",
        "Hashing",
        "IntegerLookup",
        "StringLookup",
        "TextVectorization",
    )
}
