"""Live Keras models: saved by Keras itself, in memory or nearly so, and read back as a file."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

from keras2sql.errors import ModelFileError, UnsupportedLayerError
from keras2sql.read.files import ModelFile, read_archive

_SUM = (
    "LoRA beside quantised weights, whose sum Keras rounds once more when it saves the model; "
    "save it, and convert the file, which computes something else than the live model"
)
_PACKAGES = ("keras", "tf_keras", "tensorflow")
_CLASSES = ("Model", "Sequential", "Functional", "Network", "Container")


def is_keras_model(value: object) -> bool:
    """Whether this is a model of Keras 2 or 3; imports neither."""
    return any(
        base.__name__ in _CLASSES and base.__module__.split(".")[0] in _PACKAGES
        for base in type(value).__mro__
    )


def read_live(model: Any) -> ModelFile:
    """The model as its own Keras saves it; raises `ModelFileError` if Keras can't."""
    _refuse_what_saving_changes(model)
    with tempfile.TemporaryDirectory(prefix="keras2sql-") as folder:
        path = Path(folder) / "model.keras"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model.save(str(path))
        except Exception as error:
            raise ModelFileError(
                f"Keras could not save the model '{getattr(model, 'name', '')}', "
                f"which is how it is read: {error}"
            ) from error
        return read_archive(
            path, path.name, str(getattr(model, "name", "model")), _own_class(model)
        )


def _refuse_what_saving_changes(model: Any) -> None:
    """Saving adds a LoRA update to quantised weights by quantising the sum anew."""
    layers = model._flatten_layers() if hasattr(model, "_flatten_layers") else ()
    found = [
        (one.name, type(one).__name__, _SUM)
        for one in layers
        if getattr(one, "lora_enabled", False) and getattr(one, "quantization_mode", None)
    ]
    if found:
        raise UnsupportedLayerError(found)


def _own_class(model: Any) -> str | None:
    """The class to read the model as: Keras's own where a subclass computes just what it does.

    Subclasses that bring their own `train_step` are common, and keep the layers' order.
    """
    kind = type(model)
    if kind.__module__.split(".")[0] in _PACKAGES or "__call__" in _defined(kind):
        return None
    if "call" in _defined(kind):
        return None
    bases = [b.__name__ for b in kind.__mro__ if b.__module__.split(".")[0] in _PACKAGES]
    return next((name for name in bases if name in ("Functional", "Sequential")), None)


def _defined(kind: type) -> set[str]:
    """What a class and its bases outside of Keras define."""
    own = [b for b in kind.__mro__ if b.__module__.split(".")[0] not in (*_PACKAGES, "builtins")]
    return {name for base in own for name in vars(base)}
