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


def columns(
    answers: Answers, names: Sequence[str], labels: Sequence[Any] | None, several: bool = False
) -> dict[str, Any]:
    """The value of every column that the model can give; `names` are all of them in order.
    `several`: whether a row may have several labels."""
    if several:
        return _of_labels(answers)
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
        chosen = _chosen(answers.prediction, labels)
    found["Decision"] = chosen
    found["DecisionProba"] = proba.max(axis=1)
    return found


def _chosen(predicted: Array, labels: list[Any]) -> list[Any]:
    if predicted.ndim == 2 and predicted.shape[1] == len(labels) > 1:  # one-hot, as its target was
        return [labels[i] for i in predicted.argmax(axis=1)]
    return [getattr(v, "item", lambda v=v: v)() for v in predicted.reshape(-1)]


def _of_labels(answers: Answers) -> dict[str, Any]:
    """Of each unit whether the row has its label, 1 or 0."""
    assert answers.prediction is not None
    found: dict[str, Any] = {}
    raw = _flat(answers.outputs[0])
    for i, (one, predicted) in enumerate(zip(raw.T, answers.prediction.T, strict=True)):
        with np.errstate(divide="ignore"):
            both = {"Proba": (1 - one, one), "LogProba": (np.log(1 - one), np.log(one))}
        for word, values in both.items():
            found |= {f"{word}_{i}_{label}": values[label] for label in (0, 1)}
        found[f"Decision_{i}"] = predicted.astype(int).tolist()
        found[f"DecisionProba_{i}"] = np.where(predicted, one, 1 - one)
    return found
