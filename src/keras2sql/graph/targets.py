"""What a classifier says of a row, as tensors: scores, probabilities, the class it chooses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, Y, Z, where
from keras2sql.graph.functions import ACTIVATIONS, log_softmax, softmax
from keras2sql.graph.probabilities import Logits, are_probabilities, logits


@dataclass(frozen=True, eq=False)
class Target:
    """One target of a classifier; every tensor but `choice` has an element for each class.

    `score` is the decision function, `proba` and `log_proba` the probabilities and their
    logarithms, as far as the classifier has them; `choice`, of shape (), is the place of the
    class that it predicts.  Two classes have the scores -s and s of the one s.
    """

    classes: tuple[Any, ...]
    choice: Tensor
    score: Tensor | None = None
    proba: Tensor | None = None
    log_proba: Tensor | None = None
    chosen: Tensor | None = None

    @property
    def tensors(self) -> dict[str, Tensor]:
        """What there is, by the names of the methods that return it."""
        found = {
            "decision_function": self.score,
            "predict_proba": self.proba,
            "predict_log_proba": self.log_proba,
            "predict": self.choice,
            "probability": self.chosen,
        }
        return {name: t for name, t in found.items() if t is not None}


def of_output(
    g: Builder, output: Tensor, classes: Sequence[Any], probabilities: bool = False
) -> Target:
    """The target of a network with this output, of one unit or of one per class.

    An output that a sigmoid or a softmax made, or that cannot leave 0 .. 1, is taken as
    probabilities, any other as logits; with `probabilities` it is taken as them whatever made it.
    The logarithms come from the logits where these are visible, so that they are finite as long
    as those are.  The class is the most probable one, the first of equals.
    """
    raw = g.reshape(output, (output.size,)) if len(output.shape) != 1 else output
    found = logits(raw)
    if found is not None and found.kind == "softmax" and raw.size == 1:
        found = None  # a softmax of one unit is 1, and so no logit tells more
    score = None
    if not (found or probabilities or are_probabilities(raw)):
        found = Logits("sigmoid" if raw.size == 1 else "softmax", raw)
        score = two_sided(g, raw)
        raw = g.map(ex.sigmoid(X), raw) if raw.size == 1 else softmax(g, raw)
    proba = complemented(g, raw)
    logarithms = _logarithms(g, proba, found)
    return most_probable(g, classes, proba, score, logarithms)


def of_units(g: Builder, output: Tensor) -> tuple[Target, ...]:
    """The targets of a network that has a unit for each label of a row: whether the row has it, 1,
    or not, 0. A unit of 0.5 says that it has not, as rounding half to even does.

    Raises `ValueError` for units that may leave 0 .. 1.
    """
    raw = g.reshape(output, (output.size,))
    if logits(raw) is None and not are_probabilities(raw):
        raise ValueError("its units are no probabilities; end the network with a sigmoid")
    return tuple(of_output(g, g.take(raw, [i]), (0, 1), True) for i in range(raw.size))


def most_probable(
    g: Builder,
    classes: Sequence[Any],
    proba: Tensor,
    score: Tensor | None = None,
    log_proba: Tensor | None = None,
) -> Target:
    """A target whose class is the most probable one, the first of equals."""
    choice, most = g.reduce("argmax", proba, 0), g.reduce("max", proba, 0)
    if log_proba is None:
        log_proba = logarithms(g, proba)
    return Target(tuple(classes), choice, score, proba, log_proba, most)


def best_scored(
    g: Builder,
    classes: Sequence[Any],
    score: Tensor,
    proba: Tensor | None = None,
    log_proba: Tensor | None = None,
) -> Target:
    """A target whose class has the greatest score, the first of equals; `score` of one element is
    that of the second of two classes."""
    score = two_sided(g, score)
    choice = g.reduce("argmax", score, 0)
    if proba is None:
        return Target(tuple(classes), choice, score)
    most = g.reduce("max", proba, 0)
    return Target(tuple(classes), choice, score, proba, log_proba, most)


def logarithms(g: Builder, proba: Tensor) -> Tensor:
    """The logarithms of probabilities, from their logits where these are visible."""
    return _logarithms(g, proba, logits(proba))


def of_choice(g: Builder, proba: Tensor, choice: Tensor) -> Tensor:
    """The probability of the class at the place `choice`, of shape ()."""
    places = np.arange(proba.size, dtype=np.float64)
    hot = g.map(where(ex.call("eq", X, Y), Z, 0.0), g.reshape(choice, (1,)), places, proba)
    return g.reduce("sum", hot, 0)


def by_sigmoid(g: Builder, logit: Tensor) -> tuple[Tensor, Tensor]:
    """Probabilities of two classes, and their logarithms, from the logit of the second."""
    proba = complemented(g, g.map(ex.sigmoid(X), logit))
    return proba, _logarithms(g, proba, Logits("sigmoid", logit))


def by_softmax(g: Builder, scores: Tensor) -> tuple[Tensor, Tensor]:
    """Probabilities and their logarithms, from a score for each class."""
    proba = softmax(g, scores)
    return proba, log_softmax(g, scores)


def by_normalised_sigmoids(g: Builder, logits_: Tensor) -> tuple[Tensor, Tensor]:
    """The same where each class is told from all others, and the sigmoids are divided by their
    sum; all classes are alike where each of them is too small for a number."""
    each = g.map(ex.sigmoid(X), logits_)
    total = g.reduce("sum", each, 0, keepdims=True)
    some, sum_ = Y > 0.0, where(Y > 0.0, Y, 1.0)
    log_sigmoid, alike = ACTIVATIONS["log_sigmoid"](), 1.0 / logits_.size
    proba = g.map(where(some, X / sum_, alike), each, total)
    return proba, g.map(where(some, log_sigmoid - ex.log(sum_), math.log(alike)), logits_, total)


def by_joint_logarithms(
    g: Builder, classes: Sequence[Any], joint: Tensor, score: Tensor | None = None
) -> Target:
    """A target whose class has the greatest joint probability with the features, the first of
    equals; `joint` holds the logarithms, up to a constant that all classes share."""
    proba, log_proba = by_softmax(g, joint)
    most = g.reduce("max", proba, 0)
    return Target(tuple(classes), g.reduce("argmax", joint, 0), score, proba, log_proba, most)


def two_sided(g: Builder, score: Tensor) -> Tensor:
    """The scores of both classes from the one of the second; those of more as they are."""
    return score if score.size > 1 else g.join([g.map(-X, score), score], axis=0)


def complemented(g: Builder, proba: Tensor) -> Tensor:
    """The probabilities of both classes from that of the second; those of more as they are."""
    return proba if proba.size > 1 else g.join([g.map(1.0 - X, proba), proba], axis=0)


def label_table(labels: Sequence[Any]) -> Any:
    """Labels of any type as an array that keeps their type."""
    table = np.empty(len(labels), dtype=object)
    table[:] = labels
    return table


def _logarithms(g: Builder, proba: Tensor, found: Logits | None) -> Tensor:
    if found is None:
        return g.map(ex.log(X), proba)
    if found.kind == "softmax":
        return log_softmax(g, found.tensor)
    log_sigmoid, z = ACTIVATIONS["log_sigmoid"](), found.tensor
    if z.size > 1:
        return g.map(log_sigmoid, z)
    return g.join([g.map(ex.substitute(log_sigmoid, {0: -X}), z), g.map(log_sigmoid, z)], axis=0)
