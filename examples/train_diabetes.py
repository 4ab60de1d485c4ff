"""Diabetes: ten measures of a patient, the progression of the disease after a year."""

from sklearn.datasets import load_diabetes
from training import layers, train

if __name__ == "__main__":
    train(
        "diabetes",
        load_diabetes(scaled=False),
        lambda normalization: [
            normalization,
            layers.Dense(16, activation="elu"),
            layers.Dense(8, activation="leaky_relu"),
            layers.Dense(1, name="progression"),
        ],
        loss="mean_squared_error",
        metric="mean_absolute_error",
        epochs=60,
    )
