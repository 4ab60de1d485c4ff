"""What the database decides: its dialect, and the columns that feed the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keras2sql.checks.columns import shown
from keras2sql.cli.console import note
from keras2sql.cli.names import names
from keras2sql.dialects import Dialect, get
from keras2sql.engines import Engine
from keras2sql.errors import InputError, UnsupportedLayerError
from keras2sql.features import option, some
from keras2sql.lower.source import Source
from keras2sql.read.any import look
from keras2sql.read.inspection import per_step, ways
from keras2sql.read.network import Shape
from keras2sql.sequences import step_width
from keras2sql.sql.names import is_subquery


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


def relation(table: str, chosen: Mapping[str, Any]) -> str:
    """The table as a query of the dialect names it."""
    return Source(table, tuple(chosen["key"]), {}).relation(get(chosen["dialect"]))


def features_of(
    engine: Engine, model: str, table: str, found: Mapping[str, Any], chosen: Mapping[str, Any]
) -> list[str]:
    """The model's own feature names if it has them, else the table's columns beside the
    key and the passthrough columns, in table order, where their number fits.  With
    `order_by`, those of one time step; their number gives a length that is open.

    The choice is printed.  Raises `InputError` where neither fits.
    """
    how = (chosen.get("weights_file"), chosen.get("trust_pickle", False))
    known = look(model, *how)
    if known.problems:
        raise UnsupportedLayerError(known.problems)
    order = chosen.get("order_by", "")
    network = known.network
    if not order and network is not None and network.features is not None:
        note(f"features, as the model was fitted: {some(network.features)}")
        return list(network.features)
    taken = [*found["key"], *([order] if order else []), *chosen.get("passthrough", ())]
    rest = _Rest(engine, table, get(found["dialect"]), taken)
    if order:
        return rest.taken(step_width(model, *how), "time step")
    if known.open:
        return rest.steps(known.inputs, known.open)
    if network is not None and network.layout:
        return rest.taken(len(network.layout), "row")
    return rest.taken(sum(per_step(shape) for shape in known.inputs.values()), "row", known.inputs)


class _Rest:
    """The columns of a table that are not taken yet, in its order."""

    def __init__(self, engine: Engine, table: str, dialect: Dialect, taken: Sequence[str]) -> None:
        self.table = shown(table)
        columns = engine.types(Source(table, (), {}).relation(dialect))
        names = [column.name for column in columns]
        known = {name.casefold() for name in names}
        if not is_subquery(table):
            known |= dialect.reading.pseudo_columns
        if absent := [name for name in taken if name.casefold() not in known]:
            raise InputError(
                f"{self.table} has no column {', '.join(absent)}; it has {some(names)}"
            )
        folded = {name.casefold() for name in taken}
        self.columns = [c for c in columns if c.name.casefold() not in folded]
        self.names = [c.name for c in self.columns]
        self.known = set(names)

    def taken(self, needed: int, unit: str, inputs: Mapping[str, Shape] | None = None) -> list[str]:
        """As many as the model takes per `unit`; of a row also one that is an array of all."""
        if len(self.names) == needed:
            note(f"features, in the order of the table: {some(self.names)}")
            return self.names
        default = [f"Feature_{i}" for i in range(needed)]
        if self.known.issuperset(default):
            note(f"features: {default[0]} .. {default[-1]}")
            return default
        arrays = [column.name for column in self.columns if column.array]
        if inputs is not None and len(inputs) == 1 and len(self.names) == len(arrays) == 1:
            note(f"features: the array {arrays[0]}")
            return arrays
        raise InputError(
            f"the model takes {needed} {'numbers' if needed > 1 else 'number'} per {unit}"
            f"{_counted(inputs or {})}, and {self._has(', order_by' * (unit != 'row'))}; say which "
            f"with {_lists(inputs or {})}, or name the others in --passthrough{_long(inputs or {})}"
        )

    def steps(self, inputs: Mapping[str, Shape], opened: Mapping[str, Shape]) -> list[str]:
        """All, where their number is one of whole steps of the one input of open length."""
        others = sum(per_step(shape) for name, shape in inputs.items() if name not in opened)
        (name, shape), *more = opened.items()
        width, count = per_step(shape), len(self.names) - others
        # One step is no sequence: the rows of such a table are steps, or others are meant.
        if not more and count % width == 0 and count >= 2 * width:
            told = f"{count // width} steps of {width} for {name}"
            note(f"features, in the order of the table: {some(self.names)}; {told}")
            return self.names
        told = "which do not tell it" if more else f"{_steps(count, width)} of {name}"
        if any(column.array for column in self.columns):
            told = "and an array does not tell it: (SELECT ...) may make rows or columns of one"
        raise InputError(f"{ways(opened, len(inputs) == 1)}; {self._has()}, {told}")

    def _has(self, order: str = "") -> str:
        count = len(self.names)
        columns = f"{count} column{'' if count == 1 else 's'} beside key{order} and passthrough"
        return f"{self.table} has {columns}" + (f" ({some(self.names)})" if count else "")


def _steps(count: int, width: int) -> str:
    return "a single step" if count == width else "no whole number of steps"


def _counted(inputs: Mapping[str, Shape]) -> str:
    """How many of them each of several inputs takes."""
    if len(inputs) < 2:
        return ""
    return f" ({', '.join(f'{name} {per_step(shape)}' for name, shape in inputs.items())})"


def _long(inputs: Mapping[str, Shape]) -> str:
    """The other way for the steps of a sequence."""
    steps = [shape for shape in inputs.values() if len(shape) == 2]
    if len(inputs) != 1 or not steps:
        return ""
    return "; where the table has a row per key and step, give --order-by"


def _lists(inputs: Mapping[str, Shape]) -> str:
    if len(inputs) < 2:
        return "--features"
    return " ".join(option(name, "...") for name in inputs)
