"""The backend of Keras: one that is installed, where nobody chose."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path


def choose_backend() -> None:
    """Name an installed backend, where Keras would fall over one that is not.

    At its first import Keras writes TensorFlow into its settings, installed or not.
    """
    if "keras" in sys.modules or "KERAS_BACKEND" in os.environ:
        return
    settings = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "keras.json"
    wanted = "tensorflow"
    with contextlib.suppress(OSError, ValueError, AttributeError):
        wanted = str(json.loads(settings.read_text(encoding="utf-8")).get("backend", wanted))
    for name in (wanted, "jax", "tensorflow", "torch"):
        if find_spec(name):
            os.environ["KERAS_BACKEND"] = name
            return
