"""What is made of a model file, in a process of its own: SQL, what is known of it, predictions.

A job is a dict of what JSON has, and so is its answer; files have been written before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from keras2sql import api, inspecting, picture
from keras2sql.dialects import Dialect, get
from keras2sql.errors import (
    DatabaseError,
    DialectLimitError,
    InputError,
    InternalError,
    Keras2SQLError,
    ModelFileError,
    UnsupportedDialectError,
)
from keras2sql.features import placed
from keras2sql.jsonable import plain, records
from keras2sql.program import Program
from keras2sql.read import Inspection
from keras2sql.read.network import Network
from keras2sql.read.pickled import is_pickle, is_skops
from keras2sql.sequences import Sequence as Steps

SHOWN = 20_000
"""Characters of a query that are coloured; more would make a page slow."""

SQUARES = (64, 256, 784, 1024)
"""Elements of a flat input that may be a picture."""

CHANNELS = (1, 3)
SIDES = range(4, 129)
_TABLE, _KEY = "samples", "row_number"


def answer(job: Mapping[str, Any]) -> dict[str, Any]:
    """``{"done": ...}``, or ``{"error": class, "detail": message}`` for what can't be done."""
    try:
        return {"done": plain(JOBS[job["kind"]](job))}
    except Keras2SQLError as error:
        return {"error": type(error).__name__, "detail": str(error)}
    except MemoryError:
        return {"error": "TooLarge", "detail": "this takes more memory than is given; see --memory"}
    except Exception as error:
        return {"error": "InternalError", "detail": str(InternalError("serving", error))}


def inspect(job: Mapping[str, Any]) -> dict[str, Any]:
    """Layers, what there is to say of the whole, and a drawing; what samples may look like."""
    given = _given(job)
    model = _model(job)
    dialect = get(job["dialect"])
    how = {"weights_file": given["weights_file"], "features": given["features"]}
    found = inspecting.inspect(model, **how)
    program = None
    if not found.problems and not found.open:
        # What a database can't take is told where its SQL is asked for.
        with suppress(DialectLimitError, UnsupportedDialectError):
            program = _converted(job, model, _TABLE, _KEY, dialect)
    return {
        "name": found.name,
        "written_by": found.written,
        "facts": found.facts,
        "notes": [[found.heading, ""], *found.notes] if found.heading else found.notes,
        "problems": found.problems,
        "layers": [asdict(one) for one in found.layers],
        "svg": _drawn(found, program),
        "samples": _samples(found, job),
    }


def convert(job: Mapping[str, Any]) -> dict[str, Any]:
    """The statements, and how they came about."""
    key = job["key"]
    program = _converted(job, _model(job), job["table"], key, job["dialect"])
    told = {
        "sql": program.sql,
        "query": program.query,
        "setup": program.setup,
        "teardown": program.teardown,
        "columns": program.columns,
        "strategy": program.plan.strategy,
        "weights": program.plan.weights,
        "precision": program.plan.precision,
        "reason": program.plan.reason,
        "facts": program.facts(),
        "explained": program.explain(),
    }
    return told | ({"tokens": tokens(program.sql)} if job["coloured"] else {})


def score(job: Mapping[str, Any]) -> dict[str, Any]:
    """Predictions of rows, in a DuckDB in memory; how far they are from numpy's own."""
    import duckdb
    import pandas as pd

    if job["order_by"]:
        raise InputError("rows of a table with a row per key and step are not scored here")
    program = _converted(job, _model(job), _TABLE, _KEY, "duckdb")
    columns, texts = _columns(program.features, program.network)
    rows = job["rows"]
    for number, row in enumerate(rows, 1):
        if len(row) != len(columns):
            raise InputError(f"row {number} has {len(row)} values, and the model {len(columns)}")
    for place, (name, text) in enumerate(zip(columns, texts, strict=True)):
        for number, row in enumerate(rows, 1):
            if row[place] is not None and isinstance(row[place], str) != text:
                kind = "a text" if text else "a number"
                raise InputError(f"row {number}: {name} is {kind}, not {row[place]!r}")
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    for name, text in zip(columns, texts, strict=True):
        frame[name] = frame[name].astype("string" if text else "float64")
    frame.insert(0, _KEY, range(1, len(rows) + 1))
    closed: dict[str, Any] = {"enable_external_access": False, "threads": 2}
    try:
        with duckdb.connect(config=closed) as connection:
            connection.register("given", frame)
            connection.execute(f"CREATE TABLE {_TABLE} AS SELECT * FROM given")
            found = program.run(connection).sort_values(_KEY)
    except duckdb.Error as error:
        raise DatabaseError(f"the embedded DuckDB: {error}") from error
    return {
        "columns": [str(name) for name in found.columns],
        "rows": [list(row.values()) for row in records(found)],
        "difference": _difference(program, rows, found),
    }


JOBS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "inspect": inspect,
    "convert": convert,
    "score": score,
}


