"""A small model, tables with keys of every kind, and what a filled table has to hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from databases import load, quoted
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.program import Program
from tiny import create, dense, program

GRAPH = dense([2, 3, 2], ["tanh", "softmax"])
OTHER = dense([2, 3, 2], ["tanh", "softmax"], seed=1)
LABELS = ["n", "y"]


def numbered(engine: Engine, rows: int, first: int = 0, name: str = "tiny") -> None:
    """The table of this name: `rows` rows, their ids in no order."""
    ids = np.random.default_rng(3).permutation(rows) + first
    load(engine, name, frame_of(ids))


def frame_of(ids: Any) -> pd.DataFrame:
    """Features that differ between any two ids."""
    ids = np.asarray(ids)
    return pd.DataFrame({"id": ids, "a": np.sin(ids), "b": np.cos(ids / 7)})


def scorer(engine: Engine | str, table: str = "tiny", key: Any = "id", **options: Any) -> Any:
    chosen = {"features": ["a", "b"], "labels": LABELS, **options}
    return program(chosen.pop("graph", GRAPH), engine, table, key, **chosen)


def dropped(engine: Engine, *names: str) -> None:
    """None of these tables is there, nor anything known of them."""
    for name in (*names, "keras2sql_scores"):
        engine.execute_script([f"DROP TABLE IF EXISTS {quoted(name)}"])


def ordered(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """The rows as texts, in an order that does not depend on the database."""
    return sorted(tuple(map(repr, row)) for row in frame.astype(object).itertuples(index=False))


def contents(engine: Engine, table: str = "scores") -> list[tuple[str, ...]]:
    return ordered(engine.query(f"SELECT * FROM {get(engine.dialect_name).quote(table)}"))


def wanted(engine: Engine, made: Program) -> list[tuple[str, ...]]:
    """What the program gives without any table."""
    return ordered(made.run(engine))


# Each kind of key: the columns' types, and the keys as SQL, in no order.
DAYS = [f"'20{20 + i % 3}-0{i % 9 + 1}-1{i % 10}'" for i in range(40)]
TEXTS = [
    "it''s", "''", "\\", "\\''; DROP TABLE tiny; --", "{0}", "%s", ":x", "?", "a", "A", "é",
    "e\u0301", "🦆", " ", "", "a ", "NULL", "1", "10", "9", "x\ny", '"', "`", "%", "$1", "--",
]  # fmt: skip
KEYS: dict[str, tuple[list[str], list[str]]] = {
    "int": (["BIGINT"], [str(i * 7 % 41 - 20) for i in range(41)]),
    "large int": (["BIGINT"], [str(2**62 + i * 5 % 23) for i in range(23)]),
    "float": (["DOUBLE PRECISION"], [f"{i * 3 % 17}e-1" for i in range(17)] + ["-1e300", "5e-324"]),
    "decimal": (["DECIMAL(12, 3)"], [f"{i * 7 % 19}.125" for i in range(19)]),
    "text": (["TEXT"], [f"'{text}'" for text in TEXTS]),
    "date": (["DATE"], DAYS[:9]),
    "timestamp": (["TIMESTAMP"], [f"'2024-01-01 00:00:{i * 7 % 23:02}.12345{i % 10}'"
                                  for i in range(23)]),
    "truth value": (["BOOLEAN"], ["TRUE", "FALSE"]),
    "a null": (["BIGINT"], [str(i * 7 % 11) for i in range(11)] + ["NULL"]),
    "text and int": (["TEXT", "BIGINT"],
                     [f"'{TEXTS[i * 5 % 7]}', {i * 11 % 6}" for i in range(36)]),
    "three columns": (["DATE", "TEXT", "INTEGER"],
                      [f"{DAYS[i % 4]}, '{TEXTS[i % 3]}', {i % 5}" for i in range(60)]),
    "nulls in some": (["TEXT", "BIGINT"], ["'a', 1", "'a', NULL", "NULL, 2", "NULL, NULL",
                                           "'b', 1", "'b', 2", "'b', NULL"]),
    "none": (["BIGINT"], []),
}  # fmt: skip


ESCAPING = ("mariadb", "clickhouse", "spark")  # where a backslash in a text is written as two
TYPES = {
    "mariadb": {
        "TEXT": "VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
        "TIMESTAMP": "DATETIME(6)",
    },
    "clickhouse": {"TEXT": "String", "TIMESTAMP": "DateTime64(6)"},
}
"""In which texts are other texts that differ in case, or in blanks at their end."""


def keyed(engine: Engine, kind: str, name: str = "tiny") -> list[str]:
    """Make a table with keys of this kind; the names of its key columns."""
    types, keys = KEYS[kind]
    if engine.dialect_name in ESCAPING:
        keys = [key.replace("\\", "\\\\") for key in keys]
    types = [TYPES.get(engine.dialect_name, {}).get(type_, type_) for type_ in types]
    names = [f"Key {i}" for i in range(len(types))]
    columns = {**dict(zip(names, types, strict=True)), "a": "DOUBLE PRECISION"}
    columns["b"] = "DOUBLE PRECISION"
    rows = [f"{key}, {np.sin(i)!r}, {np.cos(i)!r}" for i, key in enumerate(keys)]
    rows = [row.replace("np.float64(", "").replace(")", "") for row in rows]
    create(engine, name, columns, rows)
    return names
