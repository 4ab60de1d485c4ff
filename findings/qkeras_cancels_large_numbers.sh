#!/usr/bin/env bash
# Guess: a fixed-point quantiser saturates: whatever is above its range becomes its largest number.
# What happens: `quantized_bits(4)` of 1e6 is 0.875, its largest, of 1e7 is 1.0, beyond its range,
# and of 1e8 and more it is 0: the straight-through form `x + stop_gradient(-x + xq)` is computed
# as written, in single precision, when it predicts too.
# Versions: QKeras 0.9.0, TensorFlow 2.15.1, Python 3.11.
# Source: qkeras/quantizers.py (the last lines of `quantized_bits.__call__`).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet tensorflow-cpu==2.15.1 "setuptools<70" pyparsing==3.3.3 \
    keras-tuner==1.4.8 tensorflow-model-optimization==0.8.1 tf_keras==2.15.1 six networkx tqdm
"$folder/venv/bin/pip" install --quiet --no-deps qkeras==0.9.0
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" -W ignore - 2>"$folder/log" <<'PYTHON' ||
import keras
import numpy as np
import qkeras

x = keras.Input((1,))
model = keras.Model(x, qkeras.QActivation("quantized_bits(4)")(x))
values = np.array([[1e3], [1e6], [1e7], [1e8], [1e9]], dtype="float32")
found = model.predict(values, verbose=0).ravel().tolist()
print(f"QKeras {qkeras.__version__}: quantized_bits(4) of 1e3, 1e6, 1e7, 1e8, 1e9 is {found}")
assert found == [0.875, 0.875, 1.0, 0.0, 0.0], "the behaviour has changed"
PYTHON
    { tail -n 5 "$folder/log"; exit 1; }
