"""What is computed: a network, a table for it, and how many rows each database gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import keras2sql
from benchmarks.databases import Columns
from benchmarks.networks import Array, Convolutional, Dense, Forest, Lstm, Network, Words
from keras2sql.sequences import Sequence


@dataclass(frozen=True)
class Variant:
    """How the SQL is asked for."""

    strategy: str = "auto"
    precision: str = "double"

    def __str__(self) -> str:
        return f"SQL, {self.strategy}, {self.precision}"


# Single precision computes in 32 bit, as ONNX Runtime does; SQLite and PostgreSQL don't have it.
ONE = (Variant(),)
SINGLE = (Variant(precision="single"),)
BOTH = (*SINGLE, *ONE)
COMPARED = (
    Variant("arrays", "single"),
    Variant("columns", "single"),
    Variant("arrays"),
    Variant("columns"),
)
COLUMNAR = ("duckdb", "clickhouse", "datafusion", "spark")
ENGINES = (*COLUMNAR, "postgresql", "pgvector", "mariadb", "sqlite")


@dataclass(frozen=True, eq=False)
class Workload:
    """A network or a forest over a table of features called `name`; `rows` by database: keys, and
    of a chain the steps."""

    name: str
    title: str
    network: Network | Forest
    rows: Mapping[str, int]
    variants: Mapping[str, tuple[Variant, ...]]
    array: bool = False  # whether one column has all features
    orbital: tuple[str, ...] = ()  # databases on which orbital computes it too

    @property
    def table(self) -> str:
        return self.name.lower()

    @property
    def features(self) -> list[str]:
        """Columns of the table; one of arrays, if it is one."""
        return ["x"] if self.array else [f"f{i}" for i in range(self.network.width)]

    @property
    def steps(self) -> int | None:
        """Rows per key of a long table."""
        return self.network.steps if isinstance(self.network, Lstm) else None

    def data(self, keys: int) -> Columns:
        """The table: a key, the step of a long table, and the features."""
        rng = np.random.default_rng(1)
        rows = keys * (self.steps or 1)
        marks = {"id": np.arange(keys, dtype=np.int64)}
        if self.steps is not None:
            marks = {
                "id": np.repeat(marks["id"], self.steps),
                "t": np.tile(np.arange(self.steps, dtype=np.int64), keys),
            }
        shape = (self.network.width, rows)
        # Numbers of 32 bit, so that every contestant computes with the same.
        numbers = rng.normal(size=shape).astype("f4").astype("f8")
        if isinstance(self.network, Words):
            numbers = rng.integers(0, self.network.vocabulary, shape)
        if self.array:
            return {**marks, "x": np.ascontiguousarray(numbers.T)}
        return {**marks, **dict(zip(self.features, numbers, strict=True))}

    @property
    def query(self) -> str:
        """What brings the features to who computes outside of the database."""
        order = " ORDER BY id, t" if self.steps else " ORDER BY id" if self.chained else ""
        return f"SELECT id, {', '.join(self.features)} FROM {self.table}{order}"

    @property
    def chained(self) -> bool:
        return isinstance(self.network, Lstm) and self.network.steps is None

    def arranged(self, columns: Columns, kind: str) -> Array:
        """Fetched features as the network takes them."""
        if self.array:
            return columns["x"].astype(kind)
        x = np.empty((len(columns["id"]), self.network.width), dtype=kind)
        for i, name in enumerate(self.features):
            x[:, i] = columns[name]
        return x.reshape(-1, self.steps, self.network.width) if self.steps else x

    def convert(self, model: Any, dialect: str, variant: Variant) -> keras2sql.Program:
        features: Any = "x" if self.array else self.features
        if self.steps:
            features = Sequence(self.features, "t")
        return keras2sql.convert(
            model,
            dialect,
            self.table,
            "id",
            features=features,
            strategy=variant.strategy,
            precision=variant.precision,
            name=self.name,
        )


def _rows(columnar: int, rowwise: int, *without: str) -> dict[str, int]:
    """How many rows each database gets, but for those that are left out."""
    sizes = {name: columnar if name in COLUMNAR else rowwise for name in ENGINES}
    return {name: size for name, size in sizes.items() if name not in without}


def _variants(columnar: tuple[Variant, ...]) -> dict[str, tuple[Variant, ...]]:
    found = {name: columnar if name in COLUMNAR else ONE for name in ENGINES}
    return {**found, "pgvector": SINGLE, "spark": BOTH}


# The row-at-a-time engines get fewer rows: their time is proportional to them.
WORKLOADS = {
    w.name: w
    for w in (
        Workload(
            "W1",
            "10-32-16-3, softmax",
            Dense.random(10, 32, 16, 3),
            _rows(1_000_000, 50_000),
            _variants(COMPARED),
            orbital=("duckdb",),
        ),
        Workload(
            "W2",
            "30-128-64-1",
            Dense.random(30, 128, 64, 1),
            _rows(200_000, 5_000),
            _variants(COMPARED),
            orbital=("duckdb",),
        ),
        Workload(
            "W3",
            "784-128-10, softmax; 784 columns",
            Dense.random(784, 128, 10),
            _rows(5_000, 250),
            # Columns take DuckDB 18 s to plan, and Spark minutes to run.
            {
                **_variants((COMPARED[0], COMPARED[2])),
                "duckdb": (COMPARED[0], COMPARED[2], Variant("rows", "single"), Variant("rows")),
                "spark": SINGLE,
            },
        ),
        Workload(
            "W3A",
            "784-128-10, softmax; one array column",
            Dense.random(784, 128, 10),
            _rows(5_000, 250, "sqlite", "mariadb", "datafusion"),
            {**_variants(BOTH), "spark": SINGLE},
            array=True,
        ),
        Workload(
            "W5",
            "LSTM(32) over 20 steps x 8, dense 1; long table",
            Lstm.random(8, 32, 20),
            _rows(5_000, 500, "spark"),
            _variants(BOTH),
        ),
        Workload(
            "W4",
            "28x28, conv 3x3x8, pool, dense 128, dense 10; 784 columns",
            Convolutional.random(28, (8,), 128, 10),
            {"duckdb": 500, "clickhouse": 500},
            {"duckdb": BOTH, "clickhouse": BOTH},
        ),
        Workload(
            "W6",
            "1024-4096-1024, softmax; 1024 columns, weights in tables",
            Dense.random(1024, 4096, 1024),
            # PostgreSQL has no room for 1024 columns of 64 bit in a row of a table.
            {"duckdb": 200, "sqlite": 20},
            {"duckdb": BOTH, "sqlite": ONE},
        ),
        Workload(
            "CNN",
            "28x28, conv 3x3x32, conv 3x3x64, pool, dense 128, dense 10; 1.2 million weights",
            Convolutional.random(28, (32, 64), 128, 10),
            {"duckdb": 100},
            {"duckdb": BOTH},
        ),
    )
}
CHAIN = Workload(
    "chain",
    "stateful LSTM(8) x 4, row after row, dense 1",
    Lstm.random(4, 8, None),
    {},
    dict.fromkeys(("duckdb", "sqlite", "postgresql"), ONE),
)
CHAIN_ROWS = (10_000, 30_000, 100_000)
