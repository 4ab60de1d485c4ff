"""What is too large for a statement, told from the graph before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras2sql.dialects.base import Dialect
from keras2sql.errors import DialectLimitError, amount
from keras2sql.graph import ops
from keras2sql.graph.core import Graph, Tensor
from keras2sql.graph.scan import Scan
from keras2sql.graph.trees import Trees

MOST_COLUMNS = 200_000
"""Columns of features: an image of 256 x 256 in three colours is as many."""

MOST_OUTPUTS = 20_000
"""Columns of a result."""

SLACK = 8
"""So many times as much may a graph compute before it is simplified."""


def check_columns(graph: Graph, features: Any, arrays: bool) -> None:
    """Raise `DialectLimitError` for more columns than any table or result has.

    `features` are as `convert` takes them; `arrays`: whether a column may hold all of an input.
    """
    given = features if isinstance(features, Mapping) else dict.fromkeys(_names(graph), features)
    apart = [t for t in graph.inputs if not isinstance(given.get(t.layer), str)]
    _check_counts(sum(t.size for t in apart), sum(t.size for t in graph.outputs.values()), arrays)


def _names(graph: Graph) -> list[str]:
    return [t.layer for t in graph.inputs]


def _check_counts(features: int, outputs: int, arrays: bool) -> None:
    if outputs > MOST_OUTPUTS:
        raise DialectLimitError(
            f"the model has {amount(outputs)} outputs, each a column of the result, which has "
            f"{MOST_OUTPUTS:,} at most; convert a model that ends in fewer, such as "
            "keras.Model(model.inputs, layer.output) of a layer before or behind"
        )
    if features > MOST_COLUMNS:
        other = (
            "pass the name of one column that holds them as an array"
            if arrays
            else ("choose a database with arrays")
        )
        raise DialectLimitError(
            f"the model takes {amount(features)} numbers per row, and no table has more than "
            f"{MOST_COLUMNS:,} columns; {other}"
        )


def check_result(shown: int, predicted: int, dialect: Dialect) -> None:
    """Raise `DialectLimitError` where a result of so many columns of the source and of predictions
    is wider than the database takes."""
    limit = dialect.limits.select_columns
    if limit is None:
        return
    most = limit - shown - 1  # the steps before it also tell whether a row is valid
    if predicted > most:
        raise DialectLimitError(
            f"the model has {predicted:,} outputs, and {dialect.title} takes {limit:,} columns in "
            f"a select list: outputs= (--outputs) names those that are wanted, up to {most:,} here"
        )


def check_strategy(
    graph: Graph, dialect: Dialect, strategy: str, slack: int = 1, loops: bool = False
) -> None:
    """Raise `DialectLimitError` where a statement by this strategy would be too long to write.

    With `loops` a recurrence is not unrolled.
    """
    limits = dialect.limits
    if strategy == "rows":
        moved = sum(t.size for t in graph.tensors() if isinstance(t.op, ops.Take))
        weights = sum(t.size for t in graph.tensors() if t.constant is not None)
        most = limits.places + 4 * weights
        if moved > most * min(slack, 2):
            raise DialectLimitError(
                f"the windows of this network choose {amount(moved)} elements per row, "
                f"{_times(moved, most)} the {most:,} that its rows can be written for; reduce the "
                "size of its input, or the layers that keep it"
            )
        return
    spelled = operations(graph, loops)
    if spelled > limits.spelled * slack:
        if "rows" in dialect.strategies:
            way = "strategy='rows' (or 'auto') writes none out"
        else:
            way = "DuckDB, PostgreSQL, SQLite and MariaDB have rows, which write none out"
        raise DialectLimitError(
            f"strategy '{strategy}' writes out each of the {amount(spelled)} operations per row, "
            f"{_times(spelled, limits.spelled)} the {limits.spelled:,} that a statement for "
            f"{dialect.title} may have; {way}, and smaller inputs or fewer filters have fewer"
        )


def check_text(query: str, dialect: Dialect) -> None:
    """Raise `DialectLimitError` where a statement is longer than the database takes."""
    most = dialect.limits.statement_bytes
    if most is not None and (length := len(query.encode())) > most:
        raise DialectLimitError(
            f"the statement has {length:,} bytes, {dialect.title} takes {most:,}; a smaller "
            "network, or DuckDB, PostgreSQL, SQLite or MariaDB with strategy='rows' and "
            "weights='tables', have fewer"
        )


def operations(graph: Graph, loops: bool = False) -> int:
    """How many a statement by columns writes out; of a recurrence, for each step, or for one if
    it is a loop."""
    return sum(_spelled(t, loops) for t in graph.tensors())


def _spelled(t: Tensor, loops: bool) -> int:
    """The operations that a statement writes out for a tensor."""
    shapes = [i.shape for i in t.inputs]
    if isinstance(t.op, Scan):
        return operations(t.op.body) * (1 if loops else t.inputs[0].shape[0])
    if t.constant is not None or isinstance(t.op, ops.Take | ops.Join | ops.Input):
        return 0
    if isinstance(t.op, ops.Reduce):
        return t.inputs[0].size
    if isinstance(t.op, Trees):
        return t.op.forest.nodes * t.size
    return max(t.size, t.op.work(*shapes))


def _times(count: int, most: int) -> str:
    return f"{count / most:.2g} times" if count < 100 * most else f"{amount(count // most)} times"
