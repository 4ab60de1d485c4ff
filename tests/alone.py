"""Plugin of pytest: nothing can be imported but what comes with Python, numpy, h5py and pytest.

``python -m pytest -p alone tests/pure`` runs what holds without a database's driver, without
pandas and without Keras, as on a machine that has none of them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

THERE = {"numpy", "h5py", "keras2sql", "pytest", "_pytest"}
THERE |= {"pluggy", "iniconfig", "packaging", "pygments", "exceptiongroup", "tomli"}  # of pytest
THERE |= {path.stem for path in Path(__file__).parent.rglob("*") if path.suffix in ("", ".py")}


class _Few(PathFinder):
    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        top = name.partition(".")[0]
        python = top in sys.stdlib_module_names or top.startswith("_sysconfigdata")
        if python or top in THERE:
            return PathFinder.find_spec(name, path, target)
        return None


sys.meta_path[sys.meta_path.index(PathFinder)] = _Few
