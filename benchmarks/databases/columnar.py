"""The engines that compute column by column; Arrow goes in and out."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks import THREADS
from benchmarks.databases.base import Columns


class DuckDB:
    name = "duckdb"
    planning = "PREPARE planned AS {}"  # EXPLAIN takes long to draw the plan of a large query
    operand = "x::FLOAT[]"
    rate_rows = 240_000

    def __init__(self, threads: int = THREADS) -> None:
        import duckdb

        self.connection = duckdb.connect(":memory:", config={"threads": str(threads)})
        self.version = f"DuckDB {duckdb.__version__}"

    def execute(self, sql: str, session: Sequence[str] = ()) -> None:
        self.connection.execute(sql).fetchall()

    def process(self) -> int | str:
        return "self"

    def load(self, table: str, columns: Columns) -> None:
        self.connection.register("loaded", _table(columns))
        self.connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM loaded")
        self.connection.unregister("loaded")

    def fetch(self, query: str, columns: Sequence[str]) -> Columns:
        result = self.connection.execute(query)
        if not any("[" in str(kind) for _, kind, *_ in result.description):
            return dict(zip(columns, result.fetchnumpy().values(), strict=True))
        return _arrays(result.to_arrow_table(), columns)


class ClickHouse:
    """chDB: the ClickHouse in this process, its tables in memory."""

    name = "clickhouse"
    # EXPLAIN writes 412 MB about a query of 284 kB.
    planning = "SELECT * FROM (\n{}\n) LIMIT 0"
    operand = "CAST(x AS Array(Float32))"
    rate_rows = 240_000

    def __init__(self, threads: int = THREADS) -> None:
        import chdb

        self.connection = chdb.connect(":memory:")
        self.execute(f"SET default_table_engine = 'Memory', max_threads = {threads}")
        version = self.fetch("SELECT toFloat64(extract(version(), '\\d+\\.\\d+')) AS v", ["v"])
        self.version = f"ClickHouse {version['v'][0]:g}"

    def execute(self, sql: str, session: Sequence[str] = ()) -> None:
        for statement in (*session, sql):
            self.connection.query(statement)

    def process(self) -> int | str:
        return "self"

    def load(self, table: str, columns: Columns) -> None:
        self.execute(f"DROP TABLE IF EXISTS {table}")
        # Else the columns would be Nullable, which few tables of ClickHouse are.
        types = {"i": "Int64", "f": "Float64"}
        kinds = {name: types[v.dtype.kind] for name, v in columns.items()}
        declared = ", ".join(
            f"{name} {f'Array({kinds[name]})' if v.ndim > 1 else kinds[name]}"
            for name, v in columns.items()
        )
        self.execute(f"CREATE TABLE {table} ({declared})")
        loaded = _table(columns)  # Python() finds it by its name
        assert loaded is not None
        self.connection.query(f"INSERT INTO {table} SELECT * FROM Python(loaded)")

    def fetch(self, query: str, columns: Sequence[str]) -> Columns:
        return _arrays(self.connection.query(query, "ArrowTable"), columns)


class DataFusion:
    name = "datafusion"
    planning = "EXPLAIN {}"
    operand = ""
    rate_rows = 240_000
    _BATCH = 8_192  # rows; DataFusion's own

    def __init__(self, threads: int = THREADS) -> None:
        import datafusion

        self._threads = threads
        config = datafusion.SessionConfig().with_target_partitions(threads)
        self.connection = datafusion.SessionContext(config)
        self.version = f"DataFusion {datafusion.__version__}"

    def execute(self, sql: str, session: Sequence[str] = ()) -> None:
        self.connection.sql(sql).collect()

    def process(self) -> int | str:
        return "self"

    def load(self, table: str, columns: Columns) -> None:
        self.execute(f"DROP TABLE IF EXISTS {table}")
        batches = _table(columns).to_batches(max_chunksize=self._BATCH)
        parts = [batches[i :: self._threads] for i in range(min(self._threads, len(batches)))]
        self.connection.register_record_batches(table, parts)

    def fetch(self, query: str, columns: Sequence[str]) -> Columns:
        return _arrays(self.connection.sql(query).to_arrow_table(), columns)


class Spark:
    """Tables are files of Parquet, in a folder of their own."""

    name = "spark"
    planning = "EXPLAIN {}"
    operand = ""
    rate_rows = 240_000

    def __init__(self, threads: int = THREADS) -> None:
        from pyspark.sql import SparkSession

        folder = tempfile.mkdtemp(prefix="benchmark-spark-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        builder = SparkSession.builder.master(f"local[{threads}]").appName("benchmark")
        for name, value in (
            ("spark.ui.enabled", "false"),
            ("spark.ui.showConsoleProgress", "false"),
            ("spark.driver.host", "127.0.0.1"),
            ("spark.driver.bindAddress", "127.0.0.1"),
            ("spark.driver.memory", "4g"),
            ("spark.sql.shuffle.partitions", str(threads)),
            ("spark.sql.catalogImplementation", "in-memory"),
            ("spark.sql.warehouse.dir", folder),
            ("spark.local.dir", folder),
        ):
            builder = builder.config(name, value)
        self.connection = builder.getOrCreate()
        self.connection.sparkContext.setLogLevel("OFF")
        self.version = f"Spark {self.connection.version}"

    def execute(self, sql: str, session: Sequence[str] = ()) -> None:
        for statement in (*session, sql):
            self.connection.sql(statement).collect()

    def process(self) -> int | str:
        jvm = self.connection.sparkContext._jvm
        return int(jvm.java.lang.ProcessHandle.current().pid())

    def load(self, table: str, columns: Columns) -> None:
        self.execute(f"DROP TABLE IF EXISTS {table}")
        self.connection.createDataFrame(_table(columns)).write.saveAsTable(table)

    def fetch(self, query: str, columns: Sequence[str]) -> Columns:
        return _arrays(self.connection.sql(query).toArrow(), columns)


def _table(columns: Columns) -> Any:
    """The columns as a table of Arrow; a matrix is a column of arrays."""
    import pyarrow as pa

    made = {}
    for name, values in columns.items():
        if values.ndim == 1:
            made[name] = pa.array(values)
            continue
        ends = np.arange(0, values.size + 1, values.shape[1], dtype=np.int32)
        made[name] = pa.ListArray.from_arrays(ends, np.ascontiguousarray(values).reshape(-1))
    return pa.table(made)


def _arrays(table: Any, columns: Sequence[str]) -> Columns:
    return {name: _array(column) for name, column in zip(columns, table.columns, strict=True)}


def _array(column: Any) -> npt.NDArray[Any]:
    """The numbers of a column of Arrow; of arrays (rows, elements)."""
    import pyarrow as pa

    if not pa.types.is_list(column.type) and not pa.types.is_large_list(column.type):
        return np.asarray(column.to_numpy())
    flat = np.concatenate([chunk.flatten().to_numpy() for chunk in column.chunks])
    return np.asarray(flat.reshape(len(column), -1))
