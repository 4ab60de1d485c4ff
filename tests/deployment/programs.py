"""Programs whose weights are in tables, and what a database holds."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

import numpy as np
import pandas as pd

import tiny
from databases import load
from keras2sql.dialects import get
from keras2sql.engines import Engine, connect
from keras2sql.program import Program
from keras2sql.sql.stored import StoredColumn, StoredTable

SOURCE = pd.DataFrame({"id": [1, 2, 3], "x": [0.25, 2.0, -4.0]})
KINDS = ("duckdb", "sqlite", "postgresql")


@dataclasses.dataclass(frozen=True, eq=False)
class Averaging(Program):
    """``column = x +`` a thousand times the mean of one table and once that of another, or a
    number in its place where there are no tables."""

    def over(self, table: str) -> str:
        relation = dataclasses.replace(self.source, table=table).relation(self.dialect)
        added = "1001 * " + self.name.removeprefix("model ")
        if self.tables:
            first, second = (f"(SELECT avg(v) FROM {t.name})" for t in self.tables[:2])
            added = f"1000 * {first} + {second}"
        return (
            f"-- {self.lowered.query.header[0]}\n-- {self.lowered.query.header[1]}\n"
            f"SELECT id, x + {added} AS {self.columns[1]} FROM {relation}"
        )


def program(
    dialect: str, version: int, rows: int = 1000, table: str = "source_1", column: str = "y"
) -> Program:
    """``y = x + version * 1001``, by two tables of `rows` numbers that are all the version, where
    there are such."""
    graph = tiny.dense([1, 1], ["linear"], seed=version, output=column)
    made = tiny.program(graph, dialect, table=table, features=["x"], name=f"model {version}")
    parts = "ab" if get(dialect).tables is not None else ""
    tables = tuple(_table(called(version, part), version, rows) for part in parts)
    fields = {f.name: getattr(made, f.name) for f in dataclasses.fields(made)}
    fields["lowered"] = dataclasses.replace(made.lowered, tables=tables)
    averaging = Averaging(**fields)
    return dataclasses.replace(averaging, query=averaging.over(table))


def called(version: int, part: str) -> str:
    """What a table is called: by its model, what should be a hash, and a layer."""
    return f"model_{version}_{part}_{version:012x}"


def _table(name: str, version: int, rows: int) -> StoredTable:
    index = StoredColumn("i", "int", np.arange(rows))
    return StoredTable(name, (index, StoredColumn("v", "float", np.full(rows, float(version)))))


def answers(version: int) -> list[float]:
    return [x + 1001 * version for x in SOURCE["x"]]


def read(engine: Engine, view: str = "scores") -> list[float]:
    """What the view answers."""
    frame = engine.query(f"SELECT * FROM {view} ORDER BY id", ["id", "y"])
    assert frame["id"].tolist() == SOURCE["id"].tolist()
    return [float(y) for y in frame["y"]]


def objects(engine: Engine) -> set[tuple[Any, ...]]:
    """Everything of a name that the database holds, and its comment."""
    asked = {
        "sqlite": "SELECT type, name, '' FROM sqlite_master",
        "duckdb": "SELECT 'table', table_name, comment FROM duckdb_tables()"
        " UNION ALL SELECT 'view', view_name, comment FROM duckdb_views() WHERE NOT internal"
        " UNION ALL SELECT 'index', index_name, comment FROM duckdb_indexes()"
        " UNION ALL SELECT 'macro', function_name, comment FROM duckdb_functions()"
        " WHERE NOT internal",
        "postgresql": "SELECT relkind, relname, obj_description(oid, 'pg_class') FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace OR relpersistence = 't'",
        "mariadb": "SELECT table_type, table_name, table_comment FROM information_schema.tables"
        " WHERE table_schema = database()",
    }[engine.dialect_name]
    return {tuple(map(str, row)) for row in engine.query(asked).fillna("").itertuples(index=False)}


def prepare(engine: Engine) -> None:
    """A database with the source alone."""
    load(engine, "source_1", SOURCE)


if __name__ == "__main__":  # a deployment to be killed: URL, version, rows
    url, version, rows = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with connect(url) as connected:
        made = program(connected.dialect_name, version, rows)
        print("ready", flush=True)
        made.deploy(connected, "scores", replace=True)
    print("done", flush=True)
