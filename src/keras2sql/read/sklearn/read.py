"""A fitted estimator, with all that it is composed of, becomes a network."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from typing import Any

from keras2sql.errors import InputError, InternalError, UnsupportedLayerError
from keras2sql.graph.core import Tensor
from keras2sql.graph.targets import Target
from keras2sql.read.boosters.model import Boosted
from keras2sql.read.inspection import Inspection
from keras2sql.read.network import Network
from keras2sql.read.sklearn.builder import Demands, TableBuilder
from keras2sql.read.sklearn.columns import Columns, Predicted
from keras2sql.read.sklearn.reasons import REASONS
from keras2sql.read.sklearn.registry import (
    ESTIMATORS,
    TRANSFORMERS,
    class_name,
    entry_of,
    unwrap,
)

_LIBRARIES = {"xgboost": "XGBoost", "lightgbm": "LightGBM", "catboost": "CatBoost"}
_PASSES = 8
"""What a column has to be read as shows when the readers have run; what they ask for changes what
others ask for at most once or twice."""


def inspect_estimator(model: Any) -> Inspection:
    """All about a fitted estimator, supported or not."""
    names, known = _names(model)
    demands = Demands(read=frozenset(range(len(names))))
    name = getattr(model, "name", "") if isinstance(model, Boosted) else type(model).__name__
    framework, version = _written(model)
    for _ in range(_PASSES):
        graph = TableBuilder(names, demands)
        try:
            step = graph.estimated if _predicts(model) else graph.transformed
            found = step(model, name.lower(), graph.source())
        except RecursionError as error:
            raise InputError(f"the {name} is nested too deeply") from error
        layers = tuple(graph.infos)
        if found is None or any(info.problem for info in layers):
            return Inspection(name, version, layers, None, framework=framework)
        outputs: dict[str, Tensor] = {}
        if isinstance(found, Columns):
            graph.allow_gaps(found)  # a missing value is missing behind, and in no other column
            outputs = _scalars(graph, found)
        if graph.noted.demands() == demands:
            network = _network(graph, name, found, outputs, version)
            features = _features(names, graph) if known else None
            network = replace(network, features=features, framework=framework)
            inputs = {t.layer: t.shape for t in network.graph.inputs}
            shapes = {n: t.shape for n, t in network.graph.outputs.items()}
            return Inspection(
                name,
                version,
                layers,
                network,
                inputs=inputs,
                outputs=shapes,
                framework=framework,
            )
        demands = graph.noted.demands()
    raise InternalError(f"reading the {name}", RuntimeError("its columns have no type"))


def read_estimator(model: Any) -> Network:
    """The network of a fitted estimator.

    Raises `UnsupportedLayerError` that names every step that does not become SQL, or
    `InputError` for what is not fitted.
    """
    found = inspect_estimator(model)
    if found.network is None:
        raise UnsupportedLayerError(found.problems, "estimator")
    return found.network


def _predicts(model: Any) -> bool:
    """Whether a model is a final estimator: one whose last step is, if it has steps."""
    if isinstance(model, Boosted):
        return True
    last = model.steps[-1][1] if getattr(model, "steps", None) else None
    inner = getattr(model, "best_estimator_", last)
    if inner is not None:
        return _predicts(inner)
    wrapped = unwrap(model) if not isinstance(model, str) else None
    if wrapped is not None:
        return wrapped.task != "transformer"
    return hasattr(model, "predict") and entry_of(model, ESTIMATORS) is not None


def _network(
    graph: TableBuilder,
    name: str,
    found: Columns | Predicted,
    outputs: dict[str, Tensor],
    version: tuple[int, int],
) -> Network:
    task, classes = "transformer", None
    targets: tuple[Target, ...] = ()
    if isinstance(found, Predicted) and found.estimate is not None:
        task, outputs = "regressor", {"predict": found.estimate}
    elif isinstance(found, Predicted):
        task, targets = "classifier", found.targets
        classes = targets[0].classes if len(targets) == 1 else None
        for i, target in enumerate(targets):
            behind = f" {i}" if len(targets) > 1 else ""
            outputs |= {f"{method}{behind}": t for method, t in target.tensors.items()}
    layout = tuple(graph.layout.get(i) for i in range(len(graph.names)))
    return Network(
        graph.graph(graph.inputs, {name: graph.required(t) for name, t in outputs.items()}),
        name,
        tuple(graph.infos),
        version,
        task=task,
        classes=classes,
        targets=targets,
        layout=layout,
    )


def _scalars(graph: TableBuilder, columns: Columns) -> dict[str, Tensor]:
    """A tensor for each column, by a name of its own."""
    outputs: dict[str, Tensor] = {}
    for i, name in enumerate(columns.names):
        free, n = name, 1
        while free in outputs:
            n += 1
            free = f"{name}_{n}"
        text = columns.cells[i][0].kind == "str"
        outputs[free] = graph.text(columns, i) if text else graph.number(columns, i)
    return outputs


def _names(model: Any) -> tuple[tuple[str, ...], bool]:
    """The columns that a model was fitted with, and whether these are names it was told.

    Raises `InputError` where it was not fitted.
    """
    names = getattr(model, "feature_names_in_", None)
    if names is None and class_name(type(model)).startswith("catboost."):
        names = model.feature_names_
        if names == [str(place) for place in range(len(names))]:  # given to those that had none
            names = None
    if names is not None:
        return tuple(map(str, names)), True
    entry = entry_of(model, TRANSFORMERS) or entry_of(model, ESTIMATORS)
    told = entry.width if entry is not None and entry.width else None
    # A support vector machine with a function for a kernel tells the shape of its rows alone.
    (*_, told) = getattr(model, "shape_fit_", (told,))
    count = getattr(model, "n_features_in_", told)
    if count is None:
        first = _first(model)
        if first is None and type(model).__name__ in REASONS:
            return ("x0",), False  # is refused, and need not be fitted
        if first is None or first is model:
            raise InputError(f"the {type(model).__name__} is not fitted; call fit first")
        return _names(first)
    return tuple(f"x{i}" for i in range(int(count))), False


def _first(model: Any) -> Any:
    """What the columns come to first."""
    steps = getattr(model, "steps", None) or getattr(model, "transformer_list", None)
    for _, step in steps or ():
        if not isinstance(step, str) and step is not None:
            return step
    return getattr(model, "best_estimator_", getattr(model, "model_", None))


def takes_texts(model: Any) -> bool:
    """Whether the rows are texts themselves, and no columns."""
    first = _first(model)
    return _counts_words(model) if first is None else takes_texts(first)


def _counts_words(model: Any) -> bool:
    return any(class_name(kind) == "sklearn.CountVectorizer" for kind in type(model).__mro__)


def _features(names: tuple[str, ...], graph: TableBuilder) -> tuple[str, ...]:
    return tuple(name for i, name in enumerate(names) if i in graph.layout)


def _written(model: Any) -> tuple[str, tuple[int, int]]:
    """The library that the model was fitted by, and its version as far as the model tells."""
    if isinstance(model, Boosted):
        return model.library, model.version
    package = type(model).__module__.partition(".")[0]
    if package in _LIBRARIES:
        told = str(getattr(sys.modules.get(package), "__version__", ""))
        return _LIBRARIES[package], _version(told)
    state = model.__getstate__() if hasattr(model, "__getstate__") else None
    told = state.get("_sklearn_version", "") if isinstance(state, dict) else ""
    return "scikit-learn", _version(told)


def _version(text: str) -> tuple[int, int]:
    found = re.match(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)
