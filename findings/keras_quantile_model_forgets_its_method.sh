#!/usr/bin/env bash
# Guess: `keras.ops.quantile(x, 0.4, method="nearest")` picks an element, in a functional model as
# anywhere.  What happens: called with arrays it does, called with the tensors of a functional model
# the operation is recorded with its method and then calls the backend without it, so that the model
# interpolates linearly whatever was asked for, with no warning; it is saved with the method.
# Versions: Keras 3.15.1, numpy backend.  Source: keras/src/ops/numpy.py (`Quantile.call`).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet keras==3.15.1 numpy==2.4.0 jax==0.10.2
KERAS_HOME="$folder" KERAS_BACKEND=numpy "$folder/venv/bin/python" - <<'PYTHON'
import keras
import numpy as np
from keras import ops

x = np.array([[1.0, 2.0, 4.0, 9.0, 10.0]], dtype="float32")
differs = []
for method in ("linear", "nearest", "lower", "higher", "midpoint"):
    row = keras.Input((5,))
    model = keras.Model(row, ops.quantile(row, 0.4, axis=-1, method=method))
    called, modelled = (float(np.asarray(f)[0]) for f in (
        ops.quantile(x, 0.4, axis=-1, method=method), model(x)))
    print(f"{method}: {called:.1f} of an array, {modelled:.1f} in a model")
    if called != modelled:
        differs.append(method)
print(f"Keras {keras.__version__}")
assert differs == ["nearest", "lower", "higher", "midpoint"], "the behaviour has changed"
PYTHON
