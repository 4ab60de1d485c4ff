"""Write tests/data/tensorflow: functional models of Keras 2 with TensorFlow's functions in them.

Runs by itself in an environment with Python 3.11, TensorFlow 2.15.1 and Keras 2.15.0::

    python tools/make_tensorflow_files.py
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "..", "tests", "data", "tensorflow")
C = np.array([1.0, -2.0, 0.5, 3.0], dtype="float32")
K = np.arange(12.0, dtype="float32").reshape(4, 3) / 7

# Of two vectors of four numbers.
VECTORS = [
    lambda x, y: x + y,
    lambda x, y: x - y,
    lambda x, y: x * y,
    lambda x, y: x / (y * y + 1.0),
    lambda x, y: 1.0 - x,
    lambda x, y: 2.0 / (x * x + 1.0),
    lambda x, y: 3.0 + x,
    lambda x, y: 0.5 * x,
    lambda x, y: -x,
    lambda x, y: abs(x),
    lambda x, y: x**2,
    lambda x, y: x // 0.75,
    lambda x, y: x % 0.75,
    lambda x, y: x * C,
    lambda x, y: C - x,
    lambda x, y: tf.add(x, y),
    lambda x, y: tf.subtract(x, y),
    lambda x, y: tf.multiply(x, 2.0),
    lambda x, y: tf.divide(x, 4.0),
    lambda x, y: tf.maximum(x, y),
    lambda x, y: tf.minimum(x, 0.0),
    lambda x, y: tf.square(x),
    lambda x, y: tf.sqrt(x * x),
    lambda x, y: tf.exp(x),
    lambda x, y: tf.math.log(x * x + 1.0),
    lambda x, y: tf.pow(x, 3.0),
    lambda x, y: tf.abs(x),
    lambda x, y: tf.tanh(x),
    lambda x, y: tf.sigmoid(x),
    lambda x, y: tf.nn.relu(x),
    lambda x, y: tf.nn.relu6(x),
    lambda x, y: tf.nn.elu(x),
    lambda x, y: tf.nn.selu(x),
    lambda x, y: tf.nn.leaky_relu(x),
    lambda x, y: tf.nn.leaky_relu(x, alpha=0.1),
    lambda x, y: tf.nn.softplus(x),
    lambda x, y: tf.nn.softsign(x),
    lambda x, y: tf.nn.swish(x),
    lambda x, y: tf.nn.gelu(x),
    lambda x, y: tf.nn.gelu(x, approximate=True),
    lambda x, y: tf.nn.softmax(x),
    lambda x, y: tf.nn.log_softmax(x, axis=-1),
    lambda x, y: tf.sign(x),
    lambda x, y: tf.floor(x),
    lambda x, y: tf.math.ceil(x),
    lambda x, y: tf.round(x),
    lambda x, y: tf.sin(x),
    lambda x, y: tf.cos(x),
    lambda x, y: tf.math.rsqrt(x * x + 1.0),
    lambda x, y: tf.math.reciprocal(x * x + 1.0),
    lambda x, y: tf.math.log1p(x * x),
    lambda x, y: tf.math.expm1(x),
    lambda x, y: tf.math.erf(x),
    lambda x, y: tf.math.squared_difference(x, y),
    lambda x, y: tf.math.divide_no_nan(x, y),
    lambda x, y: tf.clip_by_value(x, -0.5, 0.75),
    lambda x, y: tf.zeros_like(x) + 1.0,
    lambda x, y: tf.ones_like(x) * 2.0,
    lambda x, y: tf.identity(x),
    lambda x, y: tf.stop_gradient(x),
    lambda x, y: tf.where(x > y, x, y),
    lambda x, y: tf.where(x > 0.0, x, tf.zeros_like(x)),
    lambda x, y: tf.cast(x > 0.0, "float32"),
    lambda x, y: tf.cast(tf.cast(x, tf.int32), tf.float32),
    lambda x, y: tf.cast(tf.logical_and(x > 0.0, y < 0.0), tf.float32),
    lambda x, y: tf.cast(tf.equal(tf.round(x), 1.0), tf.float32),
    lambda x, y: tf.reduce_mean(x, axis=1),
    lambda x, y: tf.reduce_sum(x, axis=-1, keepdims=True),
    lambda x, y: tf.reduce_max(x, 1),
    lambda x, y: tf.reduce_min(x, 1),
    lambda x, y: tf.reduce_prod(x, 1),
    lambda x, y: tf.reduce_logsumexp(x, axis=1),
    lambda x, y: tf.math.reduce_std(x, axis=1),
    lambda x, y: tf.math.reduce_variance(x, axis=1),
    lambda x, y: tf.norm(x, axis=1),
    lambda x, y: tf.math.l2_normalize(x, axis=1),
    lambda x, y: tf.cumsum(x, axis=1),
    lambda x, y: tf.cast(tf.argmax(x, axis=1), tf.float32),
    lambda x, y: tf.sort(x, axis=1),
    lambda x, y: tf.concat([x, y], axis=1),
    lambda x, y: tf.concat([x, y, x], -1),
    lambda x, y: tf.stack([x, y], axis=1),
    lambda x, y: tf.split(x, 2, axis=1)[1],
    lambda x, y: tf.split(x, [1, 3], axis=1)[1],
    lambda x, y: tf.unstack(x, axis=1)[2],
    lambda x, y: tf.expand_dims(x, 1),
    lambda x, y: tf.expand_dims(x, axis=-1),
    lambda x, y: tf.squeeze(tf.expand_dims(x, 1), axis=1),
    lambda x, y: tf.squeeze(tf.expand_dims(x, 1), [1]),
    lambda x, y: tf.reshape(x, (-1, 2, 2)),
    lambda x, y: tf.reverse(x, axis=[1]),
    lambda x, y: tf.tile(x, [1, 2]),
    lambda x, y: tf.pad(x, [[0, 0], [1, 2]]),
    lambda x, y: tf.pad(x, [[0, 0], [1, 2]], constant_values=3.0),
    lambda x, y: tf.roll(x, shift=1, axis=1),
    lambda x, y: tf.repeat(x, 2, axis=1),
    lambda x, y: tf.gather(x, [2, 0], axis=1),
    lambda x, y: tf.matmul(x, K),
    lambda x, y: x @ K,
    lambda x, y: tf.one_hot(tf.cast(x > 0.0, tf.int32), 3),
    lambda x, y: x[:, :2],
    lambda x, y: x[:, 1],
    lambda x, y: x[:, -1:],
    lambda x, y: x[:, ::2],
    lambda x, y: x[..., 0],
    lambda x, y: x[:, tf.newaxis],
    lambda x, y: x[:, 1:3, None],
    lambda x, y: tf.tensordot(x, K, axes=1),
    lambda x, y: tf.add_n([x, y, x]),
    lambda x, y: tf.slice(x, [0, 1], [-1, 2]),
    lambda x, y: tf.math.top_k(x, 2)[0],
    lambda x, y: tf.nn.bias_add(x, C),
    lambda x, y: keras.backend.mean(x, axis=1),
    lambda x, y: keras.backend.l2_normalize(x, axis=-1),
    lambda x, y: keras.activations.relu(x, alpha=0.1),
    lambda x, y: keras.activations.gelu(x),
    lambda x, y: tf.reduce_any(x > 1.0, axis=1),
    lambda x, y: tf.nn.l2_normalize(x, 1),
    lambda x, y: tf.negative(x),
    lambda x, y: tf.atan2(x, y),
    lambda x, y: tf.greater(x, y),
    lambda x, y: tf.not_equal(x, y),
    lambda x, y: tf.math.softplus(x),
]
# Of two tensors of three steps of four numbers.
SEQUENCES = [
    lambda x, y: x + y,
    lambda x, y: tf.transpose(x, perm=[0, 2, 1]),
    lambda x, y: tf.transpose(x, (0, 2, 1)),
    lambda x, y: tf.matmul(x, y, transpose_b=True),
    lambda x, y: tf.linalg.matmul(x, tf.transpose(y, [0, 2, 1])),
    lambda x, y: tf.reduce_mean(x, axis=[1, 2]),
    lambda x, y: tf.reduce_max(x, axis=1),
    lambda x, y: x[:, 0],
    lambda x, y: x[:, -1, :],
    lambda x, y: x[:, 1:, ::-1],
    lambda x, y: x[..., :2],
    lambda x, y: tf.nn.softmax(x, axis=1),
    lambda x, y: tf.reshape(x, [-1, 12]),
    lambda x, y: tf.concat([x, y], axis=2),
    lambda x, y: tf.split(x, num_or_size_splits=2, axis=-1)[0],
    lambda x, y: tf.unstack(x, axis=2)[0],
    lambda x, y: tf.stack([x, y], axis=-1),
    lambda x, y: tf.tile(x, (1, 2, 1)),
    lambda x, y: tf.norm(x, ord=1, axis=2),
    lambda x, y: tf.reverse(x, [1]),
    lambda x, y: tf.nn.moments(x, axes=[1])[1],
    lambda x, y: tf.gather(x, [1, 1], axis=2),
    lambda x, y: tf.linalg.diag_part(tf.matmul(x, y, transpose_b=True)),
    lambda x, y: tf.linalg.band_part(x, -1, 0),
]
L = keras.layers


def mean(x):
    """Over the steps that count."""
    return L.GlobalAveragePooling1D()(x)


# Layers of Keras 2 on sequences of which some steps are masked.
MASKED = [
    *(
        (lambda x, y, kind=kind: mean(kind()([L.Masking()(x), L.Masking()(y)])))
        for kind in (L.Add, L.Subtract, L.Multiply, L.Average, L.Maximum, L.Minimum, L.Concatenate)
    ),
    *(
        (lambda x, y, kind=kind: mean(kind()([x, L.Masking()(y)])))
        for kind in (L.Add, L.Subtract, L.Multiply, L.Average, L.Maximum, L.Minimum, L.Concatenate)
    ),
    lambda x, y: mean(L.Add()([L.Masking()(x), L.Masking(1.0)(x), y])),
    lambda x, y: mean(L.Concatenate(axis=1)([L.Masking()(x), L.Masking()(y)])),
    lambda x, y: mean(L.Dot(axes=2)([L.Masking()(x), L.Masking()(y)])),
    *(
        (lambda x, y, made=made: mean(made(L.Masking()(x))))
        for made in (
            L.Activation("tanh"),
            L.Rescaling(2.0),
            L.Normalization(mean=1.0, variance=4.0),
            L.Identity(),
            L.ReLU(),
            L.LayerNormalization(),
            L.UnitNormalization(),
            L.BatchNormalization(),
            L.Dropout(0.5),
            L.TimeDistributed(L.Activation("relu")),
            L.ZeroPadding1D(1),
            L.Bidirectional(L.SimpleRNN(2, return_sequences=True, kernel_initializer="ones")),
        )
    ),
]


def save(name, shape, functions, seed):
    rng = np.random.RandomState(seed)
    ins = [keras.Input(shape, name=n) for n in ("x", "y")]
    outputs = [f(*ins) for f in functions]
    model = keras.Model(ins, outputs)
    feeds = [(rng.normal(size=(5, *shape)) * 1.5).astype("float32") for _ in ins]
    if name == "masks":
        for feed in feeds:
            feed[:, 1:] *= rng.random_sample((5, shape[0] - 1, 1)) < 0.5
        feeds[0][1, 2:4] = 1.0
    found = model(feeds)
    model.save(os.path.join(FOLDER, name + ".h5"), include_optimizer=False)
    np.savez_compressed(
        os.path.join(FOLDER, name + ".npz"),
        **dict(zip("xy", feeds, strict=True)),
        **{f"o{i:03}": np.asarray(o) for i, o in enumerate(found)},
    )
    print(name, len(functions))


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    save("vectors", (4,), VECTORS, 0)
    save("sequences", (3, 4), SEQUENCES, 1)
    save("masks", (6, 2), MASKED, 2)
