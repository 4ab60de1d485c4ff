"""`inspect`: what a model is, and how it converts with what is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from keras2sql import sequences
from keras2sql.errors import Keras2SQLError
from keras2sql.explain import steps_of_keys
from keras2sql.features import option, placed, read_for, some, told
from keras2sql.read import Inspection
from keras2sql.read.any import FilePath, look, opened
from keras2sql.read.inspection import per_step


def inspect(
    model: Any,
    weights_file: FilePath | None = None,
    trust_pickle: bool = False,
    features: Any = None,
    order_by: str | None = None,
) -> Inspection:
    """Tell what a model is, how it converts, and what can't become SQL and why.

    Args:
        model: as for `convert`; unsupported layers, and inputs of an open length, are told of.
        weights_file: the HDF5 file with the weights of a JSON architecture.
        trust_pickle: whether a pickle file may be opened, which runs what is in it.
        features: as for `convert`; they tell the length of an input that leaves it open.
        order_by: makes a `Sequence` of a list of features.

    Returns:
        Of each layer its path, class, output shape (without the batch axis) and number of
        parameters; the multiply-adds per row; how the network converts with what is given.
        `Inspection.problems` lists what is unsupported.  ``print`` shows it all.

    Raises:
        ModelFileError: the file is no model, is damaged, or its weights don't fit.
        InputError: features that don't fit the model.
        InternalError: a fault of keras2sql itself; please report it.
    """
    model = opened(model, trust_pickle)
    if order_by is not None:
        features = sequences.Sequence(features or (), order_by)
    alone = sequences.alone(features)
    if alone is None:
        found = read_for(features, look, model, weights_file, False)
    else:
        found = look(model, weights_file)
    if found.problems:
        return found
    if alone is not None:
        return _in_steps(found, model, weights_file, *alone)
    if found.open:
        return _told(found, model, weights_file)
    if features is None or found.network is None:
        return found
    named, arrays = placed(features, found.network)
    notes = [(f"input {name}", one) for name, one in told(named, arrays).items()]
    return replace(found, notes=tuple(notes))


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
    notes = [(f"input {entry}", f"{some(step.columns)} of each step")]
    reading, form = sequences.chosen(stream)
    notes += steps_of_keys(reading.order, form, bool(reading.network.graph.carried), "key")
    per = "row of all steps" if form.together else "time step"
    return replace(found, network=reading.network, open={}, per=per, notes=tuple(notes))


def _told(found: Inspection, model: Any, weights_file: FilePath | None) -> Inspection:
    """The same with what tells the lengths that are open."""
    widths = {name: per_step(shape) for name, shape in found.open.items()}
    ways = _lists(found, widths)
    if len(found.inputs) == 1:
        (width,) = widths.values()
        ways = _list_or_rows(width, _refusal(model, weights_file, width))
    heading = f"The length of {' and of '.join(widths)} is open; the network converts with"
    return replace(found, heading=heading, notes=tuple(ways))


def _lists(found: Inspection, widths: dict[str, int]) -> list[tuple[str, str]]:
    """For several inputs."""
    of_steps = {name: f"the columns of all steps, {w} per step" for name, w in widths.items()}
    named = ", ".join(f"{name!r}: [...]" for name in found.inputs)
    return [
        *((option(n, "A,B,..."), of_steps.get(n, "its columns")) for n in found.inputs),
        ("in Python", f"features={{{named}}}"),
    ]


def _list_or_rows(width: int, refusal: str) -> list[tuple[str, str]]:
    """For one input of which a step has `width` numbers."""
    listed = (
        "--features A,B,...",
        f"the columns of all steps, {width} per step; their number is the length",
    )
    if refusal:
        return [
            listed,
            ("in Python", "features=[...]"),
            ("not with --order-by", f"a table with a row per key and step: {refusal}"),
        ]
    columns = f"the {width} columns of a step" if width > 1 else "the column of a step"
    return [
        listed,
        ("--features ... --order-by T", f"a row per key and step: {columns}, and what orders them"),
        ("in Python", "features=[...], or features=Sequence([...], order_by=...)"),
    ]


def _refusal(model: Any, weights_file: FilePath | None, width: int) -> str:
    """Why a long table does not do; empty where it does."""
    step = sequences.Sequence([f"column {i}" for i in range(width)], "order")
    try:
        sequences.chosen(sequences.stream(model, step, weights_file, False))
    except Keras2SQLError as error:
        return str(error)
    return ""
