"""What Keras says of a wild network, and what databases say that is something else.

Keras answers in float64 and in float32.  How far a database may be from it is what rounding can
do, as measured: by networks and inputs that differ from the ones asked about in their last digits,
and by the distance of the two answers.
"""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import keras
import numpy as np
import pandas as pd
import pyarrow as pa

import keras2sql
from databases import quoted
from keras2sql import api
from keras2sql.dialects import get
from keras2sql.engines import DuckDB, Engine, SQLAlchemy
from keras2sql.engines.arrow import Arrow
from keras2sql.errors import Keras2SQLError
from keras2sql.read import read_model
from layers.build import double_precision
from properties import wild
from properties.roundings import MODES, rounded

Array = np.ndarray[Any, Any]
NUDGE = 1e-9
DRAWS, ROUNDINGS = 8, 16
"""How often every layer's result is rounded another way, and how many roundings a layer has."""


@dataclass(frozen=True)
class Asked:
    """A network, rows for it, and for each row and element of its outputs: Keras's answers, and
    how far from them double and single precision may be.  `missing` rows lack a feature, `finite`
    ones have no infinity, and `moderate` ones no numbers that count as others to some databases.
    `models` are the network in double and in single precision, with the numbers it is fed."""

    seed: int
    model: Any
    models: dict[str, tuple[Any, dict[str, Array], Any]]
    feeds: dict[str, Array]
    double: Array
    single: Array
    allowed: dict[str, Array]
    missing: Array
    finite: Array
    moderate: Array

    @cached_property
    def undefined(self) -> dict[str, Array]:
        """The rows for which a layer of Keras says NaN, by precision, whatever its output makes
        of it: hard_shrink, soft_shrink and bounded rectifiers of Keras make a number of NaN."""
        with warnings.catch_warnings(), double_precision():
            warnings.simplefilter("ignore")
            return {name: _undefined(*given) for name, given in self.models.items()}

    @cached_property
    def unsteady(self) -> dict[str, Array]:
        """How far Keras's answers move, by precision, where each layer rounds its result another
        way, and where the processor does: what is lost where large numbers cancel, within a layer
        too, and what stands at the border of a step."""
        model, values, dtype = self.models["double"]
        rng = np.random.default_rng([self.seed, 5])
        found = {}
        with warnings.catch_warnings(), double_precision():
            warnings.simplefilter("ignore")
            plain = _answers(model, values, dtype)
            for name, bits in (("double", 52), ("single", 23)):
                apart = np.zeros_like(plain)
                for _ in range(DRAWS):
                    with _each_result(partial(_shake, rng=rng, by=2.0**-bits)):
                        moved = _answers(model, values, dtype)
                    apart = np.fmax(apart, np.abs(moved - plain))
                found[name] = apart
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with double_precision():
                turned = _turned(*self.models["double"])
            found["double"] = np.fmax(found["double"], turned)
            found["single"] = np.fmax(found["single"], _turned(*self.models["single"]))
        return found


@dataclass
class Told:
    """What came of it: `wrong` is a line for each difference, `counts` of what was compared.

    `rounded` are differences where float32 has no number to measure rounding by, and the
    operations in the order of the SQL, by numpy, give what the database gives; or where Keras's
    answer moves as far when its layers round another way.  `undefined` are
    NULLs where a layer within Keras has no number either.
    """

    wrong: list[str] = field(default_factory=list)
    rounded: list[str] = field(default_factory=list)
    undefined: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def ask(seed: int) -> Asked:
    """Build the network, and let Keras answer."""
    with warnings.catch_warnings():  # of masks that end, and of numbers that overflow
        warnings.simplefilter("ignore")
        return _asked(seed)


