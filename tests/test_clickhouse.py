"""ClickHouse: what is its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

import keras2sql
from databases import load
from keras2sql.dialects import get
from keras2sql.engines import Engine, connect
from keras2sql.scoring.into import score_into
from tiny import dense, expected, program


def test_no_prediction_stands_behind_a_then(clickhouse_engine: Engine) -> None:
    """ClickHouse computes the whole network for each use of what stands there: forty times as long
    in a session without settings, and three times as wide 20 GB."""
    features = list("abcd")
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(1_000, 4)), columns=features)
    load(clickhouse_engine, "tiny", frame.assign(id=range(1_000)))
    graph = dense([4, 8, 8, 8, 3], ["relu", "relu", "relu", "softmax"])
    told = {"features": features, "labels": ["a", "b", "c"], "strategy": "columns"}
    made = program(graph, clickhouse_engine, **told)
    answer = made.query.rpartition("SELECT")[2]
    assert "[1 + toUInt8(valid)]" in answer
    assert "THEN dense" not in answer
    found = [
        clickhouse_engine.query(made.query, made.columns, session=session).sort_values(
            "id", ignore_index=True
        )
        for session in (made.dialect.session, ())
    ]
    pd.testing.assert_frame_equal(*found)


class Cursor:
    """As a driver of a server has one: values of Python."""

    rowcount = -1

    def __init__(self, database: Any) -> None:
        self.database = database
        self.description: list[Any] = []
        self.rows: list[tuple[Any, ...]] = []

    def execute(self, sql: str, parameters: Any = None) -> None:
        text = str(self.database.query(sql, "JSONCompact"))
        found = json.loads(text) if text.strip() else {"meta": [], "data": []}
        kinds = [column["type"] for column in found["meta"]]
        self.description = [(c["name"], c["type"], *[None] * 5) for c in found["meta"]]
        self.rows = [tuple(map(_value, row, kinds)) for row in found["data"]]

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.rows

    def close(self) -> None:
        pass


def _value(value: Any, kind: str) -> Any:
    return int(value) if "Int" in kind and value is not None else value


class Server:
    """A DB-API connection, by its module's name one of a server's driver."""

    __module__ = "clickhouse_connect.dbapi.connection"

    def __init__(self, database: Any) -> None:
        self.database = database

    def cursor(self) -> Cursor:
        return Cursor(self.database)

    def commit(self) -> None:
        pass

    def rollback(self) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with connect("chdb://") as engine:
        yield Server(engine.connection)
        for table in ("served", "served_predictions"):
            engine.execute_script([f"DROP TABLE IF EXISTS {table}"])


def test_a_driver_of_a_server(server: Server) -> None:
    """Runs, deploys and keeps predictions; the session has its own settings again behind each."""
    cursor = server.cursor()
    x = np.random.default_rng(3).normal(size=(20, 2))
    rows = ", ".join(f"({i}, {a!r}, {b!r})" for i, (a, b) in enumerate(x.tolist()))
    cursor.execute("CREATE TABLE served (id Int64, a Float64, b Float64) ORDER BY id")
    cursor.execute(f"INSERT INTO served VALUES {rows}")

    def settings() -> list[tuple[Any, ...]]:
        names = ", ".join(f"'{n}'" for s in get("clickhouse").session for n in s.names)
        asked = "SELECT name, value FROM system.settings WHERE name IN"
        cursor.execute(f"{asked} ({names}, 'max_block_size', 'max_insert_threads') ORDER BY name")
        return cursor.fetchall()

    before = settings()
    graph = dense([2, 3, 1], ["relu", "linear"])
    made = program(graph, "clickhouse", "served", features=["a", "b"])
    wanted = expected(made, {"x": x})["out"]
    for _ in range(2):
        found = made.run(server).sort_values("id", ignore_index=True)
        np.testing.assert_allclose(found["out"], wanted, rtol=1e-12)
        assert settings() == before
    made.deploy(server, view="served_scores")
    status = keras2sql.status(server)
    assert status[["name", "state"]].to_numpy().tolist() == [["served_scores", "ok"]]
    score_into(made, server, "served_predictions")
    assert settings() == before
    for name in ("served_scores", "served_predictions"):
        cursor.execute(f"SELECT id, out FROM {name} ORDER BY id")
        np.testing.assert_allclose([out for _, out in cursor.fetchall()], wanted, rtol=1e-12)
    cursor.execute("INSERT INTO served VALUES (20, 0.5, 0.25)")
    score_into(made, server, "served_predictions", incremental=True)
    cursor.execute("SELECT count() FROM served_predictions")
    assert cursor.fetchall() == [(21,)]
    keras2sql.undeploy(server, "served_scores")
    assert keras2sql.status(server).empty
    assert settings() == before
