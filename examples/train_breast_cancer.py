"""Breast cancer: thirty measures of cell nuclei, malignant or benign; one sigmoid unit."""

from sklearn.datasets import load_breast_cancer
from training import layers, train

if __name__ == "__main__":
    train(
        "breast_cancer",
        load_breast_cancer(),
        lambda normalization: [
            normalization,
            layers.Dense(16, activation="gelu"),
            layers.Dense(8, activation="softplus"),
            layers.Dense(1, activation="sigmoid"),
        ],
        loss="binary_crossentropy",
        metric="accuracy",
        epochs=30,
    )
