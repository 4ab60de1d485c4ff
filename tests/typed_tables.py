"""Tables with a column of any type, on every database, and which types there are."""

from __future__ import annotations

from collections.abc import Sequence

import plain_tables
from keras2sql.engines import Engine

BIG = 2**53 + 1

# Type, literal, and the number that it is to a model.
NUMBERS: dict[str, list[tuple[str, str, float]]] = {
    "duckdb": [
        ("TINYINT", "-5", -5), ("UTINYINT", "200", 200), ("SMALLINT", "7", 7),
        ("UINTEGER", "4294967295", 4294967295), ("BIGINT", str(BIG), BIG),
        ("UBIGINT", "18446744073709551615", 2.0**64), ("HUGEINT", str(10**30), 1e30),
        ("UHUGEINT", str(10**30), 1e30), ("BIGNUM", str(10**40), 1e40),
        ("DECIMAL(38, 10)", "0.1", 0.1), ("FLOAT", "0.25", 0.25), ("DOUBLE", "0.1", 0.1),
        ("BOOLEAN", "TRUE", 1), ("BOOLEAN", "FALSE", 0),
    ],
    "sqlite": [
        ("INTEGER", "5", 5), ("INT8", "5", 5), ("UNSIGNED BIG INT", "7", 7), ("REAL", "0.1", 0.1),
        ("DECIMAL(10, 2)", "0.1", 0.1), ("NUMERIC", "3", 3), ("BOOLEAN", "TRUE", 1),
        ("BOOLEAN", "FALSE", 0), ("BIT", "1", 1), ("", "0.5", 0.5), ("INTERVAL", "3", 3),
    ],
    "postgresql": [
        ("smallint", "5", 5), ("integer", "5", 5), ("bigint", str(BIG), BIG),
        ("real", "0.25", 0.25),
        ("float8", "0.1", 0.1), ("numeric", "0.1", 0.1), ("numeric(30, 10)", "0.1", 0.1),
        ("boolean", "TRUE", 1), ("boolean", "FALSE", 0), ("typed_count", "3", 3),
        ("typed_flag", "TRUE", 1),
    ],
    "mariadb": [
        ("TINYINT", "-5", -5), ("TINYINT UNSIGNED", "200", 200), ("MEDIUMINT", "7", 7),
        ("BIGINT UNSIGNED", "18446744073709551615", 2.0**64), ("DECIMAL(20, 6)", "0.1", 0.1),
        ("FLOAT", "0.25", 0.25), ("DOUBLE", "0.1", 0.1), ("BOOLEAN", "TRUE", 1),
        ("BOOLEAN", "FALSE", 0), ("BIT(1)", "b'1'", 1), ("BIT(8)", "b'101'", 5),
        ("YEAR", "2024", 2024),
    ],
    "clickhouse": [
        ("Int8", "-5", -5), ("UInt64", "18446744073709551615", 2.0**64),
        ("Int256", "toInt256('1000000000000000000000000000000')", 1e30),
        ("Nullable(UInt128)", "7", 7), ("Float32", "0.25", 0.25), ("Nullable(Float64)", "0.1", 0.1),
        ("Decimal(9, 2)", "0.25", 0.25), ("Nullable(Decimal(60, 20))", "0.5", 0.5),
        ("Bool", "true", 1), ("Nullable(Bool)", "false", 0), ("BFloat16", "0.5", 0.5),
        ("SimpleAggregateFunction(sum, Float64)", "0.5", 0.5),
    ],
    "datafusion": [
        ("TINYINT", "-5", -5), ("SMALLINT", "5", 5), ("BIGINT UNSIGNED", str(BIG), BIG),
        ("DECIMAL(20, 6)", "0.25", 0.25), ("FLOAT", "0.25", 0.25), ("DOUBLE", "0.1", 0.1),
        ("BOOLEAN", "TRUE", 1), ("BOOLEAN", "FALSE", 0),
    ],
    "spark": [
        ("TINYINT", "-5", -5), ("BIGINT", str(BIG), BIG), ("DECIMAL(20, 6)", "0.25", 0.25),
        ("FLOAT", "0.25", 0.25), ("BOOLEAN", "TRUE", 1), ("BOOLEAN", "FALSE", 0),
    ],
    "firebird": [
        ("SMALLINT", "5", 5), ("BIGINT", str(BIG), BIG), ("INT128", str(10**30), 1e30),
        ("NUMERIC(18, 4)", "0.25", 0.25), ("DECIMAL(38, 10)", "0.1", 0.1), ("FLOAT", "0.25", 0.25),
        ("DOUBLE PRECISION", "0.1", 0.1), ("DECFLOAT(16)", "0.1", 0.1), ("DECFLOAT(34)", "7", 7),
        ("BOOLEAN", "TRUE", 1), ("BOOLEAN", "FALSE", 0),
    ],
    "monetdb": [
        ("TINYINT", "-5", -5), ("SMALLINT", "5", 5), ("BIGINT", str(BIG), BIG),
        ("DECIMAL(18, 3)", "0.25", 0.25), ("REAL", "0.25", 0.25),
        ("DOUBLE", "0.1", 0.1), ("BOOLEAN", "TRUE", 1), ("BOOLEAN", "FALSE", 0),
    ],
    "hsqldb": [
        ("TINYINT", "-5", -5), ("SMALLINT", "5", 5), ("BIGINT", str(BIG), BIG),
        ("DECIMAL(20, 6)", "0.25", 0.25), ("NUMERIC(40, 10)", "0.1", 0.1),
        ("DOUBLE", "0.1E0", 0.1), ("BOOLEAN", "TRUE", 1), ("BOOLEAN", "FALSE", 0),
    ],
    "oceanbase": [
        ("TINYINT", "-5", -5), ("TINYINT UNSIGNED", "200", 200), ("MEDIUMINT", "7", 7),
        ("BIGINT UNSIGNED", "18446744073709551615", 2.0**64), ("DECIMAL(20, 6)", "0.1", 0.1),
        ("FLOAT", "0.25", 0.25), ("DOUBLE", "0.1", 0.1), ("BOOLEAN", "TRUE", 1),
        ("BOOLEAN", "FALSE", 0), ("BIT(1)", "b'1'", 1), ("BIT(8)", "b'101'", 5),
        ("YEAR", "2024", 2024),
    ],
    "hive": [
        ("TINYINT", "-5", -5), ("SMALLINT", "5", 5), ("BIGINT", str(BIG), BIG),
        ("DECIMAL(20, 6)", "0.25", 0.25), ("FLOAT", "0.25", 0.25), ("DOUBLE", "0.1", 0.1),
        ("BOOLEAN", "TRUE", 1), ("BOOLEAN", "FALSE", 0),
    ],
}  # fmt: skip

