"""Sequences as databases have them: a long table, a row per key and time step.

A model whose layers look at each step by itself, or go through the steps one after the
other, forwards or backwards, is read as a model of one step, whose recurrent layers keep
their states for the next.  Whether it may be is not guessed from its layers: both readings
are computed by numpy on random sequences, and have to agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from collections.abc import Sequence as Listed
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.errors import InputError, Keras2SQLError, ModelFileError, UnsupportedLayerError
from keras2sql.features import check_inputs
from keras2sql.graph import ops
from keras2sql.graph.picking import picking
from keras2sql.lower.source import Order
from keras2sql.plan import Form, sequence_form
from keras2sql.read.any import FilePath, opened, read
from keras2sql.read.network import Network, Shape, Steps
from keras2sql.read.sklearn import is_estimator, unwrap

# Steps of the random sequences, where the model leaves their number open; more for long windows.
_PROBES = (3, 64, 512)
_LONGER = 29  # and of those that have to tell the same
_SEQUENCES = 16
_HIDDEN = 0.2  # how many of their steps a mask hides, where there is one


@dataclass(frozen=True)
class Sequence:
    """The features of a long table: `columns` of a time step, ordered by `order_by`.

    The result has one row per key, or one per key and step where the model returns
    sequences, with the `order_by` column passed through.  Raises `InputError` for what is no
    column name.
    """

    columns: Listed[str]
    order_by: str

    def __post_init__(self) -> None:
        columns = (self.columns,) if isinstance(self.columns, str) else tuple(self.columns)
        for one in (*columns, self.order_by):
            if not isinstance(one, str) or not one or "\0" in one:
                raise InputError(f"Sequence: {one!r} is no column name")
        object.__setattr__(self, "columns", columns)


@dataclass(frozen=True, eq=False)
class Reading:
    """A network of one time step, or of all of them, and what it asks of the order of the rows."""

    network: Network
    order: Order


@dataclass(frozen=True, eq=False)
class Stream:
    """A model as read for the `features` of a long table.

    `stepwise` is None where the model can't be computed step by step, and `why` says why not; else
    `why` is what each step needs.  `together` is None where the time axis is open.
    """

    features: Sequence
    stepwise: Reading | None
    together: Reading | None
    why: str

    @property
    def columns(self) -> tuple[str, ...]:
        """What feeds a step."""
        return tuple(self.features.columns)


def alone(features: Any) -> tuple[str, Sequence] | None:
    """The features as a `Sequence`, if they are one, and the input that they name, if they do."""
    if isinstance(features, Sequence):
        return "", features
    if not isinstance(features, Mapping):
        return None
    if not any(isinstance(listed, Sequence) for listed in features.values()):
        return None
    if len(features) > 1:
        raise InputError(
            f"a Sequence (--order-by) feeds one input, and features name {len(features)}: "
            f"{', '.join(map(str, features))}; for several, name the columns of all steps"
        )
    ((name, found),) = features.items()
    return str(name), found


def stream(
    model: Any,
    features: Sequence,
    weights_file: FilePath | None,
    trust_pickle: bool,
    named: str = "",
) -> Stream:
    """Read a model step by step where that can be, and with all steps together.

    `named` is the input that the features are said to be for.  Raises `InputError` where the
    model takes something else than one sequence.
    """
    model = opened(model, trust_pickle)
    if is_estimator(model) and unwrap(model) is None:
        raise InputError(
            f"a {type(model).__name__} takes rows one by one, no sequence; leave order_by out"
        )
    full, name, shape = _whole(model, weights_file)
    if named:
        check_inputs({named: features}, [name])
    width = _width(shape)
    if width != len(features.columns):
        raise InputError(
            f"the model takes {_count(width, 'number')} per time step (input {name}, shape "
            f"{shape}), and the Sequence has {_count(len(features.columns), 'column')}"
        )
    if full.graph.carried:
        raise InputError(
            f"{full.graph.carried[0][0].layer} is stateful: its state goes on from row to row, "
            "through all keys, and a Sequence begins anew with each; give the features as a list"
        )
    most = shape[0]
    padding = full.padding.get(name)
    least = 1 if most is None or padding is not None else most
    known = (features, least, most, padding)
    together = None if most is None else _together(full, known)
    reasons = []
    for totals in (False, True):
        try:
            stepwise, why = _step_by_step(model, weights_file, full, known, totals)
            return Stream(features, stepwise, together, why)
        except UnsupportedLayerError as error:
            reasons.append("; ".join(f"{path}: {reason}" for path, _, reason in error.layers))
        except (Keras2SQLError, ops.ShapeError) as error:
            reasons.append(str(error))
    return Stream(features, None, together, reasons[0])


def check_read_for(features: Any, network: Network | Stream) -> None:
    """Raise `InputError` where features are a `Sequence` and the network was not read for it, or
    the other way round."""
    found = alone(features)
    if not isinstance(network, Stream):
        if found is not None:
            raise InputError("a Sequence takes the model as read for it: api.read(model, features)")
    elif found is None or found[1] != network.features:
        raise InputError(f"the model was read for {network.features}; give the same features")


def chosen(stream: Stream, recursion: bool = True) -> tuple[Reading, Form]:
    """The reading that is taken where the database has `recursion`, or where it has not.

    Raises `InputError` where there is none.
    """
    stepwise, together = stream.stepwise, stream.together
    form = sequence_form(stepwise is not None, together is not None, stream.why, recursion)
    reading = together if form.together else stepwise
    assert reading is not None
    return reading, form


_Known = tuple[Sequence, int, int | None, float | None]  # least and most steps, padding


def _step_by_step(
    model: Any, weights_file: FilePath | None, full: Network, known: _Known, totals: bool
) -> tuple[Reading, str]:
    """The model of one step, maybe with `totals` over all, and what it needs; raises where it is
    not the same as that of all of them."""
    features, least, most, padding = known
    steps = Steps(_all_of(1), streaming=True, totals=totals)
    single = read(model, weights_file, steps=steps)
    every = _agreement(full, single, padding, shorter=most is not None and least != most)
    if most is None:  # windows, or what else tells lengths apart
        _agreement(of_length(model, weights_file, _LONGER), single, padding, shorter=False)
    kinds = {type(t.op) for t in single.graph.tensors()}
    both_ways = not kinds.isdisjoint({ops.Mirror, ops.Overall})
    needed = ["its own features"]
    if single.graph.carried:
        directions = "forwards and backwards" if ops.Mirror in kinds else "forwards"
        needed.append(f"the states of recurrent layers, {directions}")
    needed += ["totals over the rows of its key"] if ops.Overall in kinds else []
    why = f"each step needs {' and '.join(needed)}"
    return Reading(single, Order(features.order_by, every, least, most, padding, both_ways)), why


def _together(full: Network, known: _Known) -> Reading:
    """The model of all steps; where it returns sequences, a row for each of their steps."""
    features, least, most, padding = known
    every = all(len(t.shape) > 1 and t.shape[0] == most for t in full.graph.outputs.values())
    if every:
        picked = {name: picking(t) for name, t in full.graph.outputs.items()}
        full = replace(full, graph=full.graph.returning(picked))
    return Reading(full, Order(features.order_by, every, least, most, padding, both_ways=True))


def step_width(model: Any, weights_file: FilePath | None, trust_pickle: bool) -> int:
    """How many numbers the model takes per time step."""
    return _width(_whole(opened(model, trust_pickle), weights_file)[2])


def of_length(model: Any, weights_file: FilePath | None, steps: int) -> Network:
    """The model for sequences of this many steps, as Keras itself takes them."""
    return read(model, weights_file, steps=Steps(_all_of(steps)))


def _all_of(steps: int) -> Callable[[Mapping[str, Shape]], Mapping[str, Shape]]:
    """The shapes of inputs with this many steps."""
    return lambda shapes: {name: (steps, *shape[1:]) for name, shape in shapes.items()}


def _whole(model: Any, weights_file: FilePath | None) -> tuple[Network, str, Shape]:
    """The model over all steps, a few where their number is open; its input, as recorded."""
    recorded: dict[str, Shape] = {}

    def whole(shapes: Mapping[str, Shape]) -> Mapping[str, Shape]:
        recorded.update(shapes)
        return {n: (s[0] or length, *s[1:]) if s else s for n, s in shapes.items()}

    for length in _PROBES:
        try:
            full = read(model, weights_file, steps=Steps(whole))
            break
        except ModelFileError:
            windows = any(s[:1] == (None,) for s in recorded.values())
            if not windows or length == _PROBES[-1]:
                raise
    if len(recorded) != 1:
        raise InputError(f"a Sequence feeds one input, and the model has {len(recorded)}")
    ((name, shape),) = recorded.items()
    if not shape:
        raise InputError(f"a Sequence feeds a time axis, and input {name} has none")
    return full, name, shape


def _width(shape: Shape) -> int:
    return math.prod(n or 1 for n in shape[1:])


def _agreement(full: Network, single: Network, padding: float | None, shorter: bool) -> bool:
    """Whether the outputs are those of every step; raises unless the readings agree.

    With `shorter`, they have to agree on sequences that padding fills up, too.
    """
    (before,) = full.graph.inputs
    (after,) = single.graph.inputs
    steps = before.shape[0]
    given = _random(full, steps, padding)
    expected = full.graph.evaluate({before.layer: given})
    found = [single.graph.evaluate({after.layer: one[:, None]}) for one in given]
    lengths = np.arange(_SEQUENCES) % steps + 1
    padded = given.copy()
    for one, length in zip(padded, lengths, strict=True):
        one[length:] = padding
    filled = full.graph.evaluate({before.layer: padded}) if shorter else {}
    cut = [
        single.graph.evaluate({after.layer: one[:length, None]})
        for one, length in zip(given if shorter else (), lengths, strict=shorter)
    ]
    kinds = set()
    for name, values in expected.items():
        of_one = found[0][name].shape[1:]
        every = steps > 1 and of_one[:1] == (1,) and values.shape[1:] == (steps, *of_one[1:])
        kinds.add(every)
        same = all(
            _same_steps(one[name], whole, every) for one, whole in zip(found, values, strict=True)
        ) and all(
            _same_steps(one[name], whole[: len(one[name])] if every else whole, every)
            for one, whole in zip(cut, filled.get(name, ()), strict=True)
        )
        if not same:
            raise InputError(f"its output {name} needs several steps together")
    if len(kinds) > 1:
        raise InputError("it gives both sequences and single outputs")
    return kinds.pop()


def _same_steps(stepwise: Any, whole: Any, every: bool) -> bool:
    """Whether the outputs behind each step, or the last of them, are those of all together."""
    return _same(stepwise[:, 0] if every else stepwise[-1], whole)


def _random(full: Network, steps: int, padding: float | None) -> npt.NDArray[Any]:
    """Sequences for the input, with hidden steps in some of them."""
    (entry,) = full.graph.inputs
    rng = np.random.default_rng(steps)
    shape = (_SEQUENCES, *entry.shape)
    tensors = full.graph.tensors()
    keys = [t.inputs[0].constant for t in tensors if isinstance(t.op, ops.Find)]
    listed = [k for one in keys if one is not None for k in one.tolist()]
    known = [k for k in listed if isinstance(k, str) == (entry.kind == "str")]
    sizes = [t.inputs[0].shape[0] for t in tensors if isinstance(t.op, ops.Lookup)]
    if entry.kind == "str":
        given = rng.choice(np.array([*known, "?"], dtype=object), shape)
    elif known:
        given = rng.choice(np.array(known, dtype=np.float64), shape)
    elif sizes:
        # All ids that every table holds: with fewer, sequences may be the same both ways.
        given = rng.integers(0, min(sizes), shape).astype(np.float64)
    else:
        given = rng.normal(size=shape)
    if padding is not None:
        given[rng.random((_SEQUENCES, steps)) < _HIDDEN] = padding
    return given


def _same(one: Any, other: Any) -> bool:
    if one.shape != other.shape:
        return False
    return bool(np.allclose(one, other, rtol=1e-9, atol=1e-9, equal_nan=True))


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"
