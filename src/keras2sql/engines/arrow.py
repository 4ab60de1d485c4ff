"""Engines in this process whose results are Arrow tables: ClickHouse and DataFusion."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from keras2sql.dialects.settings import Settings
from keras2sql.engines import types as kinds
from keras2sql.engines.base import Described, Engine, Rows
from keras2sql.errors import UnsupportedDialectError
from keras2sql.sql.stored import ARRAYS, StoredTable

if TYPE_CHECKING:
    import pandas as pd

_PLAIN = {"INT64", "INT32", "UINT64", "UINT16", "UINT8", "DOUBLE", "FLOAT", "STRING", "BOOL"}
_PLAIN |= {"DATE32[DAY]"}
"""Arrow's types that say what ClickHouse holds; others may be the code of something."""
_NUMBERS = re.compile(
    r"(LowCardinality\(|Nullable\()*(U?Int(8|16|32|64)\b|Float|Decimal|Array|String|Bool|Date\b|Date32).*"
)


_LISTING, _DEFAULT = "datafusion.catalog.information_schema", "datafusion.catalog.default_schema"
_SCHEMA = f"SELECT value FROM information_schema.df_settings WHERE name = '{_DEFAULT}'"


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

    def _types(self, source: str, columns: str) -> list[kinds.ColumnType]:
        schema = self._table(f"SELECT {columns} FROM {source} WHERE 1 = 0").schema
        return [kinds.arrow(field.name, field.type) for field in schema]

    def in_transaction(self) -> bool:
        return False

    @contextmanager
    def having(self, session: Sequence[Settings]) -> Iterator[None]:
        with self._named("settings of the session"), self._set(session):
            yield

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


def arrow_table(table: StoredTable) -> Any:
    """The rows as a table of Arrow."""
    import pyarrow as pa

    columns = {}
    for column in table.columns:
        values = column.values
        items = values.tolist() if column.kind in ARRAYS else values
        columns[column.name] = pa.array(items)
    return pa.table(columns)


class DataFusion(Arrow):
    """A DataFusion session."""

    dialect_name = "datafusion"

    @contextmanager
    def scratch(self, table: StoredTable) -> Iterator[None]:
        self.connection.from_arrow(arrow_table(table), name=table.name)
        try:
            yield
        finally:
            self.connection.deregister_table(table.name)

    def _table(self, sql: str) -> Any:
        return self.connection.sql(sql).to_arrow_table()

    def comments(self, what: str) -> list[tuple[str, str, str, str]]:
        views = "SELECT table_name, definition FROM information_schema.views\n"
        here = f"WHERE table_schema = ({_SCHEMA}) AND definition IS NOT NULL"
        with self._named(what), self._listing():
            found = self._run(views + here)[0]
        return [("view", "", str(name), str(text)) for name, text in found]

    def schema_in_use(self) -> str:
        with self._named("reading the schema"), self._listing():
            return str(self._run(_SCHEMA)[0][0][0])

    @contextmanager
    def _listing(self) -> Iterator[None]:
        """Within it there is the information_schema, which a session may have turned off."""
        try:
            self._run("SELECT 1 FROM information_schema.df_settings LIMIT 1")
        except Exception:
            self._run(f"SET {_LISTING} = true")
            try:
                yield
            finally:
                self._run(f"SET {_LISTING} = false")
        else:
            yield

    def _change(self, sql: str) -> int:
        rows, described = self._run(sql)
        return int(rows[0][0]) if [name for name, _ in described] == ["count"] else 0


class ClickHouse(Arrow):
    """A connection, a session or a DB-API connection of chDB, the ClickHouse in this process."""

    dialect_name = "clickhouse"

    def __init__(self, connection: Any) -> None:
        inner = getattr(connection, "_conn", None)  # a session's own
        super().__init__(inner if hasattr(inner, "_conn") else connection)

    @contextmanager
    def scratch(self, table: StoredTable) -> Iterator[None]:
        loaded = arrow_table(table)  # which the query finds among the variables here
        types = {"int": "Int64", "float": "Float64", "floats": "Array(Float64)", "str": "String"}
        columns = ", ".join(f"`{column.name}` {types[column.kind]}" for column in table.columns)
        self._table(f"CREATE TEMPORARY TABLE `{table.name}` ({columns}) ENGINE = Memory")
        try:
            self.connection.query(
                f"INSERT INTO `{table.name}` SELECT * FROM Python(loaded)", "ArrowTable"
            )
            yield
        finally:
            del loaded
            self._table(f"DROP TEMPORARY TABLE IF EXISTS `{table.name}`")

    def apply(self, statements: Sequence[str]) -> None:
        for statement in statements:
            self._table(statement)

    def _table(self, sql: str) -> Any:
        import pyarrow as pa

        found = self.connection.query(sql, "ArrowTable")
        return found if isinstance(found, pa.Table) else pa.table({})  # of a DDL statement

    def _change(self, sql: str) -> int:
        raise UnsupportedDialectError("ClickHouse does not tell how many rows a statement changed")

    def _run(self, sql: str) -> tuple[Rows, Described]:
        rows, described = super()._run(sql)
        return self._exactly(sql) if self._doubtful(sql, described) else (rows, described)

    def _frame(self, sql: str) -> tuple[pd.DataFrame, Described]:
        import pandas as pd

        frame, described = super()._frame(sql)
        if not self._doubtful(sql, described):
            return frame, described
        rows, described = self._exactly(sql)
        return pd.DataFrame(rows, columns=range(len(described))), described

    def _types(self, source: str, columns: str) -> list[kinds.ColumnType]:
        found = self._table(f"DESCRIBE TABLE (\nSELECT {columns} FROM {source}\n)")
        names, types = found["name"].to_pylist(), found["type"].to_pylist()
        return [kinds.clickhouse(name, type_) for name, type_ in zip(names, types, strict=True)]

    def _doubtful(self, sql: str, described: Described) -> bool:
        """Whether a column is no number, but the number or the bytes behind a value."""
        if all(kind in _PLAIN for _, kind in described):
            return False
        types = self._table(f"DESCRIBE TABLE (\n{sql}\n)")["type"].to_pylist()
        return not all(_NUMBERS.fullmatch(type_) for type_ in types)

    def _exactly(self, sql: str) -> tuple[Rows, Described]:
        """The result by the driver's cursor, which knows all types and takes 60 times longer."""
        cursor = self.connection.cursor()
        cursor.execute(sql)
        described = zip(cursor.column_names(), cursor.column_types(), strict=True)
        return [tuple(row) for row in cursor.fetchall()], list(described)
