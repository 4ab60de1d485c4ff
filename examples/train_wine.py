"""Wine: thirteen chemical measures, three cultivars."""

from sklearn.datasets import load_wine
from training import layers, train

if __name__ == "__main__":
    train(
        "wine",
        load_wine(),
        lambda normalization: [
            normalization,
            layers.Dense(24, activation="selu"),
            layers.Dropout(0.2),
            layers.Dense(12, activation="tanh"),
            layers.LayerNormalization(),
            layers.Dense(3, activation="softmax"),
        ],
        loss="sparse_categorical_crossentropy",
        metric="accuracy",
        epochs=40,
    )
