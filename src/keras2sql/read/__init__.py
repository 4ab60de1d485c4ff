"""Model files and live objects become a graph.

`read_model` gives the network or raises; `inspect_model` tells about every layer, the
unsupported ones included.
"""

from __future__ import annotations

import os
from typing import Any

import keras2sql.layers  # noqa: F401 - registers the converters
from keras2sql.errors import (
    InputError,
    InternalError,
    Keras2SQLError,
    ModelFileError,
    UnsupportedLayerError,
)
from keras2sql.graph.budget import Budget
from keras2sql.graph.core import Builder
from keras2sql.graph.step import StepBuilder
from keras2sql.read.assemble import Assembly
from keras2sql.read.files import ModelFile, read_file
from keras2sql.read.inspection import Inspection, opened, taken, ways
from keras2sql.read.live import is_keras_model, read_live
from keras2sql.read.network import LayerInfo, Network, Steps

__all__ = ["Inspection", "LayerInfo", "Network", "inspect_model", "is_keras_model", "read_model"]


def inspect_model(
    model: Any,
    weights_file: str | os.PathLike[str] | None = None,
    steps: Steps | None = None,
) -> Inspection:
    """All about a model file or a live Keras model, supported or not.

    `model` is the path of a `.keras`, a whole-model `.h5` or a JSON architecture (the last
    with its `weights_file`), or a `keras.Model`.  Raises `ModelFileError`.
    """
    try:
        if isinstance(model, str | os.PathLike):
            found = read_file(model, weights_file)
        elif is_keras_model(model):
            found = read_live(model)
        else:
            raise ModelFileError(
                f"a {type(model).__name__} is neither the path of a model file nor a Keras model"
            )
        return _inspected(found, steps)
    except RecursionError as error:
        raise ModelFileError("the model is nested too deeply") from error
    except OSError as error:
        raise ModelFileError(f"the model can't be read: {error}") from error
    except UnsupportedLayerError as error:
        told = tuple(LayerInfo(path, kind, None, 0, why) for path, kind, why in error.layers)
        return Inspection(told[0].path, (0, 0), told, None)
    except Keras2SQLError:
        raise
    except Exception as error:
        raise InternalError("reading the model", error) from error


def _inspected(found: ModelFile, steps: Steps | None) -> Inspection:
    """All about a model that is read, by its layers."""
    builder_of = StepBuilder if steps is not None and steps.totals else Builder
    builder = builder_of(steps is not None and steps.streaming, Budget())
    assembly = Assembly(found.weights, found.keras, builder, steps=steps)
    graph = assembly.graph(found.model)
    name, keras, layers = found.model.name, found.keras, tuple(assembly.infos.values())
    if assembly.open:
        unread = Inspection(name, keras, layers, None, assembly.open)
        return opened(unread, lambda length: _inspected(found, taken(steps, length)))
    if graph is None:
        return Inspection(name, keras, layers, None)
    return Inspection(
        name,
        keras,
        layers,
        Network(graph, name, layers, keras, padding=builder.padding),
        inputs={t.layer: t.shape for t in graph.inputs},
        outputs={output: t.shape for output, t in graph.outputs.items()},
    )


def read_model(
    model: Any,
    weights_file: str | os.PathLike[str] | None = None,
    steps: Steps | None = None,
) -> Network:
    """The network of a model file or a live Keras model; arguments as for `inspect_model`.

    Raises `ModelFileError`, `UnsupportedLayerError` that names all unsupported layers, or
    `InputError` where the length of an input is open.
    """
    inspection = inspect_model(model, weights_file, steps)
    if inspection.network is not None:
        return inspection.network
    if inspection.problems:
        raise UnsupportedLayerError(inspection.problems)
    raise InputError(ways(inspection.open, len(inspection.inputs) == 1))