# Type, literal, and what a message calls the type.
OTHERS: dict[str, list[tuple[str, str, str]]] = {
    "duckdb": [
        ("VARCHAR", "'5'", "VARCHAR"), ("DATE", "'2024-01-01'", "DATE"),
        ("TIME", "'10:00:00'", "TIME"), ("TIMESTAMP", "'2024-01-01'", "TIMESTAMP"),
        ("TIMESTAMPTZ", "'2024-01-01'", "TIMESTAMP WITH TIME ZONE"),
        ("INTERVAL", "INTERVAL 1 DAY", "INTERVAL"), ("UUID", "uuid()", "UUID"),
        ("JSON", "'5'", "JSON"), ("BLOB", "'5'", "BLOB"), ("BIT", "'101'", "BIT"),
        ("ENUM('5', 'b')", "'5'", "ENUM('5', 'b')"), ("INTEGER[]", "[1]", "INTEGER[], an array"),
        ("STRUCT(a INTEGER)", "{'a': 1}", "STRUCT(a INTEGER)"),
        ("UNION(k INTEGER)", "union_value(k := 1)", "UNION(k INTEGER)"),
    ],
    "sqlite": [
        ("TEXT", "'5'", "TEXT"), ("VARCHAR(20)", "'a'", "VARCHAR(20)"), ("CLOB", "'a'", "CLOB"),
        ("DATE", "'2024-01-01'", "DATE"), ("TIMESTAMP", "'2024-01-01 10:00'", "TIMESTAMP"),
        ("BLOB", "x'35'", "BLOB"), ("JSON", "'{}'", "JSON"), ("UUID", "'a-b'", "UUID"),
        ("REAL", "'abc'", "text, such as 'abc'"), ("INTEGER", "'5 kg'", "text, such as '5 kg'"),
        ("", "'5'", "text, such as '5'"), ("INTEGER", "x'0500000000000000'", "blob, such as"),
    ],
    "postgresql": [
        ("text", "'5'", "text"), ("varchar(9)", "'5'", "character varying"),
        ("char(3)", "'5'", "character"), ('"char"', "'5'", '"char"'), ("name", "'5'", "name"),
        ("date", "'2024-01-01'", "date"), ("time", "'10:00'", "time without time zone"),
        ("timestamp", "'2024-01-01'", "timestamp without time zone"),
        ("timestamptz", "'2024-01-01'", "timestamp with time zone"),
        ("interval", "'1 day'", "interval"), ("uuid", "gen_random_uuid()", "uuid"),
        ("json", "'5'", "json"), ("jsonb", "'5'", "jsonb"), ("bytea", "'5'", "bytea"),
        ("bit(3)", "'101'", "bit"), ("money", "5", "money"), ("oid", "5", "oid"),
        ("inet", "'1.2.3.4'", "inet"), ("int4range", "'[1,2]'", "int4range"),
        ("typed_mood", "'sad'", "typed_mood"), ("typed_name", "'a'", "text"),
        ("float8[]", "'{1}'", "double precision[], an array"),
    ],
    "mariadb": [
        ("VARCHAR(9)", "'5 kg'", "VARCHAR"), ("CHAR(9)", "'5'", "CHAR"),
        ("TEXT", "'5 kg'", "TEXT or BLOB"), ("BLOB", "'5'", "TEXT or BLOB"),
        ("VARBINARY(9)", "'5'", "VARCHAR"), ("ENUM('a', '5')", "'5'", "CHAR"),
        ("SET('a', '5')", "'5'", "CHAR"), ("DATE", "'2024-01-01'", "DATE"),
        ("TIME", "'10:00'", "TIME"), ("DATETIME", "'2024-01-01'", "DATETIME"),
        ("TIMESTAMP", "'2024-01-01'", "TIMESTAMP"), ("JSON", "'5'", "TEXT or BLOB"),
        ("UUID", "uuid()", "CHAR"), ("INET6", "'::1'", "CHAR"),
    ],
    "clickhouse": [
        ("String", "'5'", "String"), ("Nullable(String)", "'5'", "Nullable(String)"),
        ("FixedString(3)", "'abc'", "FixedString(3)"),
        ("LowCardinality(String)", "'5 kg'", "LowCardinality(String)"),
        ("LowCardinality(Nullable(String))", "'5'", "LowCardinality(Nullable(String))"),
        ("Enum8('low' = 1, '5' = 2)", "'5'", "Enum8('low' = 1, '5' = 2)"),
        ("Date", "'2024-01-01'", "Date"),
        ("Nullable(DateTime)", "'2024-01-01'", "Nullable(DateTime)"),
        ("DateTime64(3)", "'2024-01-01'", "DateTime64(3)"),
        ("UUID", "generateUUIDv4()", "UUID"), ("IPv4", "'1.2.3.4'", "IPv4"),
        ("Array(Float64)", "[1]", "Array(Float64), an array"),
        ("Tuple(Float64)", "tuple(1)", "Tuple(Float64)"),
    ],
    "datafusion": [
        ("VARCHAR", "'5'", "string"), ("DATE", "'2024-01-01'", "date32[day]"),
        ("TIMESTAMP", "'2024-01-01'", "timestamp[ns]"), ("TIME", "'10:00:00'", "time64[ns]"),
        ("BYTEA", "'5'", "binary"), ("INTERVAL", "'1 day'", "month_day_nano_interval"),
        ("BIGINT[]", "make_array(1)", "list<item: int64>, an array"),
    ],
    "spark": [
        ("STRING", "'5 kg'", "STRING"), ("DATE", "'2024-01-01'", "DATE"),
        ("TIMESTAMP", "'2024-01-01'", "TIMESTAMP"), ("BINARY", "'5'", "BINARY"),
        ("INTERVAL DAY", "INTERVAL '1' DAY", "INTERVAL DAY"),
        ("ARRAY<DOUBLE>", "array(1)", "ARRAY<DOUBLE>, an array"),
    ],
    "firebird": [
        ("VARCHAR(9)", "'5'", "VARCHAR"), ("CHAR(9)", "'5'", "VARCHAR"),
        ("DATE", "'2024-01-01'", "DATE"),
        ("TIME", "'10:00'", "TIME"), ("TIMESTAMP", "'2024-01-01'", "TIMESTAMP"),
    ],
    "monetdb": [
        ("TEXT", "'5'", "string"), ("VARCHAR(9)", "'5'", "string"), ("CLOB", "'5'", "string"),
        ("DATE", "'2024-01-01'", "date"), ("TIME", "'10:00:00'", "time"),
        ("TIMESTAMP", "'2024-01-01 10:00:00'", "timestamp"),
    ],
    "hsqldb": [
        ("VARCHAR(9)", "'5'", "VARCHAR"), ("CHAR(9)", "'5'", "CHAR"), ("CLOB", "'5'", "CLOB"),
        ("DATE", "DATE '2024-01-01'", "DATE"), ("TIME", "TIME '10:00:00'", "TIME"),
        ("TIMESTAMP", "TIMESTAMP '2024-01-01 10:00:00'", "TIMESTAMP"),
        ("INTERVAL DAY", "INTERVAL '1' DAY", "INTERVAL"), ("BINARY(2)", "X'3535'", "BINARY"),
    ],
    "oceanbase": [
        ("VARCHAR(9)", "'5 kg'", "VARCHAR"), ("CHAR(9)", "'5'", "CHAR"),
        ("TEXT", "'5 kg'", "TEXT or BLOB"), ("BLOB", "'5'", "TEXT or BLOB"),
        ("ENUM('a', '5')", "'5'", "CHAR"), ("SET('a', '5')", "'5'", "CHAR"),
        ("DATE", "'2024-01-01'", "DATE"), ("TIME", "'10:00'", "TIME"),
        ("DATETIME", "'2024-01-01'", "DATETIME"), ("TIMESTAMP", "'2024-01-01'", "TIMESTAMP"),
        ("JSON", "'5'", "JSON"),
    ],
    "hive": [
        ("STRING", "'5 kg'", "string"), ("VARCHAR(9)", "'5'", "varchar"),
        ("DATE", "'2024-01-01'", "date"), ("TIMESTAMP", "'2024-01-01 10:00:00'", "timestamp"),
        ("BINARY", "'5'", "binary"),
    ],
}  # fmt: skip

