"""The source model in its own framework: what the database's numbers are held against.

Where Keras is not installed, or can't read the file, the outputs are those of the graph
under numpy; `Answers.source` says which it was.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.errors import InputError, one_line
from keras2sql.read.backends import choose_backend
from keras2sql.read.boosters.model import Boosted
from keras2sql.read.network import Network
from keras2sql.read.sklearn import SINGLE, is_estimator, unwrap
from keras2sql.verification import boosters, estimators

Array = npt.NDArray[Any]

_BATCH = 1024
_REASON = 100_000  # characters of what Keras says: all of it, but for what nobody could read


@dataclass(frozen=True)
class Answers:
    """What the model says for each row.

    `outputs` are the network's own, one array per output; `proba` and `prediction` are
    `predict_proba` and `predict` of an estimator around it, where there is one.  `dtype`
    names what they were computed in, `source` says by what.  `methods` has, of an estimator that is
    more than a network, what all its methods return, and `refused` tells the rows, if any, for
    which they raise.
    """

    outputs: tuple[Array, ...]
    source: str
    dtype: str
    proba: Array | None = None
    prediction: Array | None = None
    methods: Mapping[str, Any] = field(default_factory=dict)
    refused: Array | None = None


def ask(
    model: Any,
    asked: Sequence[tuple[Network, Mapping[str, Array]]],
    weights_file: Any = None,
    require_keras: bool = False,
) -> list[Answers]:
    """The source model's answers for these inputs: arrays of shape (rows, *shape).

    Each entry has the model as read for the shapes of its inputs; a JSON architecture has its
    `weights_file`.  Raises `InputError` where `require_keras` and Keras can't be asked.
    """
    # Keras draws progress bars on stdout, and frameworks warn of their own affairs.
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if is_estimator(model) and unwrap(model) is None:
            choose_backend()
            return [_by_itself(model, *one, require_keras) for one in asked]
        keras_model, reason = _keras_model(model, asked[0][0], weights_file)
        if keras_model is not None:
            try:
                return [_by_keras(model, keras_model, *one) for one in asked]
            except Exception as error:
                reason = f"Keras can't run the model here: {one_line(error, _REASON)}"
    if require_keras:
        raise InputError(f"Keras itself is required, and was not asked: {reason}")
    source = f"keras2sql's own numpy evaluation, float64 ({reason})"
    answers = (tuple(network.graph.evaluate(feeds).values()) for network, feeds in asked)
    return [Answers(one, source, "float64") for one in answers]


def _by_itself(model: Any, network: Network, feeds: Mapping[str, Array], required: bool) -> Answers:
    """The answers of an estimator; where what computes in 32 bit is in it, to that precision."""
    single = any(info.class_name in SINGLE for info in network.layers)
    who = f"{type(model).__name__} on {network.framework} {_version(model)}"
    if isinstance(model, Boosted):
        single = model.library == "XGBoost"
        alive, who = boosters.alive(model)
        if alive is None and required:
            raise InputError(f"its own library is required, and was not asked: {who}")
        if alive is None:
            source = f"keras2sql's own numpy evaluation, float64 ({who})"
            return Answers((), source, "float64", methods=boosters.by_numpy(network, feeds))
        model = alive
    methods, refused = estimators.ask(model, network, feeds)
    dtype = "float32" if single else "float64"
    return Answers((), f"{who}, {dtype}", dtype, methods=methods, refused=refused)


def _version(model: Any) -> str:
    """That of the library of an estimator, or of scikit-learn, on which a user's own builds."""
    for package in (type(model).__module__.partition(".")[0], "sklearn"):
        if (found := getattr(sys.modules.get(package), "__version__", None)) is not None:
            return str(found)
    return "of an unknown version"


def _by_keras(
    model: Any, keras_model: Any, network: Network, feeds: Mapping[str, Array]
) -> Answers:
    import keras

    listed = _in_model_order(keras_model, network, feeds)
    # Not by predict(): that feeds float32 even to a model that computes in float64.
    if not len(listed[0]):
        batches = [[np.zeros((0, *t.shape)) for t in network.graph.outputs.values()]]
    elif network.graph.carried:
        batches = list(_row_by_row(keras_model, listed, network))
    else:
        batches = [
            _called(keras_model, [x[start : start + _BATCH] for x in listed], network)
            for start in range(0, len(listed[0]), _BATCH)
        ]
    outputs = tuple(
        np.concatenate([_numbers(keras.ops.convert_to_numpy(x)) for x in parts])
        for parts in zip(*batches, strict=True)
    )
    dtype = computed = _coarsest(keras_model, outputs)
    # Outside of TensorFlow, Keras's promotion rules turn float64 to float32 in some layers.
    if dtype == "float64" and keras.backend.result_type("float64", "float32") != "float64":
        dtype, computed = "float32", "float64 with float32 in places"
    source = f"Keras {keras.__version__}, {keras.backend.backend()} backend, {computed}"
    proba = prediction = None
    if unwrap(model) is not None and len(listed[0]):
        columns = listed[0]
        if (names := getattr(model, "feature_names_in_", None)) is not None:
            import pandas as pd

            columns = pd.DataFrame(columns, columns=names)
        prediction = np.asarray(model.predict(columns)) if hasattr(model, "predict") else None
        if hasattr(model, "predict_proba"):
            proba = np.asarray(model.predict_proba(columns))
        source = f"{type(model).__name__} on {source}"
    return Answers(outputs, source, dtype, proba, prediction)


