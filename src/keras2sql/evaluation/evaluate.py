"""`evaluate`: what a database can take, by model size."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras2sql.dialects import DIALECTS
from keras2sql.engines import Engine, connect
from keras2sql.errors import InputError, UnsupportedDialectError
from keras2sql.evaluation import record as records
from keras2sql.evaluation.evaluation import Evaluation
from keras2sql.evaluation.networks import FAMILIES
from keras2sql.evaluation.sweep import Sweep

STRATEGIES = ("columns", "arrays", "rows")
BUDGET = 300.0
ROWS = 1_000


def evaluate(
    targets: Any,
    budget: float = BUDGET,
    families: Sequence[str] | None = None,
    strategies: Sequence[str] | None = None,
    rows: int = ROWS,
    record: str | os.PathLike[str] | None = None,
    progress: Callable[[str], None] | None = None,
) -> Evaluation:
    """Find out what databases can take: the largest network of each kind, and why the next fails.

    Networks of growing size are converted, run on random rows, and compared with numpy's numbers.
    Nothing is left in the database: the rows and weights are temporary tables of the session
    (in Firebird, which has none, a table that is dropped), and each statement is cancelled when
    its time is over.

    Args:
        targets: a database as for `Program.run`, several, or a dict of them by name.
        budget: seconds for all of them together.
        families: some of "depth", "width", "convolution", "sequence", "trees" and "rows".
        strategies: some of "columns", "arrays" and "rows"; by default all that a database has.
        rows: of the table that networks are run on, but those of the family "rows".
        record: a JSON file that is written after each case; if it is there, it is gone on with.
        progress: is told what is measured next.

    Returns:
        The evaluation: ``.frame`` has a row per case, ``.json()`` the record, ``.html(path)``
        writes a report.

    Raises:
        InputError: an unknown family or strategy, or a file that is no record of these settings.
        UnsupportedDialectError: a target of which no dialect is known.
        DatabaseError: a target can't be reached.
    """
    named = _named(targets)
    chosen = _some(families, tuple(FAMILIES), "families")
    ways = _some(strategies, STRATEGIES, "strategies")
    if not budget > 0 or rows < 1:
        raise InputError(f"budget={budget!r}, rows={rows!r}: give more than nothing")
    for _, target in named:  # before any is measured
        with connect(target) as engine:
            _check_known(engine)
    path = None if record is None else Path(record)
    found = _begun(path, {"rows": rows})
    sweep = Sweep(chosen, ways, rows, budget, found, path, progress or (lambda text: None))
    end = time.monotonic() + budget
    for i, (name, target) in enumerate(named):
        with connect(target) as engine:
            share = (end - time.monotonic()) / (len(named) - i)
            called = name or _name(engine, [n for n, _ in named[:i]], found)
            sweep.target(called, engine, time.monotonic() + share)
            named[i] = (called, target)
    return Evaluation(found)


def _named(targets: Any) -> list[tuple[str, Any]]:
    """Targets with the names that they are given; empty where the engine tells its own."""
    if isinstance(targets, Mapping):
        found = [(str(name), target) for name, target in targets.items()]
    elif isinstance(targets, list | tuple):
        found = [("", target) for target in targets]
    else:
        found = [("", targets)]
    if not found:
        raise InputError("no target to evaluate: give the URL of a database, or several")
    return found


def _name(engine: Engine, taken: Sequence[str], found: dict[str, Any]) -> str:
    """The engine's own name and version, with a number where there are two of them."""
    base = engine.version()
    count = sum(one.split(" #")[0] == base for one in taken)
    return f"{base} #{count + 1}" if count else base


def _check_known(engine: Engine) -> None:
    if engine.dialect_name not in DIALECTS:
        raise UnsupportedDialectError(
            f"a database of the kind '{engine.dialect_name or 'unknown'}' has no dialect of that "
            f"name; there are: {', '.join(sorted(DIALECTS))}"
        )


def _some(given: Sequence[str] | None, known: Sequence[str], what: str) -> list[str]:
    if given is None:
        return list(known)
    listed = [given] if isinstance(given, str) else list(given)
    if unknown := [name for name in listed if name not in known]:
        raise InputError(f"{what}: no {', '.join(map(repr, unknown))}; choose {', '.join(known)}")
    return [name for name in known if name in listed]


def _begun(path: Path | None, settings: dict[str, Any]) -> dict[str, Any]:
    """The record at the path if there is one, else a new one."""
    if path is None or not path.exists():
        found = records.new(settings, _environment())
        if path is not None:
            records.save(found, path)
        return found
    found = records.load(path)
    if found["settings"] != settings:
        raise InputError(
            f"{path} is the record of other settings, {found['settings']}; give another file, or "
            "remove it"
        )
    return found


def _environment() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
    }
