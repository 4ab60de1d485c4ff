"""Networks: scikit-learn's own, and those of Keras behind other steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras2sql.errors import InputError
from keras2sql.graph import targets
from keras2sql.graph.core import Builder, Graph, Tensor, tensor
from keras2sql.graph.functions import ACTIVATIONS, softmax
from keras2sql.graph.targets import Target
from keras2sql.layers.foreign import Refused
from keras2sql.read import read_model
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import (
    Columns,
    Predicted,
    classification,
    regression,
    vector,
)
from keras2sql.read.sklearn.registry import Wrapped, estimates, fitted, transforms, unwrap

_ACTIVATIONS = {"identity": "linear", "logistic": "sigmoid", "tanh": "tanh", "relu": "relu"}


def _layers(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    fitted(model, "coefs_", "intercepts_", "out_activation_")
    pairs = list(zip(model.coefs_, model.intercepts_, strict=True))
    for number, (kernel, bias) in enumerate(pairs, 1):
        last = number == len(pairs)
        with graph.at(f"{graph.layer}/{'output' if last else f'hidden_{number}'}"):
            x = graph.contract(x, np.asarray(kernel, np.float64), np.asarray(bias, np.float64))
            x = _activated(graph, x, model.out_activation_ if last else model.activation)
    return x


def _activated(graph: TableBuilder, x: Tensor, name: str) -> Tensor:
    if name == "softmax":
        return softmax(graph, x)
    if name not in _ACTIVATIONS:
        raise Refused(f"the activation {name!r}")
    return graph.map(ACTIVATIONS[_ACTIVATIONS[name]](), x)


@estimates("sklearn.MLPRegressor")
def mlp_regressor(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The output of the network."""
    return regression(_layers(graph, model, x))


@estimates("sklearn.MLPClassifier")
def mlp_classifier(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """One logistic unit for two classes, softmax for more; several labels of a row have a
    logistic unit each."""
    fitted(model, "classes_", "n_outputs_", "_label_binarizer")
    output = _layers(graph, model, x)
    classes = tuple(model.classes_)
    if str(model._label_binarizer.y_type_).startswith("multilabel"):
        units = [graph.take(output, [i]) for i in range(output.size)]
        return classification(*(targets.of_output(graph, u, (0, 1)) for u in units))
    return classification(targets.of_output(graph, output, classes))


# -- wrappers around networks of Keras


@estimates("keras network")
def network_that_predicts(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The network behind what comes before it."""
    wrapped = unwrap(model)
    assert wrapped is not None
    output = _inlined(graph, wrapped, x)
    if wrapped.task == "transformer":
        raise Refused("transforms, and does not predict")
    if wrapped.several:
        return classification(*labelled(graph, output))
    if wrapped.classes is None:
        return regression(graph.reshape(output, (output.size,)))
    found = targets.of_output(graph, output, wrapped.classes, wrapped.probabilities)
    return classification(found)


def labelled(graph: Builder, output: Tensor) -> tuple[Target, ...]:
    """The targets of a network that gives a row several labels."""
    try:
        return targets.of_units(graph, output)
    except ValueError as error:
        raise InputError(f"of several labels of a row {error}, or convert its model_") from error


@transforms("keras network", table=True)
def network_that_transforms(graph: TableBuilder, model: Any, columns: Columns) -> Columns:
    """The output of the network, under its own name."""
    wrapped = unwrap(model)
    assert wrapped is not None
    if wrapped.task != "transformer":
        raise Refused("predicts, and does not transform")
    output = _inlined(graph, wrapped, graph.numbers(columns))
    name = type(model).__name__.lower()
    return vector(graph.reshape(output, (output.size,)), [f"{name}{i}" for i in range(output.size)])


def _inlined(graph: TableBuilder, wrapped: Wrapped, x: Tensor) -> Tensor:
    network = read_model(wrapped.model)
    if len(network.graph.inputs) != 1 or len(network.graph.outputs) != 1:
        raise InputError("behind other steps a network has one input and one output")
    (source,), (output,) = network.graph.inputs, network.graph.outputs.values()
    if network.graph.carried:
        raise Refused("is stateful")
    if source.size != x.size:
        raise Refused(f"takes {source.size} numbers, and {x.size} come to it")
    return _spliced(network.graph, source, graph.reshape(x, source.shape), output, graph.layer)


def _spliced(graph: Graph, source: Tensor, feed: Tensor, output: Tensor, path: str) -> Tensor:
    """`output` computed from `feed` in the place of the input `source`."""
    done = {source: feed}
    for t in graph.tensors():
        if t not in done:
            done[t] = tensor(t.op, [done[i] for i in t.inputs], f"{path}/{t.layer}")
    return done[output]
