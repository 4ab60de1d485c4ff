"""Digits: 8 x 8 grey pixels, ten digits."""

from sklearn.datasets import load_digits
from training import layers, train

if __name__ == "__main__":
    train(
        "digits",
        load_digits(),
        lambda _: [
            layers.Rescaling(1 / 16),
            layers.Dense(32, activation="relu"),
            layers.BatchNormalization(),
            layers.Dense(16, activation="swish"),
            layers.Dense(10, activation="softmax"),
        ],
        loss="sparse_categorical_crossentropy",
        metric="accuracy",
        epochs=20,
    )
