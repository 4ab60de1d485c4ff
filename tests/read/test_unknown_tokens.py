"""A lookup without an index for unknown tokens, in front of a table."""

from __future__ import annotations

from pathlib import Path

import duckdb
import h5py
import numpy as np
from archives import archive, weights

import keras2sql

TABLE = np.array([[1.0, 2.0], [3.0, 4.0]], dtype=np.float32)
LAYERS = [
    ("InputLayer", {"name": "x", "batch_shape": [None, 1], "dtype": "string"}),
    ("StringLookup", {"name": "s", "vocabulary": ["a", "b"], "num_oov_indices": 0}),
    ("Embedding", {"name": "e", "input_dim": 2, "output_dim": 2}),
    ("Flatten", {"name": "f"}),
]


def embedded(file: h5py.File) -> None:
    own = file.create_group("layers/embedding/vars")
    own.attrs["name"] = "e"
    own["0"] = TABLE


def test_a_token_that_is_not_known_has_no_prediction(tmp_path: Path) -> None:
    listed = [{"module": "keras.layers", "class_name": k, "config": c} for k, c in LAYERS]
    config = {"name": "m", "layers": listed}
    model = {"module": "keras", "class_name": "Sequential", "config": config}
    path = archive(tmp_path / "m.keras", model, content=weights(embedded))
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT * FROM (VALUES (1, 'b'), (2, 'c')) v(id, w)")
        for strategy in ("columns", "rows"):
            program = keras2sql.convert(
                path, "duckdb", "t", "id", features=["w"], strategy=strategy
            )
            found = program.run(connection).sort_values("id")
            assert found.iloc[0, 1:].tolist() == [3.0, 4.0]
            assert found.iloc[1, 1:].isna().all()