# -- what is given


def _model(job: Mapping[str, Any]) -> Path:
    """The file; raises `ModelFileError` for one that runs code, or makes objects, when it is
    read."""
    path = Path(job["model"])
    if is_pickle(path) or is_skops(path):
        raise ModelFileError(
            f"{path.name} holds Python objects, which are made by running code; that is not done "
            "here: give it to the command line (--trust-pickle), or save the model as .keras"
        )
    return path


def _given(job: Mapping[str, Any]) -> dict[str, Any]:
    """Features and file of weights as `keras2sql.convert` takes them."""
    features = job["features"]
    if job["order_by"]:
        features = Steps(features or (), job["order_by"])
    return {"features": features, "weights_file": job["weights"]}


def _converted(
    job: Mapping[str, Any], model: Path, table: str, key: str | list[str], dialect: str | Dialect
) -> Program:
    given = _given(job)
    how = {name: job[name] for name in ("labels", "outputs", "strategy", "precision")}
    return api.convert(
        model, dialect, table, key, name=job["name"], weights=job["held"], **given, **how
    )


# -- what is told


def _drawn(found: Inspection, program: Program | None) -> str:
    network = found.network or found.example
    graph = None if network is None else network.graph
    return picture.svg(found.name, found.layers, graph, program)


def _columns(features: Mapping[str, list[str]], network: Network) -> tuple[list[str], list[bool]]:
    """The columns that a row has, and which of them are texts."""
    found: dict[str, bool] = {}
    for t in network.graph.inputs:
        for name in features[t.layer]:
            found.setdefault(name, t.kind == "str")
    return list(found), list(found.values())


def _samples(found: Inspection, job: Mapping[str, Any]) -> dict[str, Any] | None:
    """What rows look like; None where none can be scored."""
    network = found.network
    if network is None or found.open or job["order_by"]:
        return None
    features, arrays = placed(job["features"], network)
    if arrays:
        return None
    columns, texts = _columns(features, network)
    inputs = network.graph.inputs
    shape = inputs[0].shape if len(inputs) == 1 and inputs[0].kind != "str" else ()
    side = math.isqrt(len(columns))
    image: list[int] | None = None
    if len(shape) == 3 and shape[0] in SIDES and shape[1] in SIDES and shape[2] in CHANNELS:
        image = list(shape)
    elif len(shape) == 2 and shape[0] == shape[1] and shape[0] in SIDES:
        image = [*shape, 1]
    elif len(shape) == 1 and len(columns) in SQUARES and shape[0] == side * side:
        image = [side, side, 1]
    rescaled = any(one.class_name == "Rescaling" for one in found.layers)
    small = image is not None and image[0] == 8  # scikit-learn's digits go from 0 to 16
    return {
        "columns": columns,
        "texts": texts,
        "image": image,
        "largest": 16 if small else 255 if rescaled else 1,
    }


def _difference(program: Program, rows: Sequence[Sequence[Any]], found: Any) -> float | None:
    """The largest difference of a number from what numpy makes of the same graph, over 1 + its
    size; None where there is nothing to compare."""
    columns, texts = _columns(program.features, program.network)
    if any(texts) or any(value is None for row in rows for value in row) or not rows:
        return None
    values = np.array(rows, dtype=np.float64)
    places = {name: i for i, name in enumerate(columns)}
    feeds = {
        t.layer: values[:, [places[name] for name in program.features[t.layer]]].reshape(
            len(rows), *t.shape
        )
        for t in program.network.graph.inputs
    }
    with np.errstate(all="ignore"):
        wanted = program.graph.evaluate(feeds)
    worst = None
    for name, t in program.graph.outputs.items():
        if t.kind != "float":
            continue
        mine = wanted[name].astype(np.float64).reshape(-1)
        theirs = found[name].to_numpy(dtype=np.float64)
        both = np.isfinite(mine) & np.isfinite(theirs)
        if both.any():
            off = np.abs(mine - theirs)[both] / (1 + np.abs(mine[both]))
            worst = max(worst or 0.0, float(off.max()))
    return worst


def tokens(sql: str) -> list[tuple[str, str]]:
    """The beginning of a text of SQL in pieces, each with what it is: "keyword", "string",
    "number", "comment", "name" or nothing."""
    from pygments.lexers.sql import PostgresLexer
    from pygments.token import Comment, Keyword, Name, Number, String

    kinds = (
        (Comment, "comment"),
        (Keyword, "keyword"),
        (String.Name, "name"),
        (String, "string"),
        (Number, "number"),
        (Name.Builtin, "keyword"),
    )
    found: list[tuple[str, str]] = []
    for token, text in PostgresLexer(stripnl=False, ensurenl=False).get_tokens(sql[:SHOWN]):
        kind = next((name for parent, name in kinds if token in parent), "")
        if found and found[-1][0] == kind:
            text = found.pop()[1] + text
        found.append((kind, text))
    return found
