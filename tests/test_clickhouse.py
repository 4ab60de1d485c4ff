"""ClickHouse: what is its own."""

from __future__ import annotations

import numpy as np
import pandas as pd

from databases import load
from keras2sql.engines import Engine
from tiny import dense, program


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
