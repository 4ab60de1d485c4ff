#!/usr/bin/env bash
# Guess: two attention layers that read one masked tensor both see its mask, as each does alone.
# What happens: MultiHeadAttention takes the mask off the tensor that it has read, so that only the
# one that runs first is masked, and the other attends to padding; which one is first is not the
# order in which they were called.  The symbolic tensors keep their masks, so that nothing warns.
# Versions: Keras 3.15.1 with jax 0.10.2; Python 3.11.
# Source: keras/src/layers/attention/multi_head_attention.py (`call`), layers/layer.py (`__call__`).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/predict.py" <<'PYTHON'
import keras
import numpy as np
from keras import layers

ids = layers.Input((4,))
x = layers.Embedding(5, 3, mask_zero=True)(ids)
attention = [layers.MultiHeadAttention(1, 2, seed=n) for n in range(2)]
both = keras.Model(ids, [one(x, x) for one in attention])
alone = [keras.Model(ids, one(x, x)) for one in attention]
rng = np.random.default_rng(0)
both.set_weights([rng.normal(size=w.shape) * 2 for w in both.get_weights()])
batch = np.array([[2, 0, 0, 2]])
print(keras.__version__)
same = []
for n, together in enumerate(both.predict(batch, verbose=0)):
    by_itself = alone[n].predict(batch, verbose=0)
    same.append(bool(np.allclose(together, by_itself, atol=1e-6)))
    print(n, "together", together[0, 0].round(4), "alone", by_itself[0, 0].round(4))
assert sorted(same) == [False, True], same
PYTHON
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet keras==3.15.1 jax==0.10.2
KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$folder/venv/bin/python" "$folder/predict.py" 2>/dev/null
# 3.15.1
# 0 together, other numbers than alone; 1 the same numbers
