"""In single precision what a step hands on is rounded, and what it computes often is not: large
numbers are the same wherever they are read."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from keras import ops

from conformance.matrix import EXECUTED, Database
from keras2sql import heads
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.errors import DialectLimitError
from keras2sql.graph.core import Graph
from keras2sql.read import read_model
from tiny import program, scored

Load = Callable[[Engine, str, pd.DataFrame], None]
ROWS = 24


def greatest(x: Any) -> Any:
    return ops.max(x, axis=-1, keepdims=True)


# Of sums and products, of which two readers find the same number.
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "softmax": lambda x: ops.softmax(x, axis=-1),
    "log softmax": lambda x: ops.log_softmax(x, axis=-1),
    "logsumexp": lambda x: ops.logsumexp(x, axis=-1, keepdims=True) - greatest(x),
    "softmax where one is left": lambda x: ops.softmax(
        ops.where(np.array([True, False, False]), x, -1e38), axis=-1
    ),
    "argmax": lambda x: ops.argmax(x, axis=-1, keepdims=True),
    "argmin": lambda x: ops.argmin(x, axis=-1, keepdims=True),
    "how far below the greatest": lambda x: greatest(x) - x,
    "which is the greatest": lambda x: ops.cast(ops.equal(x, greatest(x)), "float32"),
    "sorted": lambda x: ops.sort(x, axis=-1),
    "the places of the sorted": lambda x: ops.argsort(x, axis=-1),
    "the two greatest": lambda x: ops.top_k(x, 2)[0],
    "median": lambda x: ops.median(x, axis=-1, keepdims=True),
}
SOURCES: dict[str, Callable[[Any], Any]] = {
    "sums": lambda x: x[:, :3] + x[:, 3:],
    "products": lambda x: x[:, :3] * x[:, 3:],
}
NAMES = [f"{function} of {source}" for function in FUNCTIONS for source in SOURCES]


@functools.cache
def asked(name: str) -> tuple[Graph, np.ndarray, np.ndarray]:
    """A graph, rows for it, and what Keras says of them in single precision."""
    function, _, source = name.rpartition(" of ")
    x = keras.Input((6,), name="x")
    model = keras.Model(x, FUNCTIONS[function](SOURCES[source](x)))
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(ROWS, 6)) * 10.0 ** rng.integers(-2, 12, size=(ROWS, 1))
    rows = rows.astype(np.float32)
    graph = heads.bare(read_model(model).graph)
    return graph, rows.astype(np.float64), np.asarray(model(rows), dtype=np.float64)


def has_single(database: Database) -> bool:
    """Whether a database has numbers of 32 bit, of which more than its storage is made."""
    dialect = get(database.dialect)
    narrow = dialect.types["single"] != dialect.types["double"]
    return not database.relative and (narrow or dialect.packed_precision == "single")


DATABASES = [database for database in EXECUTED if has_single(database)]


@pytest.mark.parametrize("database", DATABASES, ids=lambda database: database.dialect)
@pytest.mark.parametrize("name", NAMES)
def test_a_number_is_the_same_wherever_it_is_read(
    name: str, database: Database, load_table: Load, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{database.engine}_engine")
    graph, rows, wanted = asked(name)
    size = np.abs(rows).max(axis=1, keepdims=True)
    size = np.maximum(size, size**2 if name.endswith("products") else size)
    # Where the numbers themselves are the result, they are rounded to seven digits.
    of_numbers = any(text in name for text in ("greatest of", "two", "sorted of", "median"))
    allowed = 1e-6 * np.where(of_numbers, size, 1) + 1e-6 * np.abs(wanted)
    for strategy in get(database.dialect).strategies:
        try:
            made = program(graph, database.dialect, strategy=strategy, precision="single",
                           features=list("abcdef"))  # fmt: skip
        except DialectLimitError:
            continue
        found = scored(engine, made, load_table, {"x": rows})[list(made.graph.outputs)]
        assert (np.abs(found.to_numpy(float) - wanted) <= allowed).all()
