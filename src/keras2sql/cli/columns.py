"""What the database decides: its dialect, and the columns that feed the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras2sql.cli.console import note
from keras2sql.cli.options import names
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.errors import InputError
from keras2sql.lower.source import Source
from keras2sql.read.any import read
from keras2sql.sequences import step_width


def settled(
    engine: Engine, model: str, dialect: str, table: str, key: str, chosen: dict[str, Any]
) -> dict[str, Any]:
    """The options that the database decides: its dialect, the key, absent features."""
    found: dict[str, Any] = {
        "dialect": dialect or engine.dialect_name,
        "key": names(key, "--key"),
    }
    if not found["dialect"]:
        raise InputError("the URL does not tell the kind of database; give --dialect")
    if "features" not in chosen:
        found["features"] = features_of(engine, model, table, found, chosen)
    return found


def features_of(
    engine: Engine, model: str, table: str, found: Mapping[str, Any], chosen: Mapping[str, Any]
) -> list[str]:
    """The model's own feature names if it has them, else the table's columns beside the
    key and the passthrough columns, in table order, where their number fits.  With
    `order_by`, those of one time step.

    The choice is printed.  Raises `InputError` where neither fits.
    """
    order = [chosen["order_by"]] if "order_by" in chosen else []
    how = (chosen.get("weights_file"), chosen.get("trust_pickle", False))
    if order:
        needed = step_width(model, *how)
    else:
        network = read(model, *how)
        if network.features is not None:
            note(f"features, as the model was fitted: {', '.join(network.features)}")
            return list(network.features)
        needed = sum(t.size for t in network.graph.inputs)
    relation = Source(table, tuple(found["key"]), {}).relation(get(found["dialect"]))
    columns = [name for name, _ in engine.columns(relation)]
    others = (*found["key"], *order, *chosen.get("passthrough", ()))
    passed = {name.casefold() for name in others}
    if absent := sorted(passed - {name.casefold() for name in columns}):
        raise InputError(f"{table} has no column {', '.join(absent)}; it has {_some(columns)}")
    rest = [name for name in columns if name.casefold() not in passed]
    if len(rest) == needed:
        note(f"features, in the order of the table: {', '.join(rest)}")
        return rest
    default = [f"Feature_{i}" for i in range(needed)]
    if set(default) <= set(columns):
        note(f"features: {default[0]} .. {default[-1]}")
        return default
    raise InputError(
        f"the model takes {needed} {'numbers' if needed > 1 else 'number'} per "
        f"{'time step' if order else 'row'}, and {table} has {len(rest)} columns beside "
        f"key{', order_by' if order else ''} and passthrough ({_some(rest)}); "
        "say which with --features, or name the others in --passthrough"
    )


def _some(names: list[str], most: int = 20) -> str:
    """The names, or the first of many."""
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")
