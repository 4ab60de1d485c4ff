"""Does the database compute what the model computes?

`verify` converts the model, runs the SQL on the target, reads the same source rows, asks
the source model itself about them, and compares every prediction column of every row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from keras2sql import api, engines, heads
from keras2sql.dialects import Dialect, get
from keras2sql.errors import InputError
from keras2sql.lower.source import Source
from keras2sql.read.any import opened
from keras2sql.verification import expected, oracle
from keras2sql.verification.compare import Comparison, compare
from keras2sql.verification.report import Report

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]


def verify(
    model: Any,
    target: Any,
    *,
    table: str,
    key: str | Sequence[str],
    rows: int | None = None,
    tolerance: float | None = None,
    **options: Any,
) -> Report:
    """Compare the database's predictions with those of the source model, row by row.

    `options` are those of `convert`; the dialect is that of the target unless given.
    With `rows`, only the first that many rows by key take part.  A number agrees when it
    is within ``tolerance * (1 + |expected|)``; the default depends on what the source
    model and the database compute in, and the report names it.

    Raises `InputError` where the key does not tell rows apart, besides the errors of
    `convert` and of the database.
    """
    model = opened(model, options.pop("trust_pickle", False))
    keys = [key] if isinstance(key, str) else list(key)
    with engines.connect(target) as engine:
        options.setdefault("dialect", engine.dialect_name)
        if rows is not None:
            table = _first_rows(get(options["dialect"]), table, keys, rows)
        program = api.convert(model, table=table, key=keys, **options)
        if program.source.order is not None:
            raise InputError(
                "verify compares row by row, and a Sequence has several rows per key; "
                "verify the model with the features of all steps as columns"
            )
        given = _read_source(engine, program)
        returned = program.run(engine)
        version = engine.version()
    feeds, incomplete = _feeds(program, given, len(keys))
    network = program.network
    answers = oracle.ask(model, network, feeds)
    labels = None if program.labels is None else heads.checked_labels(program.labels)
    full = heads.head(network.graph, network.task, labels, network.probabilities)
    wanted = expected.columns(answers, list(full.outputs), labels)
    predicted = list(program.graph.outputs)
    chosen, why = _tolerance(tolerance, answers.dtype, program.plan.precision)
    return compare(
        Comparison(
            keys=given.iloc[:, : len(keys)].set_axis(keys, axis=1),
            expected={name: wanted[name] for name in predicted},
            margin=expected.margin(wanted),
            incomplete=incomplete,
            returned_keys=returned.iloc[:, : len(keys)],
            returned=returned.iloc[:, len(returned.columns) - len(predicted) :],
            tolerance=chosen,
            epsilon=float(np.finfo(answers.dtype).eps),
        ),
        model=network.name,
        engine=version,
        source=answers.source,
        why=why,
    )


def _first_rows(dialect: Dialect, table: str, keys: Sequence[str], rows: int) -> str:
    if rows < 1:
        raise InputError(f"rows is {rows}; it should be 1 or more")
    order = ", ".join(dialect.quote(k) for k in keys)
    relation = Source(table, tuple(keys), {}).relation(dialect)
    return f"(SELECT * FROM {relation} ORDER BY {order} LIMIT {rows})"


def _read_source(engine: engines.Engine, program: api.Program) -> pd.DataFrame:
    """The key columns and, in the model's order, the features as the query reads them."""
    dialect, source = program.dialect, program.source
    items = [dialect.quote(k) for k in source.key]
    for t in program.network.graph.inputs:
        for name in program.features[t.layer]:
            column = dialect.quote(name)
            if t.kind == "str":
                items.append(dialect.cast_text.format(column, type=dialect.types["str"]))
                continue
            cast = dialect.cast.format(column, type=dialect.types["double"])
            if dialect.valid_raw:
                cast = f"CASE WHEN {dialect.valid_raw.format(column)} THEN {cast} END"
            items.append(cast)
    names = [f"c{i}" for i in range(len(items))]
    select = ",\n  ".join(f"{item} AS {name}" for item, name in zip(items, names, strict=True))
    # Where a state goes from row to row, it goes in key order.
    order = ", ".join(items[: len(source.key)])
    sql = f"SELECT\n  {select}\nFROM {source.relation(dialect)}\nORDER BY {order}"
    frame = engine.query(sql, names, what="reading the source rows")
    keys = frame.iloc[:, : len(source.key)]
    if (repeated := keys.duplicated()).any():
        value = ", ".join(str(v) for v in keys[repeated].iloc[0])
        raise InputError(
            f"the key ({', '.join(source.key)}) does not tell rows apart: {value} comes more "
            "than once; name columns that together are unique"
        )
    return frame


def _feeds(
    program: api.Program, given: pd.DataFrame, offset: int
) -> tuple[dict[str, Array], Array]:
    """The model's inputs, and which rows miss a value (fed as zero, to be NULL)."""
    feeds: dict[str, Array] = {}
    incomplete = np.zeros(len(given), dtype=bool)
    for t in program.network.graph.inputs:
        width = len(program.features[t.layer])
        part = given.iloc[:, offset : offset + width]
        offset += width
        missing = part.isna().to_numpy(dtype=bool)
        incomplete |= missing.any(axis=1)
        if t.kind == "str":
            values = part.astype(object).where(~missing, "").to_numpy(dtype=object)
        else:
            values = np.where(missing, 0.0, part.to_numpy(dtype=object)).astype(np.float64)
        feeds[t.layer] = values.reshape(len(given), *t.shape)
    if program.network.graph.carried:
        incomplete = np.maximum.accumulate(incomplete)  # an unknown state stays unknown
    return feeds, incomplete


def _tolerance(given: float | None, dtype: np.dtype[Any], precision: str) -> tuple[float, str]:
    if given is not None:
        return given, "as given"
    by_source = {2: 1e-2, 4: 1e-5}.get(dtype.itemsize, 1e-9)
    if precision == "single" and by_source < 1e-4:
        return 1e-4, "the database computes in single precision"
    return by_source, f"the source computes in {dtype}"
