"""El Nino: the sea's surface temperature of 24 months, and that of the month behind them.

732 months of the eastern Pacific, 1950 to 2010 (statsmodels' data set `elnino`).  Writes into
``--out`` (default: examples/models)

- ``elnino.keras``, which takes 24 months and foretells the next,
- ``elnino_steps.keras``, which takes any number of months and foretells behind each of them,
- with ``--rows`` ``elnino.csv``, the months in their order.

The first and the last of these are what the package ships in ``src/keras2sql/demo``.

``python examples/train_forecaster.py --rows`` needs ``pip install 'keras2sql[examples]'``.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pandas as pd
from keras import layers

SEED = 2024
MONTHS = 24
HELD_OUT = 120


def months() -> pd.DataFrame:
    """A row per month: its number from 1 on, its first day, the temperature in degrees C."""
    from statsmodels.datasets import elnino

    years = elnino.load_pandas().data
    temperatures = years.drop(columns="YEAR").to_numpy().ravel()
    first = pd.Timestamp(int(years["YEAR"].iloc[0]), 1, 1)
    days = pd.date_range(first, periods=len(temperatures), freq="MS").strftime("%Y-%m-%d")
    numbers = np.arange(1, len(temperatures) + 1)
    return pd.DataFrame({"number": numbers, "month": days, "temperature": temperatures})


def train(name: str, steps: int | None, x: np.ndarray, y: np.ndarray, epochs: int) -> keras.Model:
    """Fit on all windows but the last ten years; without `steps`, foretell behind each."""
    keras.utils.set_random_seed(SEED)
    normalization = layers.Normalization(name="normalization")
    normalization.adapt(x)
    inputs = keras.Input((steps, 1), name="months")
    hidden = layers.LSTM(16, return_sequences=steps is None, name="lstm")(normalization(inputs))
    normal = layers.Dense(1, name="dense")(hidden)
    outputs = layers.Rescaling(3.0, 23.0, name="temperature")(normal)
    model = keras.Model(inputs, outputs, name=name)
    model.compile(keras.optimizers.Adam(0.01), loss="mean_squared_error")
    model.fit(x[:-HELD_OUT], y[:-HELD_OUT], epochs=epochs, batch_size=32, verbose=0)
    error = np.abs(model.predict(x[-HELD_OUT:], verbose=0) - y[-HELD_OUT:]).mean()
    same = np.abs(x[-HELD_OUT:] - y[-HELD_OUT:].reshape(HELD_OUT, -1, 1))[:, -1].mean()
    print(
        f"{name}: off by {error:.2f} degrees on the last ten years; no change would be {same:.2f}"
    )
    return keras.Model(inputs, outputs, name=name)  # without the optimizer's numbers


def main() -> None:
    parser = argparse.ArgumentParser(description="train two forecasters and save them")
    here = Path(__file__).parent
    parser.add_argument("--out", type=Path, default=here / "models", help="folder to write into")
    parser.add_argument("--rows", action="store_true", help="write the months too")
    parser.add_argument("--epochs", type=int, default=30)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    frame = months()
    if options.rows:
        frame.to_csv(options.out / "elnino.csv", index=False)
    values = frame["temperature"].to_numpy("float32")
    windows = np.lib.stride_tricks.sliding_window_view(values, MONTHS + 1)[..., None]
    x, y = windows[:, :-1], windows[:, 1:]
    train("elnino", MONTHS, x, y[:, -1], options.epochs).save(options.out / "elnino.keras")
    train("elnino_steps", None, x, y, options.epochs).save(options.out / "elnino_steps.keras")


if __name__ == "__main__":
    main()
