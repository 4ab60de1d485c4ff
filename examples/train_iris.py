"""Iris: four measures of a flower, three species.

``python examples/train_iris.py --out src/keras2sql/demo --rows`` makes what the demo ships.
"""

from sklearn.datasets import load_iris
from training import layers, train

if __name__ == "__main__":
    train(
        "iris",
        load_iris(),
        lambda normalization: [
            normalization,
            layers.Dense(16, activation="relu", name="hidden"),
            layers.BatchNormalization(name="batch_normalization"),
            layers.Dense(3, activation="softmax", name="species"),
        ],
        loss="sparse_categorical_crossentropy",
        metric="accuracy",
        epochs=60,
        target="species",
    )
