"""Naive Bayes: the logarithm of each class's joint probability with the columns, summed up."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras2sql.graph import targets
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, Z, call, maximum, minimum, where
from keras2sql.read.sklearn.arrays import Array, finite, floats
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Predicted, classification
from keras2sql.read.sklearn.registry import estimates, fitted


@estimates("sklearn.GaussianNB")
def gaussian(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """A normal distribution of each column in each class."""
    fitted(model, "theta_", "var_", "class_prior_")
    mean, variance = floats(model.theta_), floats(model.var_)
    constant = np.log(floats(model.class_prior_)) - 0.5 * np.log(2 * np.pi * variance).sum(axis=1)
    squares = graph.map((X - Y) * (X - Y) / Z, x, mean, variance)
    distance = graph.reduce("sum", squares, 1)
    return _classified(graph, model, graph.map(Y - 0.5 * X, distance, _finite(constant)))


@estimates("sklearn.MultinomialNB")
def multinomial(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """Each column counts, times the logarithm of its share in the class."""
    fitted(model, "feature_log_prob_", "class_log_prior_")
    weights = _finite(model.feature_log_prob_)
    joint = graph.contract(x, weights.T, _finite(model.class_log_prior_))
    return _classified(graph, model, joint)


@estimates("sklearn.ComplementNB")
def complement(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The same of all other classes; the prior counts only where there is one class."""
    fitted(model, "feature_log_prob_", "class_log_prior_")
    weights = _finite(model.feature_log_prob_)
    prior = _finite(model.class_log_prior_) if len(model.classes_) == 1 else None
    return _classified(graph, model, graph.contract(x, weights.T, prior))


@estimates("sklearn.BernoulliNB")
def bernoulli(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """Each column is true or false, and both have a probability in each class."""
    fitted(model, "feature_log_prob_", "class_log_prior_")
    if model.binarize is not None:
        x = graph.map(where(X > float(model.binarize), 1.0, 0.0), x)
    true = _finite(model.feature_log_prob_)
    with np.errstate(divide="ignore"):
        false = _finite(np.log(1 - np.exp(true)))
    bias = _finite(model.class_log_prior_) + false.sum(axis=1)
    return _classified(graph, model, graph.contract(x, (true - false).T, bias))


@estimates("sklearn.CategoricalNB")
def categorical(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """Each column is the number of a category; a row with one that was not seen, or a negative
    one, has no prediction, as scikit-learn raises."""
    fitted(model, "feature_log_prob_", "class_log_prior_")
    tables = [_finite(table).T for table in model.feature_log_prob_]
    sizes = np.array([float(len(table)) for table in tables])
    unseen = graph.map(where(call("or", X <= -1.0, X >= Y), 1.0, 0.0), x, sizes)
    number = graph.map(minimum(maximum(X, 0.0), Y - 1.0), x, sizes)
    parts = [graph.lookup(t, graph.take(number, i)) for i, t in enumerate(tables)]
    rows = graph.join([graph.reshape(part, (1, part.size)) for part in parts], axis=0)
    joint = graph.map(X + Y, graph.reduce("sum", rows, 0), _finite(model.class_log_prior_))
    return _classified(graph, model, graph.where_none(joint, unseen))


def _classified(graph: TableBuilder, model: Any, joint: Tensor) -> Predicted:
    target = targets.by_joint_logarithms(graph, tuple(model.classes_), joint)
    return classification(target)


def _finite(values: Any) -> Array:
    return finite(
        values, "has a probability of 0, whose logarithm is not finite; fit it with a greater alpha"
    )
