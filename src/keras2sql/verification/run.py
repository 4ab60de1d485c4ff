"""Does the database compute what the model computes?

`verify` converts the model, runs the SQL on the target, reads the same source rows, asks
the source model itself about them, and compares every prediction column of every row.
"""

from __future__ import annotations

from collections.abc import Sequence as Listed
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from keras2sql import api, engines, heads
from keras2sql.errors import InputError
from keras2sql.graph.core import Tensor
from keras2sql.graph.incomplete import may_miss
from keras2sql.lower import features
from keras2sql.lower.array_columns import array
from keras2sql.lower.source import Source
from keras2sql.program import Program
from keras2sql.read.any import FilePath, opened
from keras2sql.verification import estimators, expected, first, oracle, series
from keras2sql.verification.compare import Comparison, compare
from keras2sql.verification.report import Report

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]

# By what the source computes in: how far apart two right answers may be.
_TOLERANCES = {"bfloat16": 8e-2, "float16": 1e-2, "float32": 1e-5}


def verify(
    model: Any,
    target: Any,
    *,
    table: str,
    key: str | Listed[str],
    rows: int | None = None,
    tolerance: float | None = None,
    view: str | None = None,
    require_keras: bool = False,
    **options: Any,
) -> Report:
    """Compare the database's predictions with those of the source model, row by row.

    `options` are those of `convert`; the dialect is that of the target unless given.
    With `rows`, only the first that many rows by key take part; of a long table (`features` is
    a `Sequence`), the first that many keys.  A number agrees when it
    is within ``tolerance * (1 + |expected|)``; the default depends on what the source
    model and the database compute in, and the report names it.  With `view`, what that deployed
    view, or table of predictions, holds is compared, and not what the query answers.

    Raises `InputError` where the key does not tell rows apart, a sequence has a length that
    the model does not take, the view lacks a column, or, with `require_keras`, Keras itself
    can't be asked; besides the errors of `convert` and of the database.
    """
    model = opened(model, options.pop("trust_pickle", False))
    keys = [key] if isinstance(key, str) else list(key)
    with engines.connect(target) as engine:
        options.setdefault("dialect", engine.dialect_name)
        program = api.convert(model, table=table, key=keys, **options)
        weights_file = options.get("weights_file")
        return verify_program(
            program, model, engine, rows, tolerance, view, weights_file, require_keras
        )


def verify_program(
    program: Program,
    model: Any,
    target: Any,
    rows: int | None = None,
    tolerance: float | None = None,
    view: str | None = None,
    weights_file: FilePath | None = None,
    require_keras: bool = False,
) -> Report:
    """`verify` for a program that is there: what it gives against what `model` does."""
    long = program.source.order is not None
    with engines.connect(target) as engine:
        if rows is not None:
            program = first.of(engine, program, rows)
            view = first.of_view(view, program, rows) if view else view
        program = program.checked(engine)
        if long:
            asked = _sequences(engine, model, program, weights_file, require_keras)
        else:
            asked = _rows(engine, model, program, weights_file, require_keras)
        returned = _held(engine, program, view) if view else program.run(engine)
        version = engine.version()
    network, answers = program.network, asked.answers
    labels = None if program.labels is None else heads.checked_labels(program.labels)
    how = (network.task, labels, network.probabilities, network.targets)
    full = heads.head(network.graph, *how)
    names = list(full.outputs)
    if answers.methods:
        wanted = estimators.columns(answers.methods, names, network, labels)
    else:
        wanted = expected.columns(answers, names, labels, bool(network.targets))
    predicted = list(program.graph.outputs)
    chosen, why = _tolerance(tolerance, answers.dtype, program.plan.precision)
    found = compare(
        Comparison(
            keys=asked.keys,
            expected={name: wanted[name] for name in predicted},
            margin=expected.margin(wanted),
            incomplete=asked.incomplete,
            returned_keys=returned.iloc[:, : asked.keys.shape[1]],
            returned=returned.iloc[:, len(returned.columns) - len(predicted) :],
            tolerance=chosen,
            source_type=answers.dtype,
            sequences=(asked.sequences, asked.steps) if long else None,
        ),
        model=network.name,
        engine=version,
        source=answers.source,
        why=why,
    )
    return replace(found, program=program)


def _held(engine: engines.Engine, program: Program, view: str) -> pd.DataFrame:
    """What a view or a table of predictions holds, as the query would give it."""
    dialect = program.dialect
    relation = Source(view, (), {}).relation(dialect)
    there = {dialect.folded(name) for name, _ in engine.columns(relation)}
    if missing := [name for name in program.columns if dialect.folded(name) not in there]:
        raise InputError(
            f"the view to verify has no column {', '.join(missing)}; give the key, the labels and "
            "the outputs that it was deployed with"
        )
    items = ", ".join(program.source.column(name, dialect) for name in program.columns)
    numbers = [name for name, t in program.graph.outputs.items() if t.kind == "float"]
    return engine.query(
        f"SELECT {items} FROM {relation}",
        program.columns,
        session=dialect.session,
        floats=numbers,
        what="reading the view",
    )


