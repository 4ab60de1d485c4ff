"""Small networks written by hand, and programs made of them: no Keras, no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import plain_tables
from keras2sql import api
from keras2sql.dialects import get
from keras2sql.graph.core import Builder, Graph, Tensor
from keras2sql.graph.functions import ACTIVATIONS, AXIS_ACTIVATIONS
from keras2sql.program import Program
from keras2sql.read.network import Network

if TYPE_CHECKING:
    import pandas as pd

    from keras2sql.engines import Engine

Array = npt.NDArray[Any]
SPARK_TYPES = {"DOUBLE PRECISION": "DOUBLE", "TEXT": "STRING"}


def activation(g: Builder, x: Tensor, name: str, **options: Any) -> Tensor:
    """Any activation of Keras, along the last axis where it has one."""
    if name in AXIS_ACTIVATIONS:
        return AXIS_ACTIVATIONS[name](g, x)
    return g.map(ACTIVATIONS[name](**options), x)


def dense(
    units: Sequence[int],
    activations: Sequence[str],
    seed: int = 0,
    layers: Sequence[str] = (),
    entry: str = "x",
    output: str = "out",
) -> Graph:
    """A stack of Dense layers with random weights; ``units[0]`` is the number of features."""
    rng = np.random.default_rng(seed)
    g = Builder()
    x = first = g.input(entry, (units[0],))
    for i, (n, wanted) in enumerate(zip(units[1:], activations, strict=True)):
        with g.at(layers[i] if layers else ("dense" if i == 0 else f"dense_{i}")):
            kernel = rng.normal(size=(x.shape[0], n)) / np.sqrt(x.shape[0])
            x = activation(g, g.contract(x, kernel, rng.normal(size=n)), wanted)
    return Graph((first,), {output: x})


def network(graph: Graph, name: str = "tiny", **known: Any) -> Network:
    return Network(graph=graph, name=name, layers=(), keras=(3, 15), **known)


def program(
    graph: Graph,
    engine: Engine | str,
    table: str = "tiny",
    key: str | Sequence[str] = "id",
    model: str = "tiny",
    **options: Any,
) -> Program:
    """What `convert` makes of a model that is read as `graph`."""
    dialect = engine if isinstance(engine, str) else engine.dialect_name
    return api.program(network(graph, model), dialect, table, key, **options)


def expected(made: Program, feeds: Mapping[str, Array]) -> dict[str, Array]:
    """The prediction columns by numpy."""
    return made.graph.evaluate(feeds)


def create(engine: Engine, name: str, types: Mapping[str, str], rows: Sequence[str]) -> None:
    """A table with these column types, its rows as SQL."""
    from databases import quoted
    from keras2sql.engines import Spark

    table = quoted(name)
    if isinstance(engine, Spark):  # a view, which can have any name
        typed = [f"CAST(col{i} AS {SPARK_TYPES.get(type_, type_)}) AS {quoted(column)}"
                 for i, (column, type_) in enumerate(types.items(), 1)]  # fmt: skip
        values = ", ".join(f"({row})" for row in rows)
        view = f"CREATE OR REPLACE TEMPORARY VIEW {table} AS SELECT {', '.join(typed)}"
        engine.execute_script([f"{view} FROM VALUES {values}"])
        return
    if engine.dialect_name == "googlesql":
        engine.create_table(name, types, rows)  # type: ignore[attr-defined]
        return
    made = plain_tables.make(engine, name, types)
    if engine.dialect_name == "hive":
        engine.insert(made, engine.literals(rows))  # type: ignore[attr-defined]
        return
    engine.execute_script([f"INSERT INTO {made} VALUES ({row})" for row in rows])


def scored(
    engine: Engine, made: Program, load: Any, feeds: Mapping[str, Array], ids: Any = None
) -> pd.DataFrame:
    """The result of a program on a table made of `feeds`, in the order of its rows."""
    import pandas as pd

    rows = len(next(iter(feeds.values())))
    columns: dict[str, Any] = {made.source.key[0]: np.arange(rows) if ids is None else ids}
    for name, values in feeds.items():
        flat = np.asarray(values).reshape(rows, -1)
        columns.update(zip(made.features[name], flat.T, strict=True))
    load(engine, made.source.table, pd.DataFrame(columns))
    return made.run(engine).sort_values(made.source.key[0], ignore_index=True)


def bare(engine: Engine, made: Program) -> pd.DataFrame:
    """The result of the SQL as it stands, of a table that nobody has looked at before."""
    names = [name for name, t in made.graph.outputs.items() if t.kind == "float"]
    found = engine.query(made.query, made.columns, session=made.dialect.session, floats=names)
    return found.sort_values(made.source.key[0], ignore_index=True)


def types_of(engine: Engine, query: str, columns: Sequence[str]) -> list[str]:
    """What the database says the columns of a query are, in the first row."""
    function = "pg_typeof" if engine.dialect_name == "postgresql" else "typeof"
    spell = get(engine.dialect_name).quote
    items = ", ".join(f"CAST({function}({spell(c)}) AS VARCHAR(40))" for c in columns)
    frame = engine.query(f"SELECT {items} FROM (\n{query}\n) AS answer LIMIT 1")
    return [str(value) for value in frame.iloc[0]]
