#!/usr/bin/env bash
# Guess: RMSNormalization(axis=1), like LayerNormalization(axis=1), has a scale for each element of axis
# 1, and its result has the shape of its input, as Keras's own symbolic shape says.
# What happens: the scale, a vector, is multiplied with the last axis.  An input of shape (8, 2, 1) gives
# (8, 2, 2); of (8, 3, 3) the right shape, and the scales of axis 1 on axis 2; of (8, 2, 3) an error.
# Versions: Keras 3.15.1 (JAX backend, as numpy).  Source: keras/src/layers/normalization/rms_normalization.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet keras==3.15.1 jax==0.10.2
cd "$folder"
KERAS_BACKEND=jax "$folder/venv/bin/python" - <<'PYTHON'
import keras
import numpy as np

print("Keras", keras.__version__)


def scaled(layer, shape):
    """What a layer says of its result's shape, the shape, and the result over that of scales of 1."""
    x = np.random.default_rng(1).normal(size=shape).astype("float32")
    made = layer(axis=1)
    symbolic = made(keras.Input(shape[1:])).shape
    scales = np.arange(1, shape[1] + 1, dtype="float32")
    weights = made.get_weights()
    weights[0] = np.ones_like(scales)
    made.set_weights(weights)
    plain = np.asarray(made(x))
    weights[0] = scales
    made.set_weights(weights)
    result = np.asarray(made(x))
    return symbolic, result.shape, np.round(result / plain, 3)[0]


rms, layer = keras.layers.RMSNormalization, keras.layers.LayerNormalization
symbolic, shape, _ = scaled(rms, (8, 2, 1))
print("RMSNormalization of (8, 2, 1): symbolic", symbolic, "and in fact", shape)
assert symbolic == (None, 2, 1) and shape == (8, 2, 2), "the behaviour has changed"
by_rms, by_layer = scaled(rms, (8, 3, 3))[2], scaled(layer, (8, 3, 3))[2]
print("factors of an element of (8, 3, 3), by RMSNormalization:", by_rms.tolist())
print("by LayerNormalization:", by_layer.tolist())
assert (by_rms == [1, 2, 3]).all() and (by_layer.T == [1, 2, 3]).all(), "the behaviour has changed"
try:
    scaled(rms, (8, 2, 3))
    raise SystemExit("the behaviour has changed")
except (TypeError, ValueError) as error:
    print("of (8, 2, 3):", str(error).splitlines()[2][:90])
PYTHON
