"""What kind of values a column holds, from what a database or its driver tells of its type.

Drivers describe types by names, by PostgreSQL's numbers, by the numbers of MySQL's protocol, or
by Arrow's types.  Here all of them become one of a few kinds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

NUMBER, BOOLEAN, TEXT, OTHER, UNKNOWN = "number", "boolean", "text", "other", ""
"""Kinds.  `OTHER` is known to be neither, such as a date or a blob; of a column of `UNKNOWN`
kind nothing is told, and the database decides."""


@dataclass(frozen=True)
class ColumnType:
    """A column: its name, its type as the database calls it, and what that holds.

    Of an `array` the kind is that of its elements.
    """

    name: str
    type: str
    kind: str
    array: bool = False


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Names of types without what stands in brackets, as DuckDB, Spark and declarations have them.
_KINDS = {
    NUMBER: _words(
        "TINYINT SMALLINT MEDIUMINT INTEGER INT INT64 BIGINT HUGEINT UTINYINT USMALLINT UINTEGER "
        "UBIGINT UHUGEINT BIGNUM VARINT FLOAT FLOAT64 REAL DOUBLE DECIMAL NUMERIC BYTE SHORT LONG"
    ),
    BOOLEAN: _words("BOOLEAN BOOL"),
    TEXT: _words("VARCHAR CHAR TEXT STRING ENUM CHARACTER CLOB NVARCHAR NCHAR"),
    OTHER: _words(
        "DATE TIME TIMESTAMP TIMESTAMP_NTZ TIMESTAMP_LTZ TIMESTAMP_S TIMESTAMP_MS TIMESTAMP_NS "
        "TIMETZ TIMESTAMPTZ TIME_NS DATETIME INTERVAL UUID GUID BLOB BINARY VARBINARY BYTEA BIT "
        "BITSTRING JSON JSONB STRUCT MAP UNION GEOMETRY"
    ),
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words}
_ARRAY_OF = re.compile(r"ARRAY<(.*)>|(.*)\[\d*\]", re.DOTALL | re.IGNORECASE)
_FIRST_WORD = re.compile(r"\w+")


def named(name: str, type_: str) -> ColumnType:
    """By a type's name, as DuckDB and Spark spell it."""
    found = _ARRAY_OF.fullmatch(type_.strip())
    element = (found[1] or found[2]) if found else type_
    if found and _ARRAY_OF.fullmatch(element.strip()):
        return ColumnType(name, type_, OTHER, array=True)  # of arrays
    word = _FIRST_WORD.match(element.strip().upper())
    kind = _KIND_OF.get(word[0], UNKNOWN) if word else UNKNOWN
    return ColumnType(name, type_, kind, found is not None)


def declared(name: str, type_: str) -> ColumnType:
    """By SQLite's declaration, where it decides: SQLite turns what goes into a column of text
    to text, but a column of any other type may hold anything."""
    upper = type_.upper()
    word = _FIRST_WORD.match(upper)
    if "INT" in upper:
        return ColumnType(name, type_, UNKNOWN)
    if any(part in upper for part in ("CHAR", "CLOB", "TEXT")):
        return ColumnType(name, type_, TEXT)
    other = word is not None and word[0] != "BIT" and _KIND_OF.get(word[0]) == OTHER
    return ColumnType(name, type_, OTHER if other else UNKNOWN)


# -- ClickHouse

_WRAPPED = re.compile(r"(?:Nullable|LowCardinality)\((.*)\)", re.DOTALL)
_AGGREGATED = re.compile(r"SimpleAggregateFunction\([^,]*, (.*)\)", re.DOTALL)
_CLICKHOUSE_ARRAY = re.compile(r"Array\((.*)\)", re.DOTALL)
_CLICKHOUSE = (
    (re.compile(r"(U?Int\d+|B?Float\d+|Decimal)"), NUMBER),
    (re.compile(r"Bool\b"), BOOLEAN),
    (re.compile(r"(String|FixedString|Enum\d*)\b"), TEXT),
    (
        re.compile(r"(Date|Time|Interval|UUID|IPv|Tuple|Map|JSON|Object|Nested|Aggregate|Array)"),
        OTHER,
    ),
)


def clickhouse(name: str, type_: str) -> ColumnType:
    """By ClickHouse's own name of a type."""
    inner, array = type_, False
    while True:
        if found := _WRAPPED.fullmatch(inner) or _AGGREGATED.fullmatch(inner):
            inner = found[1]
        elif not array and (found := _CLICKHOUSE_ARRAY.fullmatch(inner)):
            inner, array = found[1], True
        else:
            break
    kind = next((kind for form, kind in _CLICKHOUSE if form.match(inner)), UNKNOWN)
    return ColumnType(name, type_, kind, array)


# -- Arrow


def arrow(name: str, type_: Any) -> ColumnType:
    """By a `pyarrow.DataType`."""
    from pyarrow import types

    shown, array = str(type_), False
    if types.is_list(type_) or types.is_large_list(type_) or types.is_fixed_size_list(type_):
        type_, array = type_.value_type, True
    if types.is_dictionary(type_):
        type_ = type_.value_type
    texts = (types.is_string, types.is_large_string, types.is_string_view)
    if types.is_boolean(type_):
        kind = BOOLEAN
    elif types.is_integer(type_) or types.is_floating(type_) or types.is_decimal(type_):
        kind = NUMBER
    elif any(test(type_) for test in texts):
        kind = TEXT
    else:
        kind = UNKNOWN if types.is_null(type_) else OTHER
    return ColumnType(name, shown, kind, array)


# -- PostgreSQL