# The types of columns that hold texts.
TEXTS: dict[str, list[str]] = {
    "duckdb": ["VARCHAR"],
    "sqlite": ["TEXT", "REAL", "INTEGER", ""],
    "mariadb": ["TEXT", "VARCHAR(20)", "CHAR(20)", "VARCHAR(20) COLLATE utf8mb4_bin"],
    "clickhouse": [
        "String", "Nullable(String)", "LowCardinality(String)", "LowCardinality(Nullable(String))",
    ],
    "datafusion": ["VARCHAR"],
    "spark": ["STRING"],
    "firebird": ["VARCHAR(20)", "CHAR(20)"],
    "monetdb": ["TEXT", "VARCHAR(20)"],
    "hsqldb": ["VARCHAR(20)", "CLOB"],
    "oceanbase": ["TEXT", "VARCHAR(20)", "CHAR(20)"],
    "hive": ["STRING", "VARCHAR(20)"],
}  # fmt: skip

# An array of elements of a type, and how one is written.
ARRAYS = {
    "duckdb": ("{}[]", "[{}]"),
    "postgresql": ("{}[]", "ARRAY[{}]"),
    "clickhouse": ("Array({})", "[{}]"),
    "datafusion": ("{}[]", "make_array({})"),
    "spark": ("ARRAY<{}>", "array({})"),
}

