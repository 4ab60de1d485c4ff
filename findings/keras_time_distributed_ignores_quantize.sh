#!/usr/bin/env bash
# Guess: `model.quantize("int8")` changes a model's numbers by about a hundredth, wherever its
# Dense layers stand.  What happens: a Dense layer inside TimeDistributed is quantised, but
# TimeDistributed calls `layer.call` and not the layer, so that the quantised call is never
# reached: the int8 kernel is multiplied as it is, without its scale, and no error is raised.
# Versions: Keras 3.15.1, jax 0.10.2.  Source: keras/src/layers/rnn/time_distributed.py (`call`),
# keras/src/layers/layer.py (`__call__` chooses `quantized_call`).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet keras==3.15.1 jax==0.10.2
KERAS_HOME="$folder" KERAS_BACKEND=jax "$folder/venv/bin/python" - <<'PYTHON'
import warnings

import keras
import numpy as np

warnings.simplefilter("ignore")
dense = keras.layers.Dense(4)
model = keras.Sequential([keras.Input((2, 4)), keras.layers.TimeDistributed(dense)])
x = np.random.default_rng(0).normal(size=(3, 2, 4)).astype("float32")
before = model.predict(x, verbose=0)
model.quantize("int8")
inside = float(np.abs(model.predict(x, verbose=0) - before).max())
alone = float(np.abs(np.asarray(dense(x)) - before).max())
print(f"Keras {keras.__version__}: off by {alone:.3f} alone, by {inside:.0f} in TimeDistributed")
assert alone < 0.1 < 10 < inside, "the behaviour has changed"
PYTHON
