"""Keras's own wrappers: `SKLearnClassifier`, `SKLearnRegressor` and `SKLearnTransformer`.

What they do, as of Keras 3.15: the classifier one-hot encodes its classes, so the network
has a unit for each; `decision_function` is the output of the network, `predict` the class at
its argmax, and there is no `predict_proba`.
"""

from __future__ import annotations

from typing import Any

from keras2sql.read.sklearn.registry import Wrapped, as_shipped, fitted, reads

_METHODS = "predict _process_target _reverse_process_target"


@reads("keras.SKLearnClassifier")
def classifier(model: Any) -> Wrapped:
    """An output that is not probabilities is the decision function: the `Score_` columns."""
    fitted(model, "model_", "classes_")
    as_shipped(model, f"{_METHODS} decision_function")
    return Wrapped(model.model_, "classifier", tuple(model.classes_), _features(model))


@reads("keras.SKLearnRegressor")
def regressor(model: Any) -> Wrapped:
    """The output of the network."""
    fitted(model, "model_")
    as_shipped(model, _METHODS)
    return Wrapped(model.model_, "regressor", features=_features(model))


@reads("keras.SKLearnTransformer")
def transformer(model: Any) -> Wrapped:
    """The output of the network, under its own name."""
    fitted(model, "model_")
    as_shipped(model, "transform")
    return Wrapped(model.model_, "transformer", features=_features(model))


def _features(model: Any) -> tuple[str, ...] | None:
    names = getattr(model, "feature_names_in_", None)
    return None if names is None else tuple(str(name) for name in names)
