#!/usr/bin/env bash
# Guess: sparsemax (Martins, Astudillo 2016) projects on to the probability simplex, so that its
# outputs sum to 1, as softmax's do.  What happens: Keras's threshold adds up the running sums of the
# whole support where the paper has the last one alone, so that two classes of nearly the same score
# get 0.1 and 0 where the paper has 0.6 and 0.4; argmax stays, anything that reads probabilities does not.
# Versions: Keras 3.15.1, numpy and jax backends.  Source: keras/src/backend/numpy/nn.py (`sparsemax`).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet keras==3.15.1 numpy==2.4.0 jax==0.10.2
for backend in numpy jax; do
  KERAS_HOME="$folder" KERAS_BACKEND=$backend "$folder/venv/bin/python" - <<'PYTHON'
import keras
import numpy as np


def projected(z):
    """The paper's algorithm 1."""
    ordered = np.sort(z)[::-1]
    sums = np.cumsum(ordered)
    support = 1 + np.arange(1, len(z) + 1) * ordered > sums
    threshold = (sums[support][-1] - 1) / support.sum()
    return np.maximum(z - threshold, 0)


scores = np.array([1.0, 0.8, -1.0], dtype="float32")
found = np.asarray(keras.ops.sparsemax(scores[None]))[0]
paper = projected(scores)
print(f"Keras {keras.__version__} on {keras.backend.backend()}: {found.round(3)}, "
      f"sum {found.sum():.2f}; the paper: {paper.round(3)}, sum {paper.sum():.2f}")
assert abs(paper.sum() - 1) < 1e-6 and found.sum() < 0.2, "the behaviour has changed"
PYTHON
done
