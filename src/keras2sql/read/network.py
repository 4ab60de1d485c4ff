"""What every reader delivers: the graph, and what is known about the model around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from keras2sql.graph.core import Graph
from keras2sql.graph.targets import Target


@dataclass(frozen=True)
class LayerInfo:
    """One layer for `inspect`: `shape` is that of its output, without the batch axis.

    `problem` says why the layer is unsupported; it is empty where the layer converts.
    `sources` are the paths of the layers that it is called on the results of.
    """

    path: str
    class_name: str
    shape: tuple[int | None, ...] | None
    parameters: int
    problem: str = ""
    sources: tuple[str, ...] = ()


Shape = tuple[int | None, ...]
"""Of an input as the model records it, without the batch axis; None is a size left open."""


@dataclass(frozen=True)
class Steps:
    """How the time axis of the inputs is read.

    `sized` gives the shapes to take for inputs of these names and recorded shapes.  With
    `streaming`, one step comes at a time and recurrent layers carry their states from row
    to row; those that go backwards, through mirrored rows.  They begin with zeros.  With
    `totals`, what is made of all steps is made of all rows.
    """

    sized: Callable[[Mapping[str, Shape]], Mapping[str, Shape]]
    streaming: bool = False
    totals: bool = False


@dataclass(frozen=True, eq=False)
class Network:
    """A model as read.

    `graph` has one input per model input and one output per model output, by their Keras
    names.  `features` are the column names the model was fitted with, where it knows them;
    `classes` the labels of a classifier.  `task` is "classifier", "regressor",
    "transformer" or, for a bare network, empty.  `probabilities` says that the estimator
    around it hands out the output as probabilities, whatever made it.  `padding` has, for
    the inputs whose steps are masked, the value that masks one.

    An estimator that is no network around which others stand has `targets`, if it is a classifier,
    and a `layout`: of each column that it was fitted with the input and the element that it feeds,
    None if nothing reads it.  `framework` is what wrote the model, `keras` then its version.
    """

    graph: Graph
    name: str
    layers: tuple[LayerInfo, ...]
    keras: tuple[int, int]
    task: str = ""
    features: tuple[str, ...] | None = None
    classes: tuple[Any, ...] | None = None
    probabilities: bool = False
    padding: Mapping[str, float] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    layout: tuple[tuple[str, int] | None, ...] = ()
    framework: str = "Keras"

    def __repr__(self) -> str:
        return f"<Network {self.name}: {len(self.layers)} layers, by {self.framework}>"
