"""Write tests/data/qkeras: models of the real QKeras, and what they compute once loaded again.

Runs by itself in an environment with Python 3.11, TensorFlow 2.15.1, QKeras 0.9.0 and
pyparsing 3.3::

    python tools/make_qkeras_files.py
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from keras.layers import Flatten, Input
from qkeras import (
    QActivation,
    QAveragePooling2D,
    QBatchNormalization,
    QConv1D,
    QConv2D,
    QConv2DBatchnorm,
    QDense,
    QDepthwiseConv2D,
    QDepthwiseConv2DBatchnorm,
    QGlobalAveragePooling2D,
    QSeparableConv1D,
    QSeparableConv2D,
    binary,
    quantized_bits,
    quantized_po2,
    quantized_relu,
    quantized_relu_po2,
    stochastic_binary,
    stochastic_ternary,
    ternary,
)
from qkeras.utils import _add_supported_quantized_objects

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "..", "tests", "data", "qkeras")

ACTIVATIONS = [
    "quantized_bits",
    "quantized_bits(4)",
    "quantized_bits(4,0,1)",
    "quantized_bits(4, 1, 1, alpha=1.0)",
    "quantized_bits(6,2,0,keep_negative=False)",
    "quantized_bits(5,2,alpha=0.75)",
    "quantized_bits(1)",
    "quantized_bits(1,alpha=2)",
    "quantized_bits(2,0,0,True,1.0,True)",
    "quantized_bits(bits=3,integer=1,symmetric=True)",
    "quantized_relu",
    "quantized_relu(4)",
    "quantized_relu(4,2)",
    "quantized_relu(1)",
    "quantized_relu(6,0,0,0.25)",
    "quantized_relu(4,1,negative_slope=0.125)",
    "quantized_relu(4,1,1)",
    "quantized_relu(4,1,1,0.5)",
    "quantized_relu(3,0,use_stochastic_rounding=True)",
    "quantized_relu(4,2,relu_upper_bound=2.3,is_quantized_clip=False)",
    "quantized_relu(4,2,relu_upper_bound=1.5)",
    "quantized_relu(8,3,relu_upper_bound=6,is_quantized_clip=False)",
    "quantized_tanh",
    "quantized_tanh(4)",
    "quantized_tanh(4,symmetric=True)",
    "quantized_tanh(5,False,True,True)",
    "quantized_tanh(2,True)",
    "quantized_sigmoid",
    "quantized_sigmoid(4)",
    "quantized_sigmoid(4,symmetric=1)",
    "quantized_sigmoid(5,True,True)",
    "quantized_ulaw",
    "quantized_ulaw(4,1)",
    "quantized_ulaw(5,0,1,15.0)",
    "quantized_hswish(8,3)",
    "quantized_hswish(5,2,1,relu_shift=2,relu_upper_bound=5)",
    "quantized_po2",
    "quantized_po2(3)",
    "quantized_po2(4,2)",
    "quantized_po2(4,0.75)",
    "quantized_po2(5,quadratic_approximation=True)",
    "quantized_relu_po2",
    "quantized_relu_po2(3)",
    "quantized_relu_po2(3,2)",
    "quantized_relu_po2(3,4,0.25)",
    "quantized_relu_po2(4,quadratic_approximation=1)",
    "binary",
    "binary(alpha=0.5)",
    "binary(use_01=True)",
    "binary(1,0.7)",
    "stochastic_binary",
    "stochastic_binary(alpha=2)",
    "ternary",
    "ternary(alpha=1.5,threshold=0.5)",
    "ternary(threshold=1)",
    "stochastic_ternary",
    "stochastic_ternary(alpha=0.25,threshold=0.125)",
    "hard_sigmoid",
    "smooth_sigmoid",
    "binary_sigmoid",
    "hard_tanh",
    "smooth_tanh",
    "binary_tanh",
    "relu",
    "softmax",
    "tanh",
    "sigmoid",
    quantized_bits(5, 1, alpha=0.5),
    quantized_relu(4, 1, negative_slope=0.25),
    quantized_relu(4, 1, relu_upper_bound=4.0),
    ternary(),
    binary(alpha=1.0),
    quantized_po2(4, max_value=1),
]
KERNELS = [
    "quantized_bits(4,0,1)",
    "quantized_bits(4,0,1,alpha=1.0)",
    "quantized_bits(4,1,0,alpha='auto')",
    "quantized_bits(3,0,1,alpha='auto_po2')",
    "quantized_bits(6,2,0,keep_negative=False,alpha=1)",
    "quantized_bits(5,0,keep_negative=False,alpha='auto')",
    "quantized_bits(1,alpha=0.5)",
    "quantized_bits(2,use_stochastic_rounding=True)",
    binary(),
    binary(alpha="auto"),
    binary(alpha=0.5, use_01=True),
    binary(alpha="auto_po2", use_01=True),
    stochastic_binary(),
    stochastic_binary(alpha="auto"),
    ternary(),
    ternary(alpha="auto"),
    ternary(alpha="auto", use_stochastic_rounding=True, number_of_unrolls=3),
    ternary(alpha=0.5, threshold=0.4),
    stochastic_ternary(alpha="auto"),
    stochastic_ternary(alpha="auto_po2"),
    quantized_po2(3),
    quantized_po2(4, max_value=0.5),
    quantized_po2(4, quadratic_approximation=True),
    quantized_relu_po2(3, negative_slope=0.5),
    quantized_relu(4),
    None,
]
BIASES = ["quantized_bits(4,1)", "quantized_po2(4)", None, "quantized_bits(5,0,1,alpha='auto')"]
OUTPUTS = ["quantized_relu(6,2)", None, "hard_sigmoid", "quantized_bits(8,3,alpha=1)", "softmax"]


def activations():
    x = Input((4,), name="x")
    return keras.Model(x, [QActivation(a, name=f"a{i:02}")(x) for i, a in enumerate(ACTIVATIONS)])


def dense():
    x = Input((4,), name="x")
    outputs = [
        QDense(
            3,
            kernel_quantizer=kernel,
            bias_quantizer=BIASES[i % len(BIASES)],
            activation=OUTPUTS[i % len(OUTPUTS)],
            use_bias=i % 7 != 6,
            name=f"d{i:02}",
        )(x)
        for i, kernel in enumerate(KERNELS)
    ]
    return keras.Model(x, outputs)


def convolutions():
    x = Input((6, 5, 2), name="x")
    bits, relu = "quantized_bits(4,0,1)", "quantized_relu(6,2)"
    same = {"padding": "same", "bias_quantizer": "quantized_bits(6,1)"}
    a = QConv2D(3, (2, 3), kernel_quantizer=bits, activation=relu, **same)(x)
    b = QDepthwiseConv2D(2, depthwise_quantizer="quantized_bits(4,0,1,alpha='auto')", **same)(x)
    c = QSeparableConv2D(
        3, 2, depthwise_quantizer=bits, pointwise_quantizer=ternary(), depth_multiplier=2, **same
    )(x)
    e = QConv2DBatchnorm(3, 2, kernel_quantizer=bits, bias_quantizer="quantized_bits(8,3)")(x)
    f = QConv2DBatchnorm(
        2, 2, use_bias=False, scale=False, folding_mode="batch_stats_folding",
        kernel_quantizer="quantized_bits(6,2,alpha=1)", activation=relu,
    )(x)  # fmt: skip
    g = QDepthwiseConv2DBatchnorm(
        2, depth_multiplier=2, depthwise_quantizer=bits, bias_quantizer="quantized_bits(8,3)"
    )(x)
    h = QAveragePooling2D(2, average_quantizer="quantized_bits(4,0,1,alpha=1)", activation=relu)(x)
    i = QAveragePooling2D(
        (3, 2), strides=1, padding="same", average_quantizer=quantized_bits(5, alpha=1.0)
    )(x)
    j = QGlobalAveragePooling2D(average_quantizer="quantized_bits(6,0,1,alpha=1)")(x)
    k = QBatchNormalization()(x)
    m = QBatchNormalization(
        beta_quantizer=None, gamma_quantizer=quantized_bits(5, 1),
        mean_quantizer="quantized_bits(6,1)",
        variance_quantizer=quantized_relu_po2(4, 4, quadratic_approximation=True), scale=True,
    )(x)  # fmt: skip
    n = QBatchNormalization(center=False, scale=False)(a)
    z = QDense(3, kernel_quantizer=bits, activation="softmax")(Flatten()(n))
    return keras.Model(x, [a, b, c, e, f, g, h, i, j, k, m, z])


def sequences():
    x = Input((7, 2), name="x")
    bits = "quantized_bits(4,0,1)"
    a = QConv1D(3, 2, padding="causal", dilation_rate=2, kernel_quantizer=bits,
                activation="quantized_tanh(5)")(x)  # fmt: skip
    b = QSeparableConv1D(2, 3, depthwise_quantizer=bits, pointwise_quantizer="quantized_po2(4)",
                         bias_quantizer=bits)(a)  # fmt: skip
    c = QDense(2, kernel_quantizer=ternary(), bias_quantizer=bits)(b)
    return keras.Model(x, [a, b, c])


MODELS = {
    "activations": activations,
    "convolutions": convolutions,
    "dense": dense,
    "sequences": sequences,
}


def steps(rng, shape):
    """Numbers on the borders of rounding, others, and some beyond all ranges."""
    x = rng.integers(-160, 161, shape) / 32.0
    chosen = rng.random(shape)
    x = np.where(chosen < 0.3, rng.normal(size=shape).round(4) * 2, x)
    return np.where(chosen > 0.97, x * 40, x).astype("float32")


def main():
    os.makedirs(FOLDER, exist_ok=True)
    for number, (name, build) in enumerate(sorted(MODELS.items())):
        rng = np.random.default_rng(number)
        keras.backend.clear_session()
        model = build()
        held = []
        for weight in model.weights:
            value = rng.normal(size=weight.shape) * 0.6
            value = np.where(rng.random(weight.shape) < 0.3, np.round(value * 16) / 16, value)
            if "variance" in weight.name or "gamma" in weight.name:
                value = np.abs(value) + 0.1
            held.append(np.array(7) if "iteration" in weight.name else value)
        model.set_weights(held)
        path = os.path.join(FOLDER, name)
        model.save(f"{path}.h5", include_optimizer=False)
        if name == "sequences":
            model.save(f"{path}.keras")
        known = {}
        _add_supported_quantized_objects(known)
        loaded = keras.models.load_model(f"{path}.h5", custom_objects=known, compile=False)
        rows = 160 if name == "activations" else 24
        x = steps(rng, (rows, *model.input_shape[1:]))
        found = loaded.predict(x, verbose=0)
        for i, (one, own) in enumerate(zip(found, model.predict(x, verbose=0), strict=True)):
            if not np.array_equal(one, own):
                print("loaded again, it differs:", loaded.output_names[i])
        outputs = {f"o{i:02}": np.asarray(y) for i, y in enumerate(found)}
        np.savez_compressed(f"{path}.npz", x=x, **outputs)
        print(name, len(outputs), os.path.getsize(f"{path}.h5"), os.path.getsize(f"{path}.npz"))


if __name__ == "__main__":
    main()
