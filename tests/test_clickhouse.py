"""ClickHouse: what is its own."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from databases import load
from keras2sql.engines import Engine
from tiny import dense, program


def test_a_session_without_settings_takes_no_longer(clickhouse_engine: Engine) -> None:
    """Where what stands behind a THEN was the network, it took forty times as long; three times as
    wide 20 GB."""
    features = list("abcd")
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(1_000, 4)), columns=features)
    load(clickhouse_engine, "tiny", frame.assign(id=range(1_000)))
    graph = dense([4, 8, 8, 8, 3], ["relu", "relu", "relu", "softmax"])
    told = {"features": features, "labels": ["a", "b", "c"], "strategy": "columns"}
    made = program(graph, clickhouse_engine, **told)
    found, taken = [], []
    for session in (made.dialect.session, ()):
        start = time.process_time()
        answer = clickhouse_engine.query(made.query, made.columns, session=session)
        taken.append(time.process_time() - start)
        found.append(answer.sort_values("id", ignore_index=True))
    pd.testing.assert_frame_equal(*found)
    assert taken[1] < 5 * taken[0] + 0.5