POSTGRES_TYPES = """SELECT t.oid, pg_catalog.format_type(t.oid, NULL), t.typcategory = 'A',
  coalesce(b.typname, e.typname, t.typname), coalesce(b.typcategory, e.typcategory, t.typcategory)
FROM pg_catalog.pg_type AS t
LEFT JOIN pg_catalog.pg_type AS e ON t.typcategory = 'A' AND e.oid = t.typelem
LEFT JOIN pg_catalog.pg_type AS b ON b.oid = nullif(coalesce(e.typbasetype, t.typbasetype), 0)
WHERE t.oid IN ({})"""
"""Of types by their numbers: name, whether it is an array, and what it is of, name and category;
of a domain that is the type below it."""

_POSTGRES_NUMBERS = _words("int2 int4 int8 float4 float8 numeric")
_POSTGRES_OTHERS = _words("json jsonb uuid bytea xml tsvector money oid vector")


def postgres(name: str, type_: str, array: bool, element: str, category: str) -> ColumnType:
    """By the row of `POSTGRES_TYPES` for the type of a column."""
    if element in _POSTGRES_NUMBERS:
        kind = NUMBER
    elif element in _POSTGRES_OTHERS:
        kind = OTHER
    else:
        known = {"B": BOOLEAN, "S": TEXT, "E": TEXT, "Z": TEXT, "N": UNKNOWN, "U": UNKNOWN}
        kind = known.get(category, UNKNOWN if category == "X" else OTHER)
    return ColumnType(name, type_, kind, array)


# -- Firebird and SQL Server, whose drivers tell Python's own types

_PYTHON = {
    "<class 'int'>": ("INTEGER", NUMBER),
    "<class 'float'>": ("DOUBLE PRECISION", NUMBER),
    "<class 'decimal.Decimal'>": ("DECIMAL", NUMBER),
    "None": ("DECFLOAT", NUMBER),  # of numbers that Python has no type of such a size for
    "<class 'bool'>": ("BOOLEAN", BOOLEAN),
    "<class 'str'>": ("VARCHAR", TEXT),
    "<class 'bytes'>": ("BLOB", OTHER),
    "<class 'bytearray'>": ("BLOB", OTHER),
    "<class 'uuid.UUID'>": ("UUID", OTHER),
    "<class 'datetime.date'>": ("DATE", OTHER),
    "<class 'datetime.time'>": ("TIME", OTHER),
    "<class 'datetime.datetime'>": ("TIMESTAMP", OTHER),
}


def python(name: str, type_: str) -> ColumnType:
    """By the class that a column's values have in Python."""
    return ColumnType(name, *_PYTHON.get(type_, ("", UNKNOWN)))


# -- Oracle, whose driver tells names of its own, and Snowflake, whose driver tells numbers

_ORACLE = re.compile(r"DB_TYPE_(\w+)")
_ORACLE_KINDS = {
    NUMBER: _words("NUMBER BINARY_DOUBLE BINARY_FLOAT BINARY_INTEGER"),
    BOOLEAN: _words("BOOLEAN"),
    TEXT: _words("VARCHAR NVARCHAR CHAR NCHAR CLOB NCLOB LONG LONG_NVARCHAR"),
}


def oracle(name: str, type_: str) -> ColumnType:
    """By the name of a type in python-oracledb; what is none of these is no number."""
    found = _ORACLE.search(type_)
    if found is None:
        return ColumnType(name, "", UNKNOWN)
    known = [kind for kind, words in _ORACLE_KINDS.items() if found[1] in words]
    return ColumnType(name, found[1], known[0] if known else OTHER)


_SNOWFLAKE = [
    *("NUMBER", "FLOAT", "TEXT", "DATE", "TIMESTAMP", "VARIANT", "TIMESTAMP_LTZ"),
    *("TIMESTAMP_TZ", "TIMESTAMP_NTZ", "OBJECT", "ARRAY", "BINARY", "TIME", "BOOLEAN"),
]
_SNOWFLAKE_KINDS = {"NUMBER": NUMBER, "FLOAT": NUMBER, "TEXT": TEXT, "BOOLEAN": BOOLEAN}


def snowflake(name: str, number: str) -> ColumnType:
    """By the number of a type in snowflake-connector-python."""
    if not number.isdigit() or int(number) >= len(_SNOWFLAKE):
        return ColumnType(name, "", UNKNOWN)
    type_ = _SNOWFLAKE[int(number)]
    return ColumnType(name, type_, _SNOWFLAKE_KINDS.get(type_, OTHER))


# -- MariaDB and MySQL

_PROTOCOL = {
    NUMBER: {
        0: "DECIMAL", 1: "TINYINT", 2: "SMALLINT", 3: "INT", 4: "FLOAT", 5: "DOUBLE",
        8: "BIGINT", 9: "MEDIUMINT", 13: "YEAR", 16: "BIT", 246: "DECIMAL",
    },
    TEXT: {15: "VARCHAR", 247: "ENUM", 248: "SET", 253: "VARCHAR", 254: "CHAR"},
    OTHER: {
        7: "TIMESTAMP", 10: "DATE", 11: "TIME", 12: "DATETIME", 14: "DATE", 17: "TIMESTAMP",
        18: "DATETIME", 19: "TIME", 245: "JSON", 249: "TEXT or BLOB", 250: "TEXT or BLOB",
        251: "TEXT or BLOB", 252: "TEXT or BLOB", 255: "GEOMETRY",
    },
}  # fmt: skip
_BY_NUMBER = {
    str(number): (type_, kind)
    for kind, types in _PROTOCOL.items()
    for number, type_ in types.items()
}


def protocol(name: str, number: str) -> ColumnType:
    """By the number of a type in the protocol of MySQL."""
    type_, kind = _BY_NUMBER.get(number, ("", UNKNOWN))
    return ColumnType(name, type_, kind)
