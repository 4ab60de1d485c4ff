"""`inspect`: what a model is, and how it converts with what is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from keras2sql import sequences
from keras2sql.errors import Keras2SQLError
from keras2sql.explain import steps_of_keys
from keras2sql.features import placed, sized, some, told
from keras2sql.read import Inspection
from keras2sql.read.any import FilePath, look, opened
from keras2sql.read.inspection import per_step

_OPEN = "the length of {} is open; the network converts with"


def inspect(
    model: Any,
    weights_file: FilePath | None = None,
    trust_pickle: bool = False,
    features: Any = None,
    order_by: str | None = None,
) -> Inspection:
    """Layers, shapes, parameters, work per row, and what can't become SQL and why.

    `model` and `features` are as for `convert`; `order_by` makes a `Sequence` of a list of them.
    Where the length of an input is open, the notes say what tells it, and with `features` how
    it converts.  Raises `ModelFileError`, or `InputError` for features that do not fit.
    """
    model = opened(model, trust_pickle)
    if order_by is not None:
        features = sequences.Sequence(features or (), order_by)
    alone = sequences.alone(features)
    found = look(model, weights_file, steps=None if alone else sized(features))
    if found.problems:
        return found
    if alone is not None:
        return _in_steps(found, model, weights_file, *alone)
    if found.open:
        return replace(found, notes=tuple(_ways(found, model, weights_file)))
    if features is None or found.network is None:
        return found
    named, arrays = placed(features, found.network)
    return replace(found, notes=tuple(f"input     {one}" for one in told(named, arrays)))


def _in_steps(
    found: Inspection,
    model: Any,
    weights_file: FilePath | None,
    name: str,
    step: sequences.Sequence,
) -> Inspection:
    """What is known of a model over a long table."""
    stream = sequences.stream(model, step, weights_file, False, named=name)
    (entry,) = found.inputs
    notes = [f"input     {entry} takes {some(step.columns)} of each step"]
    notes += steps_of_keys(stream.order, "key")
    per = "row of all steps" if stream.order.together else "time step"
    return replace(found, network=stream.network, open={}, per=per, notes=tuple(notes))


def _ways(found: Inspection, model: Any, weights_file: FilePath | None) -> list[str]:
    """What tells the lengths that are open."""
    widths = {name: per_step(shape) for name, shape in found.open.items()}
    if len(found.inputs) > 1:
        counts = ", ".join(f"{width} per step of {name}" for name, width in widths.items())
        lists = " ".join(f"--features {name}=..." for name in found.inputs)
        return [
            _OPEN.format(" and of ".join(widths)),
            f"  {lists}: the columns of all steps ({counts}); their number is the length",
            "  in Python: features={" + ", ".join(f"{n!r}: [...]" for n in found.inputs) + "}",
        ]
    ((name, width),) = widths.items()
    lines = [
        _OPEN.format(name),
        f"  --features and the columns of all steps, {width} per step; their number is the length",
    ]
    step = sequences.Sequence([f"column {i}" for i in range(width)], "order")
    try:
        sequences.stream(model, step, weights_file, False)
    except Keras2SQLError as error:
        return [
            *lines,
            "  in Python: features=[...]",
            f"  not over a table with a row per key and step, with --order-by: {error}",
        ]
    columns = f"the {width} columns" if width > 1 else "the column"
    return [
        *lines[:1],
        f"{lines[1]}, or",
        f"  --features and {columns} of a step, --order-by and what orders the steps, for a table "
        "with a row per key and step",
        "  in Python: features=[...], or features=Sequence([...], order_by=...)",
    ]