def _asked(seed: int) -> Asked:
    narrow, ids = wild.build(seed)
    narrow.set_weights(wild.weights(narrow, seed))
    feeds = wild.rows(narrow, ids, seed)
    values = {name: _numbers(v, name in ids) for name, v in feeds.items()}
    with np.errstate(all="ignore"):
        single = _answers(narrow, values, np.float32)
    with double_precision():
        wide, _ = wild.build(seed)
        weights = [w.astype(np.float64) if w.dtype == np.float32 else w
                   for w in wild.weights(narrow, seed)]  # fmt: skip
        wide.set_weights(weights)
        double = _answers(wide, values, np.float64)
        rng = np.random.default_rng([seed, 3])

        def change(by: float) -> Array:
            """How far the answers move with inputs and weights that differ by so much."""
            found = np.zeros_like(double)
            for _ in range(2):
                wide.set_weights([_nudged(w, rng, by) for w in weights])
                nearby = {n: v if n in ids else _nudged(v, rng, by) for n, v in values.items()}
                with np.errstate(all="ignore"):
                    found = np.fmax(found, np.abs(_answers(wide, nearby, np.float64) - double))
            return found

        # What is steep all along, and what turns within the last digits.
        steep, last = change(NUDGE) / NUDGE, 3 * change(1e-14)
    with np.errstate(all="ignore"):
        apart = np.where(np.isfinite(single), np.abs(single - double), np.inf)
        plain = 1e-9 * np.abs(double) + 1e-11 + 1e-12 * steep + last
        allowed = {
            # Where single precision has no number, the other measure has to do.
            "double": np.where(np.isfinite(single), plain + 1e-4 * apart, plain),
            "single": 1e-4 * np.abs(double) + 1e-5 + 1e-5 * steep + 100 * (apart + last),
        }
    missing = np.zeros(len(double), dtype=bool)
    finite, moderate = np.ones((2, len(double)), dtype=bool)
    for name, given in feeds.items():
        flat = given.reshape(len(given), -1)
        missing |= np.array([any(v is None or v != v for v in row) for row in flat])
        sizes = np.abs(np.nan_to_num(values[name].astype(float), posinf=1e308, neginf=1e308))
        sizes = sizes.reshape(len(given), -1)
        finite &= np.isfinite(_numbers(given, False)).reshape(len(given), -1).all(axis=1)
        moderate &= ((sizes < 1e60) & ((sizes == 0) | (sizes > 1e-60))).all(axis=1)
    models = {"double": (wide, values, np.float64), "single": (narrow, values, np.float32)}
    return Asked(seed, narrow, models, feeds, double, single, allowed, missing, finite, moderate)


def _numbers(values: Array, ids: bool) -> Array:
    plain = np.where(np.equal(values, None), 0 if ids else math.nan, values)
    return plain.astype(np.int32 if ids else np.float64)


def _nudged(values: Array, rng: np.random.Generator, by: float) -> Array:
    """Others in the last digits; of numbers that say something by being what they are, none."""
    if values.dtype.kind != "f":
        return values
    with np.errstate(all="ignore"):
        telling = ~np.isfinite(values) | (2 * values == np.round(2 * values)) & (abs(values) < 1e3)
        return np.where(telling, values, values * (1 + by * rng.uniform(-1, 1, values.shape)))


def _undefined(model: Any, values: Mapping[str, Array], dtype: Any) -> Array:
    """Per row, whether a result of a layer is NaN somewhere, of those within layers and before
    activations, too."""
    count = len(next(iter(values.values())))
    found = np.zeros(count, dtype=bool)

    def see(result: Array) -> None:
        if result.ndim and len(result) == count:
            found[:] |= np.isnan(result.reshape(count, -1)).any(axis=1)

    with _each_result(see), _each_activated(model, see):
        _answers(model, values, dtype)
    return found


@contextmanager
def _each_activated(model: Any, see: Callable[[Array], None]) -> Iterator[None]:
    """Every array that a layer's own activation is given is shown."""
    layers = [layer for layer in model._flatten_layers() if callable(vars(layer).get("activation"))]
    functions = [layer.activation for layer in layers]

    def shown(function: Any) -> Any:
        def activated(x: Any, *args: Any, **options: Any) -> Any:
            see(np.asarray(x))
            return function(x, *args, **options)

        return activated

    for layer, function in zip(layers, functions, strict=True):
        layer.activation = shown(function)
    try:
        yield
    finally:
        for layer, function in zip(layers, functions, strict=True):
            layer.activation = function


@contextmanager
def _each_result(see: Callable[[Array], None]) -> Iterator[None]:
    """Every array of floats that a layer or an operation gives is shown, and may be changed."""
    kinds = (keras.Operation, keras.layers.Layer)
    calls = [kind.__call__ for kind in kinds]

    def shown(call: Any) -> Any:
        def called(self: Any, *args: Any, **options: Any) -> Any:
            result = call(self, *args, **options)
            for one in keras.tree.flatten(result):
                if isinstance(one, np.ndarray) and one.dtype.kind == "f":
                    see(one)
            return result

        return called

    for kind, call in zip(kinds, calls, strict=True):
        kind.__call__ = shown(call)
    try:
        yield
    finally:
        for kind, call in zip(kinds, calls, strict=True):
            kind.__call__ = call


def _shake(result: Array, rng: np.random.Generator, by: float) -> None:
    """Round it another way, in place: Keras keeps masks by the identity of an array."""
    if result.flags.writeable:
        with np.errstate(all="ignore"):
            result *= 1 + by * rng.uniform(-1, 1, result.shape)


