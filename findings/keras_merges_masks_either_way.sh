#!/usr/bin/env bash
# Guess: a model of Keras 2 that Keras 3 loads predicts what it did, or is refused.  What happens:
# an Add (Subtract, Multiply, Average, Concatenate, ...) of two masked sequences hid a step that
# either operand masks in Keras 1 and 2, and hides one that both mask in Keras 3.  The same .h5
# loads in both without a word; the mean over the steps, or a recurrent layer behind, differs.
# Versions: Keras 2.15.0 with TensorFlow 2.15.1, Keras 3.15.1 with jax 0.10.2; Python 3.11.
# Source: keras/src/layers/merging/base_merge.py (`compute_mask`) of both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/predict.py" <<'PYTHON'
import sys

import keras
import numpy as np
from keras import layers

if keras.__version__ < "3":
    a, b = layers.Input((4, 1)), layers.Input((4, 1))
    y = layers.Add()([layers.Masking()(a), layers.Masking()(b)])
    keras.Model([a, b], layers.GlobalAveragePooling1D()(y)).save(sys.argv[1])
model = keras.models.load_model(sys.argv[1], compile=False)
x, y = (np.array(v).reshape(1, 4, 1) for v in ([1.0, 2, 0, 0], [3.0, 0, 5, 0]))
print(keras.__version__, round(float(np.asarray(model([x, y])).item()), 4))
PYTHON
for versions in "tensorflow-cpu==2.15.1" "keras==3.15.1 jax==0.10.2"; do
    python3.11 -m venv --clear "$folder/venv"
    # shellcheck disable=SC2086
    "$folder/venv/bin/pip" install --quiet $versions
    backend=jax
    [ "$versions" = "${versions#tensorflow}" ] || backend=tensorflow
    KERAS_HOME="$folder" KERAS_BACKEND=$backend TF_CPP_MIN_LOG_LEVEL=3 \
        "$folder/venv/bin/python" -W ignore "$folder/predict.py" "$folder/model.h5"
done | tee "$folder/said"
[ "$(cat "$folder/said")" = "2.15.0 4.0
3.15.1 3.6667" ] || { echo "the behaviour has changed"; exit 1; }
