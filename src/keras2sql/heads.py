"""The prediction columns: a model's outputs become scalars with the names users see.

A head takes the graph of a model as read and returns a graph in which every output is one
scalar, a column of the result, in the order of the columns.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from keras2sql.errors import InputError
from keras2sql.graph.core import Builder, Graph, Tensor
from keras2sql.graph.targets import Target, label_table, of_output

Label = str | int | bool | datetime.date


def head(
    graph: Graph,
    task: str = "",
    labels: Iterable[Any] | None = None,
    probabilities: bool = False,
    targets: Sequence[Target] = (),
) -> Graph:
    """The head for a model with this task: `estimator` where it tells its targets, else
    `classifier` wherever there are labels, `regressor` for "regressor", else `bare`."""
    if targets:
        return estimator(graph, targets, labels)
    if labels is not None:
        return classifier(graph, labels, probabilities)
    return regressor(graph) if task == "regressor" else bare(graph)


def classifier(graph: Graph, labels: Iterable[Any], probabilities: bool = False) -> Graph:
    """`Score_`, `Proba_`, `LogProba_` for each label, `Decision` and `DecisionProba`.

    One unit decides between two labels: its value is the probability of the second.  Two
    units or more have a label each; under sigmoids their values need not sum to one.

    An output that a sigmoid or a softmax made, or that cannot leave 0 .. 1, is taken as
    probabilities.  Any other is taken as logits: `Score_` is the output itself, `Proba_` its
    softmax, or its sigmoid for one unit z (whose scores are -z and z).  With `probabilities`
    the output is passed on as probabilities whatever made it, as SciKeras does.

    `LogProba_` is computed from the logits where they are visible, so that it is finite as
    long as they are.  `Decision` is the label with the greatest `Proba_`, the first of equals.

    Raises `InputError` for labels that do not fit the model or each other.
    """
    names = checked_labels(labels)
    output = _single_output(graph, names)
    g = Builder()
    with g.at("decision"):
        target = of_output(g, output, names, probabilities)
        return _decided(graph, _columns(g, target, names))


def _decided(graph: Graph, columns: dict[str, Tensor]) -> Graph:
    """The graph with these outputs, which are noted as such unless a layer is called so."""
    notes = {"decision": "the labels, their probabilities, and the one that is chosen"}
    about = replace(graph.about, notes={**notes, **graph.about.notes})
    return replace(graph.returning(columns), about=about)


def estimator(
    graph: Graph, targets: Sequence[Target], labels: Iterable[Any] | None = None
) -> Graph:
    """The same columns, so far as the estimator has them, of one target; of several with the
    number of the target behind the first word: `Proba_0_<label>`, `Decision_0`."""
    g = Builder()
    columns: dict[str, Tensor] = {}
    single = len(targets) == 1
    for i, target in enumerate(targets):
        names = checked_labels(target.classes if labels is None or not single else labels)
        if len(names) != len(target.classes):
            raise InputError(
                f"the estimator has {len(target.classes)} classes, but there are {len(names)} "
                f"labels; give {len(target.classes)}"
            )
        with g.at("decision"):
            columns |= _columns(g, target, names, "" if single else f"_{i}")
    return _decided(graph, columns)


def _columns(
    g: Builder, target: Target, names: Sequence[Label], number: str = ""
) -> dict[str, Tensor]:
    columns: dict[str, Tensor] = {}
    listed = {"Score": target.score, "Proba": target.proba, "LogProba": target.log_proba}
    for word, t in listed.items():
        if t is not None:
            columns |= _scalars(g, t, [f"{word}{number}_{n}" for n in names])
    columns[f"Decision{number}"] = g.lookup(label_table(names), target.choice)
    if target.chosen is not None:
        columns[f"DecisionProba{number}"] = target.chosen
    return columns


def regressor(graph: Graph) -> Graph:
    """`Estimator`, or `Estimator_0`, `Estimator_1`, ... over all outputs in order."""
    g = Builder()
    total = sum(t.size for t in graph.outputs.values())
    names = iter(["Estimator"] if total == 1 else [f"Estimator_{i}" for i in range(total)])
    columns: dict[str, Tensor] = {}
    for t in graph.outputs.values():
        with g.at(t.layer):
            columns |= _scalars(g, t, [next(names) for _ in range(t.size)])
    return graph.returning(columns)


def bare(graph: Graph) -> Graph:
    """`<output>_<i>` for each element, row-major; `<output>` where there is one.

    Where that gives a name twice (outputs "a" of two elements and "a_0"), the later one
    gets `_2`, `_3`, ... behind it.
    """
    g = Builder()
    columns: dict[str, Tensor] = {}
    for output, t in graph.outputs.items():
        names = [output] if t.size == 1 else [f"{output}_{i}" for i in range(t.size)]
        with g.at(t.layer):
            for name, element in _scalars(g, t, names).items():
                free, n = name, 1
                while free in columns:
                    n += 1
                    free = f"{name}_{n}"
                columns[free] = element
    return graph.returning(columns)


def select(graph: Graph, outputs: Sequence[str]) -> Graph:
    """The graph with these outputs only, in this order."""
    wanted = [outputs] if isinstance(outputs, str) else list(outputs)
    unknown = [repr(name) for name in wanted if name not in graph.outputs]
    if unknown or not wanted:
        what = f"no output {', '.join(unknown)}" if unknown else "no outputs chosen"
        raise InputError(f"{what}; the model has {_some(list(graph.outputs))}")
    if len(set(wanted)) < len(wanted):
        twice = next(name for name in wanted if wanted.count(name) > 1)
        raise InputError(f"output {twice!r} is named twice in outputs; name it once")
    return graph.returning({name: graph.outputs[name] for name in wanted})


def checked_labels(labels: Iterable[Any]) -> list[Label]:
    """The labels as Python values of one type: str, int, bool or datetime.date.

    numpy's scalars become Python's, whole floats integers, and timestamps at midnight dates.
    """
    if isinstance(labels, str | bytes) or not isinstance(labels, Iterable):
        raise InputError(f"labels should be a list of class labels, not {labels!r}")
    found = [_label(value) for value in labels]
    if not found:
        raise InputError("labels is empty; name one label per class")
    types = list(dict.fromkeys(type(value).__name__ for value in found))
    if len(types) > 1:
        raise InputError(f"labels are of mixed types ({', '.join(types)}); give all of one type")
    twice = list(dict.fromkeys(repr(str(v)) for v in found if found.count(v) > 1))
    if twice:
        raise InputError(f"labels name {', '.join(twice)} more than once; labels must differ")
    return found


def _label(value: Any) -> Label:
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    elif isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date()
    for kind in (str, bool, int):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    raise InputError(
        f"label {value!r} is of type {type(value).__name__}; labels are str, int, bool or date"
    )


def _single_output(graph: Graph, labels: Sequence[Label]) -> Tensor:
    if len(graph.outputs) != 1:
        raise InputError(
            f"labels need a model with one output, not {len(graph.outputs)} "
            f"({_some(list(graph.outputs))}); convert without labels, or a model of one of them: "
            "keras.Model(model.inputs, model.outputs[0])"
        )
    ((name, output),) = graph.outputs.items()
    if output.size not in (1, max(output.shape, default=1)):
        raise InputError(
            f"labels need one value per class; output {name!r} has the shape {output.shape}"
        )
    expected = 2 if output.size == 1 else output.size
    if len(labels) != expected:
        units = "1 unit, for 2 classes" if output.size == 1 else f"{output.size} units"
        raise InputError(
            f"output {name!r} has {units}, but there are {len(labels)} labels; give {expected}"
        )
    return output


def _scalars(g: Builder, t: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """Each element of `t` as a tensor of shape ()."""
    if t.shape == ():
        return {names[0]: t}
    return {name: g.take(t, i) for i, name in enumerate(names)}


def _some(names: list[str], most: int = 20) -> str:
    """Names with commas between; of many the first and the last."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[: most - 1])}, ..., {names[-1]} ({len(names):,} in all)"