def _turned(model: Any, values: Mapping[str, Array], dtype: Any) -> Array:
    """How far the answers are apart where the processor rounds another way; infinite where such
    a way makes NaN of them, as of the root of a variance that is below 0 by its rounding."""
    plain = _answers(model, values, dtype)
    apart = np.zeros_like(plain)
    for mode in MODES:
        with rounded(mode):
            moved = _answers(model, values, dtype)
        with np.errstate(all="ignore"):
            moved = np.where(np.isnan(moved), math.inf, moved)
            apart = np.fmax(apart, np.abs(moved - plain))
    return apart


def _answers(model: Any, values: Mapping[str, Array], dtype: Any) -> Array:
    """Rows by elements of all outputs."""
    with np.errstate(all="ignore"):
        fed = [v.copy() if v.dtype == np.int32 else v.astype(dtype)
               for v in (values[entry.name] for entry in model.inputs)]  # fmt: skip
        found = model(fed if len(fed) > 1 else fed[0], training=False)
    listed = found if isinstance(found, (list, tuple)) else [found]
    flat = [np.asarray(y, dtype=np.float64).reshape(len(fed[0]), -1) for y in listed]
    return np.concatenate(flat, axis=1)


# -- databases


def check(asked: Asked, engines: list[Engine], told: Told) -> None:
    """Every database by every strategy and precision that it has."""
    network = read_model(asked.model)
    graph = _of_graph(network, asked)
    rng = np.random.default_rng([asked.seed, 4])
    for engine in engines:
        dialect = get(engine.dialect_name)
        whole = dialect.arrays is not None and rng.random() < 0.2
        features = load(engine, asked, whole)
        narrow = dialect.types["single"] != dialect.types["double"]
        for strategy in dialect.strategies:
            for precision in ("double", "single") if narrow else ("double",):
                what = f"{dialect.name} {strategy} {precision}" + (" array" if whole else "")
                how = {"features": features, "strategy": strategy, "precision": precision}
                _one(asked, network, graph, engine, told, what, **how)


def _of_graph(network: Any, asked: Asked) -> Array:
    values = {n: _numbers(v, v.dtype == object and _whole(v)) for n, v in asked.feeds.items()}
    used = {t.layer for t in network.graph.inputs}
    with np.errstate(all="ignore"):
        found = network.graph.evaluate({n: v for n, v in values.items() if n in used})
    flat = [np.asarray(y, dtype=np.float64).reshape(len(asked.missing), -1) for y in found.values()]
    return np.concatenate(flat, axis=1)


def _whole(values: Array) -> bool:
    return all(v is None or isinstance(v, (int, np.integer)) for v in values.flat)


def _one(
    asked: Asked, network: Any, graph: Array, engine: Engine, told: Told, what: str, **how: Any
) -> None:
    try:
        program = api.program(network, engine.dialect_name, "wild_rows", "id", **how)
    except Keras2SQLError as error:
        told.counts[f"{what}: refused ({type(error).__name__}: {str(error)[:90]})"] += 1
        return
    try:
        with engine.holding(program.tables, program.dialect):
            found = engine.query(
                program.query, program.columns, session=program.dialect.session,
                floats=program.columns[1:],
            ).sort_values("id")  # fmt: skip
    except Keras2SQLError as error:
        told.wrong.append(f"seed {asked.seed}: {what}: raised {str(error)[:300]}")
        return
    if found["id"].tolist() != list(range(len(asked.missing))):
        told.wrong.append(f"seed {asked.seed}: {what}: rows {found['id'].tolist()}")
        return
    values = found[program.columns[1:]].to_numpy(dtype=np.float64)
    told.counts[what] += 1
    found = list(_differences(asked, values, what, program))
    undefined = asked.undefined[program.plan.precision] if found else asked.missing
    none = [line for at, line in found if at and undefined[at[0]] and np.isnan(values[at])]
    precision = "single" if program.plan.precision == "single" else "double"
    explained = [
        line for at, line in found if at and _rounding(asked, graph, values, at, precision)
    ]
    wrong = [line for _, line in found if line not in explained and line not in none]
    told.wrong += wrong[:1] if len(wrong) < 2 else [f"{wrong[0]}, and {len(wrong) - 1} more"]
    told.rounded += explained[:1]
    told.undefined += none[:1]


def _rounding(
    asked: Asked, graph: Array, values: Array, at: tuple[int, int], precision: str
) -> bool:
    """Whether float32 has no number there, and the graph gives what the database does; or the
    distance is one that Keras's own roundings make."""
    near = 1e-6 * abs(graph[at]) + 1e-9
    if not math.isfinite(asked.single[at]) and abs(values[at] - graph[at]) <= near:
        return True
    apart = abs(values[at] - asked.double[at])
    return bool(apart <= ROUNDINGS * asked.unsteady[precision][at])


