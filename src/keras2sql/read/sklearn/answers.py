"""What an estimator around others asks of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from keras2sql.graph.core import Tensor
from keras2sql.graph.targets import Target
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, Predicted


def asked(
    graph: TableBuilder,
    models: Iterable[Any],
    columns: Columns | None,
    name: Callable[[int], str] = lambda i: f"estimator_{i}",
) -> list[Predicted] | None:
    """What each of several estimators predicts; None if one of them can't tell."""
    found = [graph.estimated(model, name(i), columns) for i, model in enumerate(models)]
    known = [one for one in found if one is not None]
    return known if len(known) == len(found) else None


def target_of(predicted: Predicted) -> Target:
    """The one target of a classifier."""
    if len(predicted.targets) != 1:
        raise Refused("around an estimator that is no classifier of one target")
    return predicted.targets[0]


def estimate_of(predicted: Predicted) -> Tensor:
    """The numbers of a regressor, of shape (targets,)."""
    if predicted.estimate is None:
        raise Refused("around an estimator that is no regressor")
    return predicted.estimate


def proba_of(predicted: Predicted) -> Tensor:
    """The probabilities of the classes."""
    found = target_of(predicted).proba
    if found is None:
        raise Refused("around a classifier that has no probabilities")
    return found


def of_second(graph: TableBuilder, predicted: Predicted, method: str = "") -> tuple[Tensor, float]:
    """A number of shape (1,) for the second of two classes, and where it turns to that class: the
    decision function where there is one, else the probability; a regressor's estimate."""
    if predicted.estimate is not None:
        return estimate_of(predicted), 0.5
    target = target_of(predicted)
    if target.score is not None and method != "predict_proba":
        return graph.take(target.score, [target.score.size - 1]), 0.0
    return graph.take(proba_of(predicted), [1]), 0.5


def labels_as_numbers(graph: TableBuilder, target: Target) -> Tensor:
    """What a classifier predicts, where its labels are numbers, of shape (1,)."""
    labels = np.asarray(target.classes)
    if labels.dtype.kind not in "fiub":
        raise Refused("a classifier's labels, which are texts, are numbers to another estimator")
    return graph.reshape(graph.lookup(labels.astype(np.float64), target.choice), (1,))


def with_classes(target: Target, classes: Any) -> Target:
    """The target of a classifier of the numbers of these classes."""
    chosen = tuple(classes[int(number)] for number in target.classes)
    return replace(target, classes=chosen)