_DOMAINS = [
    "DROP TABLE IF EXISTS typed",
    "DROP DOMAIN IF EXISTS typed_count, typed_flag, typed_name",
    "DROP TYPE IF EXISTS typed_mood",
    "CREATE DOMAIN typed_count AS integer CHECK (VALUE > 0)",
    "CREATE DOMAIN typed_flag AS boolean",
    "CREATE DOMAIN typed_name AS text",
    "CREATE TYPE typed_mood AS ENUM ('sad', '5')",
]


def prepare(engine: Engine) -> None:
    """The types that a database has not of itself."""
    if engine.dialect_name == "postgresql":
        engine.execute_script(_DOMAINS)


def array(engine: Engine, type_: str, items: Sequence[str]) -> tuple[str, str]:
    """The type of an array of such elements, and the literal of one."""
    outer, literal = ARRAYS[engine.dialect_name]
    return outer.format(type_), literal.format(", ".join(items))


def make(
    engine: Engine, columns: dict[str, tuple[str, Sequence[str]]], name: str = "typed"
) -> None:
    """The table of these columns, each a type and its values as SQL, behind ids from 0."""
    count = len(next(iter(columns.values()))[1])
    rows = [[str(i), *(values[i] for _, values in columns.values())] for i in range(count)]
    drop = f"DROP TABLE IF EXISTS {name}"
    if engine.dialect_name in ("clickhouse", "datafusion", "spark"):
        # What has a type of its own; their tables take fewer, or NULL where it is not told.
        selects = [
            f"SELECT {row[0]} AS id, "
            + ", ".join(
                f"CAST({value} AS {type_}) AS {column}"
                for value, (column, (type_, _)) in zip(row[1:], columns.items(), strict=True)
            )
            for row in rows
        ]
        query = " UNION ALL ".join(selects)
        if engine.dialect_name == "spark":
            engine.execute_script([f"CREATE OR REPLACE TEMPORARY VIEW {name} AS {query}"])
        else:
            engine.execute_script([drop, f"CREATE TABLE {name} AS {query}"])
        return
    declared = ", ".join(f"{column} {type_}" for column, (type_, _) in columns.items())
    if engine.dialect_name in ("firebird", "monetdb", "hsqldb", "hive", "oceanbase"):
        plain_tables.make(engine, name, {"id": "INTEGER"} | {c: t for c, (t, _) in columns.items()})
        for row in rows:
            engine.execute_script([f"INSERT INTO {name} VALUES ({', '.join(row)})"])
        return
    values = ", ".join(f"({', '.join(row)})" for row in rows)
    create = f"CREATE TABLE {name} (id INTEGER, {declared})"
    engine.execute_script([drop, create, f"INSERT INTO {name} VALUES {values}"])
