"""What every reader delivers: the graph, and what is known about the model around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keras2sql.graph.core import Graph


@dataclass(frozen=True)
class LayerInfo:
    """One layer for `inspect`: `shape` is that of its output, without the batch axis.

    `problem` says why the layer is unsupported; it is empty where the layer converts.
    """

    path: str
    class_name: str
    shape: tuple[int | None, ...] | None
    parameters: int
    problem: str = ""


@dataclass(frozen=True, eq=False)
class Network:
    """A model as read.

    `graph` has one input per model input and one output per model output, by their Keras
    names.  `features` are the column names the model was fitted with, where it knows them;
    `classes` the labels of a classifier.  `task` is "classifier", "regressor",
    "transformer" or, for a bare network, empty.  `probabilities` says that the estimator
    around it hands out the output as probabilities, whatever made it.
    """

    graph: Graph
    name: str
    layers: tuple[LayerInfo, ...]
    keras: tuple[int, int]
    task: str = ""
    features: tuple[str, ...] | None = None
    classes: tuple[Any, ...] | None = None
    probabilities: bool = False