def _rows(
    engine: engines.Engine,
    model: Any,
    program: Program,
    weights_file: Any,
    require_keras: bool,
) -> series.Asked:
    """A row of the table is a row of the model's inputs."""
    keys = program.source.key
    given = _read_source(engine, program)
    feeds, incomplete = _feeds(program, given, len(keys))
    (answers,) = oracle.ask(model, [(program.network, feeds)], weights_file, require_keras)
    if answers.refused is not None:
        incomplete = incomplete | answers.refused
    named = given.iloc[:, : len(keys)].set_axis(list(keys), axis=1)
    return series.Asked(named, answers, incomplete, len(given), len(given))


def _sequences(
    engine: engines.Engine,
    model: Any,
    program: Program,
    weights_file: Any,
    require_keras: bool,
) -> series.Asked:
    """The rows of a key are a sequence."""
    (entry,) = program.network.graph.inputs
    items = [_item(program, entry, f) for f in program.features[entry.layer]]
    return series.ask(engine, model, weights_file, program, items, require_keras)


def _item(program: Program, entry: Tensor, name: str) -> str:
    """A feature as the query reads it."""
    dialect = program.dialect
    column = program.source.feature(name, dialect)
    if entry.kind == "str":
        return features.number(dialect, "str", column, "", packed=False, missing=may_miss(entry))
    double = dialect.types["double"]
    valid = dialect.casts.valid.format(column, type=double)
    return f"CASE WHEN {valid} THEN {dialect.casts.number.format(column, type=double)} END"


def _read_source(engine: engines.Engine, program: Program) -> pd.DataFrame:
    """The key columns and, in the model's order, the features as the query reads them."""
    dialect, source = program.dialect, program.source
    items = [dialect.quote(k) for k in source.key]
    for t in program.network.graph.inputs:
        columns = program.features[t.layer]
        if t.layer in source.arrays:
            items.append(array(dialect, t, source.feature(columns[0], dialect, array=True)))
        else:
            items += [_item(program, t, name) for name in columns]
    names = [f"keras2sql_{i}" for i in range(len(items))]
    select = ",\n  ".join(f"{item} AS {name}" for item, name in zip(items, names, strict=True))
    # Where a state goes from row to row, it goes in key order; Hive knows what is selected alone.
    order = ", ".join(names[: len(source.key)])
    sql = f"SELECT\n  {select}\nFROM {source.relation(dialect)}\nORDER BY {order}"
    return engine.query(sql, names, what="reading the source rows")


def _feeds(program: Program, given: pd.DataFrame, offset: int) -> tuple[dict[str, Array], Array]:
    """The model's inputs, and which rows miss a value that the model needs (fed as zero, to be
    NULL)."""
    feeds: dict[str, Array] = {}
    incomplete = np.zeros(len(given), dtype=bool)
    for t in program.network.graph.inputs:
        width = len(program.features[t.layer])
        part = given.iloc[:, offset : offset + width]
        offset += width
        if t.layer in program.source.arrays:
            part = _spread(part, t.size)
        missing = part.isna().to_numpy(dtype=bool)
        if not may_miss(t) or t.layer in program.source.arrays:
            incomplete |= missing.any(axis=1)
        nothing: Any = (None, np.nan) if may_miss(t) else ("", 0.0)
        values = np.where(missing, nothing[t.kind != "str"], part.to_numpy(dtype=object))
        if t.kind != "str":
            values = values.astype(np.float64)
        feeds[t.layer] = values.reshape(len(given), *t.shape)
    if program.network.layout and incomplete.any() and not incomplete.all():
        # An estimator raises for some values; that of another row is none of them.
        there = np.flatnonzero(~incomplete)[0]
        feeds = {n: np.where(_rows_of(incomplete, v), v[there], v) for n, v in feeds.items()}
    if program.network.graph.carried:
        incomplete = np.maximum.accumulate(incomplete)  # an unknown state stays unknown
    return feeds, incomplete


def _rows_of(mask: Array, values: Array) -> Array:
    """A mask of rows in a shape that broadcasts to values of rows."""
    return mask.reshape(-1, *(1,) * (values.ndim - 1))


def _spread(arrays: pd.DataFrame, size: int) -> pd.DataFrame:
    """A column of arrays, or NULL, as a column for each element."""
    import pandas as pd

    rows = [[None] * size if _is_missing(x) else list(x) for x in arrays.iloc[:, 0]]
    frame: pd.DataFrame = pd.DataFrame(rows, columns=range(size), dtype=object)
    return frame


def _is_missing(array: Any) -> bool:
    return array is None or isinstance(array, float)


def _tolerance(given: float | None, dtype: str, precision: str) -> tuple[float, str]:
    if given is not None:
        return given, "as given"
    by_source = _TOLERANCES.get(dtype, 1e-9)
    if precision == "single" and by_source < 1e-4:
        return 1e-4, "the database computes in single precision"
    return by_source, f"the source computes in {dtype}"