def _differences(
    asked: Asked, values: Array, what: str, program: keras2sql.Program
) -> Iterator[tuple[tuple[int, int] | None, str]]:
    precision = "single" if program.plan.precision == "single" else "double"
    allowed = asked.allowed[precision]
    held = program.dialect.bounds is not None
    for row, column in np.ndindex(values.shape):
        is_, wanted = float(values[row, column]), float(asked.double[row, column])
        near = allowed[row, column]
        if asked.missing[row]:
            if not math.isnan(is_):
                yield None, f"seed {asked.seed}: {what}: row {row} lacks a feature: {is_!r}"
            continue
        if (
            not asked.finite[row]
            or not math.isfinite(wanted)
            or (held and not asked.moderate[row])
            or abs(wanted) > 1e60
        ):
            continue
        if precision == "single" and not math.isfinite(asked.single[row, column]):
            continue
        if math.isnan(near) or near == math.inf:
            continue
        if not abs(is_ - wanted) <= near:
            yield (
                (row, column),
                (
                    f"seed {asked.seed}: {what}: row {row} column {column}: {is_!r}, and Keras "
                    f"says {wanted!r} (float32: {asked.single[row, column]:.7g}), within {near:.1e}"
                ),
            )


def load(engine: Engine, asked: Asked, whole: bool) -> dict[str, Any]:
    """Make the table, NULL and NaN apart where the database has both; the features by inputs."""
    count = len(asked.missing)
    features: dict[str, Any] = {}
    columns: dict[str, Any] = {"id": pa.array(range(count), pa.int64())}
    for name, values in asked.feeds.items():
        flat = values.reshape(count, -1)
        ids = _whole(flat)
        type_ = pa.int64() if ids else pa.float64()
        plain = [[None if v is None else (int(v) if ids else float(v)) for v in r] for r in flat]
        if whole and flat.shape[1] > 1:
            columns[name] = pa.array(plain, pa.list_(type_))
            features[name] = name
            continue
        names = [f"{name}_{i}" for i in range(flat.shape[1])]
        for i, one in enumerate(names):
            columns[one] = pa.array([row[i] for row in plain], type_)
        features[name] = names
    _make(engine, pa.table(columns))
    return features


def _make(engine: Any, loaded: pa.Table) -> None:
    name = "wild_rows"
    if engine.dialect_name == "datafusion":
        engine.execute_script([f"DROP TABLE IF EXISTS {name}"])
        engine.connection.register_record_batches(name, [loaded.to_batches()])
        return
    types = {pa.int64(): "BIGINT", pa.float64(): "DOUBLE PRECISION"}
    types |= {pa.list_(t): f"{text}[]" for t, text in list(types.items())}
    if engine.dialect_name == "clickhouse":
        types[pa.list_(pa.float64())] = "Array(Nullable(Float64)) NOT NULL"
        types[pa.list_(pa.int64())] = "Array(Nullable(Int64)) NOT NULL"
    listed = ", ".join(f"{quoted(f.name)} {types[f.type]}" for f in loaded.schema)
    engine.execute_script([f"DROP TABLE IF EXISTS {name}", f"CREATE TABLE {name} ({listed})"])
    if isinstance(engine, DuckDB):
        engine.connection.register("wild_loaded", loaded)
        engine.execute_script([f"INSERT INTO {name} SELECT * FROM wild_loaded"])
        engine.connection.unregister("wild_loaded")
        return
    if isinstance(engine, Arrow):
        engine._table(f"INSERT INTO {name} SELECT * FROM Python(loaded)")
        return
    mark = "?" if engine.dialect_name == "sqlite" else "%s"
    insert = f"INSERT INTO {name} VALUES ({', '.join([mark] * loaded.num_columns)})"
    rows = list(zip(*(column.to_pylist() for column in loaded.columns), strict=True))
    with engine._transaction(keep=True):
        if isinstance(engine, SQLAlchemy):
            engine.connection.exec_driver_sql(insert, rows)
        else:
            engine.connection.cursor().executemany(insert, rows)


def frame(asked: Asked) -> pd.DataFrame:
    """The rows, for people."""
    columns = {
        f"{name}_{i}": values.reshape(len(values), -1)[:, i]
        for name, values in asked.feeds.items()
        for i in range(values.reshape(len(values), -1).shape[1])
    }
    return pd.DataFrame(columns)