def _numbers(values: Any) -> Array:
    """An output in a type that numpy has of its own; numbers of 16 bit fit into 32."""
    found = np.asarray(values)
    return found if found.dtype.kind in "biufOUS" else found.astype(np.float32)


def _coarsest(keras_model: Any, outputs: Sequence[Array]) -> str:
    """What the outputs are rounded to: their own type, or one of 16 bit inside of the model."""
    inside = {layer.compute_dtype for layer in keras_model._flatten_layers()}
    coarse = [name for name in ("bfloat16", "float16") if name in inside]
    return coarse[0] if coarse else str(np.result_type(*outputs))


def _row_by_row(keras_model: Any, inputs: list[Array], network: Network) -> Iterator[list[Any]]:
    """The outputs for one row after the other; states go on, from zeros, and the model's own
    stay as they are."""
    import keras

    layers = keras_model._flatten_layers()
    listed = [s for layer in layers for s in keras.tree.flatten(getattr(layer, "states", None))]
    states = list({id(s): s for s in listed if s is not None}.values())

    def row(values: list[Any], xs: list[Any]) -> tuple[list[Any], list[Any]]:
        given = list(zip(states, values, strict=True))
        with keras.StatelessScope(state_mapping=given) as scope:
            found = _called(keras_model, xs, network)
            return found, [scope.get_current_value(s) for s in states]

    if keras.backend.backend() == "jax":
        import jax

        row = jax.jit(row)  # else each row is compiled anew
    values = [np.zeros(s.shape, s.dtype) for s in states]
    for i in range(len(inputs[0])):
        found, values = row(values, [x[i : i + 1] for x in inputs])
        yield found


def _called(keras_model: Any, inputs: list[Any], network: Network) -> list[Any]:
    """The outputs for one batch, in the network's order."""
    found = keras_model(inputs[0] if len(inputs) == 1 else inputs, training=False)
    if isinstance(found, Mapping):
        found = [found[name] for name in network.graph.outputs]
    return list(found) if isinstance(found, list | tuple) else [found]


def _in_model_order(keras_model: Any, network: Network, feeds: Mapping[str, Array]) -> list[Array]:
    """The inputs as Keras wants them: in its order and of its types."""
    wanted = list(keras_model.inputs)
    names = [t.name for t in wanted]
    ours = [t.op.name for t in network.graph.inputs]  # type: ignore[attr-defined]
    if set(names) != set(ours):
        names = ours  # Keras renames what a Sequential is fed
    listed = []
    for name, t in zip(names, wanted, strict=True):
        given = feeds[name]
        listed.append(given if t.dtype == "string" else given.astype(t.dtype))
    return listed


def _keras_model(model: Any, network: Network, weights_file: Any) -> tuple[Any, str]:
    """The live model, or None and the reason."""
    wrapped = unwrap(model)
    if wrapped is not None:
        model = wrapped.model
    if not isinstance(model, str | os.PathLike):
        return model, ""
    path = Path(model)
    if network.keras < (3, 0) and b"hard_sigmoid" in path.read_bytes():
        return None, "hard_sigmoid means something else in Keras 3 than in this file"
    if importlib.util.find_spec("keras") is None:
        return None, "Keras is not installed"
    choose_backend()
    try:
        import keras

        if weights_file is not None:
            return _with_weights(path, weights_file), ""
        return keras.saving.load_model(path, compile=False, safe_mode=True), ""
    except Exception as error:
        return None, f"Keras can't load the file: {one_line(error, _REASON)}"


def _with_weights(path: Path, weights_file: Any) -> Any:
    """The model of a JSON architecture, its weights loaded by Keras."""
    import keras

    config = json.loads(path.read_bytes())
    model = keras.saving.deserialize_keras_object(config, safe_mode=True)
    model.load_weights(weights_file)
    return model
