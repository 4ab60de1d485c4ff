"""Engines in this process whose results are Arrow tables: DataFusion."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from keras2sql.engines.base import Described, Engine, Rows

if TYPE_CHECKING:
    import pandas as pd


class Arrow(Engine):
    """A connection that gives tables of Arrow.  None of these engines has transactions."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    @abstractmethod
    def _table(self, sql: str) -> Any:
        """The result of a statement, as a `pyarrow.Table`."""

    def _run(self, sql: str) -> tuple[Rows, Described]:
        table = self._table(sql)
        columns = [column.to_pylist() for column in table.columns]
        return list(zip(*columns, strict=True)), _described(table)

    def _frame(self, sql: str) -> tuple[pd.DataFrame, Described]:
        import pandas as pd

        table = self._table(sql)
        columns = {i: _values(column) for i, column in enumerate(table.columns)}
        return pd.DataFrame(columns, index=range(table.num_rows)), _described(table)

    @contextmanager
    def _transaction(self, keep: bool, begin: str = "BEGIN") -> Iterator[None]:
        yield


def _described(table: Any) -> Described:
    return [(field.name, str(field.type).upper()) for field in table.schema]


def _values(column: Any) -> Any:
    """A column as pandas takes it."""
    import pyarrow.types as types

    number = types.is_integer(column.type) or types.is_boolean(column.type)
    if types.is_floating(column.type) or (number and not column.null_count):
        return column.to_numpy()
    return column.to_pylist()


class DataFusion(Arrow):
    """A DataFusion session."""

    dialect_name = "datafusion"

    def _table(self, sql: str) -> Any:
        return self.connection.sql(sql).to_arrow_table()

    def _change(self, sql: str) -> int:
        rows, described = self._run(sql)
        return int(rows[0][0]) if [name for name, _ in described] == ["count"] else 0
