"""The matrix of cases and databases, and the cells of it that are known not to work.

`NEVER` holds cells that can't work, `NOT_YET` those that some day will, each with its
reason.  The suite is strict: a cell that is named here and works fails the tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from keras2sql.dialects import get
from layers import CASES
from layers.case import Case


@dataclass(frozen=True)
class Database:
    """A column of the matrix.

    tests/conftest.py has its engine as the fixture ``<engine>_engine``.  If `whole`, every
    run takes all cases on it; else one case of each layer, and `sweep` the others.
    Of the rows strategy every run takes one case of each layer.
    """

    dialect: str
    engine: str
    title: str
    whole: bool = True


DATABASES = (
    Database("duckdb", "duckdb", "DuckDB"),
    Database("sqlite", "sqlite", "SQLite"),
    Database("postgresql", "postgres", "PostgreSQL"),
    Database("pgvector", "pgvector", "pgvector", whole=False),
    Database("mariadb", "mariadb", "MariaDB", whole=False),
    Database("clickhouse", "clickhouse", "ClickHouse", whole=False),
    Database("datafusion", "datafusion", "DataFusion", whole=False),
)
NEVER: dict[tuple[str, str], str] = {}
NOT_YET: dict[tuple[str, str], str] = {}

# Cases that SQLite can't take as rows: it plans a step anew wherever another reads it, and a
# recurrent layer's steps are read several times each, one behind the other.
UNROLLED = {
    (case.id, "sqlite")
    for case in CASES
    if case.id
    in (
        "GRU(units=2)-7x2",
        "GRU(units=2)-50x2",
        "GRU(units=2)-7x2-masked1",
        "LSTM(units=2)-7x2",
        "LSTM(units=2)-50x2",
        "LSTM(units=2)-7x2-masked1",
        "LSTM(units=2,return_sequences=True,return_state=True)-4x2-masked1",
        "LSTM(units=2,return_sequences=True,return_state=True,unroll=True)-4x2-masked1",
        "LSTM(units=2,return_sequences=True,return_state=True,go_backwards=True)-4x2-masked1",
        "LSTM(units=2,return_sequences=True,return_state=True,zero_output_for_mask=True)-4x2-masked1",
        "LSTM(units=2,zero_output_for_mask=True)-4x2-masked1",
        "LSTM(units=2,return_sequences=True,zero_output_for_mask=True,unroll=True)-4x2-masked1",
        "RNN(cell=[LSTMCell(units=3),GRUCell(units=2),SimpleRNNCell(units=2)],return_state=True)-3x2",
        "RNN(cell=[GRUCell(units=2,reset_after=False),LSTMCell(units=2)],return_sequences=True,return_state=True,unroll=True)-3x2",
        "RNN(cell=StackedRNNCells(cells=[Inner(layer='GRUCell',config={'units':2,'reset_after':False}),Inner(layer='LSTMCell',config={'units':2})]),go_backwards=True)-3x2",
        "RNN(cell=[GRUCell(units=2,reset_after=False),LSTMCell(units=2)],return_sequences=True,return_state=True)-4x2-masked1",
        "RNN(cell=[LSTMCell(units=3),GRUCell(units=2),SimpleRNNCell(units=2)],return_sequences=True,zero_output_for_mask=True)-4x2-masked1",
        "RNN(cell=[GRUCell(units=2,reset_after=False),LSTMCell(units=2)],unroll=True)-4x2-masked1",
        "RNN(cell=[GRUCell(units=2,reset_after=False),LSTMCell(units=2)],return_sequences=True,return_state=True,states=((1,),(2,3)))-3x2+2+2+2",
        "RNN(cell=[GRUCell(units=2,reset_after=False),LSTMCell(units=2)],return_sequences=True,return_state=True,states=((1,),(2,3)))-3x2+2+2+2-masked1",
        "Bidirectional(layer=RNN(cell=[Inner(layer='GRUCell',config={'units':2,'reset_after':False}),Inner(layer='LSTMCell',config={'units':2})],return_sequences=True,return_state=True))-3x2",
        "ConvLSTM1D(filters=2,kernel_size=2)-7x3x1",
        "Bidirectional(layer=LSTM(units=2),merge_mode=concat)-50x2",
        "Bidirectional(layer=GRU(units=2,return_sequences=True),merge_mode=mul)-50x2-masked1",
        "RNN(cell=[GRUCell(units=2,reset_after=False),LSTMCell(units=2)],go_backwards=True,return_state=True)-50x2",
        "LSTM(units=2,return_sequences=True,return_state=True,go_backwards=True)-50x2-masked1",
        "ConvLSTM1D(filters=1,kernel_size=2)-50x3x1",
        "ConvLSTM2D(filters=1,kernel_size=2,return_sequences=True,return_state=True)-7x2x2x1",
        "ConvLSTM3D(filters=1,kernel_size=[1,2,1])-7x1x2x2x1",
    )
}

_FIRST = {case.layer: case for case in reversed(CASES)}


def row_cells(cases: Iterable[Case]) -> list[object]:
    """The same for the rows strategy."""
    return cells(cases, [d for d in DATABASES if "rows" in get(d.dialect).strategies], rows=True)


def cells(
    cases: Iterable[Case], databases: Iterable[Database] = DATABASES, rows: bool = False
) -> list[object]:
    """Parameters (case, database) for tests, marked as the matrix says."""
    found = []
    for database in databases:
        for case in cases:
            chosen = (database.whole and not rows) or case is _FIRST.get(case.layer)
            marks = [] if chosen else [pytest.mark.sweep]
            if known := reason(case, database.dialect):
                marks.append(pytest.mark.xfail(reason=known, strict=True))
            name = f"{database.dialect}-{case.id}"
            found.append(pytest.param(case, database, id=name, marks=marks))
    return found


def reason(case: Case, dialect: str) -> str | None:
    """Why this cell does not work; None where it has to."""
    cell = (case.layer, dialect)
    return NEVER.get(cell) or NOT_YET.get(cell)
