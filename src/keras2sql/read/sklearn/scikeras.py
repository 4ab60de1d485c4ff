"""SciKeras: `KerasClassifier` and `KerasRegressor`.

What they do, as of SciKeras 0.13: `predict_proba` is the output of the network unchanged,
whatever its activation, and (1 - p, p) for one unit p; `predict` is the class at its argmax,
and of several labels of a row each unit rounded.
So the logits of a network without a softmax are handed out as "probabilities", and one unit
decides at 0.5 even where it is a logit.  The columns follow the estimator in that.
"""

from __future__ import annotations

from typing import Any

from keras2sql.errors import InputError
from keras2sql.read.sklearn.registry import Wrapped, as_shipped, fitted, reads


@reads("scikeras.KerasClassifier")
def classifier(model: Any) -> Wrapped:
    """One class per row, 0, 1, 2, ... of a one-hot target; or several labels."""
    _check(model, "ClassifierLabelEncoder", "predict predict_proba _predict_raw")
    target = model.target_encoder_._target_type
    if target == "multilabel-indicator":
        return Wrapped(model.model_, "classifier", probabilities=True, several=True)
    if target not in ("binary", "multiclass", "multiclass-onehot"):
        raise InputError(
            f"the {type(model).__name__} was fitted on a {target} target, of which SciKeras itself "
            "predicts no classes; convert its model_"
        )
    return Wrapped(model.model_, "classifier", tuple(model.classes_), probabilities=True)


@reads("scikeras.KerasRegressor")
def regressor(model: Any) -> Wrapped:
    """The output of the network."""
    _check(model, "RegressorTargetEncoder", "predict _predict_raw")
    return Wrapped(model.model_, "regressor")


def _check(model: Any, target_encoder: str, methods: str) -> None:
    fitted(model, "model_", "target_encoder_", "feature_encoder_")
    as_shipped(model, methods)
    features, target = model.feature_encoder_, model.target_encoder_
    changed = []
    functions = (getattr(features, "func", ""), getattr(features, "inverse_func", ""))
    if type(features).__name__ != "FunctionTransformer" or functions != (None, None):
        changed.append(f"feature_encoder ({type(features).__name__})")
    if type(target).__name__ != target_encoder:
        changed.append(f"target_encoder ({type(target).__name__})")
    if changed:
        raise InputError(
            f"the {type(model).__name__} has its own {' and '.join(changed)}, and Python code "
            "does not become SQL; use SciKeras's default, or convert its model_"
        )
