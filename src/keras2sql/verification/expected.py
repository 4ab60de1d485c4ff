"""The prediction columns by plain numpy, from the source model's own outputs.

This is written apart from `heads` on purpose: `verify` would prove nothing if both sides
of its comparison came from the same code.  Only the columns' names are shared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.verification.oracle import Answers

Array = npt.NDArray[Any]


def columns(answers: Answers, names: Sequence[str], labels: Sequence[Any] | None) -> dict[str, Any]:
    """The value of every column that the model can give; `names` are all of them in order."""
    if labels is None:
        flat = np.concatenate([_flat(o) for o in answers.outputs], axis=1)
        if answers.prediction is not None and answers.prediction.size == flat.size:
            flat = answers.prediction.reshape(flat.shape)
        return {name: flat[:, i] for i, name in enumerate(names)}
    scored = any(name.startswith("Score_") for name in names)
    return _classifier(answers, list(labels), scored)


def margin(found: dict[str, Any]) -> Array | None:
    """How far the most probable label is ahead of the next, in every row."""
    proba = [values for name, values in found.items() if name.startswith("Proba_")]
    if len(proba) < 2 or "Decision" not in found:
        return None
    ordered = np.sort(np.stack(proba, axis=1), axis=1)
    return np.asarray(ordered[:, -1] - ordered[:, -2])


def _flat(output: Array) -> Array:
    return output.reshape(len(output), math.prod(output.shape[1:])).astype(np.float64)


def _classifier(answers: Answers, labels: list[Any], scored: bool) -> dict[str, Any]:
    raw = _flat(answers.outputs[0])
    found: dict[str, Any] = {}
    if scored:
        scores = np.hstack([-raw, raw]) if raw.shape[1] == 1 else raw
        found |= {f"Score_{label}": scores[:, i] for i, label in enumerate(labels)}
        # One unit z is softmax over (0, z).
        logits = np.hstack([np.zeros_like(raw), raw]) if raw.shape[1] == 1 else raw
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        proba = powers / powers.sum(axis=1, keepdims=True)
    else:
        proba = np.hstack([1 - raw, raw]) if raw.shape[1] == 1 else raw
    if answers.proba is not None:
        proba = answers.proba.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithms = np.log(proba)
    found |= {f"Proba_{label}": proba[:, i] for i, label in enumerate(labels)}
    found |= {f"LogProba_{label}": logarithms[:, i] for i, label in enumerate(labels)}
    chosen = [labels[i] for i in proba.argmax(axis=1)]
    if answers.prediction is not None:
        chosen = [getattr(v, "item", lambda v=v: v)() for v in answers.prediction.reshape(-1)]
    found["Decision"] = chosen
    found["DecisionProba"] = proba.max(axis=1)
    return found
