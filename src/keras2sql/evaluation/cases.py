"""One network on one database: the rows, the statement, the times, and why it does not work."""

from __future__ import annotations

import re
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from keras2sql import api
from keras2sql.dialects import Dialect
from keras2sql.engines import Engine
from keras2sql.engines.deadline import within
from keras2sql.errors import DialectLimitError, Keras2SQLError, UnsupportedDialectError, one_line
from keras2sql.estimates import estimates, spelled
from keras2sql.evaluation.networks import FAMILIES
from keras2sql.graph.work import Work
from keras2sql.program import Program
from keras2sql.read.network import Network
from keras2sql.sql.render import setting_before
from keras2sql.sql.stored import StoredColumn, StoredTable

TOLERANCE = {"double": 1e-6, "single": 1e-3}
"""Differences from numpy's numbers, absolute and relative, beyond which a prediction is wrong."""

ARRAY = 500
"""Features from which on they are an array in one column, where the database has arrays."""

NUMBERS = 4_000_000
"""Values of a table, up to which it is made; one with wider rows has fewer."""

KEY = "id"


@dataclass(frozen=True)
class Case:
    """What is measured: a family and a size, how it is computed, and for how many rows."""

    family: str
    strategy: str
    size: int
    rows: int

    @property
    def network(self) -> Network:
        return FAMILIES[self.family].network(self.size)


@dataclass
class Measured:
    """What came out; None where it was not measured, or the engine does not tell.

    `status` is "works", "fails", "wrong" or "unsupported"; `limit` what kind of limit was met, and
    `why` the message.  Times are in seconds: `convert` makes the statement of the network, `load`
    puts the weights into tables beside, `plan` runs the statement over no rows, `run` over all, and
    `key` reads one by its key.  `expected` is the time that the planner's figures tell for `run`.
    `error` is the largest difference from numpy's numbers, over 1 + their size.
    """

    status: str
    limit: str = ""
    why: str = ""
    input: str = "columns"
    rows: int = 0
    weights: str = ""
    parameters: int = 0
    multiply_adds: int = 0
    statement_bytes: int | None = None
    steps: int | None = None
    convert: float | None = None
    load: float | None = None
    plan: float | None = None
    run: float | None = None
    key: float | None = None
    expected: float | None = None
    rows_per_second: float | None = None
    multiply_adds_per_second: float | None = None
    error: float | None = None

    def record(self) -> dict[str, Any]:
        return asdict(self)


