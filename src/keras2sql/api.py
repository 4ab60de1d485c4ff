"""From a model to a program: the whole story, top to bottom."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from keras2sql import heads, sequences, sizes
from keras2sql.dialects import Dialect, get
from keras2sql.errors import DialectLimitError, InputError, UnsupportedDialectError, one_line
from keras2sql.features import dealt, listed, placed, read_for
from keras2sql.graph.core import Graph
from keras2sql.graph.simplify import simplify
from keras2sql.lower.lowered import Lowered
from keras2sql.lower.source import Source
from keras2sql.plan import Plan, carried_out, foreseen, lower, plan
from keras2sql.program import Program
from keras2sql.read.any import read as read_any
from keras2sql.read.mlflow_models import called
from keras2sql.read.network import Network
from keras2sql.sql.names import is_subquery, name_parts
from keras2sql.sql.render import render
from keras2sql.version import __version__

Features = Sequence[str] | Mapping[str, Sequence[str] | str] | str | sequences.Sequence


def convert(
    model: Any,
    dialect: str | Dialect,
    table: str,
    key: str | Sequence[str],
    features: Features | None = None,
    labels: Iterable[Any] | None = None,
    strategy: str = "auto",
    weights: str = "auto",
    precision: str = "double",
    outputs: Sequence[str] | None = None,
    passthrough: Sequence[str] = (),
    weights_file: str | os.PathLike[str] | None = None,
    name: str | None = None,
    trust_pickle: bool = False,
    schema: str | None = None,
) -> Program:
    """Turn a trained model into SQL.

    Args:
        model: the path of a `.keras` or `.h5` file, or of a JSON architecture with its
            `weights_file`; a live Keras model of any backend; a fitted estimator, such as a
            scikit-learn pipeline; a folder of MLflow's, or a URI of its registry, as
            ``models:/churn/3``.  Files are parsed, never executed.
        dialect: the database, by a name or alias from `keras2sql.dialects()`.
        table: what the query reads: a table, ``schema.table``, or ``(select ...)``; names are
            quoted as needed.
        key: the column that tells rows apart, or several; handed through unchanged, and first in
            the result.
        features: the columns of the model's inputs, in the row-major order of their shapes: a
            list; one name, of a column that holds a whole input as an array; a dict of these by
            the inputs' names; or a `Sequence`, for a table with a row per key and time step.  By
            default what the model was fitted with, else ``Feature_0``, ``Feature_1``, ...
        labels: the classes of a classifier, in the order of its units (all str, int, bool or
            date): the result then has `Proba_`, `LogProba_`, `Decision` and `DecisionProba`.  By
            default those that an estimator knows.
        strategy: how the database holds activations: "columns", "arrays", "rows", or "auto" for
            the one that is expected to be the fastest; `Program.explain` says why.
        weights: "inline" in the query, in "tables" that `Program.setup` makes, or "auto".
        precision: what the database computes in: "double", or "single" where it has it.
        outputs: the prediction columns wanted, in this order; by default all.
        passthrough: further columns of the table to return behind the key.
        weights_file: the HDF5 file with the weights of a JSON architecture.
        name: what the model is called in comments and in the names of tables; by default the
            file's name without its suffix, or the model's own.
        trust_pickle: whether a pickle file may be opened, which runs what is in it.
        schema: the schema (in MariaDB the database, in SQLite the attached one) that tables of
            weights are put into, which has to be there; by default the one in use.  Temporary
            tables, as `Program.run` makes them, are in none.

    Returns:
        The program: `Program.query` is the SELECT, `Program.run` its result.

    Raises:
        ModelFileError: the file is no model, is damaged, or its weights don't fit.
        UnsupportedLayerError: layers that don't convert, all at once, each with the reason.
        UnsupportedDialectError: no such database, or it lacks what is asked for.
        DialectLimitError: the model is too large for the database, or for this strategy.
        InputError: features, labels, keys or options that don't fit the model or each other.
        InternalError: a fault of keras2sql itself; please report it.
    """
    database = get(dialect)
    found = read(model, features, weights_file, trust_pickle)
    if name is None and isinstance(model, str | os.PathLike):
        name = called(model)
    options = (labels, strategy, weights, precision, outputs, passthrough, name, schema)
    return program(found, database, table, key, features, *options)


def read(
    model: Any,
    features: Features | None,
    weights_file: str | os.PathLike[str] | None = None,
    trust_pickle: bool = False,
) -> Network | sequences.Stream:
    """The network in a model for these features; a `Stream` where they are a `Sequence`.

    Arguments and errors are those of `convert`.
    """
    alone = sequences.alone(features)
    if alone is None:
        return read_for(features, read_any, model, weights_file, trust_pickle)
    named_for, step = alone
    return sequences.stream(model, step, weights_file, trust_pickle, named_for)


def program(
    network: Network | sequences.Stream,
    dialect: str | Dialect,
    table: str,
    key: str | Sequence[str],
    features: Features | None = None,
    labels: Iterable[Any] | None = None,
    strategy: str = "auto",
    weights: str = "auto",
    precision: str = "double",
    outputs: Sequence[str] | None = None,
    passthrough: Sequence[str] = (),
    name: str | None = None,
    schema: str | None = None,
) -> Program:
    """The SQL of a network that is read already, or built by hand of a graph.

    Arguments and errors are those of `convert`; a `Sequence` for features needs the `Stream` that
    was read for it, which `read` gives.
    """
    database = get(dialect)
    form, order, columns = None, None, [""]
    sequences.check_read_for(features, network)
    if isinstance(network, sequences.Stream):
        columns = list(network.columns)
        reading, form = sequences.chosen(network, database.recursion is not None)
        network, order = reading.network, reading.order
        features = columns * ((order.most or 1) if form.together else 1)
    classes = network.classes if labels is None else tuple(heads.checked_labels(labels))
    sizes.check_columns(network.graph, features, database.arrays is not None)
    told = (network.task, classes, network.probabilities, network.targets)
    graph = heads.head(network.graph, *told)
    if outputs is not None:
        graph = heads.select(graph, _names(outputs, "outputs"))
    named, arrays = placed(features, network, database)
    passed = _names(passthrough, "passthrough", empty=True)
    apart = _schema(schema, database)
    source = Source(_table(table), _names(key, "key"), named, passed, order, arrays)
    if order is not None and order.column in source.key:
        raise InputError(f"order_by={order.column!r} is in the key, which should name a sequence")
    _check_columns(source.shown, tuple(graph.outputs), database)
    sizes.check_result(len(source.shown), len(graph.outputs), database)
    by, looped = foreseen(graph, database, strategy, form)
    sizes.check_strategy(graph, database, by, sizes.SLACK, looped)
    graph = simplify(graph)
    chosen = plan(graph, database, strategy, weights, precision, form, arrays)
    called = one_line(name or network.name, 100)

    def lowered_by(chosen: Plan) -> Lowered:
        sizes.check_strategy(graph, database, chosen.strategy, loops=chosen.loops)
        header = _header(called, len(network.layers), graph, chosen, database)
        if len(named) > 1:
            header += (one_line(f"features: {dealt(named, arrays)}"),)
        return lower(graph, chosen, source, database, header, called, apart)

    chosen, lowered = carried_out(graph, database, chosen, strategy, lowered_by, arrays)
    query = render(lowered.query, database)
    sizes.check_text(query, database)
    return Program(
        name=called,
        query=query,
        columns=list(lowered.columns),
        dialect=database,
        source=source,
        features={k: list(v if order is None else columns) for k, v in named.items()},
        labels=classes,
        network=network,
        graph=graph,
        plan=chosen,
        lowered=lowered,
        schema=apart,
    )


def _header(
    called: str, layers: int, graph: Graph, chosen: Plan, dialect: Dialect
) -> tuple[str, ...]:
    """The comments above a query: which model, which database, which version made it."""
    return (
        f"{called}: {layers} layer{'s' * (layers != 1)}, "
        f"{graph.multiply_adds():,} multiply-adds per row",
        f"{dialect.title}, {chosen.strategy}, {chosen.precision} precision; "
        f"by keras2sql {__version__}",
    )


def _names(names: str | Sequence[str], what: str, empty: bool = False) -> tuple[str, ...]:
    """One name or several, checked."""
    found = listed(names, what)
    if not found and not empty:
        raise InputError(f"{what} names no column")
    if len(set(found)) < len(found):
        raise InputError(f"{what} names a column twice: {', '.join(found)}")
    return found


def _table(table: str) -> str:
    if not isinstance(table, str) or not table.strip() or "\0" in table:
        raise InputError(f"{table!r} is no table; give a name, schema.table or (select ...)")
    if not is_subquery(table):
        name_parts(table)
    return table


def _schema(schema: str | None, dialect: Dialect) -> str:
    """Where tables of weights are to be; empty for the schema in use."""
    if schema is None:
        return ""
    if not isinstance(schema, str) or not schema or len(name_parts(schema)) != 1:
        raise InputError(
            f"schema={schema!r}: give the name of one schema, in double quotes if it has points"
        )
    if dialect.tables is None:
        raise UnsupportedDialectError(
            f"schema={schema!r}: {dialect.title} takes weights in the statement alone, and nothing "
            "is made that could be put into a schema; leave it out"
        )
    (name,) = name_parts(schema)
    longest = dialect.limits.identifier_bytes
    if longest is not None and len(name.encode(errors="replace")) > longest:
        raise DialectLimitError(f"the schema {name!r} is longer than the {longest} bytes of a name")
    dialect.quote(name)
    return name


def _check_columns(passed: tuple[str, ...], predicted: tuple[str, ...], dialect: Dialect) -> None:
    """Key, passthrough and prediction columns must be told apart by the database."""
    seen: dict[str, str] = {}
    for name in (*passed, *predicted):
        folded = dialect.folded(name)
        if folded not in seen:
            seen[folded] = name
            continue
        other = seen[folded]
        if other != name and dialect.limits.identifier_bytes is not None:
            raise DialectLimitError(
                f"{dialect.title} keeps {dialect.limits.identifier_bytes} bytes of a name, "
                f"by which {other!r} and {name!r} are one column; shorten the label or the name"
            )
        raise InputError(
            f"the result would have the column {name!r} twice"
            + (f", case aside (beside {other!r})" if other != name else "")
            + "; rename the key, the passthrough column or the label"
        )
