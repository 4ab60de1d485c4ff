"""Write tests/data/keras1: files of the real Keras 1.2.2 on Theano, and what it computes.

Runs by itself in an environment with Python 3.9, numpy<1.22, scipy<1.8, h5py<3.8, Theano 1.0.5
and Keras 1.2.2::

    KERAS_BACKEND=theano THEANO_FLAGS=floatX=float64 python tools/make_keras1_files.py
"""

import os
import sys

import numpy as np
import theano.ifelse  # noqa: F401  (Keras takes it for granted)
from keras import backend
from keras.engine import merge
from keras.layers import (
    GRU,
    LSTM,
    Activation,
    AtrousConvolution2D,
    AveragePooling2D,
    BatchNormalization,
    Bidirectional,
    Convolution1D,
    Convolution2D,
    Cropping1D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling1D,
    Highway,
    Input,
    Masking,
    MaxoutDense,
    MaxPooling1D,
    MaxPooling2D,
    Permute,
    PReLU,
    Reshape,
    SimpleRNN,
    TimeDistributed,
    TimeDistributedDense,
    UpSampling2D,
    ZeroPadding2D,
)
from keras.models import Model, Sequential

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "data", "keras1")
TH = {"dim_ordering": "th"}


def sequential(*layers):
    return Sequential(list(layers))


def merged(mode, **options):
    a, b = Input((4,)), Input((4,))
    parts = [Dense(3, activation="tanh")(a), Dense(3, activation="tanh")(b)]
    return Model([a, b], Dense(2)(merge(parts, mode=mode, **options)))


def masked(mode, both=True, **options):
    a, b = Input((5, 2)), Input((5, 2))
    parts = [Masking()(a), Masking()(b) if both else b]
    return Model([a, b], SimpleRNN(3)(merge(parts, mode=mode, **options)))


MODELS = {
    "dense": lambda: sequential(
        Dense(5, input_dim=4, activation="relu", W_regularizer="l2"),
        Dropout(0.5),
        BatchNormalization(epsilon=0.01),
        Highway(activation="tanh"),
        MaxoutDense(3, nb_feature=2),
        PReLU(),
        Dense(3, bias=False, activation="hard_sigmoid"),
        Activation("softmax"),
    ),
    "batchnorm_mode_1": lambda: sequential(
        Dense(5, input_dim=4), BatchNormalization(mode=1, epsilon=0.01), Dense(2)
    ),
    "conv_th": lambda: sequential(
        Convolution2D(3, 2, 3, input_shape=(2, 6, 7), activation="relu", **TH),
        BatchNormalization(axis=1),
        MaxPooling2D((2, 2), **TH),
        Flatten(),
        Dense(2),
    ),
    "conv_th_same": lambda: sequential(
        ZeroPadding2D((1, 0), input_shape=(2, 5, 6), **TH),
        Convolution2D(3, 2, 4, border_mode="same", subsample=(2, 1), **TH),
        AveragePooling2D((3, 2), strides=(2, 2), border_mode="same", **TH),
        UpSampling2D((1, 2), **TH),
        MaxPooling2D((3, 3), strides=(1, 2), border_mode="same", **TH),
        GlobalAveragePooling2D(**TH),
    ),
    "conv_th_dilated": lambda: sequential(
        AtrousConvolution2D(2, 2, 2, atrous_rate=(2, 2), input_shape=(1, 5, 5), **TH),
        Permute((2, 3, 1)),
        Flatten(),
    ),
    "conv_tf": lambda: sequential(
        Convolution2D(3, 3, 2, input_shape=(5, 6, 2), dim_ordering="tf", border_mode="same"),
        MaxPooling2D((2, 2), dim_ordering="tf"),
        Flatten(),
        Dense(2),
    ),
    "conv_1d": lambda: sequential(
        Convolution1D(4, 3, input_shape=(7, 2), border_mode="same", subsample_length=2),
        Cropping1D((1, 0)),
        MaxPooling1D(pool_length=2, stride=1),
        GlobalMaxPooling1D(),
        Dense(2),
    ),
    "lstm": lambda: sequential(
        Embedding(9, 3, input_length=5, mask_zero=True),
        LSTM(4, return_sequences=True),
        GRU(3, return_sequences=True, inner_activation="sigmoid"),
        TimeDistributed(Dense(3, activation="tanh")),
        SimpleRNN(2, activation="linear"),
    ),
    "lstm_gpu": lambda: sequential(
        Reshape((4, 2), input_shape=(8,)),
        TimeDistributedDense(2),
        LSTM(3, consume_less="gpu", return_sequences=True),
        GRU(3, consume_less="gpu", go_backwards=True),
    ),
    "bidirectional": lambda: sequential(
        Masking(0.0, input_shape=(4, 2)),
        Bidirectional(LSTM(3, return_sequences=True), merge_mode="sum"),
        SimpleRNN(2),
    ),
    **{"merge_" + m: (lambda m=m: merged(m)) for m in ("sum", "mul", "ave", "max", "concat")},
    **{"mask_" + m: (lambda m=m: masked(m)) for m in ("sum", "mul", "ave", "concat")},
    "mask_sum_one": lambda: masked("sum", both=False),
    "mask_concat_one": lambda: masked("concat", both=False),
    "mask_concat_steps": lambda: masked("concat", concat_axis=1),
    "merge_dot": lambda: merged("dot", dot_axes=1),
}


def main():
    assert backend.backend() == "theano"
    if not os.path.isdir(FOLDER):
        os.makedirs(FOLDER)
    for number, name in enumerate(sorted(MODELS, key=lambda n: (n.startswith("mask_"), n))):
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        rng = np.random.RandomState(number)
        model = MODELS[name]()
        weights = model.get_weights()
        model.set_weights([rng.uniform(-0.9, 0.9, w.shape).round(3) for w in weights])
        for layer in model.layers:
            if "BatchNormalization" in type(layer).__name__:
                layer.set_weights([np.abs(w) + 0.1 for w in layer.get_weights()])
        shapes = [tuple(i._keras_shape[1:]) for i in model.inputs]
        if name == "lstm":
            feeds = [rng.randint(0, 9, (6, 5)).astype(float)]
        else:
            feeds = [rng.normal(size=(6, *shape)).round(3) for shape in shapes]
        if name.startswith("mask_"):
            for feed in feeds:
                feed *= rng.uniform(size=(6, 5, 1)) < 0.6
        if name == "bidirectional":
            feeds[0][:3, 2:] = 0
        found = model.predict(feeds if len(feeds) > 1 else feeds[0])
        path = os.path.join(FOLDER, name)
        model.save(path + ".h5")
        np.savez(path + ".npz", output=found, **{f"x{i}": x for i, x in enumerate(feeds)})
        print(name, found.shape)


if __name__ == "__main__":
    main()
