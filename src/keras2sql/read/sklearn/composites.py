"""What is composed of others: pipelines, columns side by side, searches for the best of many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, Predicted, beside, regression, vector
from keras2sql.read.sklearn.registry import (
    INVERSES,
    PASSED,
    entry_of,
    estimates,
    fitted,
    transforms,
)

_SEARCHES = (
    "sklearn.GridSearchCV",
    "sklearn.RandomizedSearchCV",
    "sklearn.HalvingGridSearchCV",
    "sklearn.HalvingRandomSearchCV",
)


# -- one after the other


@transforms("sklearn.Pipeline", table=True, gaps=PASSED)
def pipeline(graph: TableBuilder, model: Any, columns: Columns | None) -> Columns | None:
    """Every step in its turn."""
    fitted(model, "steps")
    for name, step in _steps(model.steps):
        columns = graph.transformed(step, name, columns)
    return columns


@estimates("sklearn.Pipeline", table=True, gaps=PASSED)
def pipeline_that_predicts(
    graph: TableBuilder, model: Any, columns: Columns | None
) -> Predicted | None:
    """Every step in its turn; the last one predicts."""
    fitted(model, "steps")
    *steps, (name, last) = model.steps
    for step_name, step in _steps(steps):
        columns = graph.transformed(step, step_name, columns)
    return graph.estimated(last, name, columns)


def _steps(steps: Any) -> Iterator[tuple[str, Any]]:
    return ((name, step) for name, step in steps if not _is(step, "passthrough"))


def _is(step: Any, word: str) -> bool:
    """Whether a word stands in the place of a step; None once meant "passthrough"."""
    if step is None:
        return word == "passthrough"
    return isinstance(step, str) and step == word


@transforms(*_SEARCHES, table=True, gaps=PASSED)
def best_transformer(graph: TableBuilder, model: Any, columns: Columns | None) -> Columns | None:
    """The best estimator, fitted again to all."""
    fitted(model, "best_estimator_")
    return graph.transformed(model.best_estimator_, "best_estimator", columns)


@estimates(*_SEARCHES, table=True, gaps=PASSED)
def best_estimator(graph: TableBuilder, model: Any, columns: Columns | None) -> Predicted | None:
    """The best estimator, fitted again to all."""
    fitted(model, "best_estimator_")
    return graph.estimated(model.best_estimator_, "best_estimator", columns)


# -- side by side


@transforms("sklearn.ColumnTransformer", table=True, gaps=PASSED)
def column_transformer(graph: TableBuilder, model: Any, columns: Columns | None) -> Columns | None:
    """Transformers of some columns each; how columns were chosen shows in what was fitted."""
    fitted(model, "transformers_", "_transformer_to_input_indices")
    weights = model.transformer_weights or {}
    found: list[tuple[str, Columns | None]] = []
    for name, transformer, _ in model.transformers_:
        places = model._transformer_to_input_indices.get(name, [])
        if _is(transformer, "drop") or not len(places):
            continue
        part = None if columns is None else columns.take(map(int, places))
        if not _is(transformer, "passthrough"):
            part = graph.transformed(transformer, name, part)
        found.append((name, _weighted(graph, part, weights.get(name))))
    return _side_by_side(found, _naming(model.verbose_feature_names_out))


@transforms("sklearn.FeatureUnion", table=True, gaps=PASSED)
def feature_union(graph: TableBuilder, model: Any, columns: Columns | None) -> Columns | None:
    """Transformers of all columns each."""
    weights = model.transformer_weights or {}
    found: list[tuple[str, Columns | None]] = []
    for name, transformer in model.transformer_list:
        if _is(transformer, "drop"):
            continue
        part = columns
        if not _is(transformer, "passthrough"):
            part = graph.transformed(transformer, name, columns)
        found.append((name, _weighted(graph, part, weights.get(name))))
    return _side_by_side(found, _naming(getattr(model, "verbose_feature_names_out", True)))


def _weighted(graph: TableBuilder, part: Columns | None, weight: Any) -> Columns | None:
    if part is None or weight is None:
        return part
    x = graph.map(X * float(weight), graph.numbers(part))
    return vector(x, part.names, part.gaps)


Naming = Callable[[str, str], str]


def _naming(how: Any) -> Naming:
    """How a transformer's name and that of a column make the name of the result."""
    if how is True:
        return lambda name, feature: f"{name}__{feature}"
    if how is False:
        return lambda name, feature: feature
    if isinstance(how, str):
        return lambda name, feature: how.replace("{transformer_name}", name).replace(
            "{feature_name}", feature
        )
    raise Refused("its verbose_feature_names_out is a function, which is never executed")


def _side_by_side(found: list[tuple[str, Columns | None]], naming: Naming) -> Columns | None:
    if any(part is None for _, part in found):
        return None
    tables = [
        part.named([naming(name, feature) for feature in part.names])
        for name, part in found
        if part is not None
    ]
    return beside(tables)


# -- around one


@estimates("sklearn.SelfTrainingClassifier", table=True, gaps=PASSED)
def self_training(graph: TableBuilder, model: Any, columns: Columns | None) -> Predicted | None:
    """The classifier that was fitted last."""
    fitted(model, "estimator_")
    return graph.estimated(model.estimator_, "estimator", columns)


@transforms("sklearn.FrozenEstimator", table=True, gaps=PASSED)
def frozen_transformer(graph: TableBuilder, model: Any, columns: Columns | None) -> Columns | None:
    """The transformer itself."""
    return graph.transformed(model.estimator, "estimator", columns)


@estimates("sklearn.FrozenEstimator", table=True, gaps=PASSED)
def frozen_estimator(graph: TableBuilder, model: Any, columns: Columns | None) -> Predicted | None:
    """The estimator itself."""
    return graph.estimated(model.estimator, "estimator", columns)


@estimates("sklearn.TransformedTargetRegressor", table=True, gaps=PASSED)
def transformed_target(
    graph: TableBuilder, model: Any, columns: Columns | None
) -> Predicted | None:
    """The regressor, and what takes back the transformation of its target."""
    fitted(model, "regressor_", "transformer_")
    predicted = graph.estimated(model.regressor_, "regressor", columns)
    if predicted is None:
        return None
    if predicted.estimate is None:
        raise Refused("around an estimator that is no regressor")
    with graph.at(f"{graph.layer}/target" if graph.layer else "target"):
        return regression(_taken_back(graph, model.transformer_, predicted.estimate))


def _taken_back(graph: TableBuilder, transformer: Any, y: Tensor) -> Tensor:
    """The number that the transformer makes `y` of."""
    if type(transformer).__name__ == "Pipeline":
        for _, step in reversed(list(_steps(transformer.steps))):
            y = _taken_back(graph, step, y)
        return y
    entry = entry_of(transformer, INVERSES)
    if entry is None:
        raise Refused(f"its target's {type(transformer).__name__} is not taken back")
    found: Tensor = entry.read(graph, transformer, y)
    return found