def measure(case: Case, engine: Engine, dialect: Dialect, seconds: float) -> Measured:
    """Try it for so many seconds; raises nothing that a database or a limit is the cause of."""
    network = case.network
    graph = network.graph
    wide = graph.inputs[0].size
    found = Measured("fails", rows=max(1, min(case.rows, NUMBERS // wide)))
    work = Work.of(graph)
    found.parameters, found.multiply_adds = work.weights, work.multiply_adds
    began = time.perf_counter()
    try:
        _try(case, network, engine, dialect, found, began + seconds)
    except (Keras2SQLError, MemoryError, RecursionError) as error:
        late = time.perf_counter() - began >= seconds
        found.status, found.limit = failure(error, late)
        found.why = one_line(str(error) or type(error).__name__, 400)
        if found.limit == "time":
            found.why = f"cancelled after {spelled(seconds)}"
    return found


def _try(
    case: Case,
    network: Network,
    engine: Engine,
    dialect: Dialect,
    found: Measured,
    end: float,
) -> None:
    """Until `end`, a moment of `time.perf_counter`."""
    graph, began = network.graph, time.perf_counter()
    source, names = _source(case, graph.inputs[0].shape, found, dialect)
    program = api.program(
        network, dialect, source.name, KEY, names, strategy=case.strategy, name=network.name
    )
    found.convert = time.perf_counter() - began
    found.weights = program.plan.weights
    found.statement_bytes, found.steps = len(program.query.encode()), len(program.lowered.steps)
    told = estimates(Work.of(program.graph), dialect, (case.strategy,))
    found.expected = told[0].of(found.rows).seconds if told else None
    with engine.scratch(source):
        checked = program.checked(engine, keys=False)
        whole = checked.for_all_rows()
        began = time.perf_counter()
        # What is cancelled is a query, never what puts things in order behind it.
        with engine.holding(whole.tables, dialect):
            found.load = time.perf_counter() - began
            with within(engine, max(0.1, end - time.perf_counter())):
                frame = _run(checked, whole, engine, found)
    found.error = _error(program, source, frame)
    found.status = "works"
    if not found.error <= TOLERANCE[program.plan.precision]:
        found.status, found.limit = "wrong", "accuracy"
        found.why = f"differs from numpy's numbers by {found.error:.2g}"


def _run(program: Program, whole: Program, engine: Engine, found: Measured) -> Any:
    """Take the times; the predictions of all rows."""
    session, columns, quote = program.dialect.session, program.columns, program.dialect.quote
    nothing = whole.over(f"(SELECT * FROM {quote(program.source.table)} WHERE 1 = 0)")
    found.plan, _ = _timed(engine, nothing, columns, session)
    found.run, frame = _timed(engine, whole.query, columns, whole.session)
    if not setting_before(program.lowered.query, program.dialect):
        one = f"{quote(KEY)} = {found.rows // 2}"
        sql = f"SELECT * FROM (\n{program.query}\n) AS scores WHERE {one}"
        found.key, _ = _timed(engine, sql, columns, session)
    found.rows_per_second = found.rows / found.run
    found.multiply_adds_per_second = found.multiply_adds * found.rows / found.run
    return frame


def _timed(engine: Engine, sql: str, columns: list[str], session: Any) -> tuple[float, Any]:
    began = time.perf_counter()
    frame = engine.query(sql, columns, session=session)
    return time.perf_counter() - began, frame


def _source(
    case: Case, shape: tuple[int, ...], found: Measured, dialect: Dialect
) -> tuple[StoredTable, list[str] | str]:
    """A table of random numbers under a name that nobody else has, and its features."""
    width = int(np.prod(shape))
    values = np.random.default_rng(case.size).normal(size=(found.rows, width))
    ids = StoredColumn(KEY, "int", np.arange(found.rows))
    name = f"keras2sql_evaluation_{case.family}_{case.size}_{found.rows}"
    kept = dialect.tables is None or bool(dialect.tables.array_type)
    if width > ARRAY and dialect.arrays is not None and kept:
        found.input = "array"
        return StoredTable(name, (ids, StoredColumn("x", "floats", values))), "x"
    columns = [StoredColumn(f"x_{i}", "float", values[:, i]) for i in range(width)]
    return StoredTable(name, (ids, *columns)), [column.name for column in columns]


def _error(program: Program, source: StoredTable, frame: Any) -> float:
    """The largest difference; infinite where a prediction is missing."""
    given = source.columns[1:]
    values = (
        given[0].values if given[0].kind == "floats" else np.stack([c.values for c in given], 1)
    )
    entry = program.network.graph.inputs[0]
    rows = frame.sort_values(KEY, ignore_index=True)
    if len(rows) != source.rows or (rows[KEY].to_numpy() != source.columns[0].values).any():
        return float("inf")
    wanted = program.graph.evaluate({entry.layer: values.reshape(-1, *entry.shape)})
    largest = 0.0
    for name, numbers in wanted.items():
        returned = rows[name].to_numpy(dtype=float)
        off = np.abs(returned - numbers) / (1 + np.abs(numbers))
        largest = max(largest, float("inf") if np.isnan(off).any() else float(off.max()))
    return largest


_KINDS = (
    ("time", r"interrupt|timeout|timed out|time limit|max_statement_time|cancell?ed|cancell?ing"),
    ("memory", r"memory|alloc|buffer is full|too large to"),
    ("columns", r"too many columns|column(s)? (limit|count)|columns in a|at most \d+ columns|"
     r"can have at most|row size|target lists|too many target|result set"),
    ("depth", r"depth|nest|needs \d+ steps|recurs|stack|levels|too complex|contexts|too deep|"
     r"high \(level"),
    ("text", r"bytes|too long|packet|string or blob|operations per row|statement size|"
     r"query size|sql command|size of the query|variables|implementation limit|writes? out"),
)  # fmt: skip


def failure(error: BaseException, late: bool) -> tuple[str, str]:
    """The status, and the kind of limit that an error tells of: "columns", "depth", "text",
    "memory", "time", or "other"."""
    if isinstance(error, UnsupportedDialectError):
        return "unsupported", "unsupported"
    if isinstance(error, MemoryError):
        return "fails", "memory"
    if isinstance(error, RecursionError):
        return "fails", "depth"
    said = str(error).lower()
    for kind, pattern in _KINDS:
        if kind == "time" and isinstance(error, DialectLimitError):
            continue
        if re.search(pattern, said):
            return "fails", kind
    return "fails", "time" if late else "other"
