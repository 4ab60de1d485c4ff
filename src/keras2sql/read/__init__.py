"""Model files and live objects become a graph.

`read_model` gives the network or raises; `inspect_model` tells about every layer, the
unsupported ones included.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import keras2sql.layers  # noqa: F401 - registers the converters
from keras2sql.errors import ModelFileError, UnsupportedLayerError
from keras2sql.graph.budget import Budget
from keras2sql.graph.core import Builder
from keras2sql.read.assemble import Assembly
from keras2sql.read.files import read_file
from keras2sql.read.live import is_keras_model, read_live
from keras2sql.read.network import LayerInfo, Network, Steps

__all__ = ["Inspection", "LayerInfo", "Network", "inspect_model", "is_keras_model", "read_model"]


@dataclass(frozen=True, eq=False)
class Inspection:
    """What is known of a model; `network` is None where a layer is unsupported."""

    name: str
    keras: tuple[int, int]
    layers: tuple[LayerInfo, ...]
    network: Network | None

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """``(path, class, reason)`` of every unsupported layer."""
        return [(one.path, one.class_name, one.problem) for one in self.layers if one.problem]


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
        builder = Builder(steps is not None and steps.streaming, Budget())
        assembly = Assembly(found.weights, found.keras, builder, steps=steps)
        graph = assembly.graph(found.model)
    except RecursionError as error:
        raise ModelFileError("the model is nested too deeply") from error
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, OSError) as error:
        # Files may say anything anywhere; what no check foresaw is the file's fault too.
        raise ModelFileError(f"the model can't be read: {type(error).__name__}: {error}") from error
    except UnsupportedLayerError as error:
        told = tuple(LayerInfo(path, kind, None, 0, why) for path, kind, why in error.layers)
        return Inspection(told[0].path, (0, 0), told, None)
    layers = tuple(assembly.infos.values())
    network = (
        None
        if graph is None
        else Network(graph, found.model.name, layers, found.keras, padding=builder.padding)
    )
    return Inspection(found.model.name, found.keras, layers, network)


def read_model(
    model: Any,
    weights_file: str | os.PathLike[str] | None = None,
    steps: Steps | None = None,
) -> Network:
    """The network of a model file or a live Keras model; arguments as for `inspect_model`.

    Raises `ModelFileError`, or `UnsupportedLayerError` that names all unsupported layers.
    """
    inspection = inspect_model(model, weights_file, steps)
    if inspection.network is None:
        raise UnsupportedLayerError(inspection.problems)
    return inspection.network
