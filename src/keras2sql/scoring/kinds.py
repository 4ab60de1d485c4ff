"""What a column holds, from what a driver tells of its type: a name, or PostgreSQL's number."""

from __future__ import annotations

_KINDS = {
    "number": "TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT "
    "UHUGEINT FLOAT DOUBLE DECIMAL 20 21 23 700 701 1700 INT8 INT16 INT32 INT64 UINT8 UINT16 "
    "UINT32 UINT64",
    "text": "VARCHAR 25 1042 1043 STRING",
    "truth value": "BOOLEAN BOOL 16",
    "date": "DATE 1082 DATE32[DAY]",
}
_OF = {name: kind for kind, names in _KINDS.items() for name in names.split()}


def kind_of(described: str) -> str:
    """ "number", "text", "truth value" or "date"; empty for any other type, or an unknown one."""
    return _OF.get(described.partition("(")[0].upper(), "")
