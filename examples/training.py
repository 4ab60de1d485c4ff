"""What the training scripts share: real data in, a trained model and its rows out.

Each script trains one small network on one of scikit-learn's data sets in a few seconds
and writes into ``--out`` (default: examples/models)

- ``NAME.keras``, the model as Keras saves it,
- ``NAME.csv``, the rows it was trained on, with an id (``--rows`` asks for it),
- ``NAME_keras.csv``, Keras's own outputs for these rows (with ``--rows`` too).

It needs ``pip install 'keras2sql[keras,sklearn]'``.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pandas as pd
from keras import layers

SEED = 2024
Layers = Callable[[layers.Layer], Sequence[layers.Layer]]


def train(
    name: str,
    dataset: Any,
    network: Layers,
    *,
    loss: str,
    metric: str,
    epochs: int,
    learning_rate: float = 0.01,
    target: str = "target",
) -> None:
    """Fit a network on all rows and save it.

    `network` is given a `Normalization` layer that knows the data, and returns the layers
    of the network.  `dataset` is what scikit-learn's loaders return; `target` names the
    column of what was to be learnt.
    """
    options = _options()
    keras.utils.set_random_seed(SEED)
    x = np.asarray(dataset.data, dtype="float32")
    y = np.asarray(dataset.target)
    normalization = layers.Normalization(name="normalization")
    normalization.adapt(x)
    inputs = keras.Input((x.shape[1],), name="features")
    model = keras.Sequential([inputs, *network(normalization)], name=name)
    model.compile(keras.optimizers.Adam(learning_rate), loss=loss, metrics=[metric])
    history = model.fit(x, y, epochs=epochs, batch_size=32, verbose=0)
    options.out.mkdir(parents=True, exist_ok=True)
    model.save(options.out / f"{name}.keras")
    print(f"{name}: {metric} {history.history[metric][-1]:.4g} after {epochs} epochs")
    if options.rows:
        frame = rows(dataset, target)
        frame.to_csv(options.out / f"{name}.csv", index=False)
        raw = pd.DataFrame(model.predict(x, verbose=0).astype("float64"))
        raw.insert(0, "id", frame["id"])
        raw.to_csv(options.out / f"{name}_keras.csv", index=False)


def rows(dataset: Any, target: str = "target") -> pd.DataFrame:
    """The data set as a table: id, the features under plain names, the target."""
    names = [plain(str(column)) for column in dataset.feature_names]
    frame = pd.DataFrame(np.asarray(dataset.data, dtype="float64"), columns=names)
    frame.insert(0, "id", np.arange(1, len(frame) + 1))
    value = np.asarray(dataset.target)
    labels = getattr(dataset, "target_names", None)
    frame[target] = value if labels is None else np.asarray(labels)[value]
    return frame


def plain(name: str) -> str:
    """``sepal length (cm)`` as ``sepal_length``."""
    kept = name.replace("(cm)", "").replace("/", "_per_").strip()
    return "_".join(kept.split()).lower()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="train a network and save it")
    here = Path(__file__).parent
    parser.add_argument("--out", type=Path, default=here / "models", help="folder to write into")
    parser.add_argument("--rows", action="store_true", help="write the rows and outputs too")
    return parser.parse_args()
