"""Google's SQL analyser and reference evaluator, as an engine over tables in memory."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd
from zetasql.api import CatalogBuilder, PreparedQuery, TableBuilder, create_table_content
from zetasql.types import (
    AnalyzerOptions,
    LanguageOptions,
    TypeKind,
    ZetaSQLBuiltinFunctionOptions,
)

from keras2sql.engines.base import Described, Engine, Rows
from keras2sql.engines.types import BOOLEAN, NUMBER, OTHER, TEXT, ColumnType

_TYPES = {"INTEGER": "INT64", "BIGINT": "INT64", "DOUBLE PRECISION": "DOUBLE", "TEXT": "STRING"}
_TYPES |= {"BOOLEAN": "BOOL", "DATE": "DATE"}
_KINDS = {"INT64": NUMBER, "DOUBLE": NUMBER, "FLOAT": NUMBER, "NUMERIC": NUMBER}
_KINDS |= {"BIGNUMERIC": NUMBER, "BOOL": BOOLEAN, "STRING": TEXT}
_FIELDS = ("int64_value", "double_value", "string_value", "bool_value", "date_value")
_EPOCH = datetime.date(1970, 1, 1)


class GoogleSQL(Engine):
    """Every statement is a query, and tables are made by `load_frame` and `create_table`."""

    dialect_name = "googlesql"

    def __init__(self) -> None:
        self.language = LanguageOptions.maximum_features()
        self.functions = ZetaSQLBuiltinFunctionOptions(language_options=self.language)
        self.connection = self
        self.tables: dict[str, Any] = {}
        self.contents: dict[str, Any] = {}

    def _prepared(self, sql: str) -> Any:
        catalog = CatalogBuilder("db")
        for table in self.tables.values():
            catalog = catalog.add_table(table)
        catalog = catalog.with_builtin_functions(self.functions)
        options = AnalyzerOptions(language_options=self.language)
        query = PreparedQuery.builder().set_sql(sql).set_analyzer_options(options)
        return query.set_catalog(catalog.build()).set_table_content(self.contents).prepare()

    def _run(self, sql: str) -> tuple[Rows, Described]:
        with self._prepared(sql) as query:
            kinds = [c.type.type_kind.name.removeprefix("TYPE_") for c in query.columns]
            described = [(c.name, k) for c, k in zip(query.columns, kinds, strict=True)]
            found = query.execute().content.table_data
        rows = () if found is None or found.row is None else found.row
        return [tuple(map(_value, row.cell, kinds)) for row in rows], described

    def _change(self, sql: str) -> int:
        raise NotImplementedError

    @contextmanager
    def _transaction(self, keep: bool, begin: str = "BEGIN") -> Iterator[None]:
        yield

    def _types(self, source: str, columns: str) -> list[ColumnType]:
        with self._prepared(f"SELECT {columns} FROM {source} WHERE 1 = 0") as query:
            kinds = [(c.name, c.type.type_kind.name.removeprefix("TYPE_")) for c in query.columns]
        return [ColumnType(name, kind, _KINDS.get(kind, OTHER)) for name, kind in kinds]

    def create_table(self, name: str, types: Mapping[str, str], rows: Sequence[str]) -> None:
        """A table of these types, its rows as SQL."""
        kinds = [_TYPES.get(kind, kind) for kind in types.values()]
        values = [list(self._run(f"SELECT {row}")[0][0]) for row in rows]
        self._make(name, list(types), kinds, values)

    def load_frame(self, name: str, frame: pd.DataFrame) -> None:
        """A table of a frame; NaN and None become NULL."""
        from databases import _plain, _sql_type

        kinds = [_TYPES[_sql_type(frame.iloc[:, i])] for i in range(frame.shape[1])]
        plain = frame.astype(object).where(frame.notna(), None)
        rows = [list(map(_plain, row)) for row in plain.itertuples(index=False, name=None)]
        self._make(name, [str(column) for column in frame.columns], kinds, rows)

    def _make(self, name: str, columns: list[str], kinds: list[str], rows: list[Any]) -> None:
        table = TableBuilder(name)
        for column, kind in zip(columns, kinds, strict=True):
            table = table.add_column(column, getattr(TypeKind, f"TYPE_{kind}"))
        rows = [
            [_typed(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in rows
        ]
        self.tables[name], self.contents[name] = table.build(), create_table_content(rows)


def _typed(value: Any, kind: str) -> Any:
    return float(value) if kind == "DOUBLE" and value is not None else value


def _value(cell: Any, kind: str) -> Any:
    found = next((v for f in _FIELDS if (v := getattr(cell, f)) is not None), None)
    if found is not None and kind == "DATE":
        return _EPOCH + datetime.timedelta(days=found)
    return found
