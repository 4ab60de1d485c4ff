"""Sequences as databases have them: a long table, a row per key and time step.

A model that only goes forwards in time is read as a model of one step, whose recurrent
layers keep their states for the next.  Whether it may be is not guessed from its layers:
both readings are computed by numpy on random sequences, and have to agree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence as Listed
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras2sql.errors import InputError, Keras2SQLError
from keras2sql.graph import ops
from keras2sql.lower.source import Order
from keras2sql.read.any import FilePath, opened, read
from keras2sql.read.network import Network, Steps

Shape = tuple[int | None, ...]
_PROBE = 3  # steps of the random sequences, where the model leaves their number open
_SEQUENCES = 16


@dataclass(frozen=True)
class Sequence:
    """The features of a long table: `columns` of a time step, ordered by `order_by`.

    The result has one row per key, or one per key and step where the model returns
    sequences, with the `order_by` column passed through.
    """

    columns: Listed[str]
    order_by: str


@dataclass(frozen=True, eq=False)
class Stream:
    """A network of one time step, or of all where it needs them together, and what it asks
    of the order of the rows."""

    network: Network
    order: Order


def stream(
    model: Any, features: Sequence, weights_file: FilePath | None, trust_pickle: bool
) -> Stream:
    """Read a model that goes forwards in time, one step at a time.

    Raises `InputError` where it does not, or takes something else than one sequence.
    """
    model = opened(model, trust_pickle)
    recorded: dict[str, Shape] = {}

    def whole(name: str, shape: Shape) -> Shape:
        recorded[name] = shape
        return (shape[0] or _PROBE, *shape[1:]) if shape else shape

    full = read(model, weights_file, steps=Steps(whole))
    if len(recorded) != 1:
        raise InputError(f"a Sequence feeds one input, and the model has {len(recorded)}")
    ((name, shape),) = recorded.items()
    width = math.prod(n or 1 for n in shape[1:]) if shape else 0
    if width != len(features.columns):
        raise InputError(
            f"the model takes {width} numbers per time step (input {name}, shape {shape}), "
            f"and the Sequence has {len(features.columns)} columns"
        )
    most = shape[0]
    padding = full.padding.get(name)
    least = 1 if most is None or padding is not None else most
    try:
        single = read(model, weights_file, steps=Steps(lambda n, s: (1, *s[1:]), streaming=True))
        every = _agreement(full, single)
    except (Keras2SQLError, ops.ShapeError) as error:
        if most is None:
            raise InputError(
                f"the model can't be computed step by step: {error}; its time axis is open: "
                "build it with a fixed number of steps, or give all steps as columns"
            ) from error
        order = Order(features.order_by, False, least, most, padding, together=True)
        return Stream(full, order)
    return Stream(single, Order(features.order_by, every, least, most, padding))


def _agreement(full: Network, single: Network) -> bool:
    """Whether the outputs are those of every step; raises unless the readings agree."""
    (before,) = full.graph.inputs
    (after,) = single.graph.inputs
    steps = before.shape[0]
    rng = np.random.default_rng(steps)
    tables = [t.inputs[0] for t in full.graph.tensors() if isinstance(t.op, ops.Lookup)]
    shape = (_SEQUENCES, *before.shape)
    given = rng.normal(size=shape)
    if tables:
        # All ids that every table holds: with fewer, sequences may be the same both ways.
        given = rng.integers(0, min(t.shape[0] for t in tables), shape)
    expected = full.graph.evaluate({before.layer: given})
    found = [single.graph.evaluate({after.layer: one[:, None]}) for one in given]
    kinds = set()
    for name, values in expected.items():
        stepwise = np.stack([f[name] for f in found])  # (sequence, step, ...)
        shape_of_one = stepwise.shape[2:]
        last = stepwise[:, -1]
        if values.shape == last.shape and not (steps > 1 and values.shape[1:2] == (steps,)):
            kinds.add(False)
            same = np.allclose(values, last, rtol=1e-9, atol=1e-9, equal_nan=True)
        elif values.shape[2:] == shape_of_one[1:] and shape_of_one[:1] == (1,):
            kinds.add(True)
            same = np.allclose(values, stepwise[:, :, 0], rtol=1e-9, atol=1e-9, equal_nan=True)
        else:
            same = False
        if not same:
            raise InputError(f"its output {name} needs steps that come later, or all of them")
    if len(kinds) > 1:
        raise InputError("it gives both sequences and single outputs")
    return kinds.pop()


def sized(features: Any) -> Steps | None:
    """The reading for features named one by one: their number gives an open time axis."""
    if not isinstance(features, dict | list | tuple):
        return None

    def whole(name: str, shape: Shape) -> Shape:
        names = features.get(name, ()) if isinstance(features, dict) else features
        known = math.prod(n for n in shape if n is not None)
        count = 1 if isinstance(names, str) else len(names)
        if shape.count(None) != 1 or not known or count % known:
            return shape
        return tuple(count // known if n is None else n for n in shape)

    return Steps(whole)
