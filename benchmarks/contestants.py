"""Who computes beside keras2sql: outside of the database, and orbital inside of it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks import THREADS
from benchmarks.networks import Array, Dense, Lstm, Network, session
from benchmarks.workloads import Workload

RUNTIME = "ONNX Runtime"
ORBITAL = "orbital"
_BATCH = 4_096  # rows; what Keras takes by itself, 32, is many times slower


def outside(network: Network) -> Iterator[tuple[str, Callable[[Array], Array]]]:
    """Functions from float32 inputs to predictions, each with its name."""
    yield RUNTIME, session(network, THREADS)
    yield "numpy", network
    yield "Keras", _keras(network)


def _keras(network: Network) -> Callable[[Array], Array]:
    model = network.keras()
    if isinstance(network, Lstm) and network.steps is None:  # row after row, states kept

        def chained(x: Array) -> Array:
            for layer in model.layers:
                if hasattr(layer, "reset_states"):
                    layer.reset_states()
            return np.asarray(model.predict(x[:, None], batch_size=1, verbose=0))

        return chained
    side = getattr(network, "side", None)

    def predicted(x: Array) -> Array:
        shaped = x.reshape(-1, side, side, 1) if side else x
        return np.asarray(model.predict(shaped, batch_size=_BATCH, verbose=0))

    return predicted


def orbital_query(workload: Workload, dialect: str) -> tuple[str, list[str]] | None:
    """The SELECT that orbital makes of the network, as scikit-learn has it, and the names of
    the predictions; None where it is not installed or the workload does not ask for it."""
    if dialect not in workload.orbital or importlib.util.find_spec("orbital") is None:
        return None
    import orbital
    from orbital import types

    assert isinstance(workload.network, Dense)
    network = workload.network
    features: dict[str, Any] = {name: types.DoubleColumnType() for name in workload.features}
    features["id"] = types.Int64ColumnType()
    parsed = orbital.parse_pipeline(_pipeline(network, workload.features), features=features)
    sql = orbital.export_sql(workload.table, parsed, dialect=dialect)
    several = network.outputs > 1
    names = [f"output_probability.{i}" for i in range(network.outputs)] if several else ["variable"]
    return sql, names


def _pipeline(network: Dense, features: list[str]) -> Any:
    """The network as a pipeline of scikit-learn, with the same weights."""
    from sklearn.compose import ColumnTransformer
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import LabelBinarizer

    several = network.outputs > 1
    sizes = [len(bias) for _, bias in network.layers[:-1]]
    made = (MLPClassifier if several else MLPRegressor)(hidden_layer_sizes=sizes)
    made.coefs_ = [kernel for kernel, _ in network.layers]
    made.intercepts_ = [bias for _, bias in network.layers]
    made.n_layers_ = len(network.layers) + 1
    made.n_outputs_ = network.outputs
    made.n_features_in_ = network.width
    made.out_activation_ = "softmax" if several else "identity"
    if several:
        made.classes_ = np.arange(network.outputs)
        made._label_binarizer = LabelBinarizer().fit(made.classes_)
    # Without the key, which the result is to have.
    chosen = ColumnTransformer([("features", "passthrough", features)])
    chosen.fit(_frame(features))
    return Pipeline([("features", chosen), ("network", made)])


def _frame(features: list[str]) -> Any:
    import pandas as pd

    return pd.DataFrame({name: [0.0] for name in [*features, "id"]})
