#!/usr/bin/env bash
# Guess: a QKeras model that is saved and loaded again predicts what it did.  What happens: a
# `quantized_relu` with `is_quantized_clip=False`, without which `relu_upper_bound` has no effect,
# is saved without that argument.  Loaded again the bound is ignored, silently: 3.75 instead of 3.
# Versions: QKeras 0.9.0, TensorFlow 2.15.1, Python 3.11.
# Source: qkeras/quantizers.py (`quantized_relu.get_config` against `__init__`).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet tensorflow-cpu==2.15.1 "setuptools<70" pyparsing==3.3.3 \
    keras-tuner==1.4.8 tensorflow-model-optimization==0.8.1 tf_keras==2.15.1 six networkx tqdm
"$folder/venv/bin/pip" install --quiet --no-deps qkeras==0.9.0
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" -W ignore - "$folder/model.h5" 2>"$folder/log" <<'PYTHON' ||
import sys

import keras
import numpy as np
import qkeras
from qkeras.utils import _add_supported_quantized_objects

path = sys.argv[1]
bounded = qkeras.quantized_relu(4, 2, relu_upper_bound=3.0, is_quantized_clip=False)
x = keras.Input((1,))
model = keras.Model(x, qkeras.QActivation(bounded)(x))
model.save(path, include_optimizer=False)
known = {}
_add_supported_quantized_objects(known)
loaded = keras.models.load_model(path, custom_objects=known, compile=False)
value = np.array([[3.7]], dtype="float32")
before, after = (float(one.predict(value, verbose=0).item()) for one in (model, loaded))
print(f"QKeras {qkeras.__version__}: {before} before it is saved, {after} once it is loaded")
assert (before, after) == (3.0, 3.75), "the behaviour has changed"
PYTHON
    { tail -n 5 "$folder/log"; exit 1; }
