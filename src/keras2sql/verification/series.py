"""Long tables: the rows of a key become one sequence, and the source model is asked about it.

Sequences of one length are asked about together.  Where the model's time axis is fixed,
shorter ones are filled up behind with the value that its masking hides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from keras2sql import engines
from keras2sql.dialects import Dialect
from keras2sql.lower.source import Order, Source
from keras2sql.program import Program
from keras2sql.read.network import Network
from keras2sql.sequences import of_length
from keras2sql.verification import oracle
from keras2sql.verification.oracle import Answers

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Asked:
    """What the source model says, and the key columns of each row of it; rows that are
    `incomplete` miss a feature."""

    keys: pd.DataFrame
    answers: Answers
    incomplete: npt.NDArray[np.bool_]
    sequences: int
    steps: int


def ask(
    engine: engines.Engine,
    model: Any,
    weights_file: Any,
    program: Program,
    items: Sequence[str],
    require_keras: bool,
) -> Asked:
    """Read the table, each column as `items` spell it, and ask the source model."""
    source, order = program.source, program.source.order
    assert order is not None
    given = _read(engine, program.dialect, source, order, items)
    # Which rows are one sequence is the database's to say: its texts may be equal case aside.
    _, starts, lengths = np.unique(
        given.iloc[:, 0].to_numpy(), return_index=True, return_counts=True
    )
    keys = given.iloc[:, 1 : 2 + len(source.key)].set_axis([*source.key, order.column], axis=1)
    features = given.iloc[:, 2 + len(source.key) :]
    missing = features.isna().to_numpy(dtype=bool)
    kind = program.network.graph.inputs[0].kind
    filler = "" if kind == "str" else 0.0
    values = np.where(missing, filler, features.to_numpy(dtype=object))
    values = values.astype(object if kind == "str" else np.float64)
    holes = missing.any(axis=1)

    asked: list[tuple[Network, dict[str, Array]]] = []
    places: list[Array] = []
    for steps in [order.most] if order.most else [int(n) for n in np.unique(lengths)] or [1]:
        chosen = np.flatnonzero((lengths == steps) | (order.most is not None))
        network = of_length(model, weights_file, steps)
        (entry,) = network.graph.inputs
        x = np.full((len(chosen), steps, values.shape[1]), order.padding or filler, values.dtype)
        for row, at in enumerate(chosen):
            x[row, : lengths[at]] = values[starts[at] : starts[at] + lengths[at]]
        asked.append((network, {entry.layer: x.reshape(-1, *entry.shape)}))
        places.append(chosen)
    found = oracle.ask(model, asked, weights_file, require_keras)

    if order.every:
        told = [lengths[chosen] for chosen in places]
        rows = [
            np.concatenate([np.arange(starts[at], starts[at] + lengths[at]) for at in chosen])
            if len(chosen)
            else np.zeros(0, np.intp)
            for chosen in places
        ]
        answers = _together(found, rows, lambda x, i: _unpadded(x, told[i]))
        incomplete = np.zeros(len(given), dtype=bool)
        for start, length in zip(starts, lengths, strict=True):
            one = slice(start, start + length)
            known = np.any if order.both_ways else np.maximum.accumulate
            incomplete[one] = known(holes[one])
    else:
        answers = _together(found, places, lambda x, i: x)
        keys = keys.iloc[starts + lengths - 1, :-1]
        incomplete = np.logical_or.reduceat(holes, starts) if len(starts) else holes
    return Asked(keys, answers, incomplete, len(starts), len(given))


def _read(
    engine: engines.Engine, dialect: Dialect, source: Source, order: Order, items: Sequence[str]
) -> pd.DataFrame:
    """The number of the sequence, its key, `order_by` and the features; in order."""
    keys = ", ".join(map(dialect.quote, source.key))
    listed = [f"{dialect.own('dense_rank()')} OVER (ORDER BY {keys})"]
    listed += [*map(dialect.quote, (*source.key, order.column)), *items]
    names = [f"keras2sql_{i}" for i in range(len(listed))]
    select = ",\n  ".join(f"{item} AS {name}" for item, name in zip(listed, names, strict=True))
    return engine.query(
        f"SELECT\n  {select}\nFROM {source.relation(dialect)}\n"
        f"ORDER BY {', '.join(names[1 : len(source.key) + 2])}",
        names,
        what="reading the source rows",
    )


def _together(
    found: Sequence[Answers], places: Sequence[Array], rows: Callable[[Array, int], Array]
) -> Answers:
    """One answer of several, with its rows at their places; `rows` cuts an output into rows."""
    back = np.argsort(np.concatenate(places))

    def joined(parts: Sequence[Array | None]) -> Array | None:
        known = [rows(x, i) for i, x in enumerate(parts) if x is not None]
        return np.concatenate(known)[back] if len(known) == len(parts) else None

    outputs = [joined(parts) for parts in zip(*(one.outputs for one in found), strict=True)]
    return Answers(
        tuple(x for x in outputs if x is not None),
        found[0].source,
        found[0].dtype,
        joined([one.proba for one in found]),
        joined([one.prediction for one in found]),
    )


def _unpadded(x: Array, lengths: Array) -> Array:
    """(sequences, steps, ...) -> (rows, ...), without what is behind each sequence's end."""
    return x[np.arange(x.shape[1]) < lengths[:, None]]
